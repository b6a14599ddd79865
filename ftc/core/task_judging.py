"""Whether a batch passes its gates: what was measured before it against what was measured after it.

The rule it keeps: a gate compares with the base, so what was broken before is tolerated and what the batch broke is
not; a gate whose tool is missing says so and never passes.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ftc.core import noticed
from ftc.core.noticed import Noticed
from ftc.core.task_file import OnTestFailure, QualityGates

DRIFT = 0.5
"""Percentage points by which coverage may fall short of what was asked for (spec, appendix A)."""
SHOWN = 3
"""Findings named in a gate's detail."""


class GateName(StrEnum):
    """The gates, in the order in which they are looked at."""

    TESTS = "tests"
    COVERAGE = "coverage"
    LINT = "lint"
    TYPES = "types"
    NEW_TESTS = "new tests"
    """Whether the tests that a batch adds fail when what they cover is broken; looked at when all others passed."""


class State(StrEnum):
    """How a gate ended."""

    PASSED = "passed"
    FAILED = "failed"
    UNAVAILABLE = "not available"


class Action(StrEnum):
    """What becomes of a batch."""

    COMMIT = "commit"
    ROLL_BACK = "roll back"
    KEEP = "keep"
    """Committed although tests fail, so that people see what they found."""


class Label(StrEnum):
    """The risk labels (spec, appendix A)."""

    TESTS_FAILED = "tests-failed"
    POTENTIAL_BUG = "potential-bug"
    COVERAGE = "coverage-risk"
    STYLE = "style-fix-needed"
    TYPES = "type-risk"
    LARGE_DIFF = "large-diff"
    ABORTED = "aborted"
    NEEDS_REVIEW = "needs-manual-review"
    PARTIAL = "partial"


FAILING = {
    GateName.TESTS: Label.TESTS_FAILED,
    GateName.COVERAGE: Label.COVERAGE,
    GateName.LINT: Label.STYLE,
    GateName.TYPES: Label.TYPES,
    GateName.NEW_TESTS: Label.NEEDS_REVIEW,
}
"""The label of each gate that fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """What a run of the tests showed; ``failures`` are names, or one entry for an exit code nobody explained."""

    passed: int
    failures: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was measured of one tree; None for what could not be, with the reason in ``problems``."""

    tests: Suite | None = None
    coverage: float | None = None
    """Percent."""
    lint: tuple[str, ...] | None = None
    """Findings without line numbers, which move with every edit."""
    types: tuple[str, ...] | None = None
    problems: tuple[tuple[GateName, str], ...] = ()
    output: str = ""
    """The end of what the failing tools said; untrusted."""
    commands: tuple[str, ...] = ()

    def problem(self, gate: GateName) -> str:
        """Why this could not be measured; empty when it was."""
        return dict(self.problems).get(gate, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """One gate's result; ``wanted`` is whether the task made it a condition."""

    gate: GateName
    state: State
    detail: str
    wanted: bool


def judge(before: Measured, after: Measured, gates: QualityGates) -> tuple[GateResult, ...]:
    """Every gate's result, in their order."""
    return (
        _tests(before, after, wanted=gates.require_all_tests_pass),
        _coverage(before, after, least=gates.min_coverage_delta),
        _findings(GateName.LINT, before, after, wanted=gates.forbid_new_lint_errors),
        _findings(GateName.TYPES, before, after, wanted=gates.forbid_new_type_errors),
    )


def action(results: Sequence[GateResult], on_test_failure: OnTestFailure) -> Action:
    """What becomes of a batch with these results (spec, appendix A)."""
    failed = {result.gate for result in results if result.state == State.FAILED and result.wanted}
    if not failed:
        return Action.COMMIT
    keeps = failed == {GateName.TESTS} and on_test_failure == OnTestFailure.KEEP
    return Action.KEEP if keeps else Action.ROLL_BACK


def risk_labels(results: Sequence[GateResult], done: Action) -> tuple[Label, ...]:
    """The labels of a batch that ended so; a kept one may have found a bug."""
    found = [FAILING[result.gate] for result in results if result.state == State.FAILED]
    return (*found, Label.POTENTIAL_BUG) if done == Action.KEEP else tuple(found)


def new_tests_result(found: Sequence[Noticed], gates: QualityGates) -> tuple[GateResult, ...]:
    """What became of a batch's new tests on broken code; nothing for a batch that has none."""
    if not found:
        return ()
    wanted = gates.new_tests_must_fail
    state = _NOTICED[noticed.whole(found)]
    needed = bool(wanted) if state == State.UNAVAILABLE else wanted is not False
    return (_result(GateName.NEW_TESTS, state, noticed.told(found), wanted=needed),)


_NOTICED = {
    noticed.Notice.NOTICED: State.PASSED,
    noticed.Notice.BLIND: State.FAILED,
    noticed.Notice.UNTOLD: State.UNAVAILABLE,
}


def worst_of_new_tests(batches: Iterable[Sequence[GateResult]]) -> tuple[GateResult, ...]:
    """The result that speaks for all batches; nothing where none of them added a test."""
    found = [result for results in batches for result in results if result.gate == GateName.NEW_TESTS]
    order = (State.FAILED, State.UNAVAILABLE, State.PASSED)
    return tuple(sorted(found, key=lambda result: order.index(result.state))[:1])


def coverage_delta(before: Measured, after: Measured) -> float | None:
    """Percentage points gained; None where one side is not known."""
    if before.coverage is None or after.coverage is None:
        return None
    return round(after.coverage - before.coverage, 2)


def new_items(before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    """What is there more often than before."""
    return tuple(sorted((Counter(after) - Counter(before)).elements()))


def _tests(before: Measured, after: Measured, *, wanted: bool) -> GateResult:
    gate = GateName.TESTS
    if after.tests is None:
        return _unmeasured(gate, before, after, wanted=wanted)
    old = before.tests.failures if before.tests else frozenset()
    broken = sorted(after.tests.failures - old)
    if broken:
        return _result(gate, State.FAILED, f"{len(broken)} fail: {_listed(broken)}", wanted=wanted)
    tolerated = f"; {len(old)} fail as before" if after.tests.failures else ""
    return _result(gate, State.PASSED, f"{after.tests.passed} pass{tolerated}", wanted=wanted)


def _coverage(before: Measured, after: Measured, *, least: float | None) -> GateResult:
    gate, delta, wanted = GateName.COVERAGE, coverage_delta(before, after), least is not None
    if delta is None:
        return _unmeasured(gate, before, after, wanted=wanted)
    said = f"{before.coverage:.2f} % to {after.coverage:.2f} % ({delta:+.2f} points)"
    low = delta < (least or 0.0) - DRIFT
    return _result(gate, State.FAILED if low else State.PASSED, said, wanted=wanted)


def _findings(gate: GateName, before: Measured, after: Measured, *, wanted: bool | None) -> GateResult:
    old, new = (_items(measured, gate) for measured in (before, after))
    # Where the base could not be measured nobody can say what is new.
    if old is None or new is None:
        return _unmeasured(gate, before, after, wanted=bool(wanted))
    added = new_items(old, new)
    state = State.FAILED if added and wanted is not False else State.PASSED
    said = f"{len(added)} new: {_listed(added)}" if added else f"none new, {len(new)} in all"
    return _result(gate, state, said, wanted=wanted is not False)


def _items(measured: Measured, gate: GateName) -> tuple[str, ...] | None:
    return measured.lint if gate == GateName.LINT else measured.types


def _unmeasured(gate: GateName, before: Measured, after: Measured, *, wanted: bool) -> GateResult:
    """Not available where it never was; failed where the batch made it impossible to measure."""
    reason = before.problem(gate)
    if reason:
        return _result(gate, State.UNAVAILABLE, reason, wanted=wanted)
    said = after.problem(gate) or "it could not be measured"
    return _result(gate, State.FAILED, f"{said}, which it did before", wanted=True)


def _result(gate: GateName, state: State, detail: str, *, wanted: bool) -> GateResult:
    return GateResult(gate=gate, state=state, detail=detail, wanted=wanted)


def _listed(items: Sequence[str]) -> str:
    more = f" and {len(items) - SHOWN} more" if len(items) > SHOWN else ""
    return ", ".join(items[:SHOWN]) + more
