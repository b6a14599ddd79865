"""Answers that other parts of the program find: an analysis, an adoption, a word in the conversation.

Rule: where the part is missing or fails, people get one honest sentence, and nothing is half done.
"""

from datetime import timedelta

from ftc.core.decision import Decision, Situation, reply
from ftc.core.errors import FtcError
from ftc.core.marks import purpose_of
from ftc.core.turns import ANSWER, Turn, TurnKind
from ftc.ingest.publishable import one_line
from ftc.jobs.apply import perform
from ftc.jobs.managed import trusted
from ftc.jobs.seat import Seat
from ftc.jobs.thread import turns
from ftc.render.answer import with_end

DAY = timedelta(days=1)
"""Over which answers in a conversation are counted."""


def analyze(at: Seat, situation: Situation) -> Decision:
    """A new analysis, written as its own comment; the answer only says that it is there."""
    desk = at.desk
    if desk.partners.analyse is None:
        return Decision(reply=reply("no_analysis"))
    try:
        effects = desk.partners.analyse(desk.ctx, situation.known, number=at.number, model=desk.model)
    except FtcError as error:
        return Decision(reply=reply("failed", problem=one_line(str(error), sanitizer=desk.ctx.sanitizer)))
    if not effects:
        return Decision(reply=reply("not_analyzed"))
    perform(desk.session, effects)
    at.flake = desk.session.flakes.get(at.number, at.flake)
    if not desk.ctx.config.dry_run:
        # What is approved later in this job must be what the page says now.
        at.thread = at.thread.with_comments(desk.ctx.write.comments(at.number))
        desk.session.comments[at.number] = at.thread.comments
    return Decision(reply=reply("analyzed"))


def take_over(at: Seat, situation: Situation) -> Decision:
    """A person's issue becomes the one for a test."""
    desk = at.desk
    if situation.flake is not None or situation.is_pull:
        return Decision(reply=reply("nothing_to_adopt", is_pull=situation.is_pull))
    if desk.partners.adopt is None:
        return Decision(reply=reply("no_adoption"))
    text = desk.partners.adopt(desk.session, at.thread.issue, situation.command.test, by=situation.turn.login)
    return Decision(text=with_end(text, run_url=desk.ctx.run_url, language=desk.ctx.config.language))


def talked(at: Seat, turn: Turn) -> Decision:
    """An answer to a plain comment, or silence, and what is recorded of it."""
    desk, flake = at.desk, at.flake
    comment = next((item for item in at.thread.comments if item.id == turn.id), None)
    if flake is None or comment is None or desk.partners.converse is None or _is_quiet(at):
        return Decision()
    said = desk.session.comments[at.number]
    done = desk.partners.converse(desk.ctx, flake, number=at.number, comments=said, comment=comment, model=desk.model)
    changed = done.flake if done.flake != flake else None
    if not done.text:
        return Decision(flake=changed)
    text = with_end(done.text, run_url=desk.ctx.run_url, language=desk.ctx.config.language)
    return Decision(flake=changed, text=text)


def _is_quiet(at: Seat) -> bool:
    """Whether nothing is to be said unasked: the issue is muted, or has had its answers for today."""
    ctx, muted = at.desk.ctx, at.flake.progress.muted_until if at.flake else None
    if muted is not None and muted > ctx.now:
        return True
    talks = {f"{ANSWER}{turn.key}" for turn in turns(ctx, at.thread) if turn.kind is TurnKind.TALK}
    own = (item for item in at.desk.session.comments[at.number] if trusted(ctx, item.author))
    today = [item for item in own if purpose_of(item.body) in talks and item.created > ctx.now - DAY]
    return len(today) >= ctx.config.max_replies
