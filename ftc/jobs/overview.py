"""Commands on the dashboard: approvals of several issues at once, each checked and answered on its own issue.

Rule: the answer on the dashboard comes last and is the cursor; until it stands, every issue is looked at again, and one
that has its order already says the same as before.
"""

from dataclasses import replace

from ftc.core.commands import Name, Place
from ftc.core.decision import Decision, reply
from ftc.core.effects import React
from ftc.core.turns import Turn, TurnKind
from ftc.jobs.answering import RECEIPT, attend, refused_here
from ftc.jobs.apply import perform
from ftc.jobs.consents import surely_edited
from ftc.jobs.desk import Desk
from ftc.jobs.patience import patient
from ftc.jobs.seat import Seat, seat, write_down
from ftc.jobs.strangers import unanswered
from ftc.jobs.thread import Thread, read_thread

TELLING = (Name.HELP,)


def attend_overview(desk: Desk, thread: Thread) -> None:
    """Answer every command that waits on the dashboard."""
    at = seat(desk, thread, None)
    for turn in unanswered(at, place=Place.DASHBOARD):
        if turn.kind is TurnKind.HINT or (turn.command and turn.command.name in TELLING):
            attend(at, turn)
            continue
        perform(desk.session, [React(comment=turn.id, content=RECEIPT)])
        write_down(at, patient(at, turn, _answer(at, turn)), purpose=turn.purpose, turn=None)


def _answer(at: Seat, turn: Turn) -> Decision:
    if turn.command is None or turn.command.name is not Name.AI_FIX:
        return Decision(reply=reply("dashboard_only"))
    numbers = turn.command.issues
    turn = replace(turn, edited=surely_edited(at.desk.ctx, turn, at.thread.comments))
    if (refused := refused_here(at, turn)) is not None:
        return refused
    return Decision(reply=reply("dashboard", results=[(number, _one(at.desk, turn, number)) for number in numbers]))


def _one(desk: Desk, turn: Turn, number: int) -> str:
    """Check and answer one issue; the name of what followed."""
    flake = desk.flake(number)
    if flake is None or turn.command is None:
        return "unmanaged"
    there = seat(desk, read_thread(desk.ctx, number), flake)
    done = attend(there, replace(turn, command=replace(turn.command, issues=())), here=False)
    return done.reply.template if done.reply else "nothing"
