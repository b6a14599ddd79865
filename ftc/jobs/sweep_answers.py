"""Conversations that a sweep takes up: whatever was said or done on an issue that no job has answered yet.

The rule it keeps: GitHub may drop any event, so that every issue touched since the last sweep is looked at; what
answering wrote is read again before anything is decided about the issue.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from ftc.core.errors import BudgetExceeded, GitHubError, NotFound
from ftc.core.model import Status
from ftc.core.tasks import Task
from ftc.jobs.context import Context
from ftc.jobs.managed import Managed, believed, trusted
from ftc.jobs.respond import RespondReport, respond_to
from ftc.jobs.snapshot import Snapshot


class RespondTo(Protocol):
    """Does what is due in the conversation of one issue."""

    def __call__(self, ctx: Context, number: int, *, snapshot: Snapshot) -> RespondReport:
        """Answer; ``snapshot`` is what this job has read already."""


def answering(ctx: Context, number: int, *, snapshot: Snapshot) -> RespondReport:
    """Answer as ``ftc respond`` does, and name the task that waits, too: whoever was told of it may have died."""
    return respond_to(ctx, number, snapshot=snapshot, remind=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What came of it, and the issues as they now stand."""

    issues: tuple[Managed, ...]
    wrote: tuple[int, ...]
    """Issues in which something was due."""
    tasks: tuple[Task, ...]
    lines: tuple[str, ...]
    notes: tuple[str, ...]
    failed: bool = False
    """Whether something that waits was left, so that the next sweep has to look as far back as this one."""


FIRST_LOOK = timedelta(days=30)
"""How far back the first sweep looks for what nobody answered; older words are past answering."""


def touched(ctx: Context, snapshot: Snapshot) -> frozenset[int]:
    """Issues in which people did something since the last sweep, and approved ones, whose approval is derived anew.

    Looking at one costs three requests and most were touched by the bot's own writes, so that it is asked first, in two
    requests or a few, who did something where.
    """
    since = snapshot.dashboard.swept or ctx.now - FIRST_LOOK
    approved = {item.issue.number for item in snapshot.issues if item.flake.status is Status.APPROVED_TO_FIX}
    fresh = {item.issue.number for item in snapshot.issues if item.issue.updated >= since}
    stirred = ctx.write.stirred(since) if fresh else None
    if stirred is not None:
        fresh &= {number for number, login in stirred if not trusted(ctx, login)}
    return frozenset(fresh | approved)


def answered(ctx: Context, snapshot: Snapshot, numbers: Iterable[int], respond: RespondTo) -> Answers:
    """Answer on each of these issues, one after another; a failure stops only its own issue."""
    wanted = frozenset(numbers)
    issues: list[Managed] = []
    wrote: list[int] = []
    tasks: list[Task] = []
    lines: list[str] = []
    notes: list[str] = []
    failed = False
    for item in (item for item in snapshot.issues if item.issue.number in wanted):
        number = item.issue.number
        try:
            report = respond(ctx, number, snapshot=snapshot)
            again = not report.done or ctx.config.dry_run
            issues += (item,) if again else tuple(_read_again(ctx, item, snapshot))
        except (GitHubError, BudgetExceeded) as error:
            # It may have written before it failed, so what is known of the issue may be wrong.
            notes.append(f"issue {number} could not be answered: {error}")
            failed = True
            continue
        wrote += (number,) if report.done else ()
        tasks += report.tasks
        lines += report.done
    return Answers(
        issues=tuple(issues),
        wrote=tuple(wrote),
        tasks=tuple(tasks),
        lines=tuple(lines),
        notes=tuple(notes),
        failed=failed,
    )


def _read_again(ctx: Context, item: Managed, snapshot: Snapshot) -> Iterator[Managed]:
    """The issue as answering left it; nothing for one that is gone or not believed any more."""
    try:
        found = believed(ctx, ctx.write.issue(item.issue.number), snapshot.dashboard)
    except NotFound:
        return
    if isinstance(found, Managed):
        yield found
