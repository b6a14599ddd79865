"""Started tasks that nobody took: a job may die after it answered an order and before it handed the task on.

Rule: the answer on the page tells that a task was ordered, and never that it may run; that is derived anew from the
order, and a task that a fix run has said anything about is no longer named.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from ftc.clients.payloads import Comment
from ftc.core.marks import order_of, purpose_of
from ftc.core.orders import task_id
from ftc.core.turns import in_order
from ftc.jobs.answering import ordered_again
from ftc.jobs.consents import FIX
from ftc.jobs.context import Context
from ftc.jobs.managed import trusted
from ftc.jobs.seat import Seat
from ftc.jobs.strangers import FRESH
from ftc.jobs.thread import said_by_us, turns

PATIENCE = timedelta(hours=6)
"""Before an order counts as lost: a fix run may wait behind another one, and no job of GitHub's lasts longer."""


def name_again(at: Seat) -> None:
    """Name the started tasks of an issue again that still wait, each once, beside what this job has ordered itself."""
    ctx, said = at.desk.ctx, said_by_us(at.desk.ctx, at.thread)
    known = {task.id for task in at.desk.tasks}
    for turn in in_order(turns(ctx, at.thread)):
        answer = said.get(turn.purpose)
        task, digest = order_of(answer.body) if answer is not None else ("", "")
        if answer is None or task != task_id(at.number, turn.key) or task in known:
            continue
        if FIX + task in said or not _late(ctx, answer, managed=at.flake is not None):
            continue
        found = ordered_again(at, turn, digest=digest) if _ours(ctx, answer) else None
        if found is not None:
            at.desk.tasks.append(found)


def orders_waiting(ctx: Context, comments: Iterable[Comment]) -> Iterator[Comment]:
    """Our answers that ordered a task which no fix run has taken yet, among comments of a whole repository.

    Old ones are given up: whoever waits for them has seen long ago that nothing happens.
    """
    own = [comment for comment in comments if trusted(ctx, comment.author)]
    taken = {purpose_of(comment.body) for comment in own}
    for comment in own:
        task, _ = order_of(comment.body)
        if task and comment.created > ctx.now - FRESH and FIX + task not in taken:
            yield comment


def _late(ctx: Context, answer: Comment, *, managed: bool) -> bool:
    """Whether somebody should have taken it by now; only where a record says that it waits, it may be of any age."""
    return answer.created <= ctx.now - PATIENCE and (managed or answer.created > ctx.now - FRESH)


def _ours(ctx: Context, answer: Comment) -> bool:
    """Whether nobody else has edited the answer; a hand could have written the mark of another order into it."""
    return not answer.edited or all(trusted(ctx, edit.editor) for edit in ctx.write.comment_edits(answer))
