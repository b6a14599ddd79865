"""The rules of evidence: one entry each, with id, weight in log-odds, the reason for it, and what makes it speak.

The rule it keeps: weights live in this table only, and whatever else speaks, A+ stays above 0.95, A above 0.9 and B
above 0.75. That holds because the grades outweigh the prior and all entries below zero together.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from ftc.core import findings
from ftc.core.findings import Case, Finding
from ftc.core.model import EvidenceItem, Flake, Grade, Occurrence
from ftc.core.runs import Runs, earned
from ftc.core.thresholds import Thresholds
from ftc.core.unrelated import Touched, unrelated


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One entry of the table; ``find`` gives a sentence with links where the rule holds."""

    id: str
    weight: float
    why: str
    find: Callable[[Case], Finding | None]
    grade: Grade | None = None
    """The grade it earns; none for what only shifts the odds."""

    def apply(self, case: Case) -> EvidenceItem | None:
        """The rule's evidence in this case, if it has any."""
        found = self.find(case)
        return EvidenceItem(rule=self.id, weight=self.weight, text=found[0], links=found[1]) if found else None


def regraded(flake: Flake, runs: Runs, *, touched: Touched, thresholds: Thresholds, looked_up: bool = True) -> Flake:
    """The flake with every occurrence at the best grade it has earned so far; a grade is never taken back.

    Grade B is not given while nobody has looked up which files the pull requests change (``looked_up``).
    """
    flake = replace(flake, occurrences=tuple(_at_best(item, *earned(item, runs)) for item in flake.occurrences))
    case = unrelated(flake, runs, touched=touched, thresholds=thresholds) if looked_up else None
    if case is None or not case.enough:
        return flake
    counted = {item.key for item in case.occurrences}
    return replace(
        flake,
        occurrences=tuple(_at_best(item, Grade.B, "") if item.key in counted else item for item in flake.occurrences),
    )


def _at_best(occurrence: Occurrence, grade: Grade, proof: str) -> Occurrence:
    return replace(occurrence, grade=grade, proof=proof) if grade.rank < occurrence.grade.rank else occurrence


A_PLUS_WHY = "Same run, same code, different outcome: the one sign of flakiness that nobody disputes."

RULES: tuple[Rule, ...] = (
    Rule(
        id="prior",
        weight=-1.0,
        find=findings.prior,
        why="About one failing test in four is flaky before anything is known.",
    ),
    Rule(id="passed-on-retry", weight=6.0, find=findings.passed_on_retry, grade=Grade.A_PLUS, why=A_PLUS_WHY),
    Rule(id="passed-later-attempt", weight=6.0, find=findings.passed_later, grade=Grade.A_PLUS, why=A_PLUS_WHY),
    Rule(
        id="passed-same-tree",
        weight=5.2,
        find=findings.passed_same_tree,
        grade=Grade.A,
        why="Same code, different outcome, though machine, time and caches may differ.",
    ),
    Rule(
        id="unrelated-changes",
        weight=4.0,
        find=findings.unrelated_changes,
        grade=Grade.B,
        why="One cause in three changes by different people is unlikely to be in any of them.",
    ),
    Rule(
        id="known-issue",
        weight=1.0,
        find=findings.known_issue,
        grade=Grade.C,
        why="A test that was flaky before often still is.",
    ),
    Rule(id="fails-rarely", weight=0.3, find=findings.fails_rarely, why="What is broken fails every time."),
    Rule(id="many-days", weight=0.2, find=findings.many_days, why="A broken test is repaired or reverted within days."),
    Rule(
        id="on-base-branch", weight=0.2, find=findings.on_base_branch, why="Merged code passed its own checks before."
    ),
    Rule(
        id="timing-kind",
        weight=0.2,
        find=findings.timing_kind,
        why="Time-outs, races and leaks come and go with the schedule.",
    ),
    Rule(
        id="one-source",
        weight=-0.4,
        find=findings.one_source,
        why="One change or one author can be the cause of it all.",
    ),
    Rule(
        id="touches-package",
        weight=-0.3,
        find=findings.touches_package,
        why="A change to a package can break that package's tests.",
    ),
    Rule(
        id="changes-unknown",
        weight=-0.1,
        find=findings.changes_unknown,
        why="A change not looked at might be the cause.",
    ),
    Rule(id="seen-once", weight=-0.2, find=findings.seen_once, why="A single failure shows no pattern."),
    Rule(
        id="fails-since",
        weight=-0.9,
        find=findings.fails_since,
        why="Failing on every commit from one on is how a regression looks.",
    ),
    Rule(
        id="infrastructure",
        weight=0.0,
        find=findings.infrastructure,
        why="Decides the class, not the odds: it did come and go, but the test is not to blame.",
    ),
)
"""Every rule, the strongest evidence first."""

RULES_BY_ID: Mapping[str, Rule] = {rule.id: rule for rule in RULES}


def evidence(case: Case) -> tuple[EvidenceItem, ...]:
    """What every rule has to say, in the table's order.

    Only the first grade counts with its weight: further ones describe the same comings and goings once more. That a
    test has its issue is worth saying only where nothing better is known.
    """
    items: list[EvidenceItem] = []
    graded = False
    for rule in RULES:
        item = rule.apply(case)
        if item is None or (rule.grade is Grade.C and graded):
            continue
        items.append(replace(item, weight=0.0) if rule.grade and graded else item)
        graded = graded or rule.grade is not None
    return tuple(items)
