"""What may be wrong with the change of a mechanical fix although it is exact: told in a draft, never called verified.

The rule it keeps: it is about candidates of rules alone. Where a model or a person makes a comparison order-free, the
words of the change are judged like any others; code cannot know whether a value has an order.
"""

from collections.abc import Sequence

from ftc.core.diff import FileDiff
from ftc.core.masking import Finding, Masking, masking

BY_RULE = "rule "
"""Before the name of the rule, in what a candidate says of who made it."""
DOUBTS = {"unordered-comparison": Masking.ORDER_DROPPED}
"""By the name of the rule."""


def found_in(by: str, diffs: Sequence[FileDiff]) -> tuple[Finding, ...]:
    """What masks in a candidate's patch, and what is doubtful since a rule made it."""
    return (*masking(diffs), *doubts(by, diffs))


def doubts(by: str, diffs: Sequence[FileDiff]) -> tuple[Finding, ...]:
    """The doubt of a candidate's rule, with the first line that it adds; none for anybody else's candidate."""
    kind = DOUBTS.get(by.removeprefix(BY_RULE)) if by.startswith(BY_RULE) else None
    added = [(diff.path, line.strip()) for diff in diffs for line in diff.added]
    return tuple(Finding(masking=kind, path=path, line=line) for path, line in added[:1]) if kind else ()
