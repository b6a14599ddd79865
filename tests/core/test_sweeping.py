"""The rules of the sweep, each with its dates: what ends, what begins again, and what is left alone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ftc.core.exposure import Held
from ftc.core.lifecycle import OPEN, moved
from ftc.core.model import Dashboard, DayRuns, ScanRecord, Status
from ftc.core.progress import Fate, Lease, Progress, PullRef, Quarantine, RunRecord, RunStatus
from ftc.core.sweep_rules import RULES, dead_scans, within_brake
from ftc.core.sweeping import Ask, Facts, Hand, Manner, Outcome, Told, Who, asks, swept
from ftc.render.environment import template_root
from tests.builders import LINK, NOON, a_flake, an_occurrence, days

S = Status
FIX = "f" * 40
OPENED, SHUT = Facts(is_open=True), Facts(is_open=False)


def at(day, **over):
    return Manner(now=days(day), actor="bot[bot]", **over)


def decide(flake, facts=OPENED, *, day, **over):
    return swept(flake, facts, at(day, **over), rules=RULES)


def told(outcome):
    return [telling.what.value for telling in outcome.told]


def failing(*on, status=S.ISSUE_OPEN, runs=((40, 30),), progress=None, **over):
    """Failures on these days after noon, and so many runs on those later days."""
    exposure = tuple(DayRuns(source="actions", day=days(day).date(), runs=count) for day, count in runs)
    occurrences = [an_occurrence(run=f"r{day}", created=days(day)) for day in on]
    values = {"issue": 5, "status": status, "exposure": exposure, "progress": progress or Progress(), **over}
    return a_flake(*occurrences, **values)


QUIET = failing(0, 2, 4, runs=((45, 30),))
"""Three failures over 4 days, watched until day 46 at midnight: (4/45.5)^2 = 0.0077."""


# --- closing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flake", "facts", "day", "closed", "why"),
    [
        (QUIET, OPENED, 46, True, "gone: the numbers say so"),
        (failing(0, 2, 4, runs=((35, 30),)), OPENED, 46, False, "watched until day 36: (4/31.5)^2 is over 1 %"),
        (failing(0, 2, 4, runs=((45, 19),)), OPENED, 46, False, "19 runs"),
        (failing(0, 2, 4, runs=()), OPENED, 400, False, "nothing ran since: no evidence, however long"),
        (failing(0, 2, 4, runs=((95, 1),)), OPENED, 96, True, "90 days of silence, one run"),
        (failing(0, 2, 4, runs=((92, 1),)), OPENED, 93, False, "a day short of 90"),
        (QUIET, replace(OPENED, held=Held(keep_open=True)), 46, False, "keep-open"),
        (QUIET, replace(OPENED, held=Held(assigned=True)), 46, False, "assigned"),
        (QUIET, replace(OPENED, held=Held(milestone=True)), 46, False, "milestoned"),
        (replace(QUIET, status=S.TRIAGED), OPENED, 46, True, "analysed"),
        (replace(QUIET, status=S.WAITING_FOR_SIGNAL), OPENED, 46, True, "waiting for a person who never came"),
        (replace(QUIET, status=S.FIX_FAILED), OPENED, 46, True, "a try that failed changes nothing"),
        (replace(QUIET, status=S.CLOSED_WONTFIX), OPENED, 46, True, "declined, left open, and silent since"),
        (replace(QUIET, status=S.CLOSED_WONTFIX), SHUT, 46, False, "closed by a person: stays as it is"),
        (replace(QUIET, status=S.APPROVED_TO_FIX), OPENED, 46, False, "a fix is under way"),
        (replace(QUIET, status=S.PR_OPEN), OPENED, 46, False, "a pull request is open"),
        (replace(QUIET, progress=Progress(muted_until=days(50))), OPENED, 46, False, "muted: its numbers are not told"),
        (replace(QUIET, progress=Progress(muted_until=days(45))), OPENED, 46, True, "the mute is over"),
        (QUIET, SHUT, 46, False, "closed, and nobody knows by whom"),
    ],
)
def test_closing(flake, facts, day, closed, why):
    got = decide(flake, facts, day=day)
    assert (got.flake.status is S.CLOSED_SILENT) == closed, why
    assert told(got) == (["closing"] if closed else []), why
    if closed:
        assert (got.is_open, got.completed) == (False, False), "closed as not planned"
        assert got.flake.progress.silent_since == flake.last_seen
    else:
        assert replace(got.flake, progress=flake.progress) == flake, why
        assert got.is_open == facts.is_open, why


def test_the_comment_is_one_for_each_closing_and_carries_the_numbers():
    (telling,) = decide(QUIET, day=46).told
    assert telling.purpose == "closing:20260314T120000", (
        "by the last failure, whatever else is learnt before it is retried"
    )
    numbers = telling.values["numbers"]
    assert (numbers.failures, numbers.runs, numbers.span) == (3, 30, timedelta(days=4))
    assert numbers.chance == pytest.approx((4 / 45.5) ** 2)
    assert telling.values["by_age"] is False
    (telling,) = decide(failing(0, 2, 4, runs=((95, 1),)), day=96).told
    assert (telling.values["by_age"], telling.values["doubts"]) == (True, ("few-runs",))


def test_closing_can_be_switched_off():
    assert decide(QUIET, day=46, close_silent=False).flake == QUIET


def test_a_closing_that_died_half_way_is_decided_again():
    """It wrote the comment and closed the issue, and died before the state."""
    ours = Hand(closed=True, at=days(46), login="bot[bot]", who=Who.OURS)
    assert decide(QUIET, replace(SHUT, hand=ours), day=47).flake.status is S.CLOSED_SILENT
    again = decide(failing(0, 2, 4, 46.5, runs=((45, 30),)), replace(SHUT, hand=ours), day=47)
    assert (again.flake.status, again.is_open) == (S.ISSUE_OPEN, True), "it failed meanwhile, so it is opened again"


def test_what_a_person_opened_again_is_not_closed_for_the_same_silence():
    flake = moved(replace(QUIET, status=S.CLOSED_SILENT), S.ISSUE_OPEN, at=days(50), actor="ada")
    assert decide(flake, day=139).flake.status is S.ISSUE_OPEN
    assert decide(flake, day=140).flake.status is S.CLOSED_SILENT, "90 days after their word"
    declined = replace(QUIET, status=S.CLOSED_WONTFIX)
    word = Hand(closed=False, at=days(50), login="ada", who=Who.PERSON)
    assert decide(declined, replace(OPENED, hand=word), day=139).is_open
    assert decide(declined, replace(OPENED, hand=word), day=140).flake.status is S.CLOSED_SILENT
    by_us = moved(replace(QUIET, status=S.CLOSED_SILENT), S.ISSUE_OPEN, at=days(50), actor="bot[bot]")
    assert decide(by_us, day=51).flake.status is S.CLOSED_SILENT


# --- people's hands --------------------------------------------------------------------------------------------------


def hand(closed=True, *, who=Who.PERSON, fix=None, not_planned=False, day=20):
    return Hand(closed=closed, at=days(day), login="ada", who=who, fix=fix, not_planned=not_planned, url=f"{LINK}/i")


PULL = PullRef(number=9, url=f"{LINK}/9", merged=days(20), merge_sha=FIX)


@pytest.mark.parametrize(
    ("status", "done", "target", "why"),
    [
        *((status, hand(not_planned=True), S.CLOSED_WONTFIX, "not planned") for status in OPEN),
        *((status, hand(fix=PULL), S.MERGED, "by a merged pull request") for status in OPEN),
        (S.CLOSED_WONTFIX, hand(fix=PULL), S.MERGED, "our pull request was declined, theirs was merged"),
        (S.ISSUE_OPEN, hand(), S.CLOSED_WONTFIX, "completed, but by nothing that can be watched"),
        (S.ISSUE_OPEN, hand(fix=PULL, not_planned=True), S.CLOSED_WONTFIX, "not planned, whatever was merged"),
        (S.ISSUE_OPEN, hand(fix=PULL, who=Who.OTHER), S.MERGED, "a merge bot"),
        (S.ISSUE_OPEN, hand(who=Who.OTHER), S.ISSUE_OPEN, "a bot for stale issues decides nothing"),
        (S.ISSUE_OPEN, None, S.ISSUE_OPEN, "not known by whom"),
        (S.VERIFIED, hand(), S.VERIFIED, "it was done before"),
        (S.CLOSED_WONTFIX, hand(), S.CLOSED_WONTFIX, "and so was this"),
    ],
)
def test_closed_by_hand(status, done, target, why):
    lease = Lease(run="1", attempt=1, nonce="n", taken=days(1))
    flake = failing(0, 2, 4, status=status, progress=Progress(lease=lease))
    got = decide(flake, replace(SHUT, hand=done), day=21)
    assert got.flake.status is target, why
    assert got.is_open is False, why
    assert not told(got), "they know what they did"
    if target is S.MERGED:
        assert got.flake.progress.pull == replace(PULL, by_person=True)
    if target is not status:
        assert got.flake.audit[-1].actor == "ada"
        assert got.flake.progress.lease is None


def test_our_own_pull_request_stays_ours():
    run = replace(run_record(RunStatus.SUCCEEDED), pull=9)
    ours = Progress(pull=PullRef(number=9, url=f"{LINK}/9", branch="ai/9"), runs=(run,))
    got = decide(failing(0, 2, 4, status=S.PR_OPEN, progress=ours), replace(SHUT, hand=hand(fix=PULL)), day=21)
    assert got.flake.progress.pull == PULL
    assert got.flake.progress.runs == (replace(run, fate=Fate.MERGED, fated=PULL.merged),)


@pytest.mark.parametrize(
    ("status", "done", "target", "why"),
    [
        (S.CLOSED_SILENT, hand(closed=False), S.ISSUE_OPEN, "after a closing for silence"),
        (S.CLOSED_WONTFIX, hand(closed=False), S.CLOSED_WONTFIX, "a declined fix stays declined until it is approved"),
        (S.VERIFIED, hand(closed=False), S.ISSUE_OPEN, "they know better than the numbers"),
        (S.MERGED, hand(closed=False), S.ISSUE_OPEN, "the merge did not help"),
        (S.DUPLICATE, hand(closed=False), S.DUPLICATE, "its lead lives on; left open, as they want it"),
        (S.CLOSED_SILENT, hand(closed=False, day=9), S.CLOSED_SILENT, "opened before the state was reached"),
        (S.CLOSED_WONTFIX, None, S.CLOSED_WONTFIX, "a declined pull request leaves the issue open"),
        (S.CLOSED_SILENT, hand(closed=False, who=Who.OTHER), S.CLOSED_SILENT, "a bot"),
        (S.ISSUE_OPEN, hand(closed=False), S.ISSUE_OPEN, "open as the state says"),
    ],
)
def test_reopened_by_hand(status, done, target, why):
    ways = {S.MERGED: S.PR_OPEN, S.CLOSED_WONTFIX: S.PR_OPEN, S.VERIFIED: S.MERGED, S.ISSUE_OPEN: S.ISSUE_OPEN}
    before = ways.get(status, S.TRIAGED)
    flake = failing(0, 2, 4, runs=(), status=before)
    if status is not S.ISSUE_OPEN:
        flake = moved(flake, status, at=days(10), actor="bot[bot]")
    got = decide(flake, replace(OPENED, hand=done), day=21)
    assert (got.flake.status, got.is_open) == (target, True), why
    assert not told(got)


def test_a_duplicate_that_was_left_open_is_closed():
    got = decide(failing(0, status=S.DUPLICATE), OPENED, day=5)
    assert (got.is_open, got.completed) == (False, False)


# --- after a merge ---------------------------------------------------------------------------------------------------


def fixed(*later, runs=100, before=(5, 100), on=20, status=S.MERGED):
    """A flake that failed in 5 of 100 runs until day 9, merged on day 10, with so many runs on day 20."""
    failures, history = before
    exposure = (
        DayRuns(source="actions", day=days(9).date(), runs=history),
        DayRuns(source="actions", day=days(10).date(), runs=1000),
        *((DayRuns(source="actions", day=days(on).date(), runs=runs),) if runs else ()),
    )
    first = [an_occurrence(run=f"b{n}", created=days(9) + timedelta(minutes=n)) for n in range(failures)]
    fix = replace(PULL, merged=days(10))
    flake = a_flake(*first, *later, issue=5, status=S.PR_OPEN, exposure=exposure[:1] + exposure[2:])
    flake = moved(replace(flake, progress=Progress(pull=fix)), S.MERGED, at=days(10), actor="ada")
    return flake if status is S.MERGED else moved(flake, status, at=days(11), actor="bot[bot]")


@pytest.mark.parametrize(
    ("flake", "facts", "day", "target", "open_", "why"),
    [
        (fixed(runs=81), OPENED, 24, S.VERIFIED, False, "81 runs for 5 of 100, and 14 days"),
        (fixed(runs=80), OPENED, 24, S.MERGED, True, "one run short"),
        (fixed(runs=81), OPENED, 23.9, S.MERGED, True, "14 days not passed"),
        (fixed(runs=81), SHUT, 24, S.VERIFIED, False, "the merge had closed it"),
        (fixed(runs=81, status=S.DEPLOYED), OPENED, 24, S.VERIFIED, False, "deployed"),
        (fixed(runs=81), replace(OPENED, held=Held(assigned=True)), 24, S.VERIFIED, False, "an assignee may stay"),
        (fixed(runs=81), replace(OPENED, held=Held(keep_open=True)), 24, S.VERIFIED, True, "keep-open is"),
        (fixed(runs=80), OPENED, 100, S.CLOSED_SILENT, False, "unproven after 90 days"),
        (fixed(runs=80), OPENED, 99.9, S.MERGED, True, "not yet 90 days"),
        (fixed(runs=80), replace(OPENED, held=Held(milestone=True)), 100, S.MERGED, True, "unproven, and held open"),
        (fixed(runs=0), SHUT, 100, S.CLOSED_SILENT, False, "nothing ran: unproven"),
        (fixed(runs=80), OPENED, 400, S.CLOSED_SILENT, False, "long over"),
    ],
)  # fmt: skip
def test_after_a_merge(flake, facts, day, target, open_, why):
    got = decide(flake, facts, day=day)
    assert got.flake.status is target, why
    assert got.is_open is open_, why
    words = {S.VERIFIED: ["verified"], S.CLOSED_SILENT: ["unproven"]}
    assert told(got) == words.get(target, []), why
    if target is S.VERIFIED:
        assert got.completed is True
        assert got.labels_off == ("fix-did-not-hold",)


def test_days_up_to_the_merge_prove_nothing():
    """Runs of the day of the merge may be those before it, and its failures are the old ones."""
    flake = fixed(runs=50)
    day = DayRuns(source="actions", day=days(10).date(), runs=1000)
    got = decide(replace(flake, exposure=(*flake.exposure, day)), day=30)
    assert got.flake.status is S.MERGED


HEAD = "1" * 40


def recurring(day=15, sha=HEAD):
    return an_occurrence(run="after", created=days(day), sha=sha, tree=sha)


def test_a_return_says_that_the_fix_did_not_hold():
    got = decide(fixed(recurring(), runs=81), replace(SHUT, contains={HEAD: True}), day=24)
    assert (got.flake.status, got.is_open) == (S.ISSUE_OPEN, True)
    assert told(got) == ["returned"]
    assert got.labels_on == ("fix-did-not-hold",)
    assert got.told[0].purpose == "returned:20260320T120000", "one for each merge"


def test_a_failure_of_an_older_branch_returns_nothing_and_its_run_proves_nothing():
    older = replace(OPENED, contains={HEAD: False})
    assert decide(fixed(recurring(), runs=82), older, day=24).flake.status is S.VERIFIED
    assert decide(fixed(recurring(), runs=81), older, day=24).flake.status is S.MERGED
    assert decide(fixed(recurring(), runs=82), older, day=24).told[0].values["older"] == 1


def test_what_nobody_could_compare_proves_nothing():
    assert decide(fixed(recurring(), runs=5000), OPENED, day=200).flake.status is S.MERGED


def test_a_return_while_muted_is_not_told():
    flake = fixed(recurring(), runs=81)
    muted = replace(flake, progress=replace(flake.progress, muted_until=days(90)))
    got = decide(muted, replace(SHUT, contains={HEAD: True}), day=24)
    assert (got.flake.status, got.told) == (S.ISSUE_OPEN, ())


# --- what ends by itself ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "over"), [(10, True), (9.99, False), (30, True)])
def test_a_quarantine_ends_with_its_date(day, over):
    flake = failing(0, 2, runs=(), progress=Progress(quarantine=Quarantine(until=days(10), by="ada")))
    got = decide(flake, day=day)
    assert (got.flake.progress.quarantine is None) == over
    assert told(got) == (["quarantine-over"] if over else [])
    assert got.labels_off == (("quarantined",) if over else ())
    assert got.flake.status is S.ISSUE_OPEN


@pytest.mark.parametrize(("day", "over"), [(10, True), (9.99, False)])
def test_a_mute_ends_silently(day, over):
    got = decide(failing(0, 2, runs=(), progress=Progress(muted_until=days(10))), day=day)
    assert (got.flake.progress.muted_until is None) == over
    assert not told(got)


def run_record(status):
    return RunRecord(id="t1", command="ai-fix", status=status, created=NOON, updated=NOON)


LEASE = Lease(run="77", attempt=2, nonce="n", taken=days(1))


@pytest.mark.parametrize(
    ("status", "ended", "target", "words", "why"),
    [
        (S.FIXING, f"{LINK}/77", S.FIX_FAILED, ["lease-lost"], "its run is completed"),
        (S.FIXING, "", S.FIX_FAILED, ["lease-lost"], "its run was deleted"),
        (S.FIXING, None, S.FIXING, [], "its run works"),
        (S.PR_UPDATING, f"{LINK}/77", S.PR_NEEDS_CHANGES, [], "the next round begins without a word"),
        (S.PR_UPDATING, None, S.PR_UPDATING, [], "its run works"),
        (S.PR_OPEN, f"{LINK}/77", S.PR_OPEN, [], "nothing is leased in this state"),
    ],
)
def test_a_lease_whose_run_is_over_is_taken_over(status, ended, target, words, why):
    records = (run_record(RunStatus.RUNNING), replace(run_record(RunStatus.SUCCEEDED), id="t0"))
    flake = failing(0, 2, runs=(), status=status, progress=Progress(lease=LEASE, runs=records))
    got = decide(flake, replace(OPENED, ended=ended), day=3)
    assert got.flake.status is target, why
    assert told(got) == words, why
    if target is not status:
        assert got.flake.progress.lease is None
        assert [run.status for run in got.flake.progress.runs] == [RunStatus.FAILED, RunStatus.SUCCEEDED]
        assert got.flake.audit[-1].action == f"{status} → {target}"
    if words:
        assert got.told[0].purpose == "lease-lost:77-2"
        assert got.told[0].values["unheard"] is False, "it had begun"


def a_try(**over):
    values = {"status": RunStatus.SUCCEEDED, "finished": days(1), **over}
    return replace(run_record(RunStatus.SUCCEEDED), **values)


def handed_over(*others, **over):
    """A try that was handed over, and others, in the order in which a state holds them."""
    progress = Progress()
    for run in (a_try(**over), *others):
        progress = progress.with_run(run)
    return progress


LATER, EARLIER = {"id": "t2", "created": days(30)}, {"id": "t0", "created": days(-9)}
FAILED = a_try(**EARLIER, status=RunStatus.FAILED)


@pytest.mark.parametrize(
    ("status", "progress", "delivered", "day", "target", "why"),
    [
        (S.APPROVED_TO_FIX, handed_over(), False, 8, S.FIX_FAILED, "a week, and nobody came"),
        (S.APPROVED_TO_FIX, handed_over(), False, 7.9, S.APPROVED_TO_FIX, "not a week yet"),
        (S.APPROVED_TO_FIX, handed_over(), True, 80, S.APPROVED_TO_FIX, "its pull request is there"),
        (S.APPROVED_TO_FIX, handed_over(), None, 80, S.APPROVED_TO_FIX, "nobody asked"),
        (S.APPROVED_TO_FIX, handed_over(status=RunStatus.QUEUED, finished=None), False, 80, S.APPROVED_TO_FIX, "ours"),
        (S.APPROVED_TO_FIX, handed_over(pull=7), False, 80, S.APPROVED_TO_FIX, "a fix of ours, approved once more"),
        (S.APPROVED_TO_FIX, handed_over(command="start"), False, 80, S.APPROVED_TO_FIX, "another order"),
        (
            S.APPROVED_TO_FIX,
            handed_over(a_try(**LATER, status=RunStatus.QUEUED, finished=None)),
            False,
            80,
            S.APPROVED_TO_FIX,
            "it came, the flake returned, and a newer fix is queued",
        ),
        (S.APPROVED_TO_FIX, handed_over(FAILED), False, 8, S.FIX_FAILED, "an earlier try of ours had failed"),
        (
            S.APPROVED_TO_FIX,
            handed_over(a_try(**LATER, command="start")),
            False,
            80,
            S.FIX_FAILED,
            "a task was started beside it",
        ),
        (S.APPROVED_TO_FIX, Progress(), False, 80, S.APPROVED_TO_FIX, "approved, and no run yet"),
        (S.PR_OPEN, handed_over(), False, 80, S.PR_OPEN, "it went on"),
    ],
)
def test_githubs_agent_is_waited_for_so_long_and_no_longer(status, progress, delivered, day, target, why):
    flake = failing(0, 2, runs=(), status=status, progress=progress)
    got = decide(flake, replace(OPENED, delivered=delivered), day=day)
    assert got.flake.status is target, why
    assert told(got) == (["agent-silent"] if target is S.FIX_FAILED else []), why
    if target is S.FIX_FAILED:
        assert got.told[0].purpose == "agent-silent:t1"
        assert {run.id: run.status for run in got.flake.progress.runs}["t1"] is RunStatus.FAILED
        again = decide(got.flake, replace(OPENED, delivered=False), day=day + 30)
        assert (again.flake, again.told) == (got.flake, ()), "said once"


def test_a_state_that_needs_a_lease_and_has_none_is_lost():
    assert decide(failing(0, 2, runs=(), status=S.FIXING), day=3).flake.status is S.FIX_FAILED


# --- what is asked, and what is written ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flake", "is_open", "wanted", "why"),
    [
        (failing(0), True, (), "most issues cost nothing"),
        (failing(0), False, (Ask.HAND,), "closed though its state is open"),
        (failing(0, status=S.CLOSED_SILENT), False, (), "closed as its state says"),
        (failing(0, status=S.CLOSED_SILENT), True, (Ask.HAND,), "open though its state is closed"),
        (failing(0, status=S.CLOSED_WONTFIX), False, (), "closed long ago"),
        (failing(0, status=S.FIXING, progress=Progress(lease=LEASE)), True, (Ask.RUN,), "a lease"),
        (fixed(recurring()), False, (Ask.TREES,), "failed since the merge"),
        (fixed(), False, (), "silent since the merge"),
        (fixed(), True, (Ask.HAND,), "open after a merge: as it was, or again"),
    ],
)
def test_questions_are_put_only_where_the_state_calls_for_them(flake, is_open, wanted, why):
    assert asks(flake, is_open=is_open) == wanted, why


def test_a_declined_issue_is_asked_about_when_it_was_closed_since():
    flake = failing(0, status=S.CLOSED_WONTFIX)
    assert asks(flake, is_open=False, closed_lately=True) == (Ask.HAND,)


@pytest.mark.parametrize("status", [status for status in S if status is not S.FIXING and status is not S.PR_UPDATING])
def test_a_flake_of_today_is_left_as_it_is(status):
    flake = failing(0, 2, runs=(), status=status)
    is_open = status not in (S.VERIFIED, S.CLOSED_SILENT, S.CLOSED_WONTFIX, S.DUPLICATE)
    got = decide(flake, Facts(is_open=is_open), day=3)
    assert got == Outcome(flake=flake, is_open=is_open)


def outcomes(*last_seen):
    """Issues 1, 2, … whose tests failed last on these days, each about to be closed."""
    for number, day in enumerate(last_seen, start=1):
        yield number, decide(failing(day - 4, day - 2, day, runs=((day + 41, 30),)), day=day + 42)


def test_the_brake_closes_what_is_silent_longest_first():
    chosen = within_brake(outcomes(4, 1, 3, 2), max_comments=2)
    assert ([number for number, _ in chosen.now], chosen.later) == ([2, 4], (1, 3))


def test_the_brake_lets_what_needs_no_comment_pass_and_takes_closings_last():
    silent = decide(failing(0, 2, runs=(), progress=Progress(muted_until=days(1))), day=3)
    over = decide(failing(0, 2, runs=(), progress=Progress(quarantine=Quarantine(until=days(1), by="a"))), day=3)
    chosen = within_brake([*outcomes(4), (8, over), (9, silent)], max_comments=1)
    assert ([number for number, _ in chosen.now], chosen.later) == ([8, 9], (1,))
    assert within_brake(outcomes(4), max_comments=0).now == ()


@pytest.mark.parametrize(
    ("scans", "window", "warned", "why"),
    [
        ((), 7, True, "never scanned"),
        ((0,), 7, False, "today"),
        ((8,), 7, False, "eight days: two scans of three days may be late"),
        ((8.1,), 7, True, "more"),
        ((30, 2), 7, False, "the newest counts"),
        ((15,), 30, False, "with a window of 30 days an idle scan is noted every 15"),
        ((20,), 30, True, "and not for longer"),
    ],
)
def test_scans_that_died_are_told_of(scans, window, warned, why):
    records = tuple(
        ScanRecord(at=days(-ago), runs=1, failed_jobs=0, failures=0, filed=0, waiting=0, infra=0, requests=5)
        for ago in scans
    )
    said = dead_scans(Dashboard(repo="o/r", scans=records), now=NOON, window=timedelta(days=window))
    assert bool(said) == warned, why


def test_every_telling_has_its_template():
    assert {path.name.removesuffix(".md.j2") for path in (template_root() / "en" / "sweep").iterdir()} == set(Told)
