"""One turn from question to answer: gather what deciding needs, decide, and have it written down.

Rule: requests are spent only where they can change the answer, and who somebody is is asked before anything else.
"""

from dataclasses import replace

from ftc.core.authority import Reason, Refused, authorised
from ftc.core.commands import Name
from ftc.core.decision import Decision, Situation
from ftc.core.decisions.consenting import recheck, waiting_task
from ftc.core.decisions.starting import waiting_start
from ftc.core.decisions.table import changes_code, decide, is_open_to_all, needs_consent, out_of_place, refusal
from ftc.core.decisions.telling import waiting_proof
from ftc.core.effects import Assign, React
from ftc.core.model import Flake, Status
from ftc.core.orders import Order
from ftc.core.progress import Quarantine
from ftc.core.turns import ANSWER, Turn, TurnKind, in_order
from ftc.jobs.apply import perform
from ftc.jobs.consents import consent, surely_edited, wish_of
from ftc.jobs.managed import trusted
from ftc.jobs.ordered_text import changed_since
from ftc.jobs.partnered import analyze, take_over, talked
from ftc.jobs.patience import patient
from ftc.jobs.seat import Seat, write_down
from ftc.jobs.thread import turns
from ftc.render.region import outside

RECEIPT = "eyes"
BY_MACHINE = f"{ANSWER}by-machine"
"""Purpose of the one comment that tells machines no, so that two of them cannot talk forever."""
QUARANTINING = (Name.QUARANTINE, Name.UNQUARANTINE, Name.STOP, Name.WONTFIX)


def attend(at: Seat, turn: Turn, *, here: bool = True) -> Decision:
    """Answer one turn; ``here`` is whether it was said on this very issue, so that receipt and cursor belong here."""
    if here and turn.kind in (TurnKind.COMMAND, TurnKind.HINT):
        perform(at.desk.session, [React(comment=turn.id, content=RECEIPT)])
    decision, purpose = _decided(at, turn)
    decision = patient(at, turn, decision) if here else decision
    write_down(at, decision, purpose=purpose, turn=turn if here else None)
    return decision


def refused_here(at: Seat, turn: Turn) -> Decision | None:
    """A courteous no to a command whose author may not give it; None where they may."""
    return refusal(_situation(at, turn), at.desk.people.actor(turn, at.flake))


def look_again(at: Seat, *, remind: bool = False) -> None:
    """Take an approval back that no longer stands, though nobody did anything that is a turn: a comment was edited.

    One that stands names its task again with ``remind``: whoever was told of it may have died.
    """
    flake = at.flake
    if flake is None or flake.status is not Status.APPROVED_TO_FIX:
        return
    turn = Turn(kind=TurnKind.LABEL_GONE, id=0, at=at.desk.ctx.now, login=at.desk.house.login)
    found = replace(_situation(at, turn), consent=consent(at.desk, at.thread, flake=flake))
    run = next(iter(flake.progress.runs), None)
    write_down(at, recheck(found), purpose=f"void:{run.id if run else at.number}", turn=None)
    task = waiting_task(found) if remind else None
    if task is not None and task.id not in {known.id for known in at.desk.tasks}:
        at.desk.tasks.append(task)


def ordered_again(at: Seat, turn: Turn, *, digest: str) -> Order | None:
    """The task that an answered start, restart or proof ordered, if it may still begin; who may is derived anew.

    ``digest`` is that of what was ordered.
    """
    name = turn.command.name if turn.command else None
    if name not in (Name.START, Name.RETRY, Name.VERIFY):
        return None
    turn = replace(turn, edited=surely_edited(at.desk.ctx, turn, at.thread.comments))
    situation = _situation(at, turn)
    if refusal(situation, at.desk.people.actor(turn, at.flake)) is not None:
        return None
    if name is Name.VERIFY:
        return waiting_proof(situation, digest=digest) if at.thread.issue.is_open else None
    repeated = _earlier(at, situation) if name is Name.RETRY else turn
    if repeated is None or repeated.command is None:
        return None
    situation = replace(situation, changed=changed_since(at.desk.ctx, at.thread, turn))
    return waiting_start(situation, repeated.command, digest=digest)


def _decided(at: Seat, turn: Turn) -> tuple[Decision, str]:
    """What follows, and the mark of its answer."""
    if turn.kind is TurnKind.TALK:
        return talked(at, turn), turn.purpose
    if turn.command is None:
        return decide(_situation(at, turn)), turn.purpose
    if changes_code(turn.command.name):
        turn = replace(turn, edited=surely_edited(at.desk.ctx, turn, at.thread.comments))
    situation = _situation(at, turn)
    open_to_all = is_open_to_all(turn)
    refused = None if open_to_all else refusal(situation, at.desk.people.actor(turn, at.flake))
    if refused is not None:
        by_machine = refused.reply is not None and refused.reply.values["reason"] == Reason.BOT.value
        return refused, BY_MACHINE if by_machine else turn.purpose
    return out_of_place(situation) or _obeyed(at, situation), turn.purpose


def _obeyed(at: Seat, situation: Situation) -> Decision:
    """What follows from a command whose author may give it, where it means something."""
    name = situation.command.name
    if name is Name.ANALYZE:
        return analyze(at, situation)
    if name is Name.ADOPT:
        return take_over(at, situation)
    if name is Name.ASSIGN:
        situation = replace(situation, assigned=_assign(at, situation.command.login))
    if name is Name.STATUS and at.flake is not None:
        situation = replace(situation, quarantine=_quarantine(at, at.flake))
    if name is Name.RETRY:
        situation = replace(situation, earlier=_earlier(at, situation))
    if not situation.is_pull and (name is Name.START or situation.earlier is not None):
        situation = replace(situation, changed=changed_since(at.desk.ctx, at.thread, situation.turn))
    if needs_consent(situation) and at.flake is not None:
        situation = replace(situation, consent=consent(at.desk, at.thread, flake=at.flake, until=situation.turn))
    return decide(situation)


def _situation(at: Seat, turn: Turn) -> Situation:
    """What deciding may look at and what costs no request."""
    desk, issue = at.desk, at.thread.issue
    return Situation(
        turn=turn,
        number=issue.number,
        title=issue.title,
        # Our own text changes with every write; what is ordered are the words of people.
        body=outside(issue.body) if trusted(desk.ctx, issue.author) else issue.body,
        now=desk.ctx.now,
        house=desk.house,
        flake=at.flake,
        others=desk.others(issue.number),
        is_pull=issue.is_pull,
        unreadable=at.unreadable,
    )


def _assign(at: Seat, login: str) -> bool:
    """Assign, and look whether GitHub took the person: it leaves out silently whom it may not assign."""
    perform(at.desk.session, [Assign(number=at.number, login=login)])
    if at.desk.ctx.config.dry_run:
        return True
    return login.lower() in {name.lower() for name in at.desk.ctx.write.issue(at.number).assignees}


def _quarantine(at: Seat, flake: Flake) -> Quarantine | None:
    """The quarantine that stands by the commands on the page; what the state shows where nobody can derive it."""
    desk = at.desk
    if flake.status is Status.DUPLICATE:
        return None
    if desk.partners.standing_quarantine is None:
        shown = flake.progress.quarantine
        return shown if shown and shown.until > desk.ctx.now else None
    said = [turn for turn in turns(desk.ctx, at.thread) if turn.is_comment and turn.command]
    wishes = [
        wish_of(desk.ctx, desk.people, turn, flake, said=at.thread.comments)
        for turn in said
        if turn.command and turn.command.name in QUARANTINING
    ]
    return desk.partners.standing_quarantine(wishes, policy=desk.house.policy, now=desk.ctx.now)


def _earlier(at: Seat, situation: Situation) -> Turn | None:
    """The newest start before this turn by somebody who may: what a restart repeats."""
    desk = at.desk
    before = [turn for turn in in_order(turns(desk.ctx, at.thread)) if turn.is_comment and turn.id < situation.turn.id]
    for turn in reversed(before):
        if turn.command is None or turn.command.name is not Name.START:
            continue
        wish = wish_of(desk.ctx, desk.people, turn, at.flake, said=at.thread.comments)
        said = authorised(wish.command, wish.actor, policy=desk.house.policy, edited=wish.edited)
        if not isinstance(said, Refused):
            return turn
    return None
