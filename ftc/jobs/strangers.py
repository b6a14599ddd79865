"""Commands on issues and pull requests that are not managed: there is no state, so the answers are the cursor.

Rule: only commands are looked at, only fresh ones, and one whose answer stands on the page was handled.
"""

from datetime import timedelta

from ftc.core.commands import Place
from ftc.core.turns import Turn, TurnKind, in_order
from ftc.jobs.answering import attend
from ftc.jobs.seat import Seat
from ftc.jobs.thread import answered, turns

FRESH = timedelta(days=7)
"""An older command without an answer was given before the program came, or to somebody else; nobody waits for it."""


def unanswered(at: Seat, *, place: Place = Place.ISSUE) -> tuple[Turn, ...]:
    """Fresh commands, and lines that were meant as such, without an answer; oldest first."""
    ctx = at.desk.ctx
    done = answered(ctx, at.thread)
    return in_order(
        turn
        for turn in turns(ctx, at.thread, place=place)
        if turn.kind in (TurnKind.COMMAND, TurnKind.HINT) and turn.key not in done and turn.at > ctx.now - FRESH
    )


def attend_stranger(at: Seat) -> None:
    """Answer every command that waits."""
    for turn in unanswered(at):
        attend(at, turn)
