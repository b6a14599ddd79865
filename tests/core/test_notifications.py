"""What of a job's changes is told: the event of each move, and what is no news."""

from dataclasses import replace

import pytest

from ftc.core.lifecycle import TRANSITIONS, moved
from ftc.core.model import Status
from ftc.core.notifications import Event, told
from ftc.core.progress import Progress, Quarantine
from tests.builders import NOON, a_flake, days

ALL = tuple(Event)
S = Status


def walk(*states):
    """A flake before and after a job that moved it through these states."""
    before = a_flake(status=states[0])
    after = before
    for state in states[1:]:
        after = moved(after, state, at=NOON, actor="bot")
    return before, after


def events(before, after, wanted=ALL):
    found = told({7: before} if before else {}, {7: after}, wanted=wanted, now=NOON)
    return [item.event for item in found]


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ((S.DISCOVERED, S.ISSUE_OPEN), ["filed"]),
        ((S.ISSUE_OPEN, S.TRIAGED, S.WAITING_FOR_SIGNAL), ["analysed", "waiting"]),
        ((S.WAITING_FOR_SIGNAL, S.TRIAGED), []),
        ((S.WAITING_FOR_SIGNAL, S.TRIAGED, S.WAITING_FOR_SIGNAL), ["waiting"]),
        ((S.WAITING_FOR_SIGNAL, S.APPROVED_TO_FIX, S.FIXING), ["approved"]),
        ((S.FIXING, S.APPROVED_TO_FIX), []),
        ((S.FIX_FAILED, S.APPROVED_TO_FIX), ["approved"]),
        ((S.FIXING, S.PR_OPEN), ["pr-open"]),
        ((S.PR_UPDATING, S.PR_OPEN), []),
        ((S.FIXING, S.FIX_FAILED), ["fix-failed"]),
        ((S.PR_OPEN, S.MERGED), ["merged"]),
        ((S.MERGED, S.VERIFIED), ["verified"]),
        ((S.MERGED, S.DEPLOYED), []),
        ((S.VERIFIED, S.ISSUE_OPEN), ["reopened"]),
        ((S.CLOSED_SILENT, S.ISSUE_OPEN, S.TRIAGED), ["reopened", "analysed"]),
        ((S.ISSUE_OPEN, S.CLOSED_SILENT), ["closed"]),
        ((S.TRIAGED, S.DUPLICATE), ["closed"]),
        ((S.TRIAGED,), []),
    ],
)
def test_each_move_is_the_news_it_is(states, expected):
    assert events(*walk(*states)) == expected
    before, after = walk(*states)
    if len(states) == 2:  # the same without an audit trail, as of a state that was recovered
        assert events(before, replace(after, audit=())) == expected


def test_every_move_of_the_table_is_known():
    for move in TRANSITIONS:
        assert len(events(*walk(move.source, move.target))) <= 1


def test_a_new_issue_is_news_and_one_that_was_known_is_none():
    flake = walk(S.DISCOVERED, S.ISSUE_OPEN)[1]
    assert events(None, flake) == ["filed"]
    assert events(flake, flake) == []
    assert events(None, flake, wanted=("merged",)) == []


def test_a_quarantine_is_news_when_it_begins_or_moves():
    first = replace(a_flake(status=S.TRIAGED), progress=Progress(quarantine=Quarantine(until=days(3), by="ann")))
    longer = replace(first, progress=Progress(quarantine=Quarantine(until=days(9), by="ann")))
    free = replace(first, progress=Progress())
    assert [events(*pair) for pair in ((free, first), (first, first), (first, longer), (longer, free))] == [
        ["quarantined"],
        [],
        ["quarantined"],
        [],
    ]


@pytest.mark.parametrize(("until", "count"), [(days(1), 0), (NOON, 1)])
def test_a_muted_flake_is_not_told(until, count):
    before, after = walk(S.PR_OPEN, S.MERGED)
    assert len(events(before, replace(after, progress=Progress(muted_until=until)))) == count
