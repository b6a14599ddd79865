"""From evidence to a verdict: the grade, the class, and a probability that is the sum of named items.

The rule it keeps: the grade comes from the rules alone; an opinion shifts the odds of an undecided case only.
"""

from collections.abc import Iterable
from math import exp

from ftc.core.binomial import percent
from ftc.core.findings import Case, case_of, lasting_failure
from ftc.core.model import EvidenceItem, FailureClass, Flake, Grade, Verdict
from ftc.core.rules import RULES_BY_ID, evidence
from ftc.core.runs import Runs
from ftc.core.thresholds import Thresholds
from ftc.core.unrelated import Touched, unknown_changes, unrelated

LEAST_CONFIDENCE = {Grade.A_PLUS: 0.95, Grade.A: 0.9, Grade.B: 0.75}
"""What the weights guarantee for each grade whatever else is known (spec, section 6)."""


def classify(
    flake: Flake,
    runs: Runs,
    *,
    touched: Touched,
    thresholds: Thresholds,
    opinion: EvidenceItem | None = None,
) -> Verdict:
    """Judge one flake whose occurrences are at their grades (``rules.regraded``).

    ``opinion`` is a model's, with its weight in log-odds; it counts for the class ``unknown`` only.
    """
    case = case_of(flake, runs, touched=touched, thresholds=thresholds)
    items = evidence(case)
    grade = grade_of(items)
    failure_class = _class(items, grade)
    if opinion is not None and failure_class == FailureClass.UNKNOWN:
        items = (*items, opinion)
    streak = lasting_failure(case) if failure_class == FailureClass.LIKELY_REGRESSION else None
    return Verdict(
        failure_class=failure_class,
        grade=grade,
        confidence=_confidence(items, failure_class),
        evidence=items,
        surer=_surer(case, grade),
        suspect=streak.shas[0] if streak and streak.after_pass else "",
    )


def log_odds(items: Iterable[EvidenceItem]) -> float:
    """The sum of the weights, in natural-log odds that the test is flaky."""
    return sum(item.weight for item in items)


def probability(odds: float) -> float:
    """Log-odds as a probability."""
    return 1 / (1 + exp(-odds))


def grade_of(items: Iterable[EvidenceItem]) -> Grade:
    """The strongest grade among the rules that spoke; D when none earns one."""
    grades = [RULES_BY_ID[item.rule].grade for item in items if item.rule in RULES_BY_ID]
    return min((grade for grade in grades if grade), key=lambda grade: grade.rank, default=Grade.D)


def summed(verdict: Verdict) -> str:
    """The verdict as the sum it is: ``- 1.0 prior + 6.0 passed-on-retry = 5.0, 99.3% flaky``."""
    parts = [f"{'-' if item.weight < 0 else '+'} {abs(item.weight):.1f} {item.rule}" for item in verdict.evidence]
    odds = log_odds(verdict.evidence)
    return f"{' '.join(parts)} = {odds:.1f}, {percent(probability(odds))} flaky"


def _class(items: Iterable[EvidenceItem], grade: Grade) -> FailureClass:
    spoke = {item.rule for item in items}
    if grade in (Grade.A_PLUS, Grade.A):
        return FailureClass.INFRA_FLAKE if "infrastructure" in spoke else FailureClass.FLAKY_TEST
    if "fails-since" in spoke:
        return FailureClass.LIKELY_REGRESSION
    return FailureClass.UNKNOWN if grade == Grade.D else FailureClass.FLAKY_TEST


def _confidence(items: Iterable[EvidenceItem], failure_class: FailureClass) -> float:
    """The probability of the class; for ``unknown`` it is that of being flaky after all."""
    flaky = probability(log_odds(items))
    return 1 - flaky if failure_class == FailureClass.LIKELY_REGRESSION else flaky


def _surer(case: Case, grade: Grade) -> tuple[str, ...]:
    """What is missing for more, as sentences; nothing when same-run proof is there twice."""
    wishes: list[str] = []
    if grade.rank > Grade.A.rank:
        wishes.append("A re-run of one of these failed jobs that passes on the same commit.")
    elif grade == Grade.A:
        wishes.append("A re-run of a failed attempt that passes within the same run.")
    attempts = {item.key[:3] for item in case.flake.occurrences}
    if grade.rank <= Grade.A.rank and len(attempts) < case.thresholds.occurrences_to_file and not case.flake.sealed:
        wishes.append("A second failure; the first one alone opens no issue.")
    if grade.rank > Grade.B.rank:
        wishes.extend(_towards_b(case))
    return tuple(wishes)


def _towards_b(case: Case) -> tuple[str, ...]:
    found = unrelated(case.flake, case.runs, touched=case.touched, thresholds=case.thresholds)
    missing = case.thresholds.unrelated_prs - (len(found.changes) if found else 0)
    wishes: list[str] = []
    if missing > 0:
        wishes.append(f"The same failure in {missing} more unrelated pull request{'s' if missing > 1 else ''}.")
    if case.base.failing:
        wishes.append("Base-branch runs that pass this test; not all of the newest do.")
    if unknown_changes(case.flake.occurrences, case.touched):
        wishes.append("The files changed by the pull requests it was seen in.")
    return tuple(wishes)


def steadied(stored: Verdict | None, fresh: Verdict) -> Verdict:
    """The verdict to keep: evidence does not weaken because logs expired or old occurrences became counters.

    A test that now fails on every commit is a regression whatever it was before, unless it has proof of the opposite.
    """
    if stored is None or fresh.grade.rank <= stored.grade.rank:
        return fresh
    turned = fresh.failure_class == FailureClass.LIKELY_REGRESSION and stored.grade.rank > Grade.A.rank
    return fresh if turned else stored
