"""What all legs of a proof say together: which candidate is the best one, and what may be claimed for it.

The rule it keeps: publish and settle both read this one conclusion of the verification documents, so that what is said
on the issue and what stands in the pull request cannot differ; nothing of it comes from who proposed the change.
"""

from dataclasses import dataclass

from ftc.core.fix import Judged, Reproduction
from ftc.core.stress import Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A candidate that is not the chosen one, and why."""

    candidate: int
    why: str
    """As ``masking: skip: tests/test_x.py: @pytest.mark.skip``; may quote the patch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """The outcome of verify, over all its legs."""

    candidate: int
    """Number of the chosen candidate; 0 when none may be published."""
    proof: Proof | None
    """Of the chosen candidate, or of the best rejected one; None when nothing was measured."""
    judged: Judged | None
    """Gates, masking, violations and diff of the chosen candidate; strata are those of all legs."""
    rejected: tuple[Rejected, ...]
    commands: tuple[str, ...]
    """What a person runs to see before and after."""
    legs: tuple[str, ...]
    """Legs that answered, sorted."""
    missing_legs: tuple[str, ...]
    problems: tuple[str, ...]


def known_commands(said: Conclusion | None, reproduction: Reproduction | None) -> tuple[str, ...]:
    """What a person may be told to run: commands of the proof that were those of the reproduction already.

    People paste them, and the jobs of a proof run anybody's change; reproduction runs nothing but the base.
    """
    known = {trial.command for trial in reproduction.trials} if reproduction else set()
    return tuple(command for command in (said.commands if said else ()) if command in known)
