"""Writing on one issue: the bot's comments, receipts, labels, open and closed, assignment.

The rule it keeps: each of these done twice is done once. A comment is found again by its mark among the bot's own, so
that a job that died after writing it edits it instead of writing a second.
"""

from ftc.clients.payloads import Comment
from ftc.core.effects import Assign, Say, SetLabels, SetOpen
from ftc.core.errors import FtcError
from ftc.core.marks import marked, purpose_of
from ftc.jobs.issues import Session
from ftc.jobs.managed import trusted

COMMENT_LIMIT = 60_000
"""GitHub refuses 65,536 characters; our templates bound their parts, so a longer text is a bug."""


def say(session: Session, effect: Say) -> None:
    """Write or edit the comment of this purpose; copies that two jobs made at once are reduced to the first."""
    body = marked(effect.body, effect.purpose)
    if len(body) > COMMENT_LIMIT:
        raise FtcError(f"the comment {effect.purpose} on issue {effect.number} has {len(body)} characters")
    write = session.ctx.write
    said = _said(session, effect)
    if not said:
        if not effect.silent:
            written = write.create_comment(effect.number, body)
            session.comments[effect.number] = (*comments(session, effect.number), written)
        return
    if said[0].body.replace("\r\n", "\n") != body:
        write.edit_comment(said[0].id, body)
    for copy in said[1:]:
        write.delete_comment(copy.id)


def _said(session: Session, effect: Say) -> list[Comment]:
    found = comments(session, effect.number)
    return [item for item in found if trusted(session.ctx, item.author) and purpose_of(item.body) == effect.purpose]


def comments(session: Session, number: int) -> tuple[Comment, ...]:
    """The comments of an issue, read once in a job; what the job writes itself is added."""
    if number not in session.comments:
        session.comments[number] = session.ctx.write.comments(number)
    return session.comments[number]


def set_labels(session: Session, effect: SetLabels) -> None:
    """Add and remove labels by their own endpoints, since PATCH would replace what people put on meanwhile."""
    write = session.ctx.write
    if effect.add:
        write.add_labels(effect.number, effect.add)
    for name in effect.remove:
        write.remove_label(effect.number, name)


def set_open(session: Session, effect: SetOpen) -> None:
    """Close or reopen; an issue that is so already stays as it is."""
    if effect.is_open:
        session.ctx.write.edit_issue(effect.number, state="open")
    else:
        reason = "completed" if effect.completed else "not_planned"
        session.ctx.write.edit_issue(effect.number, state="closed", state_reason=reason)


def assign(session: Session, effect: Assign) -> None:
    """Assign a person; whether GitHub took them is looked at by whoever answers."""
    session.ctx.write.assign(effect.number, effect.login)
