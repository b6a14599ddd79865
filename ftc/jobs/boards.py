"""The bot's memory on the dashboard: the body's state and the pages of the watch list, believed or recovered.

The rule it keeps: what counts is the newest block that the bot itself wrote. Anybody with write access may edit the
bot's texts and reckon the checksum anew, so a block that somebody else edited last is taken from the edit history.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ftc.clients.board_api import Board, Posted
from ftc.clients.payloads import Issue
from ftc.core.errors import SchemaTooNew, StateUnreadable
from ftc.core.model import Dashboard, Flake
from ftc.core.state import Block, BlockKind, decode
from ftc.jobs.context import Context
from ftc.jobs.managed import Place, body_place, comment_place, trusted


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchPage:
    """One page of the watch list as one comment holds it."""

    page: int
    issue: int
    comment: int
    flakes: tuple[Flake, ...]
    digest: str = ""
    """Digest of the block as it was believed; empty for a page that had to be recovered."""
    dirty: bool = False
    """Whether the comment must be written although nothing new is known: it had to be recovered."""


def stored_dashboard(ctx: Context, issue: Issue, board: Board, notes: list[str]) -> Dashboard:
    """The state of one dashboard; one that cannot be read is built anew from the issues and from the window's runs."""
    block, why = last_of_ours(ctx, body_place(ctx, issue), editor=board.editor, kind="dashboard")
    if block is None or block.dashboard is None:
        notes.append(f"the dashboard's state was built anew, and the runs of the window are read again: {why}")
        return Dashboard(repo=ctx.read.repo)
    if why:
        notes.append(f"the dashboard's state was recovered from its edit history: {why}")
    return block.dashboard


def stored_pages(ctx: Context, board: Board, notes: list[str]) -> Iterator[WatchPage]:
    """The pages of the watch list among the comments of one dashboard."""
    for posted in board.posted:
        if trusted(ctx, posted.comment.author):
            page = _page(ctx, posted, notes)
            if page is not None:
                yield page


def _page(ctx: Context, posted: Posted, notes: list[str]) -> WatchPage | None:
    """A page of the watch list; what a lost one held is read again, since the ledger misses it.

    A comment without a state may be a page that somebody else took the state out of.
    """
    comment, blank = posted.comment, "flaky-test-cleaner:state" not in posted.comment.body
    if blank and (not posted.editor or trusted(ctx, posted.editor)):
        return None
    block, why = last_of_ours(ctx, comment_place(ctx, comment), editor=posted.editor, kind="watch")
    if block is None and blank:
        return None
    if block is None:
        notes.append(f"a page of the watch list cannot be read and is built anew: {why} ({comment.url})")
        return None
    if why:
        notes.append(f"a page of the watch list was recovered from its edit history: {why} ({comment.url})")
    return WatchPage(
        page=block.page,
        issue=comment.issue,
        comment=comment.id,
        flakes=block.flakes,
        digest="" if why else block.digest,
        dirty=bool(why),
    )


def last_of_ours(ctx: Context, place: Place, *, editor: str, kind: BlockKind) -> tuple[Block | None, str]:
    """The newest block of this kind that the bot wrote, and why it is not the one that stands there, empty if it is.

    Words that somebody else wrote around it change nothing. Raises ``SchemaTooNew``.
    """
    standing = ""
    try:
        block = _decoded(ctx, place, place.text, kind=kind)
        if not editor or trusted(ctx, editor):
            return block, ""
        standing, why = block.digest, f"the state block was last edited by {editor}"
    except SchemaTooNew:
        raise
    except StateUnreadable as error:
        why = str(error)
    found = next(_own(ctx, place, kind=kind), None)
    return found, "" if found and found.digest == standing else why


def _own(ctx: Context, place: Place, *, kind: BlockKind) -> Iterator[Block]:
    """What the bot wrote here, newest first, as far as it can be read."""
    for edit in place.edits():
        if trusted(ctx, edit.editor):
            try:
                yield _decoded(ctx, place, edit.text, kind=kind)
            except SchemaTooNew:
                raise
            except StateUnreadable:
                continue


def _decoded(ctx: Context, place: Place, text: str, *, kind: BlockKind) -> Block:
    block = decode(text, where=place.where, hmac_key=ctx.hmac_key)
    if block.kind != kind:
        raise StateUnreadable(f"the block is of kind {block.kind}, not {kind}")
    return block
