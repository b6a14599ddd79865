"""One issue as people left it: text, comments and timeline, read once, and the turns in them.

Rule: what we wrote ourselves is no turn; nor is what other machines write, but for the approving label, which is
refused by name.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ftc.clients.payloads import Comment, Event, Issue
from ftc.core.authority import Actor
from ftc.core.commands import Command, Place, parse
from ftc.core.labels import prefixed
from ftc.core.markdown import strip_hidden
from ftc.core.marks import purpose_of
from ftc.core.turns import ANSWER, APPROVAL, Turn, TurnKind
from ftc.jobs.context import Context
from ftc.jobs.managed import trusted

APPROVING_LABEL = "ai-fix-approved"
_CLICKS = {"closed": TurnKind.CLOSED, "reopened": TurnKind.REOPENED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """An issue with everything said and done on it, oldest first."""

    issue: Issue
    comments: tuple[Comment, ...]
    events: tuple[Event, ...]

    def with_comments(self, comments: tuple[Comment, ...]) -> "Thread":
        """The thread with its comments read again."""
        return replace(self, comments=comments)


def read_thread(ctx: Context, number: int) -> Thread:
    """Read it whole; NotFound for a deleted issue."""
    return Thread(issue=ctx.write.issue(number), comments=ctx.write.comments(number), events=ctx.write.timeline(number))


def turns(ctx: Context, thread: Thread, *, place: Place = Place.ISSUE) -> Iterator[Turn]:
    """What people did, in no order."""
    yield from (turn for comment in thread.comments if (turn := of_comment(ctx, comment, place=place)))
    yield from (turn for event in thread.events if (turn := _of_event(ctx, event)))


def of_comment(ctx: Context, comment: Comment, *, place: Place = Place.ISSUE) -> Turn | None:
    """A person's comment as a turn."""
    if trusted(ctx, comment.author) or not _by_person(ctx, comment):
        return None
    read = parse(comment.body, place=place)
    kind = TurnKind.COMMAND if isinstance(read, Command) else TurnKind.HINT if read else TurnKind.TALK
    if kind is TurnKind.TALK and not _says_something(comment.body):
        return None
    return Turn(
        kind=kind,
        id=comment.id,
        at=comment.created,
        login=comment.author,
        type=comment.author_type,
        via_app=comment.via_app,
        command=read if isinstance(read, Command) else None,
        hint=None if isinstance(read, Command) else read,
        edited=comment.edited,
    )


def _by_person(ctx: Context, comment: Comment) -> bool:
    """Whether a person wrote it, or somebody whom the configuration names as one although the login looks otherwise."""
    named = f"@{comment.author.lower()}" in {entry.lower() for entry in ctx.config.approvers}
    is_person = Actor(login=comment.author, type=comment.author_type).is_person
    return comment.author_type == "User" and (is_person or named)


def _says_something(body: str) -> bool:
    """Whether a comment has words of its own, beside quotes and what nobody sees."""
    lines = (line.strip() for line in strip_hidden(body).splitlines())
    return any(line and not line.startswith(">") for line in lines)


def _of_event(ctx: Context, event: Event) -> Turn | None:
    kind = _kind(ctx, event)
    if kind is None or trusted(ctx, event.actor):
        return None
    return Turn(
        kind=kind,
        id=event.id,
        at=event.at,
        login=event.actor,
        type=event.actor_type,
        via_app=event.via_app,
        command=APPROVAL if kind is TurnKind.LABEL else None,
        commit=event.commit,
    )


def _kind(ctx: Context, event: Event) -> TurnKind | None:
    return label_kind(ctx, event) or _CLICKS.get(event.kind)


def label_kind(ctx: Context, event: Event) -> TurnKind | None:
    """Whether the approving label was put on or taken off, by whomever; None for everything else."""
    approving = prefixed(APPROVING_LABEL, prefix=ctx.config.label_prefix)
    if event.label.lower() != approving.lower():
        return None
    return {"labeled": TurnKind.LABEL, "unlabeled": TurnKind.LABEL_GONE}.get(event.kind)


def said_by_us(ctx: Context, thread: Thread) -> dict[str, Comment]:
    """Our own comments by their purpose; of copies the first."""
    own = [comment for comment in thread.comments if trusted(ctx, comment.author)]
    return {purpose_of(comment.body): comment for comment in reversed(own) if purpose_of(comment.body)}


def answered(ctx: Context, thread: Thread) -> frozenset[str]:
    """Keys of the turns that have an answer on the page."""
    return frozenset(purpose.removeprefix(ANSWER) for purpose in said_by_us(ctx, thread) if purpose.startswith(ANSWER))
