"""What a generator is asked for and what it may answer, and how each batch of a task ended.

The rule it keeps: an answer is a proposal. What it really changes is read from git, and what it claims about risk can
only make people more careful.
"""

from dataclasses import dataclass
from enum import StrEnum

from ftc.core.risk import Risk
from ftc.core.task_batches import Batch
from ftc.core.task_judging import GateResult, Label


@dataclass(frozen=True, slots=True, kw_only=True)
class FileText:
    """A file as it is to be, whole."""

    path: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """A proposed change: files to write, or, without any, what was changed in the worktree already."""

    files: tuple[FileText, ...] = ()
    summary: str = ""
    usd: float | None = 0.0
    """What it cost; None is unknown and counts as all that is left."""
    risk: Risk = Risk.LOW


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp:
    """There is no way to do this batch, or nothing to do in it (``idle``), which is as good as done."""

    reason: str
    idle: bool = False
    usd: float | None = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Files beyond the tests that would be changed; they wait for an approval."""

    files: tuple[str, ...]
    reason: str = ""
    usd: float | None = 0.0


Answer = Edits | GiveUp | Plan


class End(StrEnum):
    """How a batch ended."""

    DONE = "done"
    KEPT = "kept with failing tests"
    IDLE = "nothing to do"
    GAVE_UP = "given up"
    WAITS = "waits for approval"
    ABORTED = "failed too often"
    DROPPED = "dropped after a conflict"
    NOT_REACHED = "not reached"

    @property
    def delivered(self) -> bool:
        """Whether there is a commit of it."""
        return self in (End.DONE, End.KEPT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One batch's commit; ``lines`` counts added and removed ones."""

    sha: str
    message: str
    paths: tuple[str, ...]
    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """One batch at its end; ``reason`` may quote a tool or a model."""

    batch: Batch
    end: End
    reason: str = ""
    attempts: int = 0
    commit: Commit | None = None
    gates: tuple[GateResult, ...] = ()
    labels: tuple[Label, ...] = ()
    planned: tuple[str, ...] = ()
    risk: Risk = Risk.LOW
    doubts: tuple[str, ...] = ()
    """Lines of its commit that may hide a failure, or mend it, as ``masking.Finding`` tells them; hostile."""


def share(results: tuple[BatchResult, ...]) -> float:
    """Of the batches in which there was something to do, how many were delivered, 0 to 1."""
    wanted = [result for result in results if result.end != End.IDLE]
    return round(sum(result.end.delivered for result in wanted) / len(wanted), 4) if wanted else 0.0
