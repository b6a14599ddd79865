"""What each state allows next, and who has to move: the one table behind every list that people work through.

The rule it keeps: every state has an entry, so that no flake can fall out of a list.
"""

from dataclasses import dataclass
from enum import StrEnum

from ftc.core.command_table import Name
from ftc.core.model import Status

S = Status


class Turn(StrEnum):
    """Whose move it is; the order is the one in which people want to see the lists."""

    PERSON = "Needs you now"
    BOT = "In progress"
    NOBODY_YET = "On the watch list"
    DONE = "Settled"


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """Whose turn it is in one state, and the words for what can be done."""

    turn: Turn
    action: str
    command: Name | None = None
    """What a person comments to do it; None where it is done by other means, or nobody has to do anything."""


def _step(turn: Turn, action: str, command: Name | None = None) -> NextStep:
    return NextStep(turn=turn, action=action, command=command)


NEXT_STEPS: dict[Status, NextStep] = {
    S.DISCOVERED: _step(Turn.NOBODY_YET, "Wait"),
    S.ISSUE_OPEN: _step(Turn.PERSON, "Look and start", Name.ANALYZE),
    S.TRIAGED: _step(Turn.PERSON, "Start", Name.AI_FIX),
    S.WAITING_FOR_SIGNAL: _step(Turn.PERSON, "Start", Name.AI_FIX),
    S.APPROVED_TO_FIX: _step(Turn.BOT, "Running"),
    S.FIXING: _step(Turn.BOT, "Running"),
    S.PR_OPEN: _step(Turn.PERSON, "Review PR"),
    S.PR_NEEDS_CHANGES: _step(Turn.BOT, "Running"),
    S.PR_UPDATING: _step(Turn.BOT, "Running"),
    S.MERGED: _step(Turn.BOT, "Merged, being proven"),
    S.DEPLOYED: _step(Turn.BOT, "Deployed, being proven"),
    S.VERIFIED: _step(Turn.DONE, "Nothing to do"),
    S.FIX_FAILED: _step(Turn.PERSON, "Restart", Name.RETRY),
    S.CLOSED_WONTFIX: _step(Turn.DONE, "Restart", Name.RETRY),
    S.CLOSED_SILENT: _step(Turn.DONE, "Nothing to do"),
    S.DUPLICATE: _step(Turn.DONE, "See the other issue"),
}
"""The action each state allows (spec, appendix B)."""


def words(status: Status) -> str:
    """A state as people read it: ``PR needs changes``."""
    return status.value.replace("_", " ").capitalize().replace("Pr ", "PR ")
