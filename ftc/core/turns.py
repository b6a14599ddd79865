"""Turns: what people did on an issue, in order, and which of it still waits for an answer.

Rule: a turn is handled once, whichever event told of it and however often. GitHub's ids only rise, so that everything
after the cursors is new; a state that lost its cursors is helped by the answers that stand on the page.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ftc.core.authority import Signal
from ftc.core.commands import Command, Hint, Name
from ftc.core.progress import Cursors


class TurnKind(StrEnum):
    """What somebody did."""

    COMMAND = "command"
    HINT = "hint"
    """A line that was meant for us and is no command."""
    TALK = "talk"
    LABEL = "label"
    """The approving label was put on."""
    LABEL_GONE = "label-gone"
    CLOSED = "closed"
    REOPENED = "reopened"


OF_COMMENTS = frozenset({TurnKind.COMMAND, TurnKind.HINT, TurnKind.TALK})
"""Kinds that are comments; the others are events of the timeline, whose ids count apart."""
APPROVAL = Command(name=Name.AI_FIX)
"""What the approving label says."""
ANSWER = "answer:"
"""Start of the purpose of every answer; the turn's key follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One thing that one account other than ours did on an issue; ``id`` is the comment's or the event's."""

    kind: TurnKind
    id: int
    at: datetime
    login: str
    type: str = "User"
    via_app: str = ""
    command: Command | None = None
    hint: Hint | None = None
    edited: bool = False
    """Whether the comment was changed after it was written, by whomever."""
    commit: str = ""
    """Of closing: the commit that did it."""

    @property
    def is_comment(self) -> bool:
        """Whether it is a comment."""
        return self.kind in OF_COMMENTS

    @property
    def key(self) -> str:
        """Its name among all turns of one repository: ``123`` for a comment, ``event-123`` for an event."""
        return str(self.id) if self.is_comment else f"event-{self.id}"

    @property
    def purpose(self) -> str:
        """The mark of the one comment that answers it."""
        return ANSWER + self.key

    @property
    def signal(self) -> Signal:
        """How it was made known."""
        return Signal.COMMENT if self.is_comment else Signal.LABEL


def in_order(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    """Oldest first; within one second comments before events, and each by its ids."""
    return tuple(sorted(turns, key=lambda turn: (turn.at, not turn.is_comment, turn.id)))


def waiting(turns: Iterable[Turn], cursors: Cursors, answered: frozenset[str]) -> tuple[Turn, ...]:
    """The turns that are not handled yet, oldest first; ``answered`` are the keys of turns that have an answer."""
    turns = tuple(turns)
    cursors = _at_least(cursors, turns, answered)
    fresh = (turn for turn in turns if turn.id > (cursors.comment if turn.is_comment else cursors.event))
    return in_order(fresh)


def _at_least(cursors: Cursors, turns: tuple[Turn, ...], answered: frozenset[str]) -> Cursors:
    """The cursors as they must have been: past every answered turn but the newest, which may have been interrupted.

    The state is saved after each answer, so that of several answers only the last may lack it.
    """
    done = in_order(turn for turn in turns if turn.key in answered)[:-1]
    for turn in done:
        cursors = past(cursors, turn)
    return cursors


def past(cursors: Cursors, turn: Turn) -> Cursors:
    """The cursors moved beyond a turn."""
    if turn.is_comment:
        return replace(cursors, comment=max(cursors.comment, turn.id))
    return replace(cursors, event=max(cursors.event, turn.id))
