"""What a program of the user's is handed that looks for a repair of the base branch.

The rule it keeps: it is told the commit, what fails there and what it may change, and nothing that it could use on
anything else.
"""

from dataclasses import dataclass

TASK, FAILURE = "heal-task/1", "heal-failure/1"
"""Schemas of ``HealTask`` and of the ``gates.Shown`` that goes with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealTask:
    """One commit whose gates fail."""

    base_sha: str
    branch: str
    """Whose newest commit it is."""
    fast: str
    slow: str
    """The commands of the gates; an empty one passes."""
    allowed_paths: tuple[str, ...]
    """Patterns of the files that may be changed."""
    product_code: bool
    """Whether every file may be that is not protected."""
    round: int
    """From 1."""
    earlier: tuple[str, ...]
    """Patches that were tried in earlier rounds; the fast gate failed with each."""
