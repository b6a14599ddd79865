"""Comments about new failures: when one is due, and what it tells.

The rule it keeps: never more than one in so many days for an issue, never about a link that people were shown before,
and silence where people asked for it or where a fix is under way. The longest silence ends first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from ftc.core.binomial import interval
from ftc.core.lifecycle import BEFORE_APPROVAL
from ftc.core.model import Flake, Occurrence, Status
from ftc.core.progress import MAX_LINKS

MOST_SHOWN = 5
"""Newest failures that a notice lists; the others are in the body."""


class Trend(StrEnum):
    """How the failure rate since the last notice compares with the one before."""

    MORE = "more"
    LESS = "less"
    SAME = "same"
    """The intervals of the two overlap, which few runs always do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Failed runs of those observed, since a day and before it."""

    failed: int
    runs: int
    failed_before: int
    runs_before: int

    @property
    def trend(self) -> Trend | None:
        """Told only where the 95 % intervals are apart; None where either side saw no run."""
        if not self.runs or not self.runs_before:
            return None
        low, high = interval(self.failed, self.runs)
        low_before, high_before = interval(self.failed_before, self.runs_before)
        return Trend.MORE if low > high_before else Trend.LESS if high < low_before else Trend.SAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A notice that is due: what to tell, and since when nothing was told."""

    flake: Flake
    since: datetime
    fresh: tuple[Occurrence, ...]
    """Failures that no comment has told of, newest first; never empty."""
    rates: Rates

    @property
    def purpose(self) -> str:
        """The mark of its comment. It names the notice before, so that a job that is run again finds its comment."""
        return f"notice:{self.since:%Y%m%d}"

    def told(self, at: datetime) -> Flake:
        """The flake once people know."""
        links = (item.url for item in self.fresh)
        return replace(self.flake, progress=self.flake.progress.noticed(links, at=at))


def due_notices(
    flakes: Iterable[Flake], *, now: datetime, days: int, closed: frozenset[int] = frozenset()
) -> tuple[Due, ...]:
    """The notices that are due, longest silence first; ``closed`` are numbers of issues that are not open."""
    found = (_due(flake, now=now, days=days) for flake in flakes if flake.issue and flake.issue.issue not in closed)
    return tuple(sorted((item for item in found if item), key=lambda item: (item.since, item.flake.key)))


def told_at_filing(flake: Flake, now: datetime) -> Flake:
    """A flake whose issue opens now: what it shows is told, and the clock of the first notice starts."""
    links = (item.url for item in flake.occurrences if item.url)
    return replace(flake, progress=flake.progress.noticed(links, at=now))


def _due(flake: Flake, *, now: datetime, days: int) -> Due | None:
    progress = flake.progress
    muted = progress.muted_until is not None and now < progress.muted_until
    if flake.status not in BEFORE_APPROVAL or muted:
        return None
    since = progress.notice.at or _filed(flake)
    if since is None or now < since + timedelta(days=days):
        return None
    fresh = tuple(item for item in flake.occurrences if _is_fresh(item, flake, since))
    return Due(flake=flake, since=since, fresh=fresh, rates=_rates(flake, since)) if fresh else None


def _filed(flake: Flake) -> datetime | None:
    """When the issue was opened, for states that are older than the clock of notices."""
    opened = (entry.at for entry in flake.audit if entry.action.endswith(f"→ {Status.ISSUE_OPEN}"))
    return max(opened, default=flake.first_seen)


def _is_fresh(item: Occurrence, flake: Flake, since: datetime) -> bool:
    """Whether no comment has told of it.

    Of more links than are kept the lowest were forgotten, so that a lower one may have been told. Where none are kept,
    nothing says what was known when the issue was opened but the time.
    """
    links = flake.progress.notice.links
    if not item.url or item.url in links:
        return False
    if not links:
        return item.created > since
    return len(links) < MAX_LINKS or item.url > links[0]


def _rates(flake: Flake, since: datetime) -> Rates:
    """By whole days, as runs are counted; the day of the last notice counts as before."""
    day = since.date()
    failed = [item.day for item in {item.key[:3]: item for item in flake.occurrences}.values()]
    sealed: Sequence[int] = [item.count for item in flake.sealed if item.day <= day]
    later, earlier = (sum(item.runs for item in flake.exposure if (item.day > day) is after) for after in (True, False))
    return Rates(
        failed=min(sum(item > day for item in failed), later),
        runs=later,
        failed_before=min(sum(item <= day for item in failed) + sum(sealed), earlier),
        runs_before=earlier,
    )
