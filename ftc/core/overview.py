"""What the dashboard says: the managed issues, the watch list and the last scans in numbers and short lists.

The rule it keeps: everything follows from the stored states and the moment alone, never from what one job happened to
decide, so that every job that writes the dashboard writes the same text.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ftc.core.history import joined
from ftc.core.model import Dashboard, Flake, ScanRecord, Status
from ftc.core.placing import BREAKAGE
from ftc.core.statistics import counted
from ftc.core.thresholds import Thresholds
from ftc.core.triage import badness, may_be_filed


@dataclass(frozen=True, slots=True, kw_only=True)
class Offender:
    """A managed issue with its failures inside the window."""

    flake: Flake
    recent: int
    """Failures inside the window."""
    seconds: int
    """CI time of the jobs that failed in them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The dashboard's content; every sequence is in the order in which it is shown, and whole."""

    repo: str
    now: datetime
    window_days: int
    states: tuple[tuple[Status, int], ...]
    """Managed issues by state, in the order of the states; those without any are left out."""
    watched: int
    waiting: tuple[Flake, ...]
    """Entries of the watch list with enough evidence for an issue, worst first."""
    why: str
    """Why they wait, as the last scan gave it."""
    breakage: bool
    """Whether the last scan took them, or some of them, for one broken change."""
    note: str
    """What the last scan wanted to be looked at."""
    offenders: tuple[Offender, ...]
    scans: tuple[ScanRecord, ...]
    """Newest first."""


def overview(
    managed: Iterable[Flake], watched: Iterable[Flake], dashboard: Dashboard, *, now: datetime, thresholds: Thresholds
) -> Overview:
    """The dashboard of these issues and this watch list; copies that a stopped scan left behind count once."""
    flakes = tuple(sorted(managed, key=_number))
    entries = once(watched, taken={flake.key for flake in flakes})
    states = Counter(flake.status for flake in flakes)
    last = dashboard.scans[0] if dashboard.scans else None
    since = now - thresholds.window
    return Overview(
        repo=dashboard.repo,
        now=now,
        window_days=thresholds.window_days,
        states=tuple((status, states[status]) for status in Status if states[status]),
        watched=len(entries),
        waiting=_waiting(entries, since=since, thresholds=thresholds),
        why=last.why if last else "",
        breakage=bool(last and last.why == BREAKAGE),
        note=last.note if last else "",
        offenders=_offenders(counted(flakes), since=since),
        scans=dashboard.scans,
    )


def once(watched: Iterable[Flake], *, taken: set[str]) -> tuple[Flake, ...]:
    """The watch list in the order of its keys, without copies and without tests that have an issue by now."""
    found: dict[str, Flake] = {}
    for flake in watched:
        if flake.key not in taken:
            found[flake.key] = joined(found[flake.key], flake) if flake.key in found else flake
    return tuple(flake for _, flake in sorted(found.items()))


def _number(flake: Flake) -> int:
    return flake.issue.issue if flake.issue else 0


def _waiting(entries: Sequence[Flake], *, since: datetime, thresholds: Thresholds) -> tuple[Flake, ...]:
    """By the stored verdicts, which are those of the last scan that learnt something about the test."""
    judged = [(flake, flake.verdict) for flake in entries if flake.verdict]
    ready = [(flake, verdict) for flake, verdict in judged if may_be_filed(flake, verdict, thresholds)]
    return tuple(flake for flake, _ in sorted(ready, key=lambda pair: badness(*pair, since=since)))


def _offenders(flakes: Sequence[Flake], *, since: datetime) -> tuple[Offender, ...]:
    """Issues by failures inside the window, then by the time they cost, most first."""
    recent = {flake.key: [item for item in flake.occurrences if item.created >= since] for flake in flakes}
    found = [
        Offender(flake=flake, recent=len(recent[flake.key]), seconds=sum(item.seconds for item in recent[flake.key]))
        for flake in flakes
        if recent[flake.key]
    ]
    return tuple(sorted(found, key=lambda item: (-item.recent, -item.seconds, _number(item.flake))))
