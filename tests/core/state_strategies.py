"""Hypothesis strategies for states: small worlds for merging, wild texts for round trips."""

# ruff: noqa: E501 - strategies read best as one call a type
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from ftc.core.ledger import Charge
from ftc.core.model import (
    AuditEntry,
    Dashboard,
    DayCount,
    DayRuns,
    EvidenceItem,
    FailureClass,
    Flake,
    Grade,
    IndexEntry,
    IssueRef,
    Kind,
    LedgerEntry,
    Location,
    Occurrence,
    ScanRecord,
    Signature,
    Status,
    TestId,
    Verdict,
)
from ftc.core.progress import (
    Assessment,
    Cursors,
    Fate,
    Lease,
    Notice,
    Progress,
    PullRef,
    Quarantine,
    Question,
    RuleSeen,
    RunRecord,
    RunStatus,
)
from ftc.core.proof_refs import ProofRef, proofs_of

BASE = datetime(2026, 3, 1, tzinfo=UTC)
TEST = TestId(ecosystem="go", suite="github.com/tikv/pd/server", name="TestX")
KEY = "0123456789abcdef"

NASTY = ["-->", "--!>", "<!--", "\r\n", "\0", "\ud83d", "\ude00", "🙂", "\ud800", "@octocat", "~", "\x01", "\x04", "```",
         "\n-->\n", "sha256 " + "0" * 64, "<!-- flaky-test-cleaner:state 1 flake", "---", "\\", '"', "\u2028", "12", "-0", "007"]  # fmt: skip
texts = st.lists(st.sampled_from(NASTY) | st.text(st.characters(), max_size=6), max_size=4).map("".join)
ids = st.sampled_from(["", "7", "-3", "1000000007", "99999999999999999999", "00012"]) | texts
whole = st.integers(-(10**6), 10**12)
moments = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
maybe = st.none() | moments
refs = st.builds(IssueRef, repo=texts, issue=whole, comment=whole)
days = st.dates(date(1960, 1, 1), date(2200, 1, 1))

wild_occurrences = st.builds(
    Occurrence, source=texts, run=ids, attempt=whole, job=texts, job_id=ids, created=moments, workflow=texts,
    event=texts, branch=texts, sha=texts, tree=texts, fingerprint=texts, kind=st.sampled_from(Kind), url=texts,
    pull_request=st.none() | whole, author=texts, os=texts, passed_in_run=st.booleans(), grade=st.sampled_from(Grade),
    proof=texts, seconds=whole,
)  # fmt: skip
wild_signatures = st.builds(
    Signature, fingerprint=texts, text=texts, kind=st.sampled_from(Kind), message=texts, excerpt=texts,
    excerpt_url=texts, excerpt_at=maybe, locations=st.lists(st.builds(Location, path=texts, line=whole), max_size=2).map(tuple),
)  # fmt: skip
wild_verdicts = st.builds(
    Verdict, failure_class=st.sampled_from(FailureClass), grade=st.sampled_from(Grade), confidence=st.floats(0, 1),
    evidence=st.lists(
        st.builds(EvidenceItem, rule=texts, weight=st.floats(-9, 9), text=texts, links=st.lists(texts, max_size=2).map(tuple)),
        max_size=2,
    ).map(tuple),
    surer=st.lists(texts, max_size=2).map(tuple), suspect=texts,
)  # fmt: skip
wild_audit = st.builds(AuditEntry, at=moments, actor=texts, action=texts, result=texts, url=texts)
wild_counts = st.builds(
    DayCount, source=texts, day=days, fingerprint=texts, count=st.integers(0, 10**6),
    keys=st.sets(st.integers(0, 2**32 - 1), max_size=5).map(sorted).map(tuple),
)  # fmt: skip


def tuples(items, size=3):
    return st.lists(items, max_size=size).map(tuple)


wild_runs = st.builds(
    RunRecord, id=texts, command=texts, status=st.sampled_from(RunStatus), created=moments, updated=moments, started=maybe,
    finished=maybe, runner=texts, branch=texts, base_sha=texts, merge_sha=texts, pull=whole, files_changed=whole,
    tests=texts, excerpt=texts, error=texts, cost=st.floats(0, 99), url=texts,
    tried=whole, verdict=texts,
) | st.builds(
    RunRecord, id=texts, command=texts, status=st.sampled_from(RunStatus), created=moments, updated=moments, pull=whole,
    tried=whole, verdict=texts, fate=st.sampled_from(Fate), fated=maybe, proofs=tuples(texts, 2),
)  # fmt: skip
wild_progress = st.builds(
    Progress,
    cursors=st.builds(Cursors, comment=whole, event=whole),
    assessment=st.none() | st.builds(
        Assessment, at=moments, root_cause=texts, confidence=st.floats(0, 1), occurrences=whole, comment=whole, sha=texts,
        by=texts, locatable=st.booleans(), planned_files=tuples(texts), allowed_paths=tuples(texts),
    ),
    asked=maybe,
    lease=st.none() | st.builds(Lease, run=ids, attempt=whole, nonce=texts, taken=moments),
    runs=tuples(wild_runs, 2),
    notice=st.builds(Notice, at=maybe, links=st.lists(texts, max_size=3, unique=True).map(sorted).map(tuple)),
    muted_until=maybe,
    quarantine=st.none() | st.builds(Quarantine, until=moments, by=texts, comment=whole),
    pull=st.none() | st.builds(
        PullRef, number=whole, url=texts, branch=texts, head_sha=texts, by_person=st.booleans(), opened=maybe, closed=maybe,
        merged=maybe, merge_sha=texts,
    ),
    runner=texts, lead=whole,
    charges=st.sets(
        st.builds(Charge, at=moments, usd=st.floats(0, 99), issue=whole, purpose=texts, model=texts), max_size=3
    ).map(lambda items: tuple(sorted(items, reverse=True))),
    question=st.none() | st.builds(Question, issue=whole, at=moments),
    rule=st.none() | st.builds(RuleSeen, digest=texts, ok=st.booleans(), editor=texts),
    proofs=st.sets(st.builds(ProofRef, at=moments, task=texts), max_size=3).map(proofs_of),
)  # fmt: skip
small_charges = st.builds(
    Charge, at=st.integers(0, 3).map(lambda n: BASE + timedelta(hours=n)), usd=st.sampled_from([0.0, 0.5]), issue=st.just(7),
    purpose=st.sampled_from(["analysis", "reply:1"]), model=st.just("m"),
)  # fmt: skip
small_proofs = st.builds(
    ProofRef, at=st.integers(0, 3).map(lambda n: BASE + timedelta(hours=n)), task=st.sampled_from(["7-1", "7-2"])
)
small_progress = st.builds(
    Progress,
    proofs=st.sets(small_proofs, max_size=3).map(proofs_of),
    cursors=st.builds(Cursors, comment=st.integers(0, 3), event=st.integers(0, 3)),
    muted_until=st.none() | st.just(BASE),
    question=st.none() | st.builds(Question, issue=st.integers(1, 3), at=st.just(BASE)),
    notice=st.builds(Notice, at=st.none() | st.just(BASE), links=st.sampled_from([(), ("u",), ("u", "v")])),
    runs=st.sets(st.sampled_from("xyz")).map(sorted).map(
        lambda ids: tuple(RunRecord(id=i, command="fix", status=RunStatus.FAILED, created=BASE, updated=BASE) for i in ids[::-1])
    ),
    charges=st.sets(small_charges, max_size=3).map(lambda items: tuple(sorted(items, reverse=True))),
)  # fmt: skip
wild_flakes = st.builds(
    Flake, key=st.just(KEY) | texts, repo=texts, test=st.builds(TestId, ecosystem=texts, suite=texts, name=texts),
    framework=texts, status=st.sampled_from(Status), issue=st.none() | refs, occurrences=tuples(wild_occurrences, 5),
    horizon=maybe, sealed=tuples(wild_counts), exposure=tuples(st.builds(DayRuns, source=texts, day=days, runs=whole)),
    signatures=tuples(wild_signatures), first_seen=maybe, last_seen=maybe, verdict=st.none() | wild_verdicts,
    duplicate_of=whole, audit=tuples(wild_audit), owners=tuples(texts), progress=st.just(Progress()) | wild_progress, revision=whole, parent=whole,
)  # fmt: skip
wild_dashboards = st.builds(
    Dashboard, repo=texts, issue=st.none() | refs, cursor=maybe,
    ledger=tuples(st.builds(LedgerEntry, source=texts, run=ids, attempt=whole, conclusion=texts, created=moments, occurrences=whole)),
    index=tuples(st.builds(IndexEntry, issue=whole, key=texts, digest=texts, gone=st.booleans(),
                           comment=st.sampled_from([0, 7])), 1),
    swept=maybe,
    scans=tuples(st.builds(ScanRecord, at=moments, runs=whole, failed_jobs=whole, failures=whole, filed=whole,
                           waiting=whole, infra=whole, requests=whole, note=texts, why=texts, url=texts)),
    revision=whole, parent=whole,
)  # fmt: skip


# --- small worlds: few names, so that states overlap


def occurrence(number, **over):
    """The occurrence of run ``number``; its time follows from it, as on GitHub."""
    values = {
        "source": "actions", "run": str(10**10 + number), "attempt": 1, "job": "unit", "job_id": str(3 * 10**10 + number),
        "created": BASE if "created" in over else BASE + timedelta(hours=number), "workflow": "CI", "event": "push",
        "branch": "main", "sha": f"{number:040x}", "tree": f"{number:040x}",
        "fingerprint": "v1:" + "ab"[number % 2] * 16, "kind": Kind.ASSERTION,
        "url": f"https://github.com/o/r/actions/runs/{10**10 + number}/job/{3 * 10**10 + number}",
    }  # fmt: skip
    return Occurrence(**{**values, **over})


def flake(*occurrences, **over):
    return Flake(**{"key": KEY, "repo": "tikv/pd", "test": TEST, "occurrences": occurrences, **over})


small_occurrences = st.builds(
    lambda number, grade, proof, author: occurrence(number, grade=grade, proof=proof, author=author),
    st.integers(0, 90), st.sampled_from([Grade.A, Grade.D]), st.sampled_from(["", "u", "v"]), st.sampled_from(["", "dev"]),
)  # fmt: skip
small_signatures = st.builds(
    Signature, fingerprint=st.sampled_from(["v1:a", "v1:b"]), text=st.just("boom"), kind=st.just(Kind.PANIC),
    excerpt=st.sampled_from(["", "x", "y"]), excerpt_at=st.none() | st.integers(0, 3).map(lambda n: BASE + timedelta(days=n)),
)  # fmt: skip
small_flakes = st.builds(
    lambda occurrences, **over: flake(*occurrences, **over),
    tuples(small_occurrences, 12),
    status=st.sampled_from([Status.ISSUE_OPEN, Status.TRIAGED]), revision=st.integers(0, 2),
    issue=st.none() | st.integers(1, 3).map(lambda number: IssueRef(repo="tikv/pd", issue=number)),
    exposure=tuples(st.builds(DayRuns, source=st.just("actions"), day=st.just(BASE.date()), runs=st.integers(0, 9))),
    signatures=tuples(small_signatures), first_seen=st.none() | st.just(BASE), last_seen=st.none() | st.just(BASE),
    audit=tuples(st.builds(AuditEntry, at=st.just(BASE), actor=st.sampled_from("ab"), action=st.sampled_from("xy"))),
    owners=tuples(st.sampled_from("ab"), 2), progress=small_progress,
)  # fmt: skip
horizons = st.none() | st.integers(0, 95).map(lambda hours: BASE + timedelta(hours=hours))
small_dashboards = st.builds(
    Dashboard, repo=st.just("o/r"), cursor=st.none() | st.integers(0, 9).map(lambda n: BASE + timedelta(days=n)),
    ledger=tuples(st.builds(LedgerEntry, source=st.just("actions"), run=st.sampled_from("12"), attempt=st.just(1),
                            conclusion=st.sampled_from(["failure", "success"]),
                            created=st.integers(0, 9).map(lambda n: BASE + timedelta(days=n)), occurrences=st.integers(0, 2))),
    index=tuples(st.builds(IndexEntry, issue=st.integers(1, 3), key=st.sampled_from("ab"), digest=st.sampled_from(["", "x", "y"]),
                           gone=st.booleans(), comment=st.sampled_from([0, 7]))),
    swept=st.none() | st.just(BASE),
    revision=st.integers(0, 2),
)  # fmt: skip
