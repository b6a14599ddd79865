"""What of a job's changes is told to people elsewhere: which move is which event, and who wants to hear of it.

The rule it keeps: one message for one job run, whatever happened in it; nothing about a flake that somebody muted.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ftc.core.model import Flake, Status

MOST_TOLD = 20
"""Lines of one message; chats cut a longer one somewhere, and nobody reads it."""


class Event(StrEnum):
    """What can happen to a flake; the value is the word in ``notify-on``."""

    FILED = "filed"
    ANALYSED = "analysed"
    WAITING = "waiting"
    APPROVED = "approved"
    PR_OPEN = "pr-open"
    FIX_FAILED = "fix-failed"
    MERGED = "merged"
    VERIFIED = "verified"
    REOPENED = "reopened"
    CLOSED = "closed"
    QUARANTINED = "quarantined"


_FROM: dict[tuple[Status, Status], Event] = {
    (Status.DISCOVERED, Status.ISSUE_OPEN): Event.FILED,
    (Status.ISSUE_OPEN, Status.TRIAGED): Event.ANALYSED,
    (Status.TRIAGED, Status.WAITING_FOR_SIGNAL): Event.WAITING,
    (Status.FIXING, Status.PR_OPEN): Event.PR_OPEN,
}
"""Moves that mean something only from where they come: an updated pull request is not opened again."""
_TO: dict[Status, Event] = {
    Status.ISSUE_OPEN: Event.REOPENED,
    Status.APPROVED_TO_FIX: Event.APPROVED,
    Status.FIX_FAILED: Event.FIX_FAILED,
    Status.MERGED: Event.MERGED,
    Status.VERIFIED: Event.VERIFIED,
    Status.CLOSED_WONTFIX: Event.CLOSED,
    Status.CLOSED_SILENT: Event.CLOSED,
    Status.DUPLICATE: Event.CLOSED,
}
_REPEATED = {(Status.FIXING, Status.APPROVED_TO_FIX)}
"""A fix that is queued once more is no new approval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One line of a message."""

    number: int
    event: Event
    flake: Flake


def told(
    before: Mapping[int, Flake], after: Mapping[int, Flake], *, wanted: Collection[str], now: datetime
) -> tuple[Told, ...]:
    """What to tell of the managed issues as they stood before a job and after it, by issue number."""
    return tuple(
        Told(number=number, event=event, flake=flake)
        for number, flake in sorted(after.items())
        if not (flake.progress.muted_until and flake.progress.muted_until > now)
        for event in dict.fromkeys(_events(before.get(number), flake))
        if event in wanted
    )


def _events(before: Flake | None, after: Flake) -> Iterator[Event]:
    for source, target in _moves(before, after):
        event = _FROM.get((source, target)) or _TO.get(target)
        if event and (source, target) not in _REPEATED:
            yield event
    earlier, quarantine = before.progress.quarantine if before else None, after.progress.quarantine
    if quarantine is not None and (earlier is None or earlier.until != quarantine.until):
        yield Event.QUARANTINED


_MOVE = re.compile(rf"({'|'.join(Status)}) → ({'|'.join(Status)})")


def _moves(before: Flake | None, after: Flake) -> Iterator[tuple[Status, Status]]:
    """The moves of this job, from the audit trail, since a job may make several; else the one that is seen."""
    known = set(before.audit) if before else set()
    words = [match for entry in after.audit if entry not in known and (match := _MOVE.fullmatch(entry.action))]
    source = before.status if before else Status.DISCOVERED
    if words:
        yield from ((Status(match[1]), Status(match[2])) for match in words)
    elif source is not after.status:
        yield source, after.status
