"""Started tasks and proofs that nobody took: a job may die after it answered an order and before it handed it on.

Rule: the answer on the page tells that a task was ordered, and never that it may run; that is derived anew from the
order, and a task that a fix run has said anything about is no longer named.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from ftc.clients.payloads import Comment
from ftc.core.fix import TaskKind
from ftc.core.marks import PROOF, agent_head, order_of, proven_of, purpose_of
from ftc.core.orders import Order, answers_too, task_id
from ftc.core.turns import in_order
from ftc.jobs.agent_orders import awaiting, comment_order
from ftc.jobs.answering import ordered_again
from ftc.jobs.consents import FIX
from ftc.jobs.context import Context
from ftc.jobs.managed import trusted
from ftc.jobs.seat import Seat
from ftc.jobs.strangers import FRESH
from ftc.jobs.thread import said_by_us, turns

PATIENCE = timedelta(hours=6)
"""Before an order counts as lost: a fix run may wait behind another one, and no job of GitHub's lasts longer."""
PROOF_PATIENCE = timedelta(hours=12)
"""The same for a proof, of which nothing is told before its report: two such jobs come one after the other."""


def name_again(at: Seat) -> None:
    """Name the orders of an issue or pull request again that still wait, beside what this job has ordered itself.

    Each once; of proofs the newest alone, since all of them would look at the same head.
    """
    known = {task.id for task in at.desk.tasks}
    waiting = [*_waiting(at, known), *_unasked(at, known)]
    proofs = [task for task in (*at.desk.tasks, *waiting) if task.kind is TaskKind.VERIFY]
    newest = max(proofs, key=lambda task: task.ordered, default=None)
    at.desk.tasks.extend(task for task in waiting if task.kind is not TaskKind.VERIFY or task is newest)


def _waiting(at: Seat, known: set[str]) -> Iterator[Order]:
    ctx, said = at.desk.ctx, said_by_us(at.desk.ctx, at.thread)
    for turn in in_order(turns(ctx, at.thread)):
        answer = said.get(turn.purpose)
        task, digest = order_of(answer.body) if answer is not None else ("", "")
        if answer is None or task != task_id(at.number, turn.key) or not _is_lost(at, answer, task, known):
            continue
        found = ordered_again(at, turn, digest=digest) if is_unedited(ctx, answer) else None
        if found is not None:
            yield found


def _unasked(at: Seat, known: set[str]) -> Iterator[Order]:
    """Proofs of a pull request of GitHub's agent that the bot ordered by itself; its issue must still wait for it."""
    ctx = at.desk.ctx
    for comment in (item for item in at.thread.comments if trusted(ctx, item.author) and agent_head(item.body)):
        task = comment_order(ctx, comment)
        may = at.desk.house.fixes and awaiting(at.desk, at.thread)
        if may and _is_lost(at, comment, task.id, known) and is_unedited(ctx, comment):
            yield task


def _is_lost(at: Seat, answer: Comment, task: str, known: set[str]) -> bool:
    """Whether nobody has said anything of a task since it was ordered by this answer, and it is time that they had."""
    said = said_by_us(at.desk.ctx, at.thread)
    proven = proven_of(said[PROOF].body) if PROOF in said else ""
    return not (task in known or FIX + task in said or answers_too(proven, task)) and _late(at, answer)


def orders_waiting(ctx: Context, comments: Iterable[Comment]) -> Iterator[Comment]:
    """Our answers that ordered a task which no fix run has taken yet, among comments of a whole repository.

    Old ones are given up: whoever waits for them has seen long ago that nothing happens.
    """
    own = [comment for comment in comments if trusted(ctx, comment.author)]
    taken = {purpose_of(comment.body) for comment in own}
    proven = {task for comment in own if (task := proven_of(comment.body))}
    for comment in own:
        task = comment_order(ctx, comment).id if agent_head(comment.body) else order_of(comment.body)[0]
        fresh = task and comment.created > ctx.now - FRESH
        if fresh and FIX + task not in taken and not any(answers_too(other, task) for other in proven):
            yield comment


def _late(at: Seat, answer: Comment) -> bool:
    """Whether somebody should have taken it by now; only where a record says that it waits, it may be of any age."""
    now, managed = at.desk.ctx.now, at.flake is not None
    patience = PROOF_PATIENCE if at.thread.issue.is_pull else PATIENCE
    return answer.created <= now - patience and (managed or answer.created > now - FRESH)


def is_unedited(ctx: Context, answer: Comment) -> bool:
    """Whether nobody else has edited the answer; a hand could have written the mark of another order into it."""
    return not answer.edited or all(trusted(ctx, edit.editor) for edit in ctx.write.comment_edits(answer))
