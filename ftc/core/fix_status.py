"""What a fix run leaves: its ``status.json`` with the figures of the proof, its risk, and its exit code.

The rule it keeps: the figures are those of the candidate that was delivered, as the verify jobs counted them. A run in
which nothing was counted has null there, and no exit code calls a fix good that is not verified.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ftc.core.diff import parse_file_diff
from ftc.core.fix import Judged, Publication, Task, TaskKind, Verification
from ftc.core.risk import Risk
from ftc.core.stress import Proof, Tally, Verdict
from ftc.core.task_batches import beyond_tests
from ftc.core.task_report import ALL_PASSED, NOTHING_DELIVERED, RISK_OR_PARTIAL, Status, exit_code, stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of the proof: runs, how many failed in the way that was to be fixed, and how a person repeats them."""

    runs: int
    failures: int
    commands: tuple[str, ...]
    amplifier: str
    """Names of all that were used, in their order, with a comma between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FixStatus(Status):
    """``status.json`` of a flaky fix (spec, appendix A): the members of every task, and the proof's."""

    before: Side | None
    after: Side | None
    p_value: float | None
    upper_bound: float | None
    """95 % upper limit of the rate that remains."""
    verdict: str
    """Empty when nothing was proven, one way or the other."""


def fix_status(  # noqa: PLR0913 - one argument for each document of the run, and its span
    task: Task,
    verification: Sequence[Verification],
    proof: Proof | None,
    publication: Publication | None,
    *,
    cost: float,
    started: datetime,
    finished: datetime,
) -> FixStatus:
    """The status of a fix run from what its jobs handed on; ``cost`` is in US dollars.

    Tests, coverage, lint and types are null: verify compares which tests ran and what they gave, and counts none of it.
    """
    chosen = _chosen(verification, proof, publication)
    delivered = publication is not None and bool(publication.head_sha)
    share = _share(task, chosen) if delivered else 0.0
    labels = publication.risk_labels if publication else ()
    level = _risk(proof, chosen, whole=share == 1, labelled=bool(labels)) if delivered else Risk.LOW
    return FixStatus(
        id=task.id,
        branch=(publication.branch if publication else "") or task.branch,
        base_sha=task.base_sha,
        commits=(publication.head_sha,) if publication and delivered else (),
        tests_passed=None,
        tests_failed=None,
        coverage_before=None,
        coverage_after=None,
        lint_errors=None,
        type_errors=None,
        diff_lines=max((_lines(item.diff) for item in chosen), default=0) if delivered else 0,
        risk_level=level.word,
        risk_labels=labels,
        partial=delivered and share < 1,
        partial_share=share,
        pr_url=publication.url if publication else "",
        cost=round(cost, 6),
        started_at=stamp(started),
        finished_at=stamp(finished),
        before=_side(proof.before, verification, chosen) if proof else None,
        after=_side(proof.after, verification, chosen) if proof else None,
        p_value=proof.p_value if proof else None,
        upper_bound=proof.upper_bound if proof else None,
        verdict=proof.verdict.value if proof else "",
    )


def fix_exit_code(task: Task, status: FixStatus, publication: Publication | None) -> int:
    """0 verified and published, 2 delivered in part or with a risk, 1 nothing delivered.

    What is not verified is a risk, and so is a branch whose pull request GitHub refused. A run that judges somebody's
    pull request delivers its verdict: 0 verified, 2 supported, else 1.
    """
    verified = status.verdict == Verdict.VERIFIED
    if task.kind is TaskKind.VERIFY:
        supported = RISK_OR_PARTIAL if status.verdict == Verdict.SUPPORTED else NOTHING_DELIVERED
        return ALL_PASSED if verified else supported
    refused = publication is not None and bool(publication.problem)
    return exit_code(status, waits=False, unmet=refused or not verified)


def _chosen(
    verification: Sequence[Verification], proof: Proof | None, publication: Publication | None
) -> tuple[Judged, ...]:
    """What each leg said of the candidate that was published, else of the one that the proof is about."""
    by_number: dict[int, list[Judged]] = {}
    for leg in verification:
        for item in leg.judged:
            by_number.setdefault(item.candidate, []).append(item)
    if publication and publication.candidate in by_number:
        return tuple(by_number[publication.candidate])
    found = (tuple(items) for items in by_number.values() if proof and _sides(items) == (proof.before, proof.after))
    return next(found, ())


def _sides(judged: Iterable[Judged]) -> tuple[Tally, Tally]:
    strata = [item for one in judged for item in one.strata]
    return sum((item.before for item in strata), Tally()), sum((item.after for item in strata), Tally())


def _side(tally: Tally, verification: Sequence[Verification], chosen: Sequence[Judged]) -> Side:
    """A side with its commands, which are the same on either one."""
    amplifiers = dict.fromkeys(str(item.amplifier) for one in chosen for item in one.strata)
    commands = dict.fromkeys(command for leg in verification for command in leg.commands)
    return Side(runs=tally.runs, failures=tally.target, commands=tuple(commands), amplifier=", ".join(amplifiers))


def _share(task: Task, chosen: Sequence[Judged]) -> float:
    """Of the legs that were to judge it, how many did, 0 to 1."""
    return round(min(1.0, len(chosen) / max(1, len(task.legs))), 4)


def _risk(proof: Proof | None, chosen: Sequence[Judged], *, whole: bool, labelled: bool) -> Risk:
    """High where something speaks against the fix, medium where something is missing for it."""
    against = proof is not None and proof.verdict in (Verdict.DID_NOT_HOLD, Verdict.NEW_SIGNATURE)
    failed = any(item.violations or not all(gate.passed for gate in item.gates) for item in chosen)
    if against or failed or not all(item.executed_same for item in chosen):
        return Risk.HIGH
    paths = {path for item in chosen for path in item.files}
    verified = proof is not None and proof.verdict is Verdict.VERIFIED
    masks = any(item.masking for item in chosen)
    flagged = any(gate.flagged for item in chosen for gate in item.gates)
    doubtful = masks or flagged or labelled or not (verified and whole) or bool(beyond_tests(paths))
    return Risk.MEDIUM if doubtful else Risk.LOW


def _lines(diff: str) -> int:
    """Added and removed lines; 0 for a text that is no diff."""
    try:
        found = parse_file_diff("", diff)
    except ValueError:
        return 0
    return len(found.added) + len(found.removed)
