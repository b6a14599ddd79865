"""What people wrote that may enter a fix: by authors who may write, and unchanged since before the approval.

The rule it keeps: who somebody is is asked of GitHub now, and what cannot be shown to precede the approval stays out.
"""

from collections.abc import Iterator
from datetime import datetime

from ftc.clients.payloads import EPOCH, Comment
from ftc.core.approval import Passage as Text
from ftc.core.approval import enters_fix
from ftc.core.commands import parse
from ftc.core.fix import Passage
from ftc.core.markdown import bound, strip_hidden
from ftc.core.model import Flake
from ftc.core.turns import Turn, TurnKind
from ftc.jobs.desk import Desk
from ftc.jobs.managed import trusted
from ftc.jobs.ordered_text import RENAMED
from ftc.jobs.thread import Thread

MOST = 20
"""The newest; a longer talk is not read by whoever fixes either."""
LINES, CHARS = 60, 4_000
"""Of one text, as of the notes of a command."""
TITLE_CHARS = 256


def passages(desk: Desk, thread: Thread, flake: Flake | None, *, before: datetime) -> tuple[Passage, ...]:
    """Comments that may enter, oldest first; commands are no words about the matter."""
    found = [item for item in thread.comments if _is_talk(desk, item)]
    entering = [item for item in found if enters_fix(_of_comment(desk, item, flake), before)]
    return tuple(Passage(author=item.author, text=_bounded(desk, item.body)) for item in entering[-MOST:])


def words_of(desk: Desk, thread: Thread, flake: Flake, *, before: datetime) -> tuple[str, str]:
    """Title and body of a managed issue for a fix: a person's own if they may enter, else the name of the test."""
    ctx, issue = desk.ctx, thread.issue
    name = ctx.sanitizer.clean(str(flake.test))[:TITLE_CHARS]
    if trusted(ctx, issue.author):
        return name, ""
    turn = Turn(kind=TurnKind.TALK, id=0, at=issue.created, login=issue.author, type=issue.author_type)
    actor = desk.people.actor(turn, flake)
    text = Text(author=actor, created=issue.created, edited=max(_changes(desk, thread), default=EPOCH))
    if not enters_fix(text, before):
        return name, ""
    return ctx.sanitizer.clean(issue.title)[:TITLE_CHARS], _bounded(desk, issue.body)


def _changes(desk: Desk, thread: Thread) -> Iterator[datetime]:
    """When title and body were changed, by whomever."""
    yield from (edit.at for edit in desk.ctx.write.edits(thread.issue.number))
    yield from (event.at for event in thread.events if event.kind == RENAMED)


def _is_talk(desk: Desk, comment: Comment) -> bool:
    """Whether a person says something in it; what an app wrote in a person's name is not their word."""
    if trusted(desk.ctx, comment.author) or comment.author_type != "User" or comment.via_app:
        return False
    return parse(comment.body) is None and bool(strip_hidden(comment.body).strip())


def _of_comment(desk: Desk, comment: Comment, flake: Flake | None) -> Text:
    turn = Turn(kind=TurnKind.TALK, id=comment.id, at=comment.created, login=comment.author, type=comment.author_type)
    return Text(author=desk.people.actor(turn, flake), created=comment.created, edited=comment.updated)


def _bounded(desk: Desk, text: str) -> str:
    return bound(desk.ctx.sanitizer.clean(strip_hidden(text)).strip(), max_lines=LINES, max_chars=CHARS)
