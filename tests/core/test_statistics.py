"""Numbers over flakes: per day and per range, with nothing made up where nothing was observed."""

from dataclasses import replace
from datetime import date, timedelta

from ftc.core.lifecycle import moved
from ftc.core.model import AuditEntry, DayCount, Flake, Occurrence, Status
from ftc.core.statistics import Share, counted, daily, failures_by_day, moves, totals
from tests.builders import NOON, REPO, TEST, days, hours
from tests.builders import an_occurrence as occurrence

TODAY = NOON.date()


def a_story(*steps: tuple[Status, float]) -> Flake:
    """A flake that took these steps, each so many days from noon of the tests' day."""
    flake = Flake(key="k", repo=REPO, test=TEST, first_seen=days(-20))
    for status, day in steps:
        flake = moved(flake, status, at=days(day), actor="bot")
    return flake


def sightings(*when: float) -> tuple[Occurrence, ...]:
    return tuple(occurrence(run=str(number), created=hours(hour)) for number, hour in enumerate(when))


def test_days_count_single_occurrences_and_sealed_ones():
    flake = Flake(
        key="k",
        repo=REPO,
        test=TEST,
        occurrences=sightings(0, 1, -24),
        sealed=(DayCount(source="actions", day=TODAY - timedelta(days=3), fingerprint="v1:aaaa", count=4),),
    )
    assert [failures_by_day(flake)[TODAY - timedelta(days=back)] for back in range(5)] == [2, 1, 0, 4, 0]


def test_a_range_holds_quiet_days_too_and_ends_today():
    shown = daily([replace(a_story(), occurrences=sightings(0), first_seen=NOON)], until=TODAY, days=3)
    assert [(item.day, item.found, item.failures) for item in shown] == [
        (TODAY - timedelta(days=2), 0, 0),
        (TODAY - timedelta(days=1), 0, 0),
        (TODAY, 1, 1),
    ]


def test_an_audit_trail_may_hold_other_entries_and_states_nobody_knows():
    flake = a_story((Status.ISSUE_OPEN, -2))
    odd = ("state recovered from the edit history", "ISSUE_OPEN → MOON", " → ", "TRIAGED", "→")
    entries = tuple(AuditEntry(at=NOON, actor="bot", action=action) for action in odd)
    assert [move.target for move in moves(replace(flake, audit=(*flake.audit, *entries)))] == [Status.ISSUE_OPEN]


def test_nothing_fixed_is_no_success_rate_of_zero():
    result = totals([a_story((Status.ISSUE_OPEN, -2))], until=TODAY, days=7)
    assert (result.success, result.hold) == (Share(part=0, whole=0), Share(part=0, whole=0))
    assert (result.triage, result.fix, result.merge) == (None, None, None)


FIXED = (
    (Status.ISSUE_OPEN, -10), (Status.TRIAGED, -9), (Status.WAITING_FOR_SIGNAL, -9), (Status.APPROVED_TO_FIX, -8),
    (Status.FIXING, -8), (Status.PR_OPEN, -7.5), (Status.MERGED, -5.5),
)  # fmt: skip


def test_mean_times_and_rates_follow_the_states():
    failed = a_story(*FIXED[:5], (Status.FIX_FAILED, -6))
    held = a_story(*FIXED, (Status.VERIFIED, -1))
    back = a_story(*FIXED, (Status.ISSUE_OPEN, -2))
    result = totals([failed, held, back], until=TODAY, days=30)
    assert result.success == Share(part=2, whole=3)
    assert result.hold == Share(part=1, whole=2)
    assert (result.triage, result.fix, result.merge) == (timedelta(days=1), timedelta(hours=12), timedelta(days=2))


def test_a_range_counts_what_ended_inside_it():
    held = a_story(*FIXED, (Status.VERIFIED, -1))
    week, two_days = (totals([held], until=TODAY, days=days_) for days_ in (7, 2))
    assert (week.merged, two_days.merged) == (1, 0)
    assert (week.merge, two_days.merge) == (timedelta(days=2), None)
    assert two_days.hold == Share(part=1, whole=1)


def test_what_happened_after_the_asked_day_does_not_count():
    held = a_story(*FIXED, (Status.VERIFIED, 1))
    assert totals([held], until=TODAY, days=30).hold == Share(part=0, whole=0)


def test_duplicates_are_not_counted_twice():
    lead = a_story((Status.ISSUE_OPEN, -2))
    assert counted([lead, moved(lead, Status.DUPLICATE, at=NOON, actor="bot")]) == (lead,)


def test_an_empty_day_is_a_day():
    assert [item.failures for item in daily([], until=date(2026, 3, 1), days=2)] == [0, 0]
