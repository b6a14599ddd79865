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
class Spans:
    """Lengths of time that ended on one day, or in a range of days: how many, and together how long."""

    count: int = 0
    length: timedelta = timedelta()

    @property
    def mean(self) -> timedelta | None:
        """Their mean; None where there are none."""
        return self.length / self.count if self.count else None

    def __add__(self, other: "Spans") -> "Spans":
        return Spans(count=self.count + other.count, length=self.length + other.length)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One UTC day: tests that failed for the first time, all failures, and how fixes fared."""

    day: date
    found: int
    failures: int
    merged: int
    automatic: int
    """Fixes merged whose pull request is the bot's."""
    failed: int
    """Fixes given up."""
    proven: int
    """Merged fixes proven by silence."""
    back: int
    """Merged fixes whose test came back."""
    triage: Spans
    """From filing to triage."""
    fix: Spans
    """From the start of a fix to its pull request."""
    merge: Spans
    """From pull request to merge."""


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
    trails = [tuple(moves(flake)) for flake in flakes]
    everyone = [move for trail in trails for move in trail]
    ours = [move for flake, trail in zip(flakes, trails, strict=True) if _is_ours(flake) for move in trail]
    merged, automatic = _days(everyone, to=Status.MERGED), _days(ours, to=Status.MERGED)
    failed, proven = _days(everyone, to=Status.FIX_FAILED), _days(everyone, to=Status.VERIFIED)
    back = _days((move for move in everyone if move.source in _MERGED), to=Status.ISSUE_OPEN)
    triage = _spans(trails, begin=Status.ISSUE_OPEN, end=Status.TRIAGED)
    fix = _spans(trails, begin=Status.FIXING, end=Status.PR_OPEN)
    merge = _spans(trails, begin=Status.PR_OPEN, end=Status.MERGED)
    shown = (until - timedelta(days=ago) for ago in range(days - 1, -1, -1))
    return tuple(
        Day(
            day=day, found=found[day], failures=failures[day], merged=merged[day], automatic=automatic[day],
            failed=failed[day], proven=proven[day], back=back[day], triage=triage.get(day, Spans()),
            fix=fix.get(day, Spans()), merge=merge.get(day, Spans()),
        )
        for day in shown
    )  # fmt: skip


def _is_ours(flake: Flake) -> bool:
    pull = flake.progress.pull
    return pull is not None and not pull.by_person


def _days(trail: Iterable[Move], *, to: Status) -> Counter[date]:
    return Counter(move.at.date() for move in trail if move.target == to)


def _spans(trails: Iterable[Iterable[Move]], *, begin: Status, end: Status) -> dict[date, Spans]:
    found: dict[date, Spans] = {}
    for trail in trails:
        for day, length in took(trail, begin=begin, end=end):
            found[day] = found.get(day, Spans()) + Spans(count=1, length=length)
    return found


def totals(flakes: Sequence[Flake], *, until: date, days: int) -> Totals:
    """What happened in the last ``days`` days up to ``until``."""
    return summed(daily(flakes, until=until, days=days))


def summed(shown: Sequence[Day]) -> Totals:
    """These days as one range."""
    merged, failed = sum(item.merged for item in shown), sum(item.failed for item in shown)
    proven, back = sum(item.proven for item in shown), sum(item.back for item in shown)
    return Totals(
        days=len(shown),
        found=sum(item.found for item in shown),
        failures=sum(item.failures for item in shown),
        merged=merged,
        automatic=sum(item.automatic for item in shown),
        failed=failed,
        success=Share(part=merged, whole=merged + failed),
        hold=Share(part=proven, whole=proven + back),
        triage=sum((item.triage for item in shown), Spans()).mean,
        fix=sum((item.fix for item in shown), Spans()).mean,
        merge=sum((item.merge for item in shown), Spans()).mean,
    )


def took(trail: Iterable[Move], *, begin: Status, end: Status) -> Iterator[tuple[date, timedelta]]:
    """How long it took from each reaching of ``begin`` to the next of ``end``, with the day on which it ended."""
    started: datetime | None = None
    for move in trail:
        if move.target == end and started is not None:
            yield move.at.date(), move.at - started
            started = None
        elif move.target == begin and started is None:
            started = move.at
