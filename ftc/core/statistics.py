"""Numbers over many flakes: per day, per range of days, and how fixes fared, as far as the states tell.

The rule it keeps: what was never observed is None or an empty share, never a zero that looks measured.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ftc.core.model import Flake, Status

ARROW = " → "
"""Between the states in the audit entry of a transition (``core.lifecycle.moved``)."""
_NAMES = frozenset(status.value for status in Status)
_MERGED = (Status.MERGED, Status.DEPLOYED, Status.VERIFIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One UTC day: tests that failed for the first time, all failures, fixes merged, fixes given up."""

    day: date
    found: int
    failures: int
    merged: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """``part`` of ``whole``; says nothing when the whole is empty."""

    part: int
    whole: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One transition out of an audit trail."""

    at: datetime
    source: Status
    target: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """A range of days in numbers; mean times are None while nothing has got that far."""

    days: int
    found: int
    failures: int
    merged: int
    automatic: int
    """Fixes merged whose pull request is the bot's."""
    failed: int
    success: Share
    """Fixes merged, of those merged or given up."""
    hold: Share
    """Merged fixes proven by silence, of those proven or come back."""
    triage: timedelta | None
    fix: timedelta | None
    merge: timedelta | None


def counted(flakes: Iterable[Flake]) -> tuple[Flake, ...]:
    """The flakes without duplicates, whose failures their leading issue counts."""
    return tuple(flake for flake in flakes if flake.status != Status.DUPLICATE)


def failures_by_day(flake: Flake) -> Counter[date]:
    """Every failure ever counted, by UTC day of its run."""
    days = Counter(item.day for item in flake.occurrences)
    for item in flake.sealed:
        days[item.day] += item.count
    return days


def moves(flake: Flake) -> Iterator[Move]:
    """The transitions of an audit trail in its order; other entries are passed over."""
    for entry in flake.audit:
        source, arrow, target = entry.action.partition(ARROW)
        if arrow and {source, target} <= _NAMES:
            yield Move(at=entry.at, source=Status(source), target=Status(target))


def daily(flakes: Sequence[Flake], *, until: date, days: int) -> tuple[Day, ...]:
    """The last ``days`` days up to ``until``, oldest first, quiet ones included."""
    failures: Counter[date] = Counter()
    for flake in flakes:
        failures.update(failures_by_day(flake))
    found = Counter(flake.first_seen.date() for flake in flakes if flake.first_seen)
    all_moves = [move for flake in flakes for move in moves(flake)]
    merged = Counter(move.at.date() for move in all_moves if move.target == Status.MERGED)
    failed = Counter(move.at.date() for move in all_moves if move.target == Status.FIX_FAILED)
    shown = (until - timedelta(days=back) for back in range(days - 1, -1, -1))
    return tuple(
        Day(day=day, found=found[day], failures=failures[day], merged=merged[day], failed=failed[day]) for day in shown
    )


def totals(flakes: Sequence[Flake], *, until: date, days: int) -> Totals:
    """What happened in the last ``days`` days up to ``until``."""
    shown = daily(flakes, until=until, days=days)
    first = until - timedelta(days=days - 1)
    trails = [[move for move in moves(flake) if move.at.date() <= until] for flake in flakes]
    ended = [move for trail in trails for move in trail if move.at.date() >= first]
    proven = sum(move.target == Status.VERIFIED for move in ended)
    back = sum(move.source in _MERGED and move.target == Status.ISSUE_OPEN for move in ended)
    merged, failed = sum(item.merged for item in shown), sum(item.failed for item in shown)
    return Totals(
        days=days,
        found=sum(item.found for item in shown),
        failures=sum(item.failures for item in shown),
        merged=merged,
        automatic=_automatic(flakes, first=first, until=until),
        failed=failed,
        success=Share(part=merged, whole=merged + failed),
        hold=Share(part=proven, whole=proven + back),
        triage=_mean(trails, since=first, begin=Status.ISSUE_OPEN, end=Status.TRIAGED),
        fix=_mean(trails, since=first, begin=Status.FIXING, end=Status.PR_OPEN),
        merge=_mean(trails, since=first, begin=Status.PR_OPEN, end=Status.MERGED),
    )


def _automatic(flakes: Iterable[Flake], *, first: date, until: date) -> int:
    ours = [flake for flake in flakes if flake.progress.pull and not flake.progress.pull.by_person]
    ends = [move.at.date() for flake in ours for move in moves(flake) if move.target == Status.MERGED]
    return sum(first <= day <= until for day in ends)


def took(trail: Iterable[Move], *, begin: Status, end: Status) -> Iterator[tuple[date, timedelta]]:
    """How long it took from each reaching of ``begin`` to the next of ``end``, with the day on which it ended."""
    started: datetime | None = None
    for move in trail:
        if move.target == end and started is not None:
            yield move.at.date(), move.at - started
            started = None
        elif move.target == begin and started is None:
            started = move.at


def _mean(trails: Iterable[Iterable[Move]], *, since: date, begin: Status, end: Status) -> timedelta | None:
    spans = [span for trail in trails for day, span in took(trail, begin=begin, end=end) if day >= since]
    return sum(spans, timedelta()) / len(spans) if spans else None
