"""The table from commands to their functions, and the one gate before all of them.

Rule: nobody changes anything without the right to; a refusal changes nothing but the label it refuses.
"""

from collections.abc import Callable, Mapping

from ftc.core.authority import Actor, Refused, authorised
from ftc.core.command_table import BY_NAME
from ftc.core.commands import Name, Right
from ftc.core.decision import Decision, Situation, reply
from ftc.core.decisions.consenting import approve, label_gone, retry, stop
from ftc.core.decisions.ending import closed_by_hand, merge_into, reopen, reopened_by_hand, split, wontfix
from ftc.core.decisions.keeping import assign, choose_runner, mute, quarantine, unquarantine
from ftc.core.decisions.starting import start
from ftc.core.decisions.telling import give_help, give_status, hinted, verify
from ftc.core.turns import APPROVAL, Turn, TurnKind

Decide = Callable[[Situation], Decision]

DECISIONS: Mapping[Name, Decide] = {
    Name.AI_FIX: approve,
    Name.HELP: give_help,
    Name.STATUS: give_status,
    Name.START: start,
    Name.RETRY: retry,
    Name.STOP: stop,
    Name.WONTFIX: wontfix,
    Name.REOPEN: reopen,
    Name.MUTE: mute,
    Name.QUARANTINE: quarantine,
    Name.UNQUARANTINE: unquarantine,
    Name.MERGE_INTO: merge_into,
    Name.SPLIT: split,
    Name.ASSIGN: assign,
    Name.RUNNER: choose_runner,
    Name.VERIFY: verify,
}
"""Every command that is decided from what is known; the other two, analyze and adopt, read more first."""
ANYWHERE = frozenset({Name.HELP, Name.STATUS, Name.START, Name.RETRY, Name.ADOPT, Name.VERIFY})
"""Commands that are obeyed on an issue that is not managed."""
CLICKS: Mapping[TurnKind, Decide] = {
    TurnKind.LABEL: approve,
    TurnKind.LABEL_GONE: label_gone,
    TurnKind.CLOSED: closed_by_hand,
    TurnKind.REOPENED: reopened_by_hand,
}


def is_open_to_all(turn: Turn) -> bool:
    """Whether it does not matter who asks: then nobody's permission need be looked up."""
    return turn.is_comment and turn.command is not None and BY_NAME[turn.command.name].right is Right.ANYONE


def refusal(situation: Situation, actor: Actor) -> Decision | None:
    """A courteous no to a command or an approving label; None where the actor may."""
    turn = situation.turn
    command = APPROVAL if turn.kind is TurnKind.LABEL else turn.command
    if command is None:
        return None
    said = authorised(command, actor, policy=situation.house.policy, signal=turn.signal, edited=turn.edited)
    if not isinstance(said, Refused):
        return None
    right = BY_NAME[command.name].right
    values = {"reason": said.reason.value, "least": said.least, "name": command.name, "right": right}
    return Decision(reply=reply("refused", by_label=turn.kind is TurnKind.LABEL, **values))


def out_of_place(situation: Situation) -> Decision | None:
    """A no to a command that means nothing on an issue that is not managed."""
    command = situation.turn.command
    if situation.flake is not None or command is None or command.name in ANYWHERE:
        return None
    return Decision(reply=reply("unreadable" if situation.unreadable else "unmanaged"))


def decide(situation: Situation) -> Decision:
    """What follows from a turn whose actor may."""
    turn = situation.turn
    if turn.kind is TurnKind.HINT:
        return hinted(situation)
    if turn.command is not None:
        return out_of_place(situation) or DECISIONS[turn.command.name](situation)
    return CLICKS[turn.kind](situation)


def needs_consent(situation: Situation) -> bool:
    """Whether deciding must know if a fix is approved."""
    turn = situation.turn
    return turn.kind is TurnKind.LABEL or (turn.command is not None and turn.command.name in (Name.AI_FIX, Name.RETRY))


def changes_code(command: Name) -> bool:
    """Whether the command's comment must never have been edited, not even within the second it was written in."""
    return BY_NAME[command].right in (Right.APPROVE, Right.WRITE)
