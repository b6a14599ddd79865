"""When a flake that was done comes back: which failures count as its return, and what becomes of it.

Rule: a failure counts only if it is newer than what was known when the flake was settled, fails in a way known before,
and, where a fix was merged, was seen on a tree that contains it. Branches older than the fix go on failing for weeks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from ftc.core.lifecycle import AFTER_MERGE, last_move, moved
from ftc.core.model import AuditEntry, Flake, Occurrence, Status
from ftc.core.progress import Fate

RETURNING = (*AFTER_MERGE, Status.VERIFIED, Status.CLOSED_SILENT)
"""States that a failure can end; what people declined or merged into another issue stays as they left it."""
MOST_COMPARED = 5
"""Commits of one flake that are compared with its fix in one job, newest first: a request each."""
SHA = 40
"""Hex digits of a commit id; what a log calls a tree may be cut or damaged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a failure has to be newer than, and what it must contain."""

    since: datetime
    fix: str = ""
    """Merge commit of the fix; empty where none is known, and then the time alone decides."""
    pull: int = 0
    """Pull request of the fix; 0 for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """A flake is back."""

    settled: Settled
    occurrence: Occurrence
    """The newest failure that shows it."""
    count: int
    """Failures that show it."""
    older: int
    """Newer failures, too, but of branches that do not contain the fix."""


def settled(flake: Flake) -> Settled | None:
    """Since when this flake is done; None in a state that no failure ends."""
    if flake.status not in RETURNING:
        return None
    move, pull = last_move(flake, flake.status), flake.progress.pull
    if flake.status is Status.CLOSED_SILENT:
        known = flake.progress.silent_since or (move.at if move else flake.last_seen)
        proving = move is not None and move.source in AFTER_MERGE
    else:
        known = move.at if move else flake.last_seen
        proving = True
    if proving and pull and pull.merged:
        return Settled(since=pull.merged, fix=pull.merge_sha, pull=pull.number)
    return Settled(since=known) if known else None


def recurrences(flake: Flake) -> tuple[Occurrence, ...]:
    """Failures since the flake was settled, in a way that was known before, newest first."""
    done = settled(flake)
    if done is None:
        return ()
    later = [item for item in flake.occurrences if item.created > done.since]
    ways = _ways_before(flake, done.since)
    # Without any earlier evidence left, as after a recovery, every way is as good as known.
    return tuple(item for item in later if not ways or item.fingerprint in ways)


def otherwise(flake: Flake) -> tuple[Occurrence, ...]:
    """Failures since then in a way never seen before: another flake of the same test, for people to look at."""
    done = settled(flake)
    known = recurrences(flake)
    return tuple(item for item in flake.occurrences if done and item.created > done.since and item not in known)


def _ways_before(flake: Flake, moment: datetime) -> frozenset[str]:
    sealed = {item.fingerprint for item in flake.sealed if item.day <= moment.date()}
    return frozenset(sealed | {item.fingerprint for item in flake.occurrences if item.created <= moment})


def commits(occurrence: Occurrence) -> tuple[str, ...]:
    """The commits whose history the tested tree holds: head and base of a merge, else the run's own."""
    named = [part for part in occurrence.tree.split("+") if len(part) == SHA]
    return tuple(named) or (occurrence.sha,)


def questions(flake: Flake) -> tuple[tuple[str, str], ...]:
    """Pairs of fix and commit for which it must be known whether the second contains the first; newest first."""
    done = settled(flake)
    if done is None or not done.fix:
        return ()
    wanted = dict.fromkeys(sha for item in recurrences(flake) for sha in commits(item))
    return tuple((done.fix, sha) for sha in [*wanted][:MOST_COMPARED])


def contains_fix(occurrence: Occurrence, contains: Mapping[str, bool]) -> bool | None:
    """Whether the tested tree holds the fix; None while it is not known of any of its commits."""
    answers = [contains.get(sha) for sha in commits(occurrence)]
    return True if True in answers else None if None in answers else False


def returned(flake: Flake, contains: Mapping[str, bool]) -> Return | None:
    """Whether the flake is back; ``contains`` says for commits of ``questions`` whether they hold the fix."""
    done, found = settled(flake), recurrences(flake)
    if done is None or not found:
        return None
    real = [item for item in found if not done.fix or contains_fix(item, contains)]
    if not real:
        return None
    return Return(settled=done, occurrence=real[0], count=len(real), older=len(found) - len(real))


def reopened(flake: Flake, back: Return, *, now: datetime, actor: str, url: str = "") -> Flake:
    """The flake open again; a fix that did not hold is noted for the next try, with the failure that shows it."""
    flake = moved(flake, Status.ISSUE_OPEN, at=now, actor=actor, url=url)
    progress = replace(flake.progress, silent_since=None, asked=None, lease=None)
    progress = progress.noticed((back.occurrence.url,), at=now)
    if not back.settled.fix:
        return replace(flake, progress=progress)
    progress = progress.fated(Fate.RETURNED)
    what = f"pull request {back.settled.pull}, " if back.settled.pull else ""
    failed = AuditEntry(
        at=now,
        actor=actor,
        action="fix did not hold",
        result=f"{what}commit {back.settled.fix[:12]}; failed in run {back.occurrence.run}, which contains it",
        url=back.occurrence.url,
    )
    return replace(flake, progress=progress, audit=(*flake.audit, failed))
