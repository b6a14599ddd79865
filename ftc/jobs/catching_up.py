"""What a sweep does about conversation: dropped events are caught up with, approvals derived anew, tasks handed on.

Rule: a task that waits is named again in every sweep until somebody takes it; two runs of one task are told apart by
the lease that only one of them gets.
"""

from dataclasses import dataclass, field

from ftc.core.approval import Valid, Void
from ftc.core.model import Flake
from ftc.core.progress import RunRecord, RunStatus
from ftc.core.tasks import Task, TaskKind, task_turn
from ftc.jobs.consents import consent
from ftc.jobs.context import Context
from ftc.jobs.desk import Desk, Partners, open_desk
from ftc.jobs.managed import Managed
from ftc.jobs.respond import RespondReport, respond_to
from ftc.jobs.snapshot import read_snapshot
from ftc.jobs.thread import read_thread


@dataclass(slots=True, kw_only=True)
class CatchingUp:
    """The conversation's part of one sweep."""

    tasks: dict[str, Task] = field(default_factory=dict)
    """Tasks that wait to be carried out, by id."""
    _desk: Desk | None = None

    def respond_to(self, ctx: Context, number: int) -> RespondReport:
        """Answer what waits on one issue."""
        report = respond_to(ctx, number)
        if report:  # what waited there may have been stopped just now; the next sweep knows
            self.tasks = {name: task for name, task in self.tasks.items() if task.issue != number}
        self.tasks |= {task.id: task for task in report.tasks}
        return report

    def approval_of(self, ctx: Context, item: Managed) -> Valid | Void:
        """The approval of an approved flake as the page has it; its task waits if nobody has taken it."""
        if self._desk is None:
            self._desk = open_desk(ctx, read_snapshot(ctx), Partners())
        found = consent(self._desk, read_thread(ctx, item.issue.number), flake=item.flake).standing
        run = next((run for run in item.flake.progress.runs if run.status is RunStatus.QUEUED), None)
        if isinstance(found, Valid) and run is not None and item.flake.progress.lease is None:
            self.tasks[run.id] = _queued(ctx, item, run, valid=found)
        return found


def _queued(ctx: Context, item: Managed, run: RunRecord, *, valid: Valid) -> Task:
    """The task of a run record, as it was ordered."""
    flake: Flake = item.flake
    return Task(
        id=run.id,
        kind=TaskKind.FIX,
        repo=ctx.write.repo,
        issue=item.issue.number,
        title=item.issue.title,
        body="",
        instruction=valid.wish.command.text,
        by=valid.wish.actor.login,
        ordered=run.created,
        turn=task_turn(run.id),
        branch=run.branch,
        runner=run.runner,
        key=flake.key,
        scope=valid.scope,
    )
