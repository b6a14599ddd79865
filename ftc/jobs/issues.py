"""Writing the issues of flakes: open, save, close as a duplicate, and agree with a scan that runs at the same time.

The rule it keeps: an issue is opened unbound and bound right after; a crash in between leaves an issue that the next
scan finds by its key. The body and the title of an issue that a person opened are never written.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from ftc.clients.payloads import Comment, Issue
from ftc.core.effects import CloseAsDuplicate, LinkGroups, OpenIssue
from ftc.core.errors import SchemaTooNew, StateUnreadable
from ftc.core.groups import group_leads
from ftc.core.labels import prefixed
from ftc.core.ledger import Charge
from ftc.core.lifecycle import moved
from ftc.core.marks import marked, purpose_of, unmarked
from ftc.core.model import Flake, IndexEntry, IssueRef, Status
from ftc.core.state import Block, decode, digest, merge_flakes, seal
from ftc.core.task_block import TaskShown
from ftc.core.thresholds import Thresholds
from ftc.jobs.boards import WatchPage
from ftc.jobs.context import Context
from ftc.jobs.managed import STATE_PURPOSE, Place, body_place, comment_place, state_comment, trusted
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
    tasks: tuple[TaskShown, ...] = ()
    """Tasks that left a record, for the dashboard."""
    healing: tuple[Charge, ...] = ()
    """What repairs of the base branch have cost, for the dashboard."""
    known: set[str] = field(default_factory=set)
    """Digests of the blocks that this job believed or wrote; who edited any other last is asked before it counts."""
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
    """The state merged into what stands there now: in the issue's body, or in the bot's comment on a person's."""
    ctx = session.ctx
    flake = _with_analysis(session, number, flake)
    if flake.issue is not None and flake.issue.comment:
        write_comment(session, ctx.write.comment(flake.issue.comment), flake)
        return
    issue = ctx.write.issue(number)
    if not trusted(ctx, issue.author):
        raise StateUnreadable(f"issue {number} was opened by {issue.author}, so its body is never written")
    block = standing_block(session, body_place(ctx, issue))
    _write_issue(session, issue, succeeding(block.flake if block else None, flake))


def _with_analysis(session: Session, number: int, flake: Flake) -> Flake:
    """The state with the number of its analysis comment, which nobody knew while it was decided."""
    held = flake.progress.assessment
    said = (item for item in session.comments.get(number, ()) if trusted(session.ctx, item.author))
    found = next((item.id for item in said if purpose_of(item.body) == "analysis"), 0)
    if held is None or not found or held.comment == found:
        return flake
    return replace(flake, progress=replace(flake.progress, assessment=replace(held, comment=found)))


def write_comment(session: Session, comment: Comment, flake: Flake) -> None:
    """The state of an adopted issue, merged into what the bot's comment holds now; the words around it survive."""
    ctx = session.ctx
    if not trusted(ctx, comment.author):
        raise StateUnreadable(f"comment {comment.id} is {comment.author}'s, so it is never written")
    place = comment_place(ctx, comment)
    block = standing_block(session, place)
    kept = replace(succeeding(block.flake if block else None, flake), issue=place.where)
    body = comment_text(ctx, kept, previous=comment.body)
    if body != comment.body:
        ctx.write.edit_comment(comment.id, body)
    session.known.add(digest(body))
    session.flakes[comment.issue] = _as_stored(ctx, body, kept)
    session.index[comment.issue] = IndexEntry(
        issue=comment.issue, key=kept.key, digest=digest(body), comment=comment.id
    )


def link_groups(session: Session, effect: LinkGroups) -> None:
    """Each issue's state gets the lead of its group where it names another or none."""
    for number, lead in group_leads([*session.flakes.values()], effect.watched).items():
        flake = session.flakes[number]
        if flake.progress.lead != lead:
            save_flake(session, number, replace(flake, progress=replace(flake.progress, lead=lead)))


def close_as_duplicate(session: Session, effect: CloseAsDuplicate) -> None:
    """The text says where the flake is kept; a comment would notify people of a thing that concerns nobody.

    A person's issue stays open: that is for its author to decide.
    """
    save_flake(session, effect.number, effect.flake)
    if effect.flake.issue is None or not effect.flake.issue.comment:
        session.ctx.write.edit_issue(effect.number, state="closed", state_reason="not_planned")


def _write_issue(session: Session, issue: Issue, flake: Flake) -> None:
    body = _issue_text(session.ctx, flake, previous=issue.body)
    if body != issue.body:
        session.ctx.write.edit_issue(issue.number, body=body)
    session.known.add(digest(body))
    session.flakes[issue.number] = _as_stored(session.ctx, body, flake)
    session.index[issue.number] = IndexEntry(issue=issue.number, key=flake.key, digest=digest(body))


def _as_stored(ctx: Context, body: str, flake: Flake) -> Flake:
    """What the next job will read: the body may have had no room for all of the state."""
    block = stored_block(ctx, body, flake.issue) if flake.issue else None
    return block.flake if block and block.flake else flake


def _issue_text(ctx: Context, flake: Flake, *, previous: str, adopted: bool = False) -> str:
    settled = _settled(flake, since=ctx.now - Thresholds.of(ctx.config).window)
    return issue_body(
        settled,
        previous=previous,
        prefix=ctx.config.label_prefix,
        hmac_key=ctx.hmac_key,
        language=ctx.config.language,
        adopted=adopted,
    )


def comment_text(ctx: Context, flake: Flake, *, previous: str) -> str:
    """The comment that keeps the state of an adopted issue, under its mark."""
    return marked(_issue_text(ctx, flake, previous=unmarked(previous), adopted=True), STATE_PURPOSE)


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
        flake = _standing(session, issue) if issue.is_open else None
        if flake is not None and flake.key in session.opened:
            open_by_key.setdefault(flake.key, []).append(flake)
    session.opened.clear()
    for lead, *others in open_by_key.values():
        for other in others:
            _retire(session, other, lead=lead)


def _standing(session: Session, issue: Issue) -> Flake | None:
    """The flake of an issue as it stands now; of adopted ones, those that this job knows need no further look."""
    ctx = session.ctx
    if trusted(ctx, issue.author):
        place = body_place(ctx, issue)
    elif issue.number in session.flakes:
        return session.flakes[issue.number]
    elif comment := state_comment(ctx, issue.number):
        place = comment_place(ctx, comment)
    else:
        return None
    block = standing_block(session, place)
    return replace(block.flake, issue=place.where) if block and block.flake else None


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


def standing_block(session: Session, place: Place) -> Block | None:
    """The state as it stands now, to be merged into; None also when a person wrote it, whatever it says."""
    block = stored_block(session.ctx, place.text, place.where)
    if block is None or block.digest in session.known:
        return block
    edits = place.edits()
    return None if edits and not trusted(session.ctx, edits[0].editor) else block


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
