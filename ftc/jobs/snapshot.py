"""What the write repository knows: dashboard, watch list and managed issues, decoded and checked.

The rule it keeps: when issues may exist that were not seen, nothing may be created; a short list is never believed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ftc.clients.board_api import Board
from ftc.clients.payloads import Issue
from ftc.core.errors import NotFound, UsageError
from ftc.core.labels import prefixed
from ftc.core.ledger import Charge
from ftc.core.model import Dashboard, Flake, IndexEntry, IssueRef
from ftc.core.state import digest, merge_dashboards
from ftc.core.task_block import TaskShown
from ftc.jobs.boards import WatchPage, stored_dashboard, stored_pages
from ftc.jobs.context import Context
from ftc.jobs.heal_records import heal_bills, is_of_heal
from ftc.jobs.managed import Doubtful, Managed, believed, trusted
from ftc.jobs.task_records import is_of_task, tasks_shown

MOST_MISSING = 10
"""Issues missing from the listing that are looked up singly in one scan; the others wait for the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything the write repository knows at the start of a job."""

    dashboard: Dashboard
    dashboards: tuple[Issue, ...] = ()
    """The dashboard issue, and after it open ones that another scan opened at the same time."""
    issues: tuple[Managed, ...] = ()
    pages: tuple[WatchPage, ...] = ()
    damaged: bool = False
    """Whether the dashboard's state could not be read where it should stand, and must be written again."""
    gone: frozenset[int] = frozenset()
    may_create: bool = True
    notes: tuple[str, ...] = ()
    tasks: tuple[TaskShown, ...] = ()
    """Of every task that left a record the newest one."""
    healing: tuple[Charge, ...] = ()
    """What repairs of the base branch have cost, as their own issues tell it."""

    @property
    def bills(self) -> tuple[Charge, ...]:
        """Everything that was spent, or is reserved by what is told here."""
        return (*(bill for flake in self.flakes for bill in flake.bills), *self.healing)

    @property
    def managed(self) -> tuple[Flake, ...]:
        """The flakes of the managed issues."""
        return tuple(item.flake for item in self.issues)

    @property
    def by_number(self) -> dict[int, Flake]:
        """The flakes of the managed issues by the issues' numbers."""
        return {item.issue.number: item.flake for item in self.issues}

    @property
    def watched(self) -> tuple[Flake, ...]:
        """The entries of the watch list, in every copy that was found."""
        return tuple(flake for page in self.pages for flake in page.flakes)

    @property
    def known(self) -> frozenset[str]:
        """Digests of the blocks that were believed as they stood; a later reader need not ask who wrote those."""
        boards = () if self.damaged else (digest(issue.body) for issue in self.dashboards)
        return frozenset((*boards, *(item.digest for item in self.issues), *(page.digest for page in self.pages)))

    @property
    def flakes(self) -> tuple[Flake, ...]:
        """Every flake known."""
        return (*self.managed, *self.watched)


def read_snapshot(ctx: Context) -> Snapshot:
    """List the managed issues, find the dashboard among them, and decode all of it."""
    label = prefixed("ai-managed", prefix=ctx.config.label_prefix)
    everything = ctx.write.labelled(label)
    of_tasks = frozenset(issue.number for issue in everything if is_of_task(ctx, issue))
    of_heal = tuple(issue for issue in everything if is_of_heal(ctx, issue))
    others = of_tasks | {issue.number for issue in of_heal}
    listed = tuple(issue for issue in everything if not issue.is_pull and issue.number not in others)
    boards = _boards(ctx, _dashboards(ctx, listed))
    dashboards = tuple(issue for issue, _ in boards)
    notes: list[str] = []
    dashboard = _merged_dashboard(ctx, boards, notes)
    damaged = bool(notes)
    own = {issue.number for issue in dashboards}
    unseen = sorted(_unseen(dashboard, (*listed, *dashboards)))
    missing, gone = _missing(ctx, unseen[:MOST_MISSING], label)
    dead = {entry.issue for entry in dashboard.index if entry.gone} | gone
    issues: list[Managed] = []
    for issue in (*listed, *missing):
        if issue.number in own | dead or prefixed("dashboard", prefix=ctx.config.label_prefix) in issue.labels:
            continue
        found = believed(ctx, issue, dashboard)
        if isinstance(found, Doubtful):
            notes.append(f"issue {issue.number} {found.reason}")
            dashboard = _remembering(dashboard, found)
            gone |= {issue.number} if found.gone else set()
            continue
        notes += [f"issue {issue.number}: {found.dirty}"] if found.dirty.startswith("state recovered") else []
        issues.append(found)
    partial = bool(missing) or len(unseen) > MOST_MISSING
    notes += ["the list of issues came back incomplete, so no issue is opened in this scan"] if partial else []
    return Snapshot(
        dashboard=dashboard,
        dashboards=dashboards,
        issues=tuple(issues),
        pages=tuple(page for _, board in boards for page in stored_pages(ctx, board, notes)),
        damaged=damaged,
        gone=frozenset(gone),
        may_create=not partial,
        notes=tuple(notes),
        tasks=tasks_shown(ctx, [issue for issue in everything if issue.number in of_tasks]),
        healing=tuple(heal_bills(ctx, of_heal)),
    )


def _dashboards(ctx: Context, listed: Sequence[Issue]) -> tuple[Issue, ...]:
    """The lowest-numbered dashboard of the bot, or the pinned one, then other open ones."""
    label = prefixed("dashboard", prefix=ctx.config.label_prefix)
    pinned = ctx.config.dashboard_issue
    if pinned and all(issue.number != pinned for issue in listed):
        listed = (*listed, *_fetched(ctx, pinned))
    found = [issue for issue in listed if label in issue.labels and trusted(ctx, issue.author)]
    found.sort(key=lambda issue: (issue.number != pinned, issue.number))
    if pinned and (not found or found[0].number != pinned):
        raise UsageError(
            f"dashboard-issue: issue {pinned} of {ctx.write.repo} is no dashboard of {ctx.login}; it was deleted "
            f"or lost its label {label}. Restore the label, or take the key out to have a new dashboard opened."
        )
    return (*found[:1], *(issue for issue in found[1:] if issue.is_open))


def _fetched(ctx: Context, number: int) -> tuple[Issue, ...]:
    """One issue, or none when it was deleted."""
    try:
        return (ctx.write.issue(number),)
    except NotFound:
        return ()


def _remembering(dashboard: Dashboard, doubtful: Doubtful) -> Dashboard:
    """The dashboard with the key of an unreadable issue of ours, so that its test gets no second one."""
    if not doubtful.key or any(entry.issue == doubtful.issue.number for entry in dashboard.index):
        return dashboard
    entry = IndexEntry(issue=doubtful.issue.number, key=doubtful.key)
    return replace(dashboard, index=(*dashboard.index, entry))


def _boards(ctx: Context, dashboards: Sequence[Issue]) -> tuple[tuple[Issue, Board], ...]:
    """Each dashboard with its thread; its body is taken from there, so that it goes with the editor told there."""
    found = ((issue, ctx.write.board(issue.number)) for issue in dashboards)
    return tuple((replace(issue, body=board.body), board) for issue, board in found)


def _merged_dashboard(ctx: Context, boards: Sequence[tuple[Issue, Board]], notes: list[str]) -> Dashboard:
    merged = Dashboard(repo=ctx.read.repo)
    for issue, board in boards:
        merged = merge_dashboards(merged, stored_dashboard(ctx, issue, board, notes))
    first = IssueRef(repo=ctx.write.repo, issue=boards[0][0].number) if boards else None
    return replace(merged, repo=ctx.read.repo, issue=first)


def _unseen(dashboard: Dashboard, listed: Sequence[Issue]) -> set[int]:
    return {entry.issue for entry in dashboard.index if not entry.gone} - {issue.number for issue in listed}


def _missing(ctx: Context, unseen: Sequence[int], label: str) -> tuple[tuple[Issue, ...], set[int]]:
    """Known issues that the listing left out but which exist, and those that were deleted or taken from the bot."""
    found = tuple(issue for number in unseen for issue in _fetched(ctx, number) if label in issue.labels)
    return found, set(unseen) - {issue.number for issue in found}
