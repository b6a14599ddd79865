"""The records of tasks among the issues and pull requests that bear our label.

The rule it keeps: only what the bot opened is looked at; it is told from a flake's issue by its block alone, so that no
label that a person puts on can hide a flake.
"""

from collections.abc import Iterable

from ftc.clients.payloads import Issue
from ftc.core.marks import purpose_of
from ftc.core.scan_block import MARK as STATE_MARK
from ftc.core.task_block import MARK, TaskShown, decode_task
from ftc.jobs.context import Context
from ftc.jobs.managed import trusted

PURPOSE = "task:"
"""Start of the mark of a task's issue, before its id."""


def is_of_task(ctx: Context, issue: Issue) -> bool:
    """Whether this is the issue or a pull request of a task, and none that holds a state of another kind."""
    if not trusted(ctx, issue.author) or STATE_MARK in issue.body:
        return False
    return purpose_of(issue.body).startswith(PURPOSE) or (issue.is_pull and MARK in issue.body)


def tasks_shown(ctx: Context, issues: Iterable[Issue]) -> tuple[TaskShown, ...]:
    """The newest readable record of each task, newest task first; at the same moment the issue's."""
    found: dict[str, TaskShown] = {}
    for issue in sorted(issues, key=lambda item: (not item.is_pull, item.number)):
        record = decode_task(issue.body, hmac_key=ctx.hmac_key)
        if record is None:
            continue
        known = found.get(record.id)
        if known is None or known.record.finished_at <= record.finished_at:
            found[record.id] = TaskShown(number=issue.number, is_open=issue.is_open, record=record)
    return tuple(sorted(found.values(), key=lambda item: (item.record.finished_at, item.record.id), reverse=True))
