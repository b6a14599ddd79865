"""A proof that nobody asked for, of a pull request of GitHub's agent: the approval of its issue stands for the order.

The rule it keeps: everything is derived anew from both pages, and only the head that was looked at when it was ordered
is proven.
"""

from ftc.clients.payloads import Comment
from ftc.clients.pull_payloads import Proposed
from ftc.core.handing_over import awaited
from ftc.core.marks import agent_head
from ftc.core.model import Flake
from ftc.core.order_flaws import MOVED_ON, NOT_AWAITED, UNSAID
from ftc.core.orders import Order
from ftc.jobs.agent_orders import is_agents
from ftc.jobs.desk import Desk
from ftc.jobs.fix.gate_orders import Ordered, approved_fix
from ftc.jobs.managed import trusted
from ftc.jobs.reminding import is_unedited
from ftc.jobs.thread import Thread, read_thread


def ordered_by_itself(desk: Desk, thread: Thread, order: Order) -> Comment | None:
    """The bot's own comment that gave this order; None for an order of a person."""
    own = (item for item in thread.comments if str(item.id) == order.turn and trusted(desk.ctx, item.author))
    return next((item for item in own if agent_head(item.body)), None)


def ordered_agent_proof(desk: Desk, comment: Comment, flake: Flake | None, *, pull: Proposed) -> Ordered:
    """The approval of the plan for which the issue was handed over, while it stands and nothing has moved."""
    ctx = desk.ctx
    if not is_agents(pull, repo=ctx.write.repo) or not is_unedited(ctx, comment):
        return Ordered(flaw=UNSAID)
    if agent_head(comment.body) != pull.head_sha:
        return Ordered(flaw=MOVED_ON)
    if flake is None or flake.issue is None or awaited(flake) is None:
        return Ordered(flaw=NOT_AWAITED)
    issue = read_thread(ctx, flake.issue.issue)
    return approved_fix(desk, issue, flake) if issue.issue.is_open else Ordered(flaw=NOT_AWAITED)
