"""Where a flake may go from where it stands, and how other systems call that place.

The rule it keeps: a move that the table does not list is refused; nothing else assigns a status.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from ftc.core.errors import FtcError
from ftc.core.model import AuditEntry, Flake, Status

S = Status


class TransitionRefused(FtcError):
    """Something asked for a move that the transition table does not list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One allowed move and the event that causes it."""

    source: Status
    target: Status
    event: str


def _moves(event: str, *, target: Status, sources: tuple[Status, ...]) -> tuple[Transition, ...]:
    return tuple(Transition(source=source, target=target, event=event) for source in sources)


BEFORE_APPROVAL = (S.ISSUE_OPEN, S.TRIAGED, S.WAITING_FOR_SIGNAL)
PULL_OPEN = (S.PR_OPEN, S.PR_NEEDS_CHANGES, S.PR_UPDATING)
OPEN = (*BEFORE_APPROVAL, S.APPROVED_TO_FIX, S.FIXING, *PULL_OPEN, S.FIX_FAILED)
"""States of an issue that still waits for its fix."""
AFTER_MERGE = (S.MERGED, S.DEPLOYED)

TRANSITIONS: tuple[Transition, ...] = (
    *_moves("filed", target=S.ISSUE_OPEN, sources=(S.DISCOVERED,)),
    *_moves("analysis posted", target=S.TRIAGED, sources=(S.ISSUE_OPEN,)),
    *_moves("a person is asked", target=S.WAITING_FOR_SIGNAL, sources=(S.TRIAGED,)),
    *_moves("discussion changed the view", target=S.TRIAGED, sources=(S.WAITING_FOR_SIGNAL,)),
    *_moves("approved", target=S.APPROVED_TO_FIX, sources=(S.WAITING_FOR_SIGNAL,)),
    *_moves("approved again", target=S.APPROVED_TO_FIX, sources=(S.FIX_FAILED, S.CLOSED_WONTFIX)),
    *_moves("approval void", target=S.WAITING_FOR_SIGNAL, sources=(S.APPROVED_TO_FIX,)),
    *_moves("lease taken", target=S.FIXING, sources=(S.APPROVED_TO_FIX,)),
    *_moves("queued once more", target=S.APPROVED_TO_FIX, sources=(S.FIXING,)),
    *_moves("fix published", target=S.PR_OPEN, sources=(S.FIXING,)),
    *_moves("changes needed", target=S.PR_NEEDS_CHANGES, sources=(S.PR_OPEN,)),
    *_moves("lease taken", target=S.PR_UPDATING, sources=(S.PR_NEEDS_CHANGES,)),
    *_moves("update pushed", target=S.PR_OPEN, sources=(S.PR_UPDATING,)),
    *_moves("round failed or lease lost", target=S.PR_NEEDS_CHANGES, sources=(S.PR_UPDATING,)),
    *_moves("changes no longer needed", target=S.PR_OPEN, sources=(S.PR_NEEDS_CHANGES,)),
    *_moves("no fix delivered or lease lost", target=S.FIX_FAILED, sources=(S.FIXING,)),
    *_moves("GitHub's agent never delivered", target=S.FIX_FAILED, sources=(S.APPROVED_TO_FIX,)),
    *_moves("pull request closed unmerged, to be tried again", target=S.FIX_FAILED, sources=PULL_OPEN),
    *_moves("a merged pull request closed the issue", target=S.MERGED, sources=(*OPEN, S.CLOSED_WONTFIX)),
    *_moves("deployment of the exact commit", target=S.DEPLOYED, sources=(S.MERGED,)),
    *_moves("silent for long enough", target=S.VERIFIED, sources=AFTER_MERGE),
    *_moves("closed by exposure", target=S.CLOSED_SILENT, sources=(*BEFORE_APPROVAL, S.FIX_FAILED, S.CLOSED_WONTFIX)),
    *_moves("silent but unproven after 90 days", target=S.CLOSED_SILENT, sources=AFTER_MERGE),
    *_moves("came back or was reopened", target=S.ISSUE_OPEN, sources=(*AFTER_MERGE, S.VERIFIED, S.CLOSED_SILENT)),
    *_moves("declined by people", target=S.CLOSED_WONTFIX, sources=OPEN),
    *_moves("merged into another issue", target=S.DUPLICATE, sources=OPEN),
)
"""Every allowed move; anything else is refused (spec, section 4)."""

_BY_MOVE = {(move.source, move.target): move for move in TRANSITIONS}


def allowed(source: Status, target: Status) -> bool:
    """Whether the table lists this move; staying where one is is no move."""
    return (source, target) in _BY_MOVE


def moved(flake: Flake, target: Status, *, at: datetime, actor: str, url: str = "") -> Flake:
    """The flake in its new state with the move in its audit trail; ``TransitionRefused`` when the table lacks it."""
    if not allowed(flake.status, target):
        reached = ", ".join(sorted(move.target for move in TRANSITIONS if move.source == flake.status)) or "nothing"
        raise TransitionRefused(f"{flake.test} cannot go from {flake.status} to {target}; allowed: {reached}")
    event = _BY_MOVE[flake.status, target].event
    entry = AuditEntry(at=at, actor=actor, action=f"{flake.status} → {target}", result=event, url=url)
    return replace(flake, status=target, audit=(*flake.audit, entry))


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A move that was made, as the audit trail remembers it."""

    source: Status
    at: datetime
    actor: str


def last_move(flake: Flake, target: Status) -> Move | None:
    """The newest move of a flake into a state; None when the trail does not reach back so far."""
    arrow = f" → {target}"
    found = [entry for entry in flake.audit if entry.action.endswith(arrow)]
    for entry in sorted(found, key=lambda item: item.at, reverse=True):
        name = entry.action.removesuffix(arrow)
        if name in set(Status):
            return Move(source=Status(name), at=entry.at, actor=entry.actor)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What one state is called by systems C (repair) and E (dispatch), and its colour in every view."""

    repair: str
    dispatch: str
    color: str
    """Six hex digits, as GitHub labels want them."""


_GREY, _YELLOW, _BLUE, _PURPLE, _GREEN, _RED = "8b949e", "d29922", "1f6feb", "8250df", "2da44e", "cf222e"

WORDS: dict[Status, Word] = {
    S.DISCOVERED: Word(repair="NEW", dispatch="pending", color=_GREY),
    S.ISSUE_OPEN: Word(repair="NEW", dispatch="pending", color=_YELLOW),
    S.TRIAGED: Word(repair="NEW", dispatch="pending", color=_YELLOW),
    S.WAITING_FOR_SIGNAL: Word(repair="NEW", dispatch="pending", color=_YELLOW),
    S.APPROVED_TO_FIX: Word(repair="FIXING", dispatch="processing", color=_BLUE),
    S.FIXING: Word(repair="FIXING", dispatch="processing", color=_BLUE),
    S.PR_OPEN: Word(repair="PENDING_REVIEW", dispatch="pending merge", color=_PURPLE),
    S.PR_NEEDS_CHANGES: Word(repair="PENDING_REVIEW", dispatch="pending merge", color=_PURPLE),
    S.PR_UPDATING: Word(repair="PENDING_REVIEW", dispatch="processing", color=_PURPLE),
    S.MERGED: Word(repair="MERGED", dispatch="merged", color=_GREEN),
    S.DEPLOYED: Word(repair="DEPLOYED", dispatch="merged", color=_GREEN),
    S.VERIFIED: Word(repair="DEPLOYED", dispatch="merged", color=_GREEN),
    S.FIX_FAILED: Word(repair="FAILED", dispatch="terminated", color=_RED),
    S.CLOSED_WONTFIX: Word(repair="FAILED", dispatch="terminated", color=_GREY),
    S.CLOSED_SILENT: Word(repair="FAILED", dispatch="terminated", color=_GREY),
    S.DUPLICATE: Word(repair="FAILED", dispatch="terminated", color=_GREY),
}
"""Every state in the words of the other systems (spec, section 4); a verified fix is one step past deployed."""


def mermaid() -> str:
    """The table as a Mermaid chart, one line for all moves of the same event and target, in the table's order."""
    sources: dict[tuple[str, Status], list[Status]] = {}
    for move in TRANSITIONS:
        sources.setdefault((move.event, move.target), []).append(move.source)
    arrows = [f"    {' & '.join(froms)} -->|{event}| {target}" for (event, target), froms in sources.items()]
    return "\n".join(["flowchart TD", *arrows])
