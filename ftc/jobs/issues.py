"""Writing the issues of flakes: open, save, close as a duplicate, and agree with a scan that runs at the same time.

The rule it keeps: an issue is opened unbound and bound right after; a crash in between leaves an issue that the next
scan finds by its key.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from ftc.clients.payloads import Comment, Issue
from ftc.core.effects import CloseAsDuplicate, OpenIssue
from ftc.core.errors import SchemaTooNew, StateUnreadable
from ftc.core.labels import prefixed
from ftc.core.lifecycle import moved
from ftc.core.model import Flake, IndexEntry, IssueRef, Status
from ftc.core.state import Block, decode, digest, merge_flakes, seal
from ftc.core.thresholds import Thresholds
from ftc.jobs.context import Context
from ftc.jobs.managed import trusted
from ftc.jobs.snapshot import WatchPage
from ftc.render.issue import NEWEST_SHOWN, issue_body, issue_title


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An issue that would be opened, as people would see it."""

    title: str
    body: str


@dataclass(slots=True, kw_only=True)
class Session:
    """What this job has learnt and written so far, for the effects that come after."""

    ctx: Context
    dashboard: IssueRef | None = None
    dashboard_url: str = ""
    pages: dict[int, list[WatchPage]] = field(default_factory=dict)
    flakes: dict[int, Flake] = field(default_factory=dict)
    """Managed issues as they now stand, by number."""
    comments: dict[int, tuple[Comment, ...]] = field(default_factory=dict)
    """Comments of issues, as far as they were read."""
    labels: set[str] | None = None
    """Names of the labels that exist; None until somebody needs to know."""
    index: dict[int, IndexEntry] = field(default_factory=dict)
    """Entries of the issues written by this job."""
    opened: list[str] = field(default_factory=list)
    """Keys of the issues opened by this job, until they were compared with those of other scans."""
    lines: list[str] = field(default_factory=list)
    """One for each write, for people."""
    drafts: list[Draft] = field(default_factory=list)
    """Texts of a dry run."""


def open_issue(session: Session, effect: OpenIssue) -> None:
    """Opened with an unbound block, since the number is not known; bound right after."""
    ctx = session.ctx
    flake = replace(effect.flake, revision=effect.flake.revision + 1, parent=effect.flake.revision)
    body = _issue_text(ctx, flake, previous="")
    issue = ctx.write.create_issue(title=issue_title(flake), body=body, labels=effect.labels)
    session.opened.append(flake.key)
    bound = replace(flake, issue=IssueRef(repo=ctx.write.repo, issue=issue.number))
    _write_issue(session, issue, bound)


def save_flake(session: Session, number: int, flake: Flake) -> None:
    issue = session.ctx.write.issue(number)
    block = stored_block(session.ctx, issue.body, IssueRef(repo=session.ctx.write.repo, issue=number))
    stored = block.flake if block else None
    _write_issue(session, issue, succeeding(stored, flake))


def close_as_duplicate(session: Session, effect: CloseAsDuplicate) -> None:
    """The body says where the flake is kept; a comment would notify people of a thing that concerns nobody."""
    save_flake(session, effect.number, effect.flake)
    session.ctx.write.edit_issue(effect.number, state="closed", state_reason="not_planned")


def _write_issue(session: Session, issue: Issue, flake: Flake) -> None:
    body = _issue_text(session.ctx, flake, previous=issue.body)
    if body != issue.body:
        session.ctx.write.edit_issue(issue.number, body=body)
    session.flakes[issue.number] = _as_stored(session.ctx, body, flake)
    session.index[issue.number] = IndexEntry(issue=issue.number, key=flake.key, digest=digest(body))


def _as_stored(ctx: Context, body: str, flake: Flake) -> Flake:
    """What the next job will read: the body may have had no room for all of the state."""
    block = stored_block(ctx, body, flake.issue) if flake.issue else None
    return block.flake if block and block.flake else flake


def _issue_text(ctx: Context, flake: Flake, *, previous: str) -> str:
    settled = _settled(flake, since=ctx.now - Thresholds.of(ctx.config).window)
    return issue_body(
        settled, previous=previous, prefix=ctx.config.label_prefix, hmac_key=ctx.hmac_key, language=ctx.config.language
    )


def _settled(flake: Flake, *, since: datetime) -> Flake:
    """Days whose scan window has passed become counters, but for the occurrences that the issue lists."""
    if len(flake.occurrences) <= NEWEST_SHOWN:
        return flake
    return seal(flake, min(since, flake.occurrences[NEWEST_SHOWN - 1].created))


def converge(session: Session) -> None:
    """Look once more whether another scan opened an issue for one of our tests; the lowest number stays."""
    ctx = session.ctx
    if not session.opened:
        return
    open_by_key: dict[str, list[Flake]] = {}
    for issue in ctx.write.issues(prefixed("ai-managed", prefix=ctx.config.label_prefix)):
        ref = IssueRef(repo=ctx.write.repo, issue=issue.number)
        block = stored_block(ctx, issue.body, ref) if issue.is_open and trusted(ctx, issue.author) else None
        if block is not None and block.flake is not None and block.flake.key in session.opened:
            open_by_key.setdefault(block.flake.key, []).append(replace(block.flake, issue=ref))
    session.opened.clear()
    for lead, *others in open_by_key.values():
        for other in others:
            _retire(session, other, lead=lead)


def _retire(session: Session, other: Flake, *, lead: Flake) -> None:
    if lead.issue is None or other.issue is None or other.status is Status.DUPLICATE:
        return
    save_flake(session, lead.issue.issue, replace(other, issue=lead.issue, owners=lead.owners))
    done = moved(other, Status.DUPLICATE, at=session.ctx.now, actor=session.ctx.login, url=session.ctx.run_url)
    effect = CloseAsDuplicate(
        number=other.issue.issue, of=lead.issue.issue, flake=replace(done, duplicate_of=lead.issue.issue)
    )
    close_as_duplicate(session, effect)
    session.lines.append(effect.describe())


def stored_block(ctx: Context, body: str, where: IssueRef) -> Block | None:
    """The state as it stands now; None when it cannot be read, which the snapshot has dealt with already."""
    try:
        return decode(body, where=where, hmac_key=ctx.hmac_key)
    except SchemaTooNew:
        raise
    except StateUnreadable:
        return None


def succeeding(stored: Flake | None, flake: Flake) -> Flake:
    """Our state merged into the stored one, with ours as the later revision."""
    if stored is None:
        return flake
    if stored.key != flake.key:
        raise StateUnreadable(f"the state names key {stored.key} where {flake.key} was expected; it is left alone")
    ours = replace(flake, revision=stored.revision + 1, parent=stored.revision)
    return merge_flakes(stored, ours)
