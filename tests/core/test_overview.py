"""The figures of the dashboard, each counted by hand from ``tests.boards``."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ftc.core.model import FailureClass, Status
from ftc.core.next_step import NEXT_STEPS, Turn
from ftc.core.overview import OVERDUE, RANGES, Cost, overview
from ftc.core.placing import BREAKAGE
from ftc.core.progress import Progress, Quarantine
from ftc.core.split import Standing, Workflow
from ftc.core.statistics import Share
from ftc.core.thresholds import Thresholds
from tests.boards import OTHER, a_dashboard, a_scan, managed, watched
from tests.builders import NOON, REPO, a_flake, an_occurrence, days, hours

S = Status


def shown(flakes=None, entries=(), dashboard=None, **over):
    given = managed() if flakes is None else flakes
    values = {"now": NOON, "thresholds": Thresholds(), "request_budget": 1000, **over}
    return overview(given, entries, dashboard or a_dashboard(), **values)


WHOLE = shown(entries=watched())


def numbers(items):
    return [item.flake.issue.issue for item in items]


def test_issues_by_state_duplicates_included():
    assert dict(WHOLE.states) == {
        S.ISSUE_OPEN: 3,
        S.WAITING_FOR_SIGNAL: 1,
        S.PR_OPEN: 1,
        S.MERGED: 1,
        S.VERIFIED: 1,
        S.FIX_FAILED: 1,
        S.DUPLICATE: 1,
    }
    assert [status for status, _ in WHOLE.states] == [status for status in Status if status in dict(WHOLE.states)]


def test_what_waits_for_a_person_is_what_its_state_says_most_failures_first():
    assert numbers(WHOLE.due) == [11, 12, 13, 19, 16, 17], "three, two, one, one, none, none in the window"
    assert all(item.step == NEXT_STEPS[item.flake.status] and item.step.turn is Turn.PERSON for item in WHOLE.due)


def test_what_waits_for_a_place_is_judged_from_what_is_stored():
    assert [flake.test.name for flake in WHOLE.waiting] == ["TestWaits"]
    assert (WHOLE.watched, WHOLE.why, WHOLE.note) == (3, "at most 3 new issues a scan", "issue 40 was edited by hand")


def test_offenders_count_the_window_only_and_leave_duplicates_to_their_lead():
    found = [(item.flake.issue.issue, item.recent, item.seconds // 60) for item in WHOLE.offenders]
    assert found == [(11, 3, 90), (12, 2, 130), (19, 1, 7), (13, 1, 0)], "the fifty minutes of nine days ago are past"


def test_a_job_that_two_tests_failed_is_lost_once():
    assert WHOLE.lost == 60 * (30 + 30 + 30 + 100 + 7)
    assert WHOLE.workflows == (
        Workflow(name="CI", failures=6, seconds=60 * (90 + 7)),
        Workflow(name="Nightly", failures=1, seconds=6000),
    )


def test_fixes_in_numbers():
    week, month, quarter = WHOLE.ranges
    assert [item.days for item in WHOLE.ranges] == list(RANGES)
    assert (week.found, month.found) == (3, 8), "first seen 3, 5 and 6 days ago"
    assert (week.merged, week.automatic, week.failed) == (3, 1, 1), "two of the merged pull requests are a person's"
    assert week.success == Share(part=3, whole=4)
    assert week.hold == Share(part=1, whole=2), "one proven, one come back, one still silent"
    assert (week.triage, week.fix) == (None, None), "nothing was triaged or put up for review within the week"
    assert (month.triage, month.fix, month.merge) == (hours(12) - NOON, hours(2.4) - NOON, days(4) - NOON)
    assert quarter == replace(month, days=90)


def test_the_trend_has_a_day_for_each_event():
    back = {(NOON.date() - day.day).days: (day.found, day.merged, day.failed) for day in WHOLE.trend}
    # 8.8, 4.8 and 6 days before noon; those before noon's hour fall onto the day before.
    assert {ago: values for ago, values in back.items() if any(values)} == {
        12: (2, 0, 0), 9: (1, 0, 0), 8: (1, 0, 0), 6: (1, 2, 0), 5: (1, 1, 0), 3: (1, 0, 1),
    }  # fmt: skip
    assert len(WHOLE.trend) == 14


def test_classes_of_every_test_known_but_duplicates():
    assert dict(WHOLE.classes) == {
        FailureClass.FLAKY_TEST: 9,
        FailureClass.LIKELY_REGRESSION: 1,
        FailureClass.UNKNOWN: 1,
    }


def test_projects_are_repositories_of_code():
    assert WHOLE.projects == (
        Standing(repo=REPO, issues=7, watched=3, review=1, merged=2, failed=1, recent=10),
        Standing(repo=OTHER, issues=1, watched=0, review=0, merged=0, failed=0, recent=1),
    )


def test_money_of_the_week_and_of_all_time():
    assert WHOLE.cost == Cost(week=0.25 + 2.0, total=0.5 + 0.25 + 1.25 + 2.0)


def test_a_quarantine_is_shown_until_it_expires():
    assert [(item.flake.issue.issue, item.by) for item in WHOLE.quarantined] == [(19, "ada")]
    assert shown(now=days(4)).quarantined == ()
    soon = replace(managed()[0], progress=Progress(quarantine=Quarantine(until=days(1), by="bea")))
    assert numbers(shown([*managed()[1:], soon]).quarantined) == [11, 19], "those that expire first come first"


@pytest.mark.parametrize(
    ("ago", "window", "overdue", "why"),
    [
        (10, 7, False, "a weekly scan that came late"),
        (10.6, 7, True, "more than one and a half windows"),
        (10.6, 14, False, "a longer window makes records rarer"),
    ],
)
def test_silence_of_scans(ago, window, overdue, why):
    health = shown(
        dashboard=replace(a_dashboard(), scans=(a_scan(ago),)), thresholds=Thresholds(window_days=window)
    ).health
    assert (health.silent, health.overdue) == (timedelta(days=ago), overdue), why
    assert OVERDUE == 1.5


def test_before_the_first_scan_nothing_is_overdue():
    health = shown(dashboard=replace(a_dashboard(), scans=())).health
    assert (health.silent, health.overdue, health.nearly_spent) == (None, False, False)


@pytest.mark.parametrize(
    ("requests", "budget", "near"), [(899, 1000, False), (900, 1000, True), (1000, 1000, True), (5, 0, False)]
)
def test_requests_near_their_budget(requests, budget, near):
    dashboard = replace(a_dashboard(), scans=(a_scan(0, requests=requests), a_scan(1, requests=1000)))
    assert shown(dashboard=dashboard, request_budget=budget).health.nearly_spent == near


def test_a_breakage_is_what_the_last_scan_called_one():
    broken = replace(a_dashboard(), scans=(a_scan(0, why=BREAKAGE), a_scan(1)))
    past = replace(a_dashboard(), scans=(a_scan(0), a_scan(1, why=BREAKAGE)))
    assert (shown(dashboard=broken).breakage, shown(dashboard=past).breakage) == (True, False)


def test_copies_of_a_stopped_scan_count_once():
    entry = watched()[0]
    twice = replace(entry, occurrences=(an_occurrence(run="99", created=days(-3)),))
    filed = replace(managed()[0], issue=None, status=S.DISCOVERED)
    found = shown(entries=(entry, twice, filed))
    assert found.watched == 1
    assert [flake.total for flake in found.waiting] == [3]


def test_the_order_in_which_issues_were_read_changes_nothing():
    assert shown(tuple(reversed(managed())), tuple(reversed(watched()))) == WHOLE


def test_nothing_known_is_no_error():
    empty = shown([])
    assert (empty.states, empty.due, empty.offenders, empty.classes, empty.projects) == ((), (), (), (), ())
    assert (empty.lost, empty.cost) == (0, Cost(week=0, total=0))


def test_an_issue_whose_number_is_not_known_yet_is_counted():
    flake = a_flake(an_occurrence(), status=S.ISSUE_OPEN)
    assert shown([flake]).states == ((S.ISSUE_OPEN, 1),)
