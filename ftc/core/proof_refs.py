"""Which pull requests were proven for an issue, as its state remembers them.

The rule it keeps: each proof that was told is counted once, however often it is told, since it took a share of the one
error probability of the issue. It is no run of the issue, and holds up none.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

MAX_PROOFS = 40
"""Proofs remembered. The next needs 46 failures, which chance gives once in 10^13 proofs: no need to count on."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ProofRef:
    """A proof of somebody's pull request that was told."""

    at: datetime
    """When it was ordered."""
    task: str


def proofs_of(proofs: Iterable[ProofRef]) -> tuple[ProofRef, ...]:
    """One for each task, by its first order; newest first."""
    first: dict[str, ProofRef] = {}
    for item in sorted(proofs):
        first.setdefault(item.task, item)
    return tuple(sorted(first.values(), reverse=True))[:MAX_PROOFS]
