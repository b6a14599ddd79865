"""The counts of both sides of a proof in one line of words.

The rule it keeps: what failed in another way, and what vanished, is told wherever the failures are.
"""

from ftc.core.stress import Tally


def in_words(before: Tally, after: Tally) -> str:
    """As ``failed in 9 of 40 runs before, in 0 of 40 after; in another way in 1 of 40 before, in 0 of 40 after``."""

    def side(count: int, tally: Tally) -> str:
        return f"{count} of {tally.runs}"

    told = f"failed in {side(before.target, before)} runs before, in {side(after.target, after)} after"
    if before.other or after.other:
        told += f"; in another way in {side(before.other, before)} before, in {side(after.other, after)} after"
    if before.silent or after.silent:
        told += f"; {before.silent} further runs before and {after.silent} after vanished without a result"
    return told
