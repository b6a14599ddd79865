"""What a task leaves: its status, its exit code, how risky it is, and what people read in its pull request.

The rule it keeps: ``status.json`` has exactly the members of the specification, each always there; what was not
measured is null, never a figure.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from ftc.core.risk import Risk, raised, risk_by_rules
from ftc.core.task_batches import beyond_tests
from ftc.core.task_file import TaskFile
from ftc.core.task_judging import GateName, GateResult, Label, State
from ftc.core.task_work import BatchResult

ALL_PASSED, NOTHING_DELIVERED, RISK_OR_PARTIAL = 0, 1, 2
"""Exit codes of a task (spec, appendix A)."""
TRACE_LINES = 200
"""Lines of ``trace.txt``."""


class Phase(StrEnum):
    """The phases of a task, in their order."""

    PREPARE = "PREPARE"
    ANALYZE = "ANALYZE"
    GENERATE = "GENERATE"
    VALIDATE = "VALIDATE"
    REBASE = "COMMIT/REBASE"
    AGGREGATE = "AGGREGATE"
    PR = "PR"
    EXIT = "EXIT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The result of a task as ``status.json`` has it; the members of a flaky fix stand in a subclass of their own."""

    id: str
    branch: str
    base_sha: str
    commits: tuple[str, ...]
    tests_passed: int | None
    tests_failed: int | None
    coverage_before: float | None
    coverage_after: float | None
    lint_errors: int | None
    """New ones."""
    type_errors: int | None
    diff_lines: int
    risk_level: str
    risk_labels: tuple[str, ...]
    partial: bool
    partial_share: float
    """Of the batches, how many were delivered, 0 to 1."""
    pr_url: str
    cost: float
    """US dollars."""
    started_at: str
    finished_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a task ended early."""

    phase: Phase
    code: str
    summary: str
    next_steps: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What happened, for the texts: each batch, the gates at the end, and the commands that measured them."""

    results: tuple[BatchResult, ...]
    gates: tuple[GateResult, ...]
    commands: tuple[str, ...]
    isolation: str
    """How they were kept apart, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """Risk level with its reasons, and the labels."""

    level: Risk
    reasons: tuple[str, ...]
    labels: tuple[str, ...]


def status_text(status: Status) -> str:
    """``status.json``."""
    return json.dumps(asdict(status), indent=1, ensure_ascii=True, allow_nan=False) + "\n"


def exit_code(status: Status, *, waits: bool, unmet: bool) -> int:
    """0 when all gates passed, 2 when something was delivered with risk or in part, 1 when nothing was.

    ``waits``: a plan was posted that waits for approval; ``unmet``: a gate that the task asked for is not available.
    """
    if not status.commits:
        return RISK_OR_PARTIAL if waits else NOTHING_DELIVERED
    risky = bool(status.risk_labels) or status.risk_level == Risk.HIGH.word
    return RISK_OR_PARTIAL if risky or status.partial or unmet or waits else ALL_PASSED


def assess(
    task: TaskFile,
    *,
    metrics: dict[str, float | None],
    paths: Iterable[str],
    labels: Iterable[Label],
    gates: Sequence[GateResult],
    by_model: Sequence[Risk] = (),
) -> Assessment:
    """How risky the result is: rules first, then what was found, then the model, each of which only raises it."""
    level, reasons = risk_by_rules(task.pr.high_if, metrics)
    found = [f"rule: {reason}" for reason in reasons]
    names = tuple(label.value for label in dict.fromkeys(labels))
    product = beyond_tests(paths)
    missing = tuple(dict.fromkeys([*unmet_gates(gates), *_untold(gates)]))
    medium = {
        f"labels: {', '.join(names)}": bool(names),
        f"code beyond the tests: {len(product)} files": bool(product),
        f"not available: {', '.join(missing)}": bool(missing),
    }
    found += [reason for reason, is_so in medium.items() if is_so]
    level = max(level, Risk.MEDIUM if any(medium.values()) else Risk.LOW)
    if any(gate.gate == GateName.TESTS and gate.state == State.FAILED for gate in gates):
        level, found = Risk.HIGH, [*found, "tests fail"]
    risen = raised(level, by_model)
    found += [f"the model's own estimate: {risen.word}"] if risen > level else []
    return Assessment(level=risen, reasons=tuple(found), labels=names)


def unmet_gates(gates: Iterable[GateResult]) -> tuple[str, ...]:
    """Gates that the task made a condition and that nobody could measure."""
    return tuple(gate.gate.value for gate in gates if gate.wanted and gate.state == State.UNAVAILABLE)


def _untold(gates: Iterable[GateResult]) -> Iterator[str]:
    """New tests that nobody could try: no tool has to be there for that, and it is no pass either."""
    yield from (
        gate.gate.value for gate in gates if gate.gate == GateName.NEW_TESTS and gate.state == State.UNAVAILABLE
    )


def stamp(moment: datetime) -> str:
    """A time as ``status.json`` has it: UTC to the second."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def trace(text: str) -> str:
    """The last ``TRACE_LINES`` lines."""
    return "\n".join(text.splitlines()[-TRACE_LINES:]) + "\n"
