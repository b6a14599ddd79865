"""Whether an issue still says what it said when a task was ordered from it.

Rule: what cannot be shown to be unchanged counts as changed; whoever ordered may change the text themselves.
"""

from ftc.clients.issue_api import EDITS_ASKED
from ftc.clients.payloads import same_login
from ftc.core.turns import Turn
from ftc.jobs.context import Context
from ftc.jobs.managed import trusted
from ftc.jobs.thread import Thread

RENAMED = "renamed"


def changed_since(ctx: Context, thread: Thread, order: Turn) -> bool:
    """Whether somebody else changed title or body at the order's second or later.

    On an issue that we opened our own writes do not count: a task takes only the words of people from it.
    """
    edits = ctx.write.edits(thread.issue.number)
    if len(edits) >= EDITS_ASKED and all(edit.at >= order.at for edit in edits):
        return True  # what came before these, after the order, is not told
    ours = trusted(ctx, thread.issue.author)
    changes = [(edit.at, edit.editor) for edit in edits]
    changes += [(event.at, event.actor) for event in thread.events if event.kind == RENAMED]
    return any(
        at >= order.at and not same_login(login, order.login) and not (ours and trusted(ctx, login))
        for at, login in changes
    )
