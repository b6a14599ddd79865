"""When a comment about new failures is due, and what it tells."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ftc.core.model import AuditEntry, DayRuns, IssueRef, Status
from ftc.core.notices import Trend, due_notices, told_at_filing
from ftc.core.progress import MAX_LINKS, Notice, Progress
from tests.builders import NOON, a_flake, an_occurrence, days

FILED = NOON
LATER = days(3)


def seen(number: int, *, at=None, **over):
    return an_occurrence(run=str(number), created=at or days(1), url=f"https://ci/{number:06}", **over)


def a_managed(*occurrences, number=7, status=Status.ISSUE_OPEN, told=None, **progress):
    """An issue opened at ``FILED``, when ``told`` was known, and what was seen since."""
    told = told or (seen(1, at=NOON),)
    ordered = tuple(sorted((*told, *occurrences), key=lambda item: item.created, reverse=True))
    flake = told_at_filing(replace(a_flake(), occurrences=told), FILED)
    return replace(
        flake,
        issue=IssueRef(repo="o/r", issue=number),
        status=status,
        occurrences=ordered,
        progress=replace(flake.progress, **progress),
    )


def due(*flakes, now=LATER, **over):
    return due_notices(flakes, now=now, days=3, **over)


@pytest.mark.parametrize(
    ("flake", "now", "count", "why"),
    [
        (a_managed(seen(2)), LATER, 1, "three days after filing"),
        (a_managed(seen(2)), LATER - timedelta(seconds=1), 0, "a second too early"),
        (a_managed(), days(30), 0, "nothing new, however long the silence"),
        (a_managed(seen(2), seen(3, at=days(2))), LATER, 2, "both at once"),
        (a_managed(seen(1, at=NOON)), LATER, 0, "the same failure again"),
        (a_managed(seen(2), muted_until=days(4)), LATER, 0, "muted"),
        (a_managed(seen(2), muted_until=LATER), LATER, 1, "muted until now"),
        (a_managed(seen(2), notice=Notice(at=days(2), links=("https://ci/000001",))), days(4), 0, "told two days ago"),
        (
            a_managed(seen(2), notice=Notice(at=days(1), links=("https://ci/000002",))),
            days(4),
            1,
            "only what is untold",
        ),
        (a_managed(seen(2, at=NOON - timedelta(days=2))), LATER, 1, "an older run that was re-run later"),
        (a_managed(replace(seen(2), url="")), LATER, 0, "nothing to link"),
        *(
            (a_managed(seen(2), status=status), LATER, 1, "open")
            for status in (Status.TRIAGED, Status.WAITING_FOR_SIGNAL)
        ),
        *(
            (a_managed(seen(2), status=status), LATER, 0, "recorded only")
            for status in Status
            if status not in (Status.ISSUE_OPEN, Status.TRIAGED, Status.WAITING_FOR_SIGNAL)
        ),
    ],
)
def test_when_a_notice_is_due(flake, now, count, why):
    assert sum(len(item.fresh) for item in due(flake, now=now)) == count, why


def test_a_closed_issue_hears_nothing():
    assert due(a_managed(seen(2)), closed=frozenset({7})) == ()


def test_no_link_is_ever_told_twice():
    flake, told = a_managed(), []
    for day in range(1, 20):
        flake = replace(flake, occurrences=(seen(day + 10, at=days(day)), *flake.occurrences))
        for item in due(flake, now=days(day)):
            told += [one.url for one in item.fresh]
            flake = item.told(days(day))
    assert len(told) == len(set(told)) == 18  # the last comment came on day 18
    assert [item.at for item in (flake.progress.notice,)] == [days(18)]


def test_of_more_links_than_are_kept_the_forgotten_are_not_told_again():
    old = tuple(seen(number, at=days(1)) for number in range(1, MAX_LINKS + 60))
    flake = a_managed(told=old)
    assert len(flake.progress.notice.links) == MAX_LINKS
    assert due(flake, now=days(9)) == ()
    newer = replace(flake, occurrences=(seen(9999, at=days(5)), *flake.occurrences))
    assert [len(item.fresh) for item in due(newer, now=days(9))] == [1]


def test_states_older_than_the_clock_begin_when_their_issue_was_opened():
    opened = AuditEntry(at=days(1), actor="bot", action="DISCOVERED → ISSUE_OPEN")
    flake = replace(a_managed(seen(2, at=days(2))), progress=Progress(), audit=(opened,))
    assert due(flake, now=days(3)) == ()
    [item] = due(flake, now=days(4))
    assert [one.run for one in item.fresh] == ["2"]


def test_the_longest_silence_ends_first():
    flakes = [a_managed(seen(2), number=n, notice=Notice(at=days(-n), links=("x",))) for n in (1, 3, 2)]
    assert [item.flake.issue.issue for item in due(*flakes)] == [3, 2, 1]


def test_its_mark_is_the_same_however_late_the_job_is_run_again():
    flake = a_managed(seen(2))
    assert {item.purpose for now in (days(3), days(5)) for item in due(flake, now=now)} == {f"notice:{FILED:%Y%m%d}"}


@pytest.mark.parametrize(
    ("failed", "runs", "before", "trend"),
    [(1, 10, 10, Trend.SAME), (9, 10, 100, Trend.MORE), (1, 0, 10, None), (1, 10, 0, None)],
)
def test_a_trend_is_told_only_where_it_is_one(failed, runs, before, trend):
    exposure = (
        DayRuns(source="actions", day=NOON.date(), runs=before),
        DayRuns(source="actions", day=days(1).date(), runs=runs),
    )
    flake = replace(a_managed(*(seen(number) for number in range(2, failed + 2))), exposure=exposure)
    [item] = due(flake)
    assert item.rates.trend is trend
    assert (item.rates.failed, item.rates.runs) == (min(failed, runs), runs)
