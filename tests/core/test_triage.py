"""The plan of a scan: what is filed, what waits, what is never written, and what survives an interruption."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftc.core.config import Mode
from ftc.core.effects import (
    CloseAsDuplicate,
    EnsureLabel,
    OpenDashboard,
    OpenIssue,
    SaveDashboard,
    SaveFlake,
    SaveWatchPage,
)
from ftc.core.judged import questions
from ftc.core.model import Dashboard, EvidenceItem, FailureClass, Grade, IndexEntry, IssueRef, Status
from ftc.core.observe import Reason
from ftc.core.readings import readings
from ftc.core.state import watch_page
from ftc.core.thresholds import Thresholds
from ftc.core.triage import may_be_filed, plan
from ftc.core.watch_pages import MOST_ON_PAGE
from tests.builders import (
    NOON,
    REPO,
    a_failure,
    a_flake,
    a_job,
    a_pass,
    a_pull_occurrence,
    a_run,
    a_test,
    a_verdict,
    an_attempt,
    an_extraction,
    an_occurrence,
    days,
    graded,
    hours,
)
from tests.worlds import World

NOW = hours(12)
SECOND = hours(13)


def failing(name: str, run: str, **over):
    """One red attempt with one failing test, each on a commit of its own."""
    sha = over.pop("sha", f"{run:>040}".replace(" ", "0"))
    return an_attempt(a_job(a_failure(test=a_test(name)), url=f"u/{run}/{name}"), id=run, sha=sha, **over)


def rerun(run: str, **over):
    """The second attempt of that run, which passed."""
    sha = over.pop("sha", f"{run:>040}".replace(" ", "0"))
    return a_pass(id=run, attempt=2, sha=sha, **over)


def flaky(name: str, first: int, *, created=NOON):
    """A test proven flaky twice: two runs failed and passed in their re-runs."""
    runs = (str(first), str(first + 1))
    return [part for run in runs for part in (failing(name, run, created=created), rerun(run, created=created))]


def many(count: int, *, created=NOON, start: int = 100):
    return [part for n in range(count) for part in flaky(f"Test{n:02}", start + 2 * n, created=created)]


def opened(decided) -> list[str]:
    return [effect.flake.test.name for effect in decided.effects if isinstance(effect, OpenIssue)]


def test_the_order_of_writes() -> None:
    world = World()
    decided = world.scan([*flaky("TestPut", 1), failing("TestOnce", "50")], now=NOW)
    kinds = list(dict.fromkeys(type(effect) for effect in decided.effects))
    assert kinds == [EnsureLabel, OpenDashboard, OpenIssue, SaveWatchPage, SaveDashboard]
    assert all(effect.describe() for effect in decided.effects)
    (issue,) = world.issues.values()
    assert (issue.status, issue.audit[0].action) == (Status.ISSUE_OPEN, "DISCOVERED → ISSUE_OPEN")
    assert [flake.test.name for flake in world.watched] == ["TestOnce"]
    assert world.labels == {f"flaky-test-cleaner/{name}" for name in ("ai-managed", "flaky-test", "needs-triage")}


def test_a_second_scan_with_nothing_new_writes_nothing() -> None:
    world = World()
    attempts = [
        *flaky("TestPut", 1),
        failing("TestOnce", "50"),
        an_attempt(a_job(extraction=None), id="60", sha="6" * 40),
    ]
    world.scan(attempts, now=NOW)
    assert world.scan(attempts, now=SECOND).effects == ()
    assert world.scan([*attempts, a_pass(id="70")], now=SECOND).effects == (), "a new passing run is not news"


def test_a_run_without_failing_tests_is_remembered_as_read() -> None:
    world = World()
    world.scan([], now=NOW)
    red = an_attempt(a_job(extraction=None), id="60", sha="6" * 40)
    assert [type(effect) for effect in world.scan([red], now=NOW).effects] == [SaveDashboard]
    assert world.snapshot([red], now=SECOND).read == ()
    assert world.scan([red], now=SECOND).effects == ()


def test_the_first_scan_of_an_empty_repository_makes_the_dashboard_only() -> None:
    world = World()
    assert [type(effect) for effect in world.scan([], now=NOW).effects] == [EnsureLabel, OpenDashboard, SaveDashboard]
    assert world.scan([], now=SECOND).effects == ()


@pytest.mark.parametrize(
    ("occurrences", "verdict", "filed", "why"),
    [
        (1, a_verdict(grade=Grade.A_PLUS), False, "the second-failure gate"),
        (2, a_verdict(grade=Grade.A_PLUS), True, "proof and a second failure"),
        (2, a_verdict(grade=Grade.A), True, "so does A"),
        (1, a_verdict(grade=Grade.B), True, "B has several failures by itself"),
        (9, a_verdict(grade=Grade.C), False, "C is appended to the issue it matches"),
        (9, a_verdict(grade=Grade.D, failure_class=FailureClass.UNKNOWN), False, "D waits"),
        (9, a_verdict(grade=Grade.A, failure_class=FailureClass.INFRA_FLAKE), False, "the machine's fault"),
        (9, a_verdict(grade=Grade.B, failure_class=FailureClass.LIKELY_REGRESSION), False, "recorded only"),
    ],
)
def test_the_grade_permits_filing(occurrences: int, verdict, filed: bool, why: str) -> None:
    flake = a_flake(*[an_occurrence(run=str(n)) for n in range(occurrences)])
    assert may_be_filed(flake, verdict, Thresholds()) is filed, why


def test_two_jobs_of_one_attempt_are_one_failure_for_the_gate() -> None:
    flake = a_flake(an_occurrence(job="linux"), an_occurrence(job="mac"))
    assert not may_be_filed(flake, a_verdict(), Thresholds())


def test_an_opinion_files_only_where_that_is_asked_for() -> None:
    said = (EvidenceItem(rule="opinion", weight=4.0, text="A race."),)
    verdict = a_verdict(grade=Grade.D, failure_class=FailureClass.UNKNOWN, confidence=0.95, evidence=said)
    assert not may_be_filed(a_flake(an_occurrence()), verdict, Thresholds())
    assert may_be_filed(a_flake(an_occurrence()), verdict, Thresholds(file_on_opinion=True))
    assert not may_be_filed(a_flake(an_occurrence()), replace(verdict, evidence=()), Thresholds(file_on_opinion=True))


def test_three_a_scan_the_worst_first_until_the_backlog_is_gone() -> None:
    worst = [*flaky("TestZ", 1, created=days(-3)), failing("TestZ", "5", created=days(-3))]
    attempts = [*worst, *many(6, created=days(-3)), a_pass(id="999")]
    world = World()
    first = world.scan(attempts, now=NOW)
    assert opened(first)[0] == "TestZ"
    assert len(opened(first)) == 3
    assert {item.reason for item in first.waiting} == {"at most 3 new issues a scan"}
    assert len(opened(world.scan(attempts, now=SECOND))) == 3
    assert len(opened(world.scan(attempts, now=SECOND))) == 1
    assert world.scan(attempts, now=SECOND).effects == ()
    assert len({flake.key for flake in world.issues.values()}) == 7


@pytest.mark.parametrize(("count", "filed"), [(10, 3), (11, 0), (40, 0)])
def test_many_new_flakes_at_once_are_a_breakage(count: int, filed: int) -> None:
    world = World()
    decided = world.scan(many(count), now=NOW)
    assert len(opened(decided)) == filed
    assert any("possible breakage" in note for note in decided.notes) == (filed == 0)
    assert len(world.watched) == count - filed, "nothing is lost"


def test_a_breakage_holds_back_the_new_ones_only() -> None:
    attempts = [*many(12), *flaky("TestOld", 1, created=days(-4))]
    world = World()
    decided = world.scan(attempts, now=NOW)
    assert opened(decided) == ["TestOld"]
    assert {item.reason for item in decided.waiting} == {"possible breakage"}
    assert world.scan(attempts, now=SECOND).effects == ()


def test_forty_flakes_in_the_backlog_of_a_busy_repository_are_no_breakage() -> None:
    decided = World().scan([*many(40, created=days(-4)), a_pass(id="999")], now=NOW)
    assert len(opened(decided)) == 3
    assert len(decided.waiting) == 37


@pytest.mark.parametrize(
    ("over", "reason"),
    [
        ({"mode": Mode.OBSERVE}, "mode is observe"),
        ({"may_create": False}, "not every existing issue could be seen"),
        ({"thresholds": Thresholds(max_new_issues=0)}, "at most 0 new issues a scan"),
    ],
)
def test_what_is_not_filed_waits_with_its_reason(over, reason: str) -> None:
    world = World()
    decided = world.scan(flaky("TestPut", 1), now=NOW, **over)
    assert opened(decided) == []
    assert [item.reason for item in decided.waiting] == [reason]
    assert len(world.watched) == 1


def test_a_known_issue_takes_new_failures_silently() -> None:
    world = World()
    world.scan(flaky("TestPut", 1), now=NOW)
    decided = world.scan([*flaky("TestPut", 1), failing("TestPut", "9", created=hours(1))], now=SECOND)
    assert [type(effect) for effect in decided.effects] == [SaveFlake, SaveDashboard]
    (issue,) = world.issues.values()
    assert issue.total == 3
    assert issue.verdict is not None
    assert issue.verdict.grade == Grade.A_PLUS


@pytest.mark.parametrize("status", [Status.CLOSED_WONTFIX, Status.VERIFIED, Status.FIXING, Status.PR_OPEN])
def test_what_people_and_fixes_decided_is_not_moved_by_failures(status: Status) -> None:
    world = World()
    world.scan(flaky("TestPut", 1), now=NOW)
    ((number, issue),) = world.issues.items()
    world.issues[number] = replace(issue, status=status)
    world.scan([failing("TestPut", "9")], now=SECOND)
    assert [(item.status, item.total) for item in world.issues.values()] == [(status, 3)]


def test_a_re_run_that_passes_later_upgrades_what_is_stored() -> None:
    world = World()
    world.scan([failing("TestPut", "1"), failing("TestPut", "2")], now=NOW)
    assert not world.issues
    decided = world.scan([rerun("1"), failing("TestPut", "2")], now=SECOND)
    assert opened(decided) == ["TestPut"]
    assert world.watched == ()


def test_a_tombstone_is_left_alone() -> None:
    world = World()
    world.scan(flaky("TestPut", 1), now=NOW)
    ((number, _),) = world.issues.items()
    del world.issues[number]
    attempts = [*flaky("TestPut", 1), failing("TestPut", "9")]
    decided = world.scan(attempts, now=SECOND, gone=frozenset({number}))
    assert [type(effect) for effect in decided.effects] == [SaveDashboard]
    assert {item.reason for item in decided.left_out} == {Reason.TOMBSTONE}
    assert [entry.gone for entry in world.dashboard.index] == [True]
    assert world.scan(attempts, now=SECOND).effects == ()
    known = (world.dashboard.ledger, world.watched)
    assert not any(readings(*known).wanted(item.run) for item in attempts), "its runs are not read for ever"


def test_an_issue_that_cannot_be_read_loses_nothing_and_gets_no_twin() -> None:
    world = World()
    world.scan(flaky("TestPut", 1), now=NOW)
    ((number, issue),) = world.issues.items()
    del world.issues[number]
    world.scan([*flaky("TestPut", 1), *flaky("TestPut", 7)], now=SECOND)
    assert not world.issues
    assert [flake.total for flake in world.watched] == [4]
    world.issues[number] = issue
    world.scan([], now=SECOND)
    assert [flake.total for flake in world.issues.values()] == [4]
    assert world.watched == ()


def test_two_scans_at_once_leave_one_issue() -> None:
    world = World()
    attempts = [*flaky("TestPut", 1), *flaky("TestGet", 5)]
    decided = world.scan(attempts, now=NOW)
    world.carry_out(decided.effects)
    assert len(world.open) == 4
    third = world.scan([*attempts, failing("TestPut", "9")], now=SECOND)
    assert sum(isinstance(effect, CloseAsDuplicate) for effect in third.effects) == 2
    assert sorted(flake.test.name for flake in world.open.values()) == ["TestGet", "TestPut"]
    assert min(world.open) == min(world.issues), "the lowest number wins"
    assert {flake.duplicate_of for flake in world.issues.values() if flake.status == Status.DUPLICATE} == set(
        world.open
    )
    assert world.scan(attempts, now=SECOND).effects == ()


def test_what_a_duplicate_knows_reaches_the_lead_first() -> None:
    lead = a_flake(an_occurrence(run="1"), issue=3, status=Status.TRIAGED)
    twin = a_flake(an_occurrence(run="2"), issue=8, status=Status.ISSUE_OPEN)
    world = World(issues={3: lead, 8: twin}, dashboard=Dashboard(repo=REPO, issue=IssueRef(repo=REPO, issue=1)))
    decided = world.scan([], now=NOW)
    assert [type(effect) for effect in decided.effects] == [SaveFlake, CloseAsDuplicate, SaveDashboard]
    assert (world.issues[3].total, world.issues[3].status) == (2, Status.TRIAGED)


def test_closing_duplicates_obeys_the_comment_brake() -> None:
    issues = {n: a_flake(an_occurrence(), issue=n, status=Status.ISSUE_OPEN) for n in range(1, 31)}
    world = World(issues=issues)
    decided = world.scan([], now=NOW)
    assert sum(isinstance(effect, CloseAsDuplicate) for effect in decided.effects) == 20
    world.scan([], now=SECOND)
    assert list(world.open) == [1]


STORY = [
    *flaky("TestA", 1, created=days(-2)),
    *flaky("TestB", 11, created=days(-3)),
    *flaky("TestC", 21, created=days(-3)),
    *flaky("TestD", 31, created=days(-2)),
    failing("TestOnce", "50"),
    an_attempt(a_job(extraction=an_extraction()), id="60", sha="6" * 40),
]


@pytest.mark.parametrize("cut", range(20))
def test_a_scan_cut_anywhere_and_repeated_ends_like_an_undisturbed_one(cut: int) -> None:
    known = failing("TestA", "91", created=hours(2))
    whole, broken = World(), World()
    for world in (whole, broken):
        world.scan(STORY[:4], now=NOW)
    whole.scan([*STORY, known], now=SECOND)
    broken.scan([*STORY, known], now=SECOND, cut=cut)
    broken.scan([*STORY, known], now=SECOND)
    assert broken.final() == whole.final()
    assert broken.scan([*STORY, known], now=SECOND).effects == whole.scan([*STORY, known], now=SECOND).effects == ()


@settings(max_examples=60)
@given(st.lists(st.integers(0, 12), max_size=4))
def test_a_first_scan_cut_again_and_again_ends_the_same(cuts) -> None:
    whole, broken = World(), World()
    whole.scan(STORY, now=NOW)
    for cut in cuts:
        broken.scan(STORY, now=NOW, cut=cut)
    broken.scan(STORY, now=NOW)
    # A repeat that has nothing left to finish goes on with the backlog; that is the next scan's work.
    if len(broken.issues) == len(whole.issues):
        assert broken.final() == whole.final()
    else:
        whole.scan(STORY, now=NOW)
        assert broken.final() == whole.final()


def test_a_lost_write_is_read_again() -> None:
    """Another writer put back an older state; the ledger knows how much the run had left."""
    world = World()
    attempts = [failing("TestPut", "1"), failing("TestGet", "2")]
    world.scan(attempts, now=NOW)
    complete = dict(world.pages)
    lost = watch_page(next(flake.key for flake in world.watched if flake.test.name == "TestPut"))
    world.pages[lost] = ()
    again = world.snapshot(attempts, now=SECOND)
    assert [item.run.id for item in again.read] == ["1"]
    world.carry_out(plan(again).effects)
    assert world.pages == complete
    assert world.scan(attempts, now=SECOND).effects == ()


@pytest.mark.parametrize(
    ("run", "wanted", "why"),
    [
        (a_run(id="1"), False, "read, and all it left is there"),
        (a_run(id="2"), True, "never seen"),
        (a_run(id="2", conclusion="success"), False, "a pass proves its jobs without a request"),
        (a_run(id="2", conclusion="cancelled"), False, "stopped by something else"),
        (a_run(id="1", attempt=2), True, "the re-run failed too and was not read"),
        (a_run(id="1", attempt=2, conclusion="success"), False, "the first attempt was read when it had failed"),
        (a_run(id="2", attempt=2, conclusion="success"), True, "the attempt before this pass was never read"),
        (a_run(id="1", conclusion="timed_out"), True, "it ended otherwise than recorded"),
    ],
)
def test_which_runs_are_read(run, wanted: bool, why: str) -> None:
    world = World()
    world.scan([failing("TestPut", "1", sha="1" * 40)], now=NOW)
    assert readings(world.dashboard.ledger, world.watched).wanted(run) is wanted, why


def test_sealed_occurrences_are_not_missed() -> None:
    world = World()
    world.scan([failing("TestPut", "1")], now=NOW)
    sealed = [replace(flake, occurrences=(), horizon=hours(1)) for flake in world.watched]
    assert not readings(world.dashboard.ledger, sealed).wanted(a_run(id="1"))
    assert readings(world.dashboard.ledger, [replace(flake, horizon=hours(-1)) for flake in sealed]).wanted(
        a_run(id="1")
    )


def test_the_cursor_only_advances_and_takes_the_ledger_with_it() -> None:
    world = World()
    world.scan([failing("TestPut", "1", created=days(-6))], now=NOW)
    before = world.dashboard
    world.scan([failing("TestPut", "2")], now=days(3), cursor=days(-9))
    assert world.dashboard.cursor == before.cursor
    assert len(world.dashboard.ledger) == 2
    world.scan([failing("TestPut", "3", created=days(3))], now=days(4))
    assert world.dashboard.cursor == days(-3)
    assert [entry.run for entry in world.dashboard.ledger] == ["3", "2"]


def test_a_quiet_repository_moves_its_cursor_now_and_then() -> None:
    world = World()
    world.scan([], now=NOW)
    assert world.scan([], now=NOW + timedelta(days=3)).effects == ()
    assert [type(effect) for effect in world.scan([], now=NOW + timedelta(days=4)).effects] == [SaveDashboard]


def watch_world(*flakes) -> World:
    pages = {watch_page(flake.key): () for flake in flakes}
    for flake in flakes:
        pages[watch_page(flake.key)] += (flake,)
    ref = IssueRef(repo=REPO, issue=1)
    return World(pages=pages, dashboard=Dashboard(repo=REPO, issue=ref, cursor=NOW - timedelta(days=7)))


def stored(key: str, last: float):
    flake = a_flake(an_occurrence(run=key, created=days(last)), key=key * 16, test=a_test(f"Test{key}"))
    world = watch_world(flake)
    world.scan([], now=days(last))
    return world.watched[0]


def test_expired_entries_leave_when_their_page_is_written_anyway() -> None:
    old, older, fresh = stored("a", -40), stored("b", -50), stored("c", -10)
    world = watch_world(old, older, fresh)
    decided = world.scan([], now=NOW)
    assert [effect.page for effect in decided.effects if isinstance(effect, SaveWatchPage)] == [0xB], "45 days overdue"
    assert [flake.key[0] for flake in world.watched] == ["a", "c"]


def test_keys_never_move_page() -> None:
    assert [watch_page(f"{digit:x}0") for digit in range(16)] == list(range(16))


def test_exposure_is_saved_before_it_leaves_the_window() -> None:
    world = World()
    world.scan(flaky("TestPut", 1), now=NOW)
    passes = [a_pass(id=f"p{n}", created=days(1)) for n in range(5)]
    assert world.scan(passes, now=days(3)).effects == (), "no hurry yet"
    saved = world.scan(passes, now=days(5))
    assert [type(effect) for effect in saved.effects][:1] == [SaveFlake]
    (issue,) = world.issues.values()
    assert sum(entry.runs for entry in issue.exposure) == 4 + 5


def test_an_unlisted_issue_uses_up_the_quota() -> None:
    """It was opened by a scan that died before it wrote the dashboard."""
    issue = a_flake(graded(an_occurrence(), Grade.A), issue=40, status=Status.ISSUE_OPEN, key="f" * 16)
    dashboard = Dashboard(repo=REPO, issue=IssueRef(repo=REPO, issue=1))
    attempts = [*many(4, created=days(-3)), a_pass(id="999")]
    assert len(opened(World(issues={40: issue}, dashboard=dashboard).scan(attempts, now=NOW))) == 2
    listed = replace(dashboard, index=(IndexEntry(issue=40, key="f" * 16),))
    assert len(opened(World(issues={40: issue}, dashboard=listed).scan(attempts, now=NOW))) == 3


def test_questions_are_asked_about_deciding_pull_requests_only() -> None:
    pulls = tuple(a_pull_occurrence(n, created=days(-n)) for n in (1, 2, 3))
    lonely = a_flake(a_pull_occurrence(7), key="b" * 16, test=a_test("TestLonely"))
    between = a_pass(id="ok", event="pull_request", branch="x", created=days(-1.5))
    scan = watch_world(a_flake(*pulls), lonely).snapshot([between], now=NOW)
    assert questions(scan) == (1, 2, 3)
    assert questions(replace(scan, touched={1: (), 2: ()})) == (3,)
    assert questions(replace(scan, touched={1: ("store/x.go",)})) == (), "two are too few for the others to matter"


def test_the_record_counts_what_happened() -> None:
    infra = an_attempt(a_job(extraction=None), id="60", sha="6" * 40)
    record = World().scan([*flaky("TestPut", 1), infra], now=NOW, requests=17).record
    counts = (record.runs, record.failed_jobs, record.failures, record.filed, record.infra, record.requests)
    assert counts == (5, 3, 2, 1, 1, 17)


def test_a_full_page_of_the_watch_list_says_what_it_lost() -> None:
    """More tests than a page holds fail once; those that failed longest ago go, and the next scans stay quiet."""
    world = World()
    count = 20 * MOST_ON_PAGE
    attempts = [failing(f"Test{n}", str(n), created=days(-n / count)) for n in range(1, count + 1)]
    decided = world.scan(attempts, now=NOW)
    lost = count - len(world.watched)
    assert lost >= 4 * MOST_ON_PAGE
    assert decided.notes == (f"the watch list is full: {lost} tests that failed longest ago were taken off it",)
    assert max(len(page) for page in world.pages.values()) == MOST_ON_PAGE
    assert {flake.test.name for flake in world.watched} >= {f"Test{n}" for n in range(1, 200)}
    assert world.scan(attempts, now=SECOND).effects == ()


def test_a_full_ledger_says_what_it_forgot() -> None:
    world = World()
    attempts = [
        an_attempt(
            a_job(extraction=None), id=f"{n * 7919:012}", sha=f"{n:040}", created=NOON - timedelta(seconds=n * 30)
        )
        for n in range(6_000)
    ]
    decided = world.scan(attempts, now=NOW)
    forgotten = len(attempts) - len(world.dashboard.ledger)
    assert forgotten > 0
    assert decided.notes == (
        f"the ledger is full: {forgotten} runs that were read are forgotten and will be read again",
    )
