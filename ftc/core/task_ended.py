"""The work of a task when no batch is left, and what follows from it: labels, metrics, risk, status, or why nothing.

The rule it keeps: figures are those measured of the last tree that is delivered, against the base that it is on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ftc.core.task_batches import beyond_tests
from ftc.core.task_file import TaskFile
from ftc.core.task_judging import GateName, GateResult, Label, Measured, State, coverage_delta, new_items
from ftc.core.task_plan import PlannedFile
from ftc.core.task_report import Assessment, Failure, Phase, Status, assess, stamp
from ftc.core.task_work import BatchResult, Commit, End, share


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """When a task began and ended, and what it cost in US dollars."""

    started: datetime
    finished: datetime
    cost: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The work when no batch is left: the base it is on, what was measured of it and of the result."""

    base_branch: str
    base_sha: str
    base: Measured
    last: Measured
    results: tuple[BatchResult, ...] = ()
    stop: str = ""
    """Why it ended early; empty when it did not."""

    @property
    def commits(self) -> tuple[Commit, ...]:
        """What is delivered."""
        return tuple(result.commit for result in self.results if result.commit)

    @property
    def planned(self) -> tuple[PlannedFile, ...]:
        """Files that wait for an approval, each with the first reason given."""
        waiting = [result for result in self.results if result.end == End.WAITS]
        found = {path: result.reason for result in reversed(waiting) for path in result.planned}
        return tuple(PlannedFile(path=path, reason=found[path]) for path in sorted(found))


def why_nothing(ended: Ended) -> Failure:
    """The failure of a task whose batches all ended without a commit."""
    aborted = any(result.end == End.ABORTED for result in ended.results)
    dropped = any(result.end == End.DROPPED for result in ended.results)
    code = "aborted" if aborted else "conflict" if dropped else "limit" if ended.stop else "given-up"
    reasons = [f"{result.batch.name}: {result.end}: {result.reason}" for result in ended.results]
    phase = Phase.VALIDATE if aborted else Phase.REBASE if dropped else Phase.GENERATE
    steps = {
        "aborted": "Read which gate failed above; make the objective more exact or the batches smaller.",
        "conflict": "Run the task again on the new base.",
        "limit": "Raise the limit that was reached, or include fewer files.",
        "given-up": "Read the reasons above; the task may have nothing left to do.",
    }
    summary = "\n".join([*([ended.stop] if ended.stop else []), *reasons]) or "There was nothing to do."
    return Failure(phase=phase, code=code, summary=summary, next_steps=(steps[code],))


def labels_of(ended: Ended, sizes: Sequence[int], *, limit: int, gates: Sequence[GateResult] = ()) -> tuple[Label, ...]:
    """Every risk label, each once: of the batches, of the whole, and of how it ended."""
    found = [label for result in ended.results for label in result.labels]
    low = any(gate.gate == GateName.COVERAGE and gate.state == State.FAILED and gate.wanted for gate in gates)
    found += [Label.COVERAGE] if low else []
    found += [Label.LARGE_DIFF] if any(size > limit for size in sizes) else []
    found += [Label.ABORTED] if any(result.end == End.ABORTED for result in ended.results) else []
    found += [Label.NEEDS_REVIEW] if any(result.commit and result.doubts for result in ended.results) else []
    found += [Label.PARTIAL] if any(result.end == End.NOT_REACHED for result in ended.results) else []
    return tuple(dict.fromkeys(found))


def assessed(
    task: TaskFile, ended: Ended, gates: Sequence[GateResult], *, sizes: Sequence[int], cost: float
) -> Assessment:
    """Risk and labels of what is delivered; ``sizes`` are the changed lines of each request."""
    paths = {path for commit in ended.commits for path in commit.paths}
    return assess(
        task,
        metrics=_metrics(ended, paths, cost),
        paths=paths,
        labels=labels_of(ended, sizes, limit=task.gates.max_diff_lines, gates=gates),
        gates=gates,
        by_model=tuple(result.risk for result in ended.results if result.commit),
    )


def _metrics(ended: Ended, paths: set[str], cost: float) -> dict[str, float | None]:
    """What risk rules may name; None where it was not measured."""
    tests = ended.last.tests
    return {
        "coverage_before": ended.base.coverage,
        "coverage_after": ended.last.coverage,
        "coverage_delta": coverage_delta(ended.base, ended.last),
        "commits": len(ended.commits),
        "cost": cost,
        "diff_lines": sum(commit.lines for commit in ended.commits),
        "files_changed": len(paths),
        "product_files": len(beyond_tests(paths)),
        "partial_share": share(ended.results),
        "tests_passed": tests.passed if tests else None,
        "tests_failed": len(tests.failures) if tests else None,
        "lint_errors": _new(ended, "lint"),
        "type_errors": _new(ended, "types"),
    }


def _new(ended: Ended, kind: str) -> int | None:
    before, after = (measured.lint if kind == "lint" else measured.types for measured in (ended.base, ended.last))
    return None if before is None or after is None else len(new_items(before, after))


def status_of(task: TaskFile, ended: Ended | None, assessment: Assessment, span: Span) -> Status:
    """The status before there is a pull request; ``ended`` is None when not even the base was found."""
    tests = ended.last.tests if ended else None
    commits = ended.commits if ended else ()
    done = share(ended.results) if ended else 0.0
    return Status(
        id=task.id,
        branch=task.branch,
        base_sha=ended.base_sha if ended else "",
        commits=tuple(commit.sha for commit in commits),
        tests_passed=tests.passed if tests else None,
        tests_failed=len(tests.failures) if tests else None,
        coverage_before=_rounded(ended.base.coverage if ended else None),
        coverage_after=_rounded(ended.last.coverage if ended else None),
        lint_errors=_new(ended, "lint") if ended else None,
        type_errors=_new(ended, "types") if ended else None,
        diff_lines=sum(commit.lines for commit in commits),
        risk_level=assessment.level.word,
        risk_labels=assessment.labels,
        partial=bool(commits) and done < 1,
        partial_share=done,
        pr_url="",
        cost=round(span.cost, 6),
        started_at=stamp(span.started),
        finished_at=stamp(span.finished),
    )


def _rounded(percent: float | None) -> float | None:
    return None if percent is None else round(percent, 2)
