"""Who ordered a task, as the page says now: an approval that stands, or a command whose author may still give it.

The rule it keeps: nothing of it comes from the order or from the state; what cannot be found again was not said.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from ftc.core.approval import Flaw, Plan, Void, Wish
from ftc.core.authority import Refused, authorised
from ftc.core.commands import Name
from ftc.core.gating import Approval
from ftc.core.marks import unmarked
from ftc.core.model import Flake
from ftc.core.order_flaws import CHANGED, UNSAID
from ftc.core.orders import Order, text_digest
from ftc.core.plan_steps import steps_of
from ftc.core.turns import Turn, in_order
from ftc.jobs.consents import ANALYSIS, consent, wish_of
from ftc.jobs.desk import Desk
from ftc.jobs.managed import trusted
from ftc.jobs.thread import Thread, said_by_us, turns
from ftc.render.region import outside


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """The approval that stands, or the flaw of what was meant as one."""

    approval: Approval | None = None
    flaw: str = ""
    plan: Plan | None = None
    steps: tuple[str, ...] = ()


def ordered_fix(desk: Desk, thread: Thread, flake: Flake, *, task: str) -> Ordered:
    """The approval of the plan on the page; the comment of this very run does not use it up."""
    found = consent(desk, thread, flake=flake, own=task)
    standing, clean = found.standing, desk.ctx.sanitizer.clean
    if isinstance(standing, Void):
        return Ordered(flaw=_flaw(standing, found.plan))
    comment = said_by_us(desk.ctx, thread).get(ANALYSIS)
    steps = steps_of(unmarked(comment.body)) if comment else ()
    approval = _approval(desk, standing.wish)
    return Ordered(approval=approval, plan=found.plan, steps=tuple(clean(step) for step in steps))


def approved_fix(desk: Desk, thread: Thread, flake: Flake) -> Ordered:
    """The approval alone, for what follows from a fix that goes on elsewhere; nothing of its plan is carried out."""
    found = consent(desk, thread, flake=flake)
    if isinstance(found.standing, Void):
        return Ordered(flaw=_flaw(found.standing, found.plan))
    return Ordered(approval=replace(_approval(desk, found.standing.wish), text=""))


def ordered_start(desk: Desk, thread: Thread, flake: Flake | None, *, order: Order) -> Ordered:
    """The start that was ordered, if the issue still says what it said then; a restart repeats an earlier one."""
    turn = None if thread.issue.is_pull else _turn(desk, thread, order.turn)
    said = ordered_by(desk, thread, flake, turn=turn, names=(Name.START, Name.RETRY))
    if turn is None or said.approval is None:
        return said
    start = turn if turn.command and turn.command.name is Name.START else _repeated(desk, thread, flake, turn)
    if start is None or start.command is None:
        return Ordered(flaw=UNSAID)
    issue = thread.issue
    body = outside(issue.body) if trusted(desk.ctx, issue.author) else issue.body
    if text_digest(issue.title, body) != order.digest:
        return Ordered(flaw=CHANGED)
    text = desk.ctx.sanitizer.clean(start.command.text)
    return Ordered(approval=replace(said.approval, text=text))


def ordered_by(
    desk: Desk, thread: Thread, flake: Flake | None, *, turn: Turn | None, names: Collection[Name]
) -> Ordered:
    """A command by its turn, if it is one of these and its author may give it now."""
    if turn is None or turn.command is None or turn.command.name not in names:
        return Ordered(flaw=UNSAID)
    wish = wish_of(desk.ctx, desk.people, turn, flake, said=thread.comments)
    said = authorised(wish.command, wish.actor, policy=desk.house.policy, signal=wish.signal, edited=wish.edited)
    return Ordered(flaw=said.reason.value) if isinstance(said, Refused) else Ordered(approval=_approval(desk, wish))


def ordered_verify(desk: Desk, thread: Thread, flake: Flake | None, *, order: Order) -> Ordered:
    """The wish to have a pull request proven."""
    return ordered_by(desk, thread, flake, turn=_turn(desk, thread, order.turn), names=(Name.VERIFY,))


def _turn(desk: Desk, thread: Thread, key: str) -> Turn | None:
    return next((turn for turn in turns(desk.ctx, thread) if turn.key == key), None)


def _repeated(desk: Desk, thread: Thread, flake: Flake | None, turn: Turn) -> Turn | None:
    """The newest start before a restart by somebody who may."""
    before = [item for item in in_order(turns(desk.ctx, thread)) if item.is_comment and item.id < turn.id]
    starts = (item for item in reversed(before) if item.command and item.command.name is Name.START)
    return next((item for item in starts if _may(desk, thread, flake, item)), None)


def _may(desk: Desk, thread: Thread, flake: Flake | None, turn: Turn) -> bool:
    return ordered_by(desk, thread, flake, turn=turn, names=(Name.START,)).approval is not None


def _approval(desk: Desk, wish: Wish) -> Approval:
    text = desk.ctx.sanitizer.clean(wish.command.text)  # without what is hidden, as every command
    return Approval(by=wish.actor.login, event=wish.id, at=wish.at, text=text, forced=wish.command.force)


def _flaw(void: Void, plan: Plan | None) -> str:
    """The flaw of the newest approval that was given; without a plan on the page that is what lacks."""
    if plan is None:
        return Flaw.NO_PLAN.value
    return void.flaws[0][1].value if void.flaws else ""
