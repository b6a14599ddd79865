"""One managed issue, from hostile body to believed state.

The rule it keeps: only a block that the bot wrote last, in the object it names, is believed. A damaged one is
recovered from what the bot wrote before, and the issue's audit trail says so; a newer schema stops the job.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from ftc.clients.payloads import Edit, Issue, same_login
from ftc.core.errors import NotFound, SchemaTooNew, StateUnreadable
from ftc.core.model import AuditEntry, Dashboard, Flake, IndexEntry, IssueRef
from ftc.core.state import Block, decode, recover
from ftc.jobs.context import Context

UNLISTED_GRACE = timedelta(days=1)
"""An issue outside the index counts if it was opened at most so long before the last scan: by a scan that died."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Managed:
    """A believed issue; ``dirty`` says why its body must be written although nothing new is known."""

    flake: Flake
    issue: Issue
    dirty: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubtful:
    """An issue that is not believed, with the reason for people; ``key`` is kept taken when it is known."""

    issue: Issue
    reason: str
    key: str = ""


def trusted(ctx: Context, login: str) -> bool:
    """Whether this account is the bot, now or formerly."""
    return any(same_login(login, known) for known in ctx.trusted)


def believed(ctx: Context, issue: Issue, dashboard: Dashboard) -> Managed | Doubtful:
    """The state of one issue with the managed label."""
    where = IssueRef(repo=ctx.write.repo, issue=issue.number)
    entry = next((item for item in dashboard.index if item.issue == issue.number), None)
    if not trusted(ctx, issue.author):
        return Doubtful(issue=issue, reason=f"was opened by {issue.author}, so its state does not count")
    if entry is None and _too_old(issue, dashboard):
        return Doubtful(issue=issue, reason="is not in the index and older than the last scan, so it does not count")
    try:
        block = decode(issue.body, where=where, hmac_key=ctx.hmac_key)
        found: Managed | Doubtful = _checked(ctx, issue, block, entry)
    except SchemaTooNew:
        raise
    except StateUnreadable as error:
        found = _recovered(ctx, issue, where=where, why=str(error))
    if isinstance(found, Managed) and entry is not None and found.flake.key != entry.key:
        return Doubtful(issue=issue, reason="names another test than the index says", key=entry.key)
    return found


def _too_old(issue: Issue, dashboard: Dashboard) -> bool:
    return bool(dashboard.scans) and issue.created < dashboard.scans[0].at - UNLISTED_GRACE


def _checked(ctx: Context, issue: Issue, block: Block, entry: IndexEntry | None) -> Managed:
    """The decoded block, unless somebody else wrote it; asks for the last editor only when the index disagrees."""
    if block.flake is None:
        raise StateUnreadable(f"the block is of kind {block.kind}, not of a flake")
    if entry is not None and entry.digest and entry.digest != block.digest:
        edits = ctx.write.edits(issue.number)
        if edits and not trusted(ctx, edits[0].editor):
            raise StateUnreadable(f"the state block was last edited by {edits[0].editor}")
    where = IssueRef(repo=ctx.write.repo, issue=issue.number)
    return Managed(
        flake=replace(block.flake, issue=where), issue=issue, dirty="" if block.bound else "its number is known now"
    )


def _recovered(ctx: Context, issue: Issue, *, where: IssueRef, why: str) -> Managed | Doubtful:
    """The newest state the bot itself wrote, from the edit history, else what survives in the body.

    Not from a body that somebody else wrote last, and never where states are signed: what survives of one is not.
    """
    try:
        edits = ctx.write.edits(issue.number)
    except NotFound:
        edits = ()
    old = next(_readable(ctx, edits, where), None)
    source = "the edit history" if old else "what was left in the body"
    own_words = not ctx.hmac_key and (not edits or trusted(ctx, edits[0].editor))
    flake = old or (recover(issue.body).flake if own_words else None)
    if flake is None:
        key = recover(issue.body).key if own_words else ""
        return Doubtful(issue=issue, reason=f"cannot be read ({why}) and nothing of it could be recovered", key=key)
    note = AuditEntry(at=ctx.now, actor=ctx.login, action=f"state recovered from {source}", result=why)
    restored = replace(flake, issue=where, audit=(*flake.audit, note))
    return Managed(flake=restored, issue=issue, dirty=f"state recovered from {source}: {why}")


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
