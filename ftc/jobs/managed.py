"""One managed issue, from hostile body to believed state.

The rule it keeps: only a block that the bot wrote last, in the object it names, is believed. A damaged one is
recovered from what the bot wrote before, and the issue's audit trail says so; a newer schema stops the job. On an
issue that a person opened, only the bot's own comment can hold state.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ftc.clients.payloads import Comment, Edit, Issue, same_login
from ftc.core.errors import NotFound, SchemaTooNew, StateUnreadable
from ftc.core.marks import purpose_of
from ftc.core.model import AuditEntry, Dashboard, Flake, IndexEntry, IssueRef
from ftc.core.state import Block, decode, recover
from ftc.jobs.context import Context

UNLISTED_GRACE = timedelta(days=1)
"""An issue outside the index counts if it was opened at most so long before the last scan: by a scan that died."""
STATE_PURPOSE = "state"
"""Mark of the comment that keeps the state of an adopted issue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Managed:
    """A believed issue; ``dirty`` says why its body must be written although nothing new is known."""

    flake: Flake
    issue: Issue
    dirty: str = ""
    place: "Place | None" = None
    """Where the state stood when it was read."""
    digest: str = ""
    """Digest of the block as it was believed; empty for a state that had to be recovered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubtful:
    """An issue that is not believed, with the reason for people; ``key`` is kept taken when it is known."""

    issue: Issue
    reason: str
    key: str = ""
    gone: bool = False
    """Whether people took the state away, so that the issue is left alone from now on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the state of an issue stands: the body of the bot's own issue, or its comment on a person's."""

    where: IssueRef
    text: str
    created: datetime
    edits: Callable[[], tuple[Edit, ...]]
    """Asks for the edit history of this very text, newest first."""


def trusted(ctx: Context, login: str) -> bool:
    """Whether this account is the bot, now or formerly."""
    return any(same_login(login, known) for known in ctx.trusted)


def body_place(ctx: Context, issue: Issue) -> Place:
    """The body of an issue that the bot opened."""
    where = IssueRef(repo=ctx.write.repo, issue=issue.number)
    return Place(where=where, text=issue.body, created=issue.created, edits=lambda: ctx.write.edits(issue.number))


def comment_place(ctx: Context, comment: Comment) -> Place:
    """A comment of the bot on an adopted issue."""
    where = IssueRef(repo=ctx.write.repo, issue=comment.issue, comment=comment.id)
    return Place(
        where=where, text=comment.body, created=comment.created, edits=lambda: ctx.write.comment_edits(comment)
    )


def state_comment(ctx: Context, number: int, *, known: int = 0) -> Comment | None:
    """The bot's comment that keeps the state of a person's issue: the one the index knows, else the first so marked."""
    if known:
        with suppress(NotFound):
            comment = ctx.write.comment(known)
            if comment.issue == number and trusted(ctx, comment.author):
                return comment
    return next((item for item in ctx.write.comments(number) if is_state_comment(ctx, item)), None)


def is_state_comment(ctx: Context, comment: Comment) -> bool:
    """Whether the bot wrote this comment to keep a state in it; a person's copy of one is none."""
    return trusted(ctx, comment.author) and purpose_of(comment.body) == STATE_PURPOSE


def believed(ctx: Context, issue: Issue, dashboard: Dashboard) -> Managed | Doubtful:
    """The state of one issue with the managed label."""
    entry = next((item for item in dashboard.index if item.issue == issue.number), None)
    place = _place(ctx, issue, entry)
    if isinstance(place, Doubtful):
        return place
    if entry is None and _too_old(place.created, dashboard):
        return Doubtful(issue=issue, reason="is not in the index and older than the last scan, so it does not count")
    try:
        block = decode(place.text, where=place.where, hmac_key=ctx.hmac_key)
        found: Managed | Doubtful = _checked(ctx, issue, block, place=place, entry=entry)
    except SchemaTooNew:
        raise
    except StateUnreadable as error:
        found = _recovered(ctx, issue, place=place, why=str(error))
    if isinstance(found, Managed) and entry is not None and found.flake.key != entry.key:
        return Doubtful(issue=issue, reason="names another test than the index says", key=entry.key)
    return found


def _place(ctx: Context, issue: Issue, entry: IndexEntry | None) -> Place | Doubtful:
    """Where the state of this issue must stand, by who opened it."""
    if trusted(ctx, issue.author):
        return body_place(ctx, issue)
    comment = state_comment(ctx, issue.number, known=entry.comment if entry else 0)
    if comment is not None:
        return comment_place(ctx, comment)
    if entry is not None and entry.comment:
        reason = "lost the comment with its state: somebody deleted it, so the issue is left alone from now on"
        return Doubtful(issue=issue, reason=reason, key=entry.key, gone=True)
    return Doubtful(issue=issue, reason=f"was opened by {issue.author}, so its state does not count")


def _too_old(written: datetime, dashboard: Dashboard) -> bool:
    return bool(dashboard.scans) and written < dashboard.scans[0].at - UNLISTED_GRACE


def _checked(ctx: Context, issue: Issue, block: Block, *, place: Place, entry: IndexEntry | None) -> Managed:
    """The decoded block, unless somebody else wrote it; who edited last is asked unless the index knows this block."""
    if block.flake is None:
        raise StateUnreadable(f"the block is of kind {block.kind}, not of a flake")
    if entry is None or entry.digest != block.digest:
        edits = place.edits()
        if edits and not trusted(ctx, edits[0].editor):
            raise StateUnreadable(f"the state block was last edited by {edits[0].editor}")
    dirty = "" if block.bound else "its number is known now"
    flake = replace(block.flake, issue=place.where)
    return Managed(flake=flake, issue=issue, dirty=dirty, place=place, digest=block.digest)


def _recovered(ctx: Context, issue: Issue, *, place: Place, why: str) -> Managed | Doubtful:
    """The newest state the bot itself wrote, from the edit history, else what survives in the text.

    Not from a text that somebody else wrote last, and never where states are signed: what survives of one is not.
    """
    try:
        edits = place.edits()
    except NotFound:
        edits = ()
    old = next(_readable(ctx, edits, place.where), None)
    source = "the edit history" if old else "what was left in the body"
    own_words = not ctx.hmac_key and (not edits or trusted(ctx, edits[0].editor))
    flake = old or (recover(place.text).flake if own_words else None)
    if flake is None:
        key = recover(place.text).key if own_words else ""
        return Doubtful(issue=issue, reason=f"cannot be read ({why}) and nothing of it could be recovered", key=key)
    note = AuditEntry(at=ctx.now, actor=ctx.login, action=f"state recovered from {source}", result=why)
    restored = replace(flake, issue=place.where, audit=(*flake.audit, note))
    return Managed(flake=restored, issue=issue, dirty=f"state recovered from {source}: {why}", place=place)


def _readable(ctx: Context, edits: Iterable[Edit], where: IssueRef) -> Iterator[Flake]:
    for edit in edits:
        if not trusted(ctx, edit.editor):
            continue
        try:
            block = decode(edit.text, where=where, hmac_key=ctx.hmac_key)
        except StateUnreadable:
            continue
        if block.flake is not None:
            yield block.flake
