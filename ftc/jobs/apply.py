"""The only interpreter of effects: carries them out one after another against the write repository.

The rule it keeps: before a body is written it is read again and merged, so that what another job wrote meanwhile is
kept, and a write that would change nothing is not made. Any write may be the last: the next run repairs the rest.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace

from ftc.core.effects import (
    Adopt,
    AskAdoption,
    Assign,
    CloseAsDuplicate,
    Effect,
    EnsureLabel,
    LinkGroups,
    OpenDashboard,
    OpenIssue,
    React,
    SaveDashboard,
    SaveFlake,
    SaveWatchPage,
    Say,
    SetLabels,
    SetOpen,
    TellFailures,
)
from ftc.core.errors import AlreadyExists
from ftc.core.labels import prefixed
from ftc.core.markdown import strip_hidden
from ftc.core.model import Dashboard, Flake, IssueRef
from ftc.core.overview import overview
from ftc.core.state import digest, merge_dashboards, merge_watch
from ftc.core.task_report import stamp
from ftc.core.thresholds import Thresholds
from ftc.core.triage import SCANS_KEPT, Plan
from ftc.jobs.adoption_effects import adopt, ask
from ftc.jobs.boards import WatchPage
from ftc.jobs.context import Context
from ftc.jobs.issues import (
    Draft,
    Session,
    close_as_duplicate,
    converge,
    link_groups,
    open_issue,
    save_flake,
    standing_block,
    stored_block,
    succeeding,
)
from ftc.jobs.managed import body_place, comment_place
from ftc.jobs.notice_effects import tell_failures
from ftc.jobs.snapshot import Snapshot
from ftc.jobs.thread_effects import assign, say, set_labels, set_open
from ftc.render.dashboard import TITLE, dashboard_body, watch_page_body
from ftc.render.issue import issue_body, issue_title

Following = Callable[[Session, Snapshot, Iterable[Effect]], Iterator[Effect]]
"""From what was written so far, and the effects to come, to effects; each is carried out before the next is made."""


def begin(ctx: Context, snapshot: Snapshot) -> Session:
    """A session that has written nothing yet."""
    pages: dict[int, list[WatchPage]] = {}
    for page in snapshot.pages:
        pages.setdefault(page.page, []).append(page)
    return Session(
        ctx=ctx,
        dashboard=snapshot.dashboard.issue,
        dashboard_url=snapshot.dashboards[0].url if snapshot.dashboards else "",
        pages=pages,
        flakes={item.issue.number: item.flake for item in snapshot.issues},
        tasks=snapshot.tasks,
        healing=snapshot.healing,
        known=set(snapshot.known),
    )


def ordered(snapshot: Snapshot, plan: Plan) -> Iterator[Effect]:
    """The plan's effects, after writes that are due for the state's own sake: a block recovered or not yet bound."""
    planned = {effect.number for effect in plan.effects if isinstance(effect, SaveFlake)}
    repaired = False
    for item in snapshot.issues:
        if item.dirty and item.issue.number not in planned:
            repaired = True
            yield SaveFlake(number=item.issue.number, flake=item.flake)
    for page in _recovered_pages(snapshot, plan):
        repaired = True
        yield page
    yield from plan.effects
    saved = any(isinstance(effect, SaveDashboard) for effect in plan.effects)
    if (repaired or snapshot.damaged or len(snapshot.dashboards) > 1 or _task_ended(snapshot)) and not saved:
        scans = (plan.record, *snapshot.dashboard.scans)[:SCANS_KEPT]
        yield SaveDashboard(dashboard=replace(snapshot.dashboard, scans=scans))


def _task_ended(snapshot: Snapshot) -> bool:
    """Whether a task ended after the dashboard was written last; without a dashboard that can wait for one."""
    written = stamp(snapshot.dashboards[0].updated) if snapshot.dashboards else ""
    return bool(written) and any(item.record.finished_at > written for item in snapshot.tasks)


def _recovered_pages(snapshot: Snapshot, plan: Plan) -> Iterator[SaveWatchPage]:
    """Pages of the watch list that had to be recovered and that the plan would not write."""
    planned = {effect.page for effect in plan.effects if isinstance(effect, SaveWatchPage)}
    for number in sorted({page.page for page in snapshot.pages if page.dirty} - planned):
        flakes = (flake for page in snapshot.pages if page.page == number for flake in page.flakes)
        yield SaveWatchPage(page=number, flakes=merge_watch((), flakes))


def carry_out(ctx: Context, snapshot: Snapshot, plan: Plan, *, following: Following | None = None) -> Session:
    """Write every effect, then close dashboards that another scan opened at the same time.

    ``following`` adds effects that depend on what was written before them, as the numbers of new issues.
    """
    session = begin(ctx, snapshot)
    effects = ordered(snapshot, plan)
    perform(session, following(session, snapshot, effects) if following else effects)
    for extra in snapshot.dashboards[1:]:
        ctx.write.edit_issue(extra.number, state="closed", state_reason="not_planned")
        session.lines.append(f"closed dashboard {extra.number}, which another scan had opened as well")
    return session


def perform(session: Session, effects: Iterable[Effect]) -> None:
    """Write effect after effect, each with its line for people; in a dry run the lines alone."""
    session.ctx.write.transport.lift_budget()
    for effect in effects:
        if not session.ctx.config.dry_run:
            _carry_out(session, effect)
        session.lines.append(effect.describe())


def _carry_out(session: Session, effect: Effect) -> None:
    match effect:
        case EnsureLabel():
            _ensure_label(session, effect)
        case OpenDashboard():
            _open_dashboard(session, effect)
        case OpenIssue():
            open_issue(session, effect)
        case Adopt():
            adopt(session, effect)
        case SaveFlake():
            save_flake(session, effect.number, effect.flake)
        case LinkGroups():
            link_groups(session, effect)
        case CloseAsDuplicate():
            close_as_duplicate(session, effect)
        case SaveWatchPage():
            _save_watch_page(session, effect)
        case SaveDashboard():
            converge(session)
            save_dashboard(session, effect.dashboard)
        case _:
            _on_thread(session, effect)


def _on_thread(
    session: Session, effect: React | Say | SetLabels | SetOpen | Assign | AskAdoption | TellFailures
) -> None:
    match effect:
        case AskAdoption():
            ask(session, effect)
        case TellFailures():
            tell_failures(session, effect)
        case React():
            session.ctx.write.react(effect.comment, effect.content)
        case Say():
            say(session, effect)
        case SetLabels():
            set_labels(session, effect)
        case SetOpen():
            set_open(session, effect)
        case Assign():
            assign(session, effect)


def foretold(ctx: Context, snapshot: Snapshot, plan: Plan) -> Session:
    """What ``carry_out`` would write, with the text of new issues; nothing is written."""
    session = begin(ctx, snapshot)
    for effect in ordered(snapshot, plan):
        session.lines.append(effect.describe())
        if isinstance(effect, OpenIssue):
            body = issue_body(effect.flake, previous="", prefix=ctx.config.label_prefix, language=ctx.config.language)
            session.drafts.append(Draft(title=issue_title(effect.flake), body=strip_hidden(body).strip()))
    return session


def _ensure_label(session: Session, effect: EnsureLabel) -> None:
    write = session.ctx.write
    if session.labels is None:
        session.labels = {name.lower() for name in write.label_names()}
    if effect.name.lower() not in session.labels:
        with suppress(AlreadyExists):  # another scan was faster
            write.create_label(name=effect.name, color=effect.color, description=effect.description)
        session.labels.add(effect.name.lower())


def _open_dashboard(session: Session, effect: OpenDashboard) -> None:
    """Opened before everything else, so that the first issue already has an index to stand in."""
    ctx = session.ctx
    body = _dashboard_text(session, Dashboard(repo=ctx.read.repo), previous="")
    managed = prefixed("ai-managed", prefix=ctx.config.label_prefix)
    issue = ctx.write.create_issue(title=TITLE, body=body, labels=(managed, effect.label))
    session.known.add(digest(body))
    session.dashboard = IssueRef(repo=ctx.write.repo, issue=issue.number)
    session.dashboard_url = issue.url


def _save_watch_page(session: Session, effect: SaveWatchPage) -> None:
    """The page merged into what its comment holds now; entries that this scan took off stay off."""
    ctx, copies = session.ctx, session.pages.get(effect.page, [])
    if session.dashboard is None:
        raise AssertionError("the dashboard is opened before anything refers to it")
    if not copies:
        body = _watch_text(ctx, effect.page, effect.flakes, where=None)
        written = ctx.write.create_comment(session.dashboard.issue, body)
        _keep_page(session, effect.page, IssueRef(repo=ctx.write.repo, issue=written.issue, comment=written.id), body)
        return
    first, where = copies[0], IssueRef(repo=ctx.write.repo, issue=copies[0].issue, comment=copies[0].comment)
    before = ctx.write.comment(first.comment)
    block = standing_block(session, comment_place(ctx, before))
    wanted = {flake.key for flake in effect.flakes}
    dropped = {flake.key for copy in copies for flake in copy.flakes} - wanted
    now_stored = {flake.key: flake for flake in (block.flakes if block else ()) if flake.key not in dropped}
    new = tuple(succeeding(now_stored.get(flake.key), flake) for flake in effect.flakes)
    body = _watch_text(ctx, effect.page, merge_watch(now_stored.values(), new), where=where)
    if body != before.body:
        ctx.write.edit_comment(first.comment, body)
    for copy in copies[1:]:
        ctx.write.delete_comment(copy.comment)
    _keep_page(session, effect.page, where, body)


def _keep_page(session: Session, page: int, where: IssueRef, body: str) -> None:
    """The page as the next job will read it: the comment may have had no room for all of it."""
    session.known.add(digest(body))
    block = stored_block(session.ctx, body, where)
    flakes = block.flakes if block else ()
    session.pages[page] = [WatchPage(page=page, issue=where.issue, comment=where.comment, flakes=flakes)]


def _watch_text(ctx: Context, page: int, flakes: tuple[Flake, ...], *, where: IssueRef | None) -> str:
    return watch_page_body(page, flakes, where=where, hmac_key=ctx.hmac_key, language=ctx.config.language)


def save_dashboard(session: Session, dashboard: Dashboard) -> None:
    """Write the dashboard, merged into what it holds now, with the text that every job gives it.

    Written last: what it lists has been written, and what a crash kept from it is read again.
    """
    if session.dashboard is None:
        raise AssertionError("the dashboard is opened before anything refers to it")
    ctx = session.ctx
    issue = ctx.write.issue(session.dashboard.issue)
    block = standing_block(session, body_place(ctx, issue))
    index = {entry.issue: entry for entry in dashboard.index} | session.index
    ours = replace(dashboard, issue=session.dashboard, index=tuple(index.values()))
    stored = block.dashboard if block else None
    if stored is not None:
        # What this scan has written or read is known better here than in what was stored before.
        read = {(entry.source, entry.run, entry.attempt) for entry in ours.ledger}
        stored = replace(
            stored,
            index=tuple(entry for entry in stored.index if entry.issue not in session.index),
            ledger=tuple(entry for entry in stored.ledger if (entry.source, entry.run, entry.attempt) not in read),
        )
        ours = replace(ours, revision=stored.revision + 1, parent=stored.revision)
        ours = merge_dashboards(stored, ours)
    body = _dashboard_text(session, ours, previous=issue.body)
    if body != issue.body:
        ctx.write.edit_issue(issue.number, body=body)
    session.known.add(digest(body))


def _dashboard_text(session: Session, dashboard: Dashboard, *, previous: str) -> str:
    ctx = session.ctx
    watched = [flake for copies in session.pages.values() for copy in copies for flake in copy.flakes]
    shown = overview(
        session.flakes.values(),
        watched,
        dashboard,
        now=ctx.now,
        thresholds=Thresholds.of(ctx.config),
        request_budget=ctx.config.request_budget,
        tasks=session.tasks,
        bills=session.healing,
    )
    return dashboard_body(dashboard, shown, previous=previous, hmac_key=ctx.hmac_key, language=ctx.config.language)
