"""Take part in the conversation on an issue: one reply to one comment, or silence.

The rule it keeps: no bot is answered, nothing is asked of a model that silence would answer as well, and where a model
does not answer, the rules do and say so. What a comment changes in the state is recorded with its link.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ftc.agent.analyst import Said, Thread, Turn, charged, reply_with_model, why_not
from ftc.clients.payloads import Comment
from ftc.core.answers import ReplyFacts, answer_by_rules
from ftc.core.authority import Role, role
from ftc.core.commands import parse
from ftc.core.conversation import TOLD, Remark, is_thanks, own_words, remark
from ftc.core.dialogue import Model
from ftc.core.errors import BudgetExceeded, ModelFailed
from ftc.core.lifecycle import BEFORE_APPROVAL, moved
from ftc.core.marks import purpose_of
from ftc.core.model import AuditEntry, Flake, Status
from ftc.jobs.context import Context
from ftc.jobs.managed import trusted
from ftc.render.reply import Spoken, reply_text

ANALYSIS = "analysis"
"""Purpose of the comment that holds the analysis."""
SAID_CHARS = 1_500
"""Of an earlier comment as a model sees it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What came of a comment: the reply, None for silence, and the flake with what is recorded of it."""

    text: str | None
    flake: Flake


def converse(
    ctx: Context,
    flake: Flake,
    *,
    number: int,
    comments: Sequence[Comment],
    comment: Comment,
    model: Model | None = None,
) -> Conversation:
    """The reply to a comment by a person on issue ``number`` among its ``comments``.

    The caller keeps cursors and the daily limit, and writes the reply before the flake; asking again for the same
    comment gives a reply of the same purpose, so that a job that died between the two repairs itself.
    """
    heard = _heard(ctx, comment)
    if heard is None:
        return Conversation(text=None, flake=flake)
    told = _noted(flake, heard, comment)
    facts = answer_by_rules(flake, heard, author=comment.author, now=ctx.now, thank=_first_told(flake))
    if model is None or not heard.is_for_model:
        return _by_rules(ctx, told, facts, comments=comments)
    thread = _thread(ctx, comments, comment)
    try:
        turn = reply_with_model(told, thread, comment=comment.id, model=model)
    except (ModelFailed, BudgetExceeded) as error:
        ctx.say(f"issue {number}: {error}")
        return _by_rules(ctx, charged(told, model), facts, comments=comments, unanswered=why_not(error))
    return _by_model(ctx, charged(told, model), facts, turn=turn, comment=comment, comments=comments)


def _heard(ctx: Context, comment: Comment) -> Remark | None:
    """The comment as far as it may concern us; nothing of bots and our own, of commands and of politeness."""
    if comment.author_type != "User" or comment.via_app or trusted(ctx, comment.author):
        return None
    if comment.author.endswith("[bot]") or parse(comment.body) is not None:
        return None
    found = remark(comment.body, repo=ctx.config.repo, login=ctx.login)
    if is_thanks(found.text) or not (found.is_for_us or found.is_for_model):
        return None
    return found


def _first_told(flake: Flake) -> bool:
    return all(entry.action != TOLD for entry in flake.audit)


def _noted(flake: Flake, heard: Remark, comment: Comment) -> Flake:
    """With the causes that the comment names in the audit trail, under the time it was written: once, however often."""
    if not heard.causes:
        return flake
    causes = ", ".join(cause.value for cause in heard.causes)
    entry = AuditEntry(at=comment.created, actor=comment.author, action=TOLD, result=causes, url=comment.url)
    return flake if entry in flake.audit else replace(flake, audit=(*flake.audit, entry))


def _by_rules(
    ctx: Context, flake: Flake, facts: ReplyFacts, *, comments: Sequence[Comment], unanswered: str = ""
) -> Conversation:
    if facts.says_nothing:
        return Conversation(text=None, flake=flake)
    text = reply_text(
        facts,
        window_days=ctx.config.window_days,
        unanswered=unanswered,
        analysis_url=_analysis_url(ctx, comments),
        language=ctx.config.language,
    )
    return Conversation(text=text, flake=flake)


def _by_model(
    ctx: Context, flake: Flake, facts: ReplyFacts, *, turn: Turn, comment: Comment, comments: Sequence[Comment]
) -> Conversation:
    """The model's reply, with what the rules know about linked runs, which no model has to be believed for."""
    links_alone = ReplyFacts(flake=flake, links=facts.links)
    if not turn.text:
        return _by_rules(ctx, flake, links_alone, comments=comments)
    viewed = _with_view(ctx, flake, turn, comment)
    held = flake.progress.assessment
    spoken = Spoken(
        text=ctx.sanitizer.redact(turn.text),
        cites=turn.cites,
        new_cause=turn.new_root_cause or "",
        old_cause=held.root_cause if held else "",
        kept=viewed is not flake or turn.new_root_cause is None,
        needs_person=turn.needs_person or viewed is not flake,
    )
    text = reply_text(
        links_alone,
        window_days=ctx.config.window_days,
        spoken=spoken,
        language=ctx.config.language,
    )
    return Conversation(text=text, flake=viewed)


def _with_view(ctx: Context, flake: Flake, turn: Turn, comment: Comment) -> Flake:
    """The flake with the model's new view, where it may have one.

    What a fix is planned for rests on it, so that only what a person with write permission said, unedited, changes it,
    and never once a fix is approved. People are asked anew, about the new view.
    """
    held = flake.progress.assessment
    if turn.new_root_cause is None or held is None or flake.status not in BEFORE_APPROVAL or comment.edited:
        return flake
    found = ctx.write.permission(comment.author)
    if not role(found.role_name, found.permission).reaches(Role.WRITE):
        return flake
    cause = turn.new_root_cause.value
    entry = AuditEntry(
        at=ctx.now, actor=ctx.login, action=f"view: {held.root_cause} → {cause}", result="by a comment", url=comment.url
    )
    seen = replace(held, root_cause=cause, confidence=round(turn.confidence, 4), by=turn.by)
    viewed = replace(flake, audit=(*flake.audit, entry), progress=replace(flake.progress, assessment=seen))
    if flake.status is not Status.WAITING_FOR_SIGNAL:
        return viewed
    for target in (Status.TRIAGED, Status.WAITING_FOR_SIGNAL):
        viewed = moved(viewed, target, at=ctx.now, actor=ctx.login, url=ctx.run_url)
    return replace(viewed, progress=replace(viewed.progress, asked=ctx.now))


def _thread(ctx: Context, comments: Sequence[Comment], comment: Comment) -> Thread:
    """What a model may see of the conversation: people's words without what is hidden, and our own analysis."""
    earlier = [item for item in comments if item.id < comment.id and item.author_type == "User"]
    return Thread(
        author=comment.author,
        question=ctx.sanitizer.clean(comment.body),
        earlier=tuple(
            Said(author=item.author, text=ctx.sanitizer.clean(own_words(item.body))[:SAID_CHARS])
            for item in earlier
            if not trusted(ctx, item.author)
        ),
        analysis=next((item.body for item in comments if _is_analysis(ctx, item)), ""),
    )


def _is_analysis(ctx: Context, comment: Comment) -> bool:
    return trusted(ctx, comment.author) and purpose_of(comment.body) == ANALYSIS


def _analysis_url(ctx: Context, comments: Sequence[Comment]) -> str:
    """Where the analysis stands; empty when there is none."""
    return next((item.url for item in comments if _is_analysis(ctx, item)), "")
