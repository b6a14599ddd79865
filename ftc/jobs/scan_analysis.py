"""Analyses within a scan: of issues that have none yet, and of a few that went stale.

The rule it keeps: the scan's own writes come first and the dashboard last; a scan that dies here is made good by the
next one, which finds the issues without an analysis by their state.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from ftc.core.config import Mode
from ftc.core.dialogue import Model
from ftc.core.effects import Effect, SaveDashboard
from ftc.core.lifecycle import BEFORE_APPROVAL
from ftc.core.model import Flake
from ftc.jobs.analyze import Gather, analyze, stale
from ftc.jobs.context import Context
from ftc.jobs.issues import Session, converge
from ftc.jobs.snapshot import Snapshot

MOST_REFRESHED = 3
"""Stale analyses made anew in one scan; the others wait for the next."""
_NEVER = datetime.min.replace(tzinfo=UTC)


def with_analyses(
    session: Session, snapshot: Snapshot, effects: Iterable[Effect], *, gather: Gather | None, model: Model | None
) -> Iterator[Effect]:
    """A scan's effects with the analyses that are due, before the dashboard is written.

    Each effect must be carried out before the next one is asked for: an issue has its number only then.
    """
    last: SaveDashboard | None = None
    for effect in effects:
        if isinstance(effect, SaveDashboard):
            last = effect
        else:
            yield effect
    converge(session)
    wrote = False
    for number, flake in due(session, snapshot):
        for effect in analyze(session.ctx, flake, number=number, model=model, gather=gather):
            wrote = True
            yield effect
    if last is not None or (wrote and session.dashboard is not None):
        yield last or SaveDashboard(dashboard=snapshot.dashboard)


def due(session: Session, snapshot: Snapshot) -> list[tuple[int, Flake]]:
    """Issues to analyse now: first looks up to the number of issues a scan opens, then the oldest stale ones."""
    ctx = session.ctx
    if not ctx.config.analysis or ctx.config.mode is Mode.OBSERVE:
        return []
    closed = {item.issue.number for item in snapshot.issues if not item.issue.is_open}
    waiting = [
        (number, flake)
        for number, flake in sorted(session.flakes.items())
        if number not in closed and flake.status in BEFORE_APPROVAL and not _muted(ctx, flake) and stale(flake, ctx.now)
    ]
    first = [item for item in waiting if item[1].progress.assessment is None]
    again = sorted((item for item in waiting if item not in first), key=_age)
    return [*first[: max(MOST_REFRESHED, ctx.config.max_new_issues)], *again[:MOST_REFRESHED]]


def _age(item: tuple[int, Flake]) -> tuple[datetime, int]:
    known = item[1].progress.assessment
    return (known.at if known else _NEVER, item[0])


def _muted(ctx: Context, flake: Flake) -> bool:
    until = flake.progress.muted_until
    return until is not None and until > ctx.now
