"""Every text that the bot writes, with the words of others given from outside: ``texts(says)``.

The rule it keeps: each place that somebody else can fill is asked for by its name, ``says("job")``, so that a test can
put one hostile text into all of them, or a word of its own into each to see where it comes out.
"""

from dataclasses import replace
from datetime import timedelta

from ftc.core.adoption import Clue as Doubt
from ftc.core.analysis import Analysis, Cause, Clue, FixPlan, Reason, RootCause, Snippet, Sources, Suspect
from ftc.core.answers import CauseFacts, LinkFacts, PullFacts, RateFacts, ReplyFacts, SinceFacts, StillFacts
from ftc.core.approval import Plan
from ftc.core.authority import Reason as Refusal
from ftc.core.authority import Role
from ftc.core.commands import Hint, Name, help_text
from ftc.core.conversation import RunLink, Source
from ftc.core.decision import Reply
from ftc.core.decisions.starting import Check
from ftc.core.dispatch import Caps
from ftc.core.exhibits import Exhibit
from ftc.core.exposure import Before, Silence, proof
from ftc.core.fix import Claim, Gate, TaskKind
from ftc.core.history import Rate
from ftc.core.judged import Judged
from ftc.core.ledger import Charge
from ftc.core.lifecycle import WORDS
from ftc.core.marks import marked
from ftc.core.model import AuditEntry, Dashboard, EvidenceItem, IssueRef, Kind, Location, ScanRecord, Status
from ftc.core.next_step import NEXT_STEPS, words
from ftc.core.notices import Due, Rates
from ftc.core.observe import LeftOut
from ftc.core.observe import Reason as NotCounted
from ftc.core.orders import Order
from ftc.core.overview import overview
from ftc.core.plan_block import encode_plan
from ftc.core.pr_answers import Answer, Fault, Row
from ftc.core.progress import Assessment, Progress, PullRef, Quarantine, Question, RuleSeen, RunRecord, RunStatus
from ftc.core.publishing import RiskReason
from ftc.core.quarantine import Entry, Lapse
from ftc.core.reproduce import commands_for
from ftc.core.returning import Return, Settled
from ftc.core.rule_block import Mistake, Problem
from ftc.core.sweeping import Telling
from ftc.core.sweeping import Told as Tells
from ftc.core.task_batches import Batch
from ftc.core.task_block import record_of
from ftc.core.task_file import parse_task
from ftc.core.task_judging import GateName, GateResult, State
from ftc.core.task_report import Account, Phase
from ftc.core.task_report import Assessment as TaskAssessment
from ftc.core.task_report import Failure as TaskFailure
from ftc.core.task_report import Risk as TaskRisk
from ftc.core.task_report import Status as TaskStatus
from ftc.core.task_work import BatchResult, Commit, End
from ftc.core.thresholds import Thresholds
from ftc.core.tolerance import Tolerance
from ftc.core.triage import Plan as ScanPlan
from ftc.jobs.issues import Draft
from ftc.jobs.scan_report import ScanReport, summary_values
from ftc.jobs.sweep_report import Moved, SweepReport
from ftc.render.adoption import answer_text, question_text
from ftc.render.analysis import analysis_comment
from ftc.render.answer import answer, with_end
from ftc.render.dashboard import dashboard_body, watch_page_body
from ftc.render.environment import render
from ftc.render.issue import issue_body
from ftc.render.notice import notice_text
from ftc.render.pr_answer import pr_answer
from ftc.render.pull import pull_text as fix_request
from ftc.render.reply import Spoken, reply_text
from ftc.render.rule_answer import rule_answer
from ftc.render.sweep import telling_text
from ftc.render.task import failure_text, issue_text, plan_text, pull_text
from tests.builders import (
    LINK,
    NOON,
    REPO,
    a_failure,
    a_flake,
    a_job,
    a_signature,
    a_test,
    a_verdict,
    an_occurrence,
    days,
)
from tests.heal_texts import heal_texts
from tests.publishing_facts import (
    a_candidate,
    a_change,
    a_conclusion,
    a_judged,
    a_proposal,
    an_evidence,
    strata,
)
from tests.publishing_facts import a_task as a_fix_task
from tests.run_texts import run_texts

PREFIX = "flaky-test-cleaner"
SHA = "a" * 40
HERE = IssueRef(repo=REPO, issue=7)
ISSUE = f"https://github.com/{REPO}/issues/7"
PULL = PullRef(number=7, url=f"https://github.com/{REPO}/pull/7", opened=days(-2), merged=days(-1))
SETTLED = Settled(since=NOON, fix="f" * 40, pull=7)
SILENCE = Silence(
    failures=3, span=days(4) - NOON, silence=days(41) - NOON, longest_gap=timedelta(days=2), runs=30, chance=0.0077
)


def the_test(says, **over):
    return a_test(says("test"), suite=says("suite"), **over)


def the_occurrence(says, run="1", **over):
    values = {"job": says("job"), "branch": says("branch"), "os": says("os"), "workflow": says("workflow")}
    return an_occurrence(**{"run": run, "author": says("login"), **values, **over})


def the_flake(says, **over):
    signature = a_signature(
        text=says("signature"),
        message=says("message"),
        excerpt=f"before\n{says('excerpt')}\nafter",
        excerpt_url=f"{LINK}/1/job/71",
        locations=(Location(path=says("path"), line=3),),
    )
    values = {
        "issue": 7,
        "status": Status.WAITING_FOR_SIGNAL,
        "test": the_test(says),
        "signatures": (signature, a_signature(fingerprint="v1:bbbb", text=says("signature"), excerpt=says("excerpt"))),
        "verdict": a_verdict(
            evidence=(EvidenceItem(rule="opinion", weight=1.0, text=says("reason"), links=(f"{LINK}/9",)),),
            surer=(says("wish"),),
            suspect=SHA,
        ),
        "audit": (AuditEntry(at=NOON, actor=says("login"), action=says("action"), result=says("reason"), url=LINK),),
        "progress": the_progress(says),
        "first_seen": NOON,
        "last_seen": NOON,
    }
    return a_flake(the_occurrence(says), the_occurrence(says, "2", job="other"), **{**values, **over})


def the_progress(says):
    return Progress(
        assessment=Assessment(
            at=NOON, root_cause="async-wait", confidence=0.8, occurrences=2, comment=50, by=says("model")
        ),
        quarantine=Quarantine(until=days(3), by=says("login"), comment=5),
        question=Question(issue=7, at=NOON),
        charges=(Charge(at=NOON, usd=0.5, issue=7, purpose="analysis", model=says("model")),),
        pull=PULL,
        runs=(the_run(says),),
        lead=7,
        rule=RuleSeen(digest="ab", ok=True, editor=says("login")),
    )


def the_run(says):
    texts = {"branch": says("branch"), "runner": says("label"), "error": says("message"), "excerpt": says("excerpt")}
    return RunRecord(id="7-1", command="ai-fix", status=RunStatus.QUEUED, created=NOON, updated=NOON, **texts)


def texts(says):
    """Every Markdown text by a name of its own."""
    return {
        **issue_texts(says),
        **analysis_texts(says),
        **reply_texts(says),
        **{f"answers/{name}": said(name, values) for name, values in answers(says).items()},
        **{f"refused: {reason}": said("refused", refusal(reason)) for reason in Refusal},
        **adoption_texts(says),
        **rule_texts(says),
        **sweep_texts(says),
        **board_texts(says),
        **pull_texts(says),
        **fix_texts(says),
        **summary_texts(says),
        **task_texts(says),
        **heal_texts(says),
        **run_texts(says),
    }


def issue_texts(says):
    flake = the_flake(says)
    rates = Rates(failed=2, runs=20, failed_before=1, runs_before=20)
    due = Due(flake=flake, since=NOON, fresh=flake.occurrences, rates=rates)
    return {
        "issue": issue_body(flake, previous="", prefix=PREFIX),
        "issue of a duplicate": issue_body(a_twin(flake), previous="", prefix=PREFIX),
        "state of an adopted issue": marked(issue_body(flake, previous="", prefix=PREFIX, adopted=True), "state"),
        "notice": notice_text(due),
    }


def a_twin(flake):
    return a_flake(*flake.occurrences, issue=8, duplicate_of=7, test=flake.test, signatures=flake.signatures)


def an_analysis(says, **over):
    clues = (Clue(text=says("reason"), snippet="S1"), Clue(text=says("reason"), link=f"{LINK}/1"))
    snippet = Snippet(
        id="S1",
        path=says("path"),
        sha=SHA,
        first=1,
        last=3,
        text=f"before\n{says('snippet')}\nafter",
        reason=Reason.TEST,
    )
    causes = (RootCause.ASYNC_WAIT, 0.6), (RootCause.CONCURRENCY, 0.3)
    values = {
        "causes": tuple(
            Cause(root_cause=cause, probability=share, evidence_for=clues, evidence_against=clues)
            for cause, share in causes
        ),
        "sources": Sources(
            sha=SHA,
            snippets=(snippet,),
            locatable=True,
            test_path=says("path"),
            suspects=(Suspect(sha=SHA, title=says("title"), at=NOON, paths=(says("path"),)),),
            problems=(says("problem"),),
        ),
        "plan": FixPlan(
            steps=(says("step"), says("step")),
            planned_files=(says("path"),),
            sketch=f"--- a\n+++ b\n{says('sketch')}",
            risk_reason=says("reason"),
        ),
        "reproduction": commands_for(the_flake(says)),
        "checklist": (says("check"),),
        "by": says("model"),
    }
    return Analysis(**{**values, **over})


def analysis_texts(says):
    plan = Plan(root_cause="async-wait", tests=(the_test(says),), allowed_paths=(says("path"),))
    block = encode_plan(plan, NOON, where=HERE)
    unknown = Cause(root_cause=RootCause.UNKNOWN, probability=1.0)

    def comment(**over):
        text = analysis_comment(an_analysis(says, **over), repo=REPO, server="https://github.com")
        return marked(f"{text}\n{block}", "analysis")

    return {
        "analysis by a model": comment(),
        "analysis by rules": comment(by="rules", note=says("problem")),
        "analysis without a cause": comment(causes=(unknown,), sources=Sources(problems=(says("problem"),))),
    }


def reply_texts(says):
    flake = the_flake(says)
    [newest, other] = flake.occurrences
    rate = Rate(failures=2, runs=40, low=0.01, high=0.2)
    facts = ReplyFacts(
        flake=flake,
        pull=PullFacts(asked=(12,), inside=(newest,), others=(13,), on_branches=1, newest_elsewhere=other),
        still=StillFacts(last=NOON, newest=newest, quiet=SILENCE, pull=PULL),
        rate=RateFacts(rate=rate, total=2, first=NOON, last=NOON, newest=flake.occurrences),
        cause=CauseFacts(assessment=flake.progress.assessment, verdict=flake.verdict, reasons=flake.verdict.evidence),
        since=SinceFacts(seen=NOON, first=newest, suspect=SHA),
        reproduction=commands_for(flake),
        owners=(says("login"),),
        step=NEXT_STEPS[Status.TRIAGED],
        links=(LinkFacts(link=RunLink(url=f"{LINK}/1", source=Source.ACTIONS, run="1"), counted=(newest,)),),
        told=(says("label"),),
    )
    cites = (
        Exhibit(id="E1", text=says("signature"), link=f"{LINK}/1"),
        Exhibit(id="S1", text=says("path"), snippet="S1"),
    )
    spoken = Spoken(text=f"{says('reply')}\n\n{says('reply')}", cites=cites, new_cause="time", old_cause="network")
    offer = ReplyFacts(flake=flake, offer=True)

    def reply(facts, **over):
        text = reply_text(facts, window_days=7, analysis_url=f"{ISSUE}#issuecomment-50", **over)
        return marked(with_end(text, run_url=LINK), "answer:9")

    return {
        "reply by rules": reply(facts, unanswered=says("problem")),
        "reply by a model": reply(offer, spoken=spoken),
    }


def said(template, values):
    """One answer as it is posted."""
    return marked(answer(Reply(template=template, values=values), run_url=LINK, prefix=PREFIX), "answer:9")


def refusal(reason):
    return {"reason": reason.value, "least": Role.WRITE, "name": Name.AI_FIX, "right": None, "by_label": False}


def answers(says):
    """A template of ``answers/`` each, with its values; conditions inside of them are the matter of other tests."""
    task = Order(
        id="7-9", kind=TaskKind.START, repo=REPO, issue=7, title=says("title"), body=says("comment"), turn="9",
        instruction=says("instruction"), by=says("login"), ordered=NOON, branch=says("branch"), runner=says("label"),
    )  # fmt: skip
    flake = the_flake(says)
    progress = flake.progress
    status = {
        "status": flake.status, "words": words(flake.status), "dispatch": WORDS[flake.status].dispatch,
        "step": NEXT_STEPS[flake.status], "flake": flake, "run": progress.runs[0], "pull": PULL,
        "quarantine": progress.quarantine,
        "assessment": progress.assessment, "muted_until": NOON, "queue": {"place": 2, "fixes": True, "caps": Caps()},
    }  # fmt: skip
    return {
        **{name: {} for name in SHORT},
        "agent_proof": {"issue": 7, "head": SHA[:7]},
        "approval_void": {"flaw": "edited"},
        "approved": {
            "forced": True,
            "branch": says("branch"),
            "place": 2,
            "files": (says("path"),),
            "barred": (says("path"),),
            "fixes": True,
            "caps": Caps(),
        },
        "approved_already": {"place": 2, "fixes": False, "caps": Caps()},
        "assigned": {"login": says("login")},
        "dashboard": {"results": [(7, "approved"), (7, "refused")]},
        "failed": {"problem": says("problem")},
        "hint": {"hint": Hint(given=says("comment"), problem=says("problem"), nearest=Name.ANALYZE)},
        "help": {"lines": help_text()},
        "merged_into": {"number": 7},
        "muted": {"until": NOON},
        "no_target": {"itself": False, "number": 7},
        "not_approved": {"flaw": "lacking", "lacks": ["confidence", "occurrences", "location"], "threshold": 0.75},
        "not_assigned": {"login": says("login")},
        "not_now": {"status": Status.PR_OPEN, "pull": PULL, "of": 0},
        "nothing_to_adopt": {"is_pull": False},
        "nothing_to_stop": {"open_pull": True},
        "quarantine_full": {"most": 10},
        "quarantine_over": {"until": NOON},
        "quarantined": {"until": NOON},
        "refused": {**refusal(Refusal.ROLE), "by_label": True},
        "reopened": {"declined": True},
        "runner_chosen": {"label": says("label")},
        "runner_refused": {"label": says("label"), "runners": (says("label"), "ubuntu")},
        "settled": {"status": Status.DUPLICATE, "of": 7},
        "split": {"texts": [says("signature"), says("signature")]},
        "cannot_start": {
            "failed": tuple(Check(name=name, passed=False) for name in ("fixes", "model", "command", "runner")),
            "label": says("label"),
        },
        "started": {"task": task, "checks": tuple(Check(name=name, passed=True) for name in ("fixes", "runner"))},
        "status": status,
        "stopped": {"was": Status.APPROVED_TO_FIX, "quarantine": True},
        "too_many_parts": {"count": 9, "most": 5},
        "verify": {"task": task},
        "verify_issue": {"pull": PULL},
    }


SHORT = (
    *("analyzed", "dashboard_only", "declined_already", "no_adoption", "no_analysis", "no_quarantine", "not_analyzed"),
    *(
        "changed_since",
        "nothing_to_retry",
        "nothing_to_split",
        "start_on_pull",
        "taken_back",
        "unmanaged",
        "unquarantined",
    ),
    *("unreadable", "wontfix"),
)
"""Templates without values."""


def adoption_texts(says):
    from ftc.jobs.adopt import Outcome  # noqa: PLC0415 - only for its words

    tests = [str(the_test(says)), says("test")]
    question = question_text(the_flake(says), tuple(Doubt), until=days(7))
    return {
        "adoption question": marked(question, "question:1"),
        **{
            f"adoption {outcome}": answer_text(outcome.value, asked=says("comment"), tests=tests, number=7)
            for outcome in Outcome
        },
    }


def rule_texts(says):
    wrong = [Mistake(problem=problem, about=says("comment"), line=3) for problem in Problem]
    return {f"rule counts: {counts}": marked(rule_answer(wrong, counts=counts), "rule:ab") for counts in (True, False)}


def sweep_texts(says):
    back = Return(settled=SETTLED, occurrence=the_occurrence(says), count=2, older=1)
    shown = proof(Before(failures=5, runs=100), runs=81, merged=NOON, now=days(14.5))
    done = {"proof": shown, "done": SETTLED, "older": 2}
    told = {
        Tells.CLOSING: {"numbers": SILENCE, "by_age": True, "doubts": ("few-runs",), "last_seen": NOON},
        Tells.UNPROVEN: done,
        Tells.VERIFIED: done,
        Tells.RETURNED: {"back": back, "verified": True},
        Tells.QUARANTINE_OVER: {"until": NOON},
        Tells.LEASE_LOST: {"page": LINK, "unheard": True},
        Tells.AGENT_SILENT: {"days": 7},
        Tells.PULL_CLOSED: {"pull": 7, "declined": True},
    }
    return {
        f"sweep {what}": telling_text(Telling(what=what, id="1", values=values), prefix=says("label"))
        for what, values in told.items()
    }


def board_texts(says):
    flake, alone = the_flake(says), a_flake(the_occurrence(says, "3"), test=the_test(says), key="1" * 16)
    ready = a_flake(
        the_occurrence(says, "4"), test=the_test(says), key="2" * 16, verdict=flake.verdict, signatures=flake.signatures
    )
    scan = ScanRecord(
        at=NOON, runs=9, failed_jobs=8, failures=7, filed=1, waiting=1, infra=2, requests=99, note=says("problem"),
        why=says("reason"), url=f"{LINK}/1",
    )  # fmt: skip
    board = Dashboard(repo=REPO, issue=HERE, scans=(scan,), swept=NOON)
    shown = overview([flake], [alone, ready], board, now=days(3), thresholds=Thresholds(), request_budget=100)
    return {
        "dashboard": dashboard_body(board, shown, previous=""),
        "watch page": watch_page_body(3, (alone, ready), where=HERE),
    }


def pull_texts(says):
    failure = a_failure(test=the_test(says), message=says("message"))
    jobs = ((says("job"), f"{LINK}/1/job/71"), (says("job"), f"{LINK}/1/job/72"))
    rows = tuple(
        Row(failure=failure, fault=fault, jobs=jobs, issue=issue, touched=touched)
        for fault, issue, touched in (
            (Fault.KNOWN, 7, False), (Fault.KNOWN, 7, True), (Fault.CHANGED, 7, True), (Fault.UNKNOWN, 7, False),
            (Fault.UNKNOWN, 0, False),
        )
    )  # fmt: skip
    said_there = {
        "PR answer": Answer(sha=SHA, rows=rows, others=jobs, again=True),
        "PR answer with another run": Answer(sha=SHA, others=jobs, rerun=a_job(name=says("job"))),
        "PR answer in green": Answer(sha=SHA, green=True, again=True),
    }
    return {
        name: marked(pr_answer(found, repo=REPO, site="https://github.com"), "pr-answer")
        for name, found in said_there.items()
    }


def fix_texts(says):
    """The pull request of a fix run, at its fullest and without a measurement."""
    test, row = the_test(says), replace(strata()[0], leg=says("leg"), amplifier=says("amplifier"))
    judged = a_judged(gates=(Gate(name=says("gate"), passed=False, detail=says("detail")),), strata=(row,))
    conclusion = a_conclusion(
        judged=judged,
        commands=(f"go test {says('command')}",),
        missing_legs=(says("leg"),),
        problems=(says("problem"),),
    )
    candidate = a_candidate(summary=f"{says('summary')}\n\n{says('summary')}", hypothesis=says("why"), by=says("model"))
    claims = (Claim(pull=7, author=says("login")), Claim(pull=7, author=says("login")))
    task = a_fix_task(tests=(test, test), root_cause=says("cause"), claims=claims)
    full = a_proposal(
        evidence=an_evidence(task=task, conclusion=conclusion),
        candidate=candidate,
        title="A title",
        changes=(a_change(path=says("path")), a_change(path=says("path"), status="A")),
        masking=(f"skip: {says('path')}",),
        draft=True,
        reasons=tuple(RiskReason),
        starts_ci=False,
        moved_to=SHA,
        run_url=f"{LINK}/1",
    )
    bare = a_proposal(evidence=an_evidence(conclusion=a_conclusion(verdict=None), task=task), candidate=candidate)
    return {
        "fix's request": fix_request(full),
        "fix's request, not measured": fix_request(bare),
    }


def a_scan_report(says):
    flake = the_flake(says)
    left_out = tuple(
        LeftOut(
            reason=NotCounted.BUILD, run="1", attempt=1, job=says("job"), url=LINK, test=test, detail=says("message")
        )
        for test in ("", says("test"))
    )
    record = ScanRecord(at=NOON, runs=9, failed_jobs=8, failures=7, filed=1, waiting=1, infra=2, requests=99)
    plan = ScanPlan(
        effects=(), judged=(Judged(flake=flake, changed=True, verdict=flake.verdict),), waiting=(), left_out=left_out,
        notes=(), record=record,
    )  # fmt: skip
    draft = Draft(title=says("title"), body=says("excerpt"))
    return ScanReport(
        repo=REPO, write_repo=REPO, mode="file", dry_run=True, plan=plan, listed=9, unread=0, requests=99,
        done=(f"open an issue for {flake.test}",), notes=(says("problem"),), drafts=(draft,),
    )  # fmt: skip


def a_sweep_report(says):
    moved = Moved(issue=7, test=str(the_test(says)), source=Status.MERGED, target=Status.VERIFIED, told=("verified",))
    return SweepReport(
        repo=REPO, dry_run=True, issues=1, requests=9, moved=(moved,), answered=(7,), tasks=(), later=(8,),
        done=(f"update issue 7 for {the_test(says)}",), notes=(says("problem"),),
    )  # fmt: skip


def a_tolerance(says):
    failure = a_failure(test=the_test(says), message=says("message"), kind=Kind.ASSERTION)
    entry = Entry(test=failure.test, until=days(3), issue=7, url=ISSUE)
    return Tolerance(
        tolerated=((failure, entry),), failed=((failure, Lapse.EXPIRED), (failure, None)), doubts=(says("problem"),)
    )


def summary_texts(says):
    return {
        "summary of a scan": render("scan_summary.md.j2", summary_values(a_scan_report(says))),
        "summary of a sweep": render("sweep_summary.md.j2", {"report": a_sweep_report(says)}),
        "summary of a quarantine": render("quarantine_summary.md.j2", {"decision": a_tolerance(says)}),
    }


def task_texts(says):
    least = {"id": "a", "objective": "Add the missing tests.", "target": {"include": ["src/**"]}}
    task = parse_task(least, origin="task.yaml")
    batch = Batch(number=1, of=2, files=(says("path"),))
    commit = Commit(sha="a" * 40, message="Mend", paths=("a.py",), lines=2)
    results = (
        BatchResult(batch=batch, end=End.GAVE_UP, reason=says("reason"), attempts=2),
        BatchResult(batch=batch, end=End.DONE, commit=commit, doubts=(says("doubt"),)),
    )
    gates = (GateResult(gate=GateName.TESTS, state=State.FAILED, detail=says("detail"), wanted=True),)
    account = Account(results=results, gates=gates, commands=(says("command"),), isolation=says("isolation"))
    assessment = TaskAssessment(level=TaskRisk.HIGH, reasons=(says("risk"),), labels=())
    failure = TaskFailure(phase=Phase.GENERATE, code="gave-up", summary=says("summary"), next_steps=("Look.",))
    return {
        "task's request": pull_text(task, a_status(), assessment, account, part=(1, 2)),
        "task's failure": failure_text(task, failure, base_sha=SHA, results=results),
        "task's issue": issue_text(
            task, a_task_record(), ((says("path"), says("why")),), label="flaky-test-cleaner/task-approved"
        ),
        "task's plan": plan_text(task, ((says("path"), says("why")),), digest="a" * 16),
    }


def a_task_record():
    files = ("src/a.py",)
    return replace(record_of(a_status(), (), code=2), digest="a" * 12, files=files, since=NOON)


def a_status():
    return TaskStatus(
        id="a", branch="auto/a", base_sha=SHA, commits=(SHA,), tests_passed=1, tests_failed=1, coverage_before=None,
        coverage_after=None, lint_errors=0, type_errors=0, diff_lines=9, risk_level="high", risk_labels=(),
        partial=True, partial_share=0.5, pr_url="", cost=0.0, started_at="", finished_at="",
    )  # fmt: skip
