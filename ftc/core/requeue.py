"""Being queued once more: a run that ended through no fault of its own keeps its order, so often and no more.

Rule: the audit trail counts, so that jobs which know nothing of each other count alike.
"""

from ftc.core.model import Flake, Status
from ftc.core.progress import RunRecord

MAX_AGAIN = 2
"""Times that one order is queued again; what has not run by the third time will not, and a person is to look."""
AGAIN = f"{Status.FIXING} → {Status.APPROVED_TO_FIX}"
"""The move as the audit trail has it."""


def times_again(flake: Flake, run: RunRecord) -> int:
    """How often this order went back into the queue."""
    return sum(entry.action == AGAIN and entry.at >= run.created for entry in flake.audit)


def may_go_again(flake: Flake, run: RunRecord) -> bool:
    """Whether one more time is left."""
    return times_again(flake, run) < MAX_AGAIN
