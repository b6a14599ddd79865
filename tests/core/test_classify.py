"""Verdicts: the guaranteed odds of each grade, the classes, and what an opinion may do."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftc.core.classify import LEAST_CONFIDENCE, classify, grade_of, log_odds, probability, steadied, summed
from ftc.core.findings import Case
from ftc.core.model import EvidenceItem, FailureClass, Grade
from ftc.core.rules import RULES, RULES_BY_ID
from tests.builders import a_flake, a_pass, a_pull_occurrence, a_verdict, an_occurrence, days, graded
from tests.core.test_rules import BETWEEN, CASES, a_case, three_pulls

PRIOR = RULES_BY_ID["prior"].weight
GRADED = [rule for rule in RULES if rule.grade]
OTHERS = [rule for rule in RULES if not rule.grade and rule.id != "prior"]


def verdict_of(case: Case, opinion: EvidenceItem | None = None):
    return classify(case.flake, case.runs, touched=case.touched, thresholds=case.thresholds, opinion=opinion)


@pytest.mark.parametrize("rule", [rule for rule in GRADED if rule.grade in LEAST_CONFIDENCE], ids=lambda rule: rule.id)
def test_no_combination_of_other_rules_pulls_a_grade_below_its_odds(rule) -> None:
    for size in range(len(OTHERS) + 1):
        for chosen in combinations(OTHERS, size):
            odds = PRIOR + rule.weight + sum(other.weight for other in chosen)
            assert probability(odds) >= LEAST_CONFIDENCE[rule.grade], [other.id for other in chosen]


def test_circumstances_alone_never_reach_what_grade_b_guarantees() -> None:
    best = PRIOR + sum(rule.weight for rule in OTHERS if rule.weight > 0)
    assert probability(best) < LEAST_CONFIDENCE[Grade.B]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_weights_have_one_decimal_so_that_the_printed_sum_adds_up(rule) -> None:
    assert round(rule.weight, 1) == rule.weight


def test_stronger_grades_weigh_more() -> None:
    weights = [rule.weight for rule in sorted(GRADED, key=lambda rule: rule.grade.rank)]
    assert weights == sorted(weights, reverse=True)


@pytest.mark.parametrize(
    ("case", "failure_class", "grade"),
    [
        ("passed-on-retry", FailureClass.FLAKY_TEST, Grade.A_PLUS),
        ("passed-later-attempt", FailureClass.FLAKY_TEST, Grade.A_PLUS),
        ("passed-same-tree", FailureClass.FLAKY_TEST, Grade.A),
        ("unrelated-changes", FailureClass.FLAKY_TEST, Grade.B),
        ("known-issue", FailureClass.FLAKY_TEST, Grade.C),
        ("one-source", FailureClass.UNKNOWN, Grade.D),
        ("seen-once", FailureClass.UNKNOWN, Grade.D),
        ("fails-since", FailureClass.LIKELY_REGRESSION, Grade.D),
        ("infrastructure", FailureClass.INFRA_FLAKE, Grade.A_PLUS),
    ],
)
def test_classes_and_grades(case: str, failure_class: FailureClass, grade: Grade) -> None:
    verdict = verdict_of(CASES[case])
    assert (verdict.failure_class, verdict.grade) == (failure_class, grade)


def test_a_regression_names_its_suspect_and_is_likelier_than_not() -> None:
    verdict = verdict_of(CASES["fails-since"])
    assert verdict.suspect == f"{1:040x}"
    assert verdict.confidence > 0.5


def test_a_proven_flake_is_no_regression_however_often_it_fails() -> None:
    made = [an_occurrence(run=str(n), sha=f"{n:040x}", created=days(n)) for n in (1, 2, 3)]
    proven = an_occurrence(run="0", sha="0" * 40, created=days(-1))
    verdict = verdict_of(a_case(a_flake(proven, *made), a_pass(id="0", attempt=2, sha="0" * 40, created=days(-1))))
    assert verdict.failure_class == FailureClass.FLAKY_TEST
    assert verdict.confidence >= 0.95


def test_grade_b_waits_while_the_base_branch_is_broken() -> None:
    """Earned in three pull requests and kept, but now the test fails on every commit: not the time for an issue."""
    earned = tuple(graded(item, Grade.B, "") for item in three_pulls())
    made = [an_occurrence(run=str(n), sha=f"{n:040x}", created=days(5 + n)) for n in (1, 2)]
    passed = a_pass(id="ok", sha="c" * 40, created=days(5))
    verdict = verdict_of(a_case(a_flake(*earned, *made), passed))
    assert (verdict.failure_class, verdict.grade) == (FailureClass.LIKELY_REGRESSION, Grade.D)
    assert verdict.confidence > 0.5
    repaired = [a_pass(id=f"r{n}", sha=f"{n}" * 40, created=days(8 + n)) for n in range(3)]
    assert verdict_of(a_case(a_flake(*earned, *made), passed, *repaired)).grade == Grade.B


POOL = [
    an_occurrence(run="1"),
    an_occurrence(run="2", passed_in_run=True, created=days(1)),
    *three_pulls(),
    a_pull_occurrence(3, run="again", author="ada", created=days(4)),
    an_occurrence(run="m1", sha="c" * 40, created=days(5)),
    an_occurrence(run="m2", sha="d" * 40, created=days(6)),
]
WINDOW = [a_pass(id="1", attempt=2), BETWEEN, a_pass(id="c", sha="c" * 40, created=days(5)), a_pass(id="e")]


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from(POOL), unique_by=lambda item: item.key),
    st.lists(st.sampled_from(WINDOW), unique_by=lambda item: item.run.id),
    st.dictionaries(st.integers(1, 3), st.sampled_from([("store/x.go",), ("doc.md",)])),
    st.sampled_from([None, 9]),
)
def test_whatever_happened_the_grade_keeps_its_promise(occurrences, attempts, touched, issue) -> None:
    case = a_case(a_flake(*occurrences, issue=issue), *attempts, touched=touched)
    verdict = verdict_of(case)
    assert verdict.grade == grade_of(verdict.evidence)
    odds = log_odds(verdict.evidence)
    regression = verdict.failure_class == FailureClass.LIKELY_REGRESSION
    assert verdict.confidence == pytest.approx(probability(-odds) if regression else probability(odds))
    if verdict.failure_class == FailureClass.FLAKY_TEST:
        assert verdict.confidence >= LEAST_CONFIDENCE.get(verdict.grade, 0)
    if len({item.pull_request for item in case.flake.occurrences}) == 1 and not attempts:
        assert verdict.grade in (Grade.A_PLUS, Grade.C, Grade.D), "one pull request alone proves nothing"


def test_a_verdict_is_printed_as_its_sum() -> None:
    assert summed(verdict_of(CASES["passed-on-retry"])) == (
        "- 1.0 prior + 6.0 passed-on-retry + 0.2 on-base-branch - 0.2 seen-once = 5.0, 99.3% flaky"
    )


def test_an_opinion_moves_the_undecided_only() -> None:
    opinion = EvidenceItem(rule="opinion", weight=3.0, text="Looks like a race.")
    undecided = verdict_of(CASES["seen-once"])
    moved = verdict_of(CASES["seen-once"], opinion)
    assert moved.confidence > undecided.confidence
    assert (moved.grade, moved.failure_class) == (Grade.D, FailureClass.UNKNOWN)
    assert verdict_of(CASES["passed-same-tree"], opinion) == verdict_of(CASES["passed-same-tree"])
    assert verdict_of(CASES["fails-since"], opinion) == verdict_of(CASES["fails-since"])


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("seen-once", "A re-run of one of these failed jobs that passes on the same commit."),
        ("seen-once", "The same failure in 3 more unrelated pull requests."),
        ("passed-same-tree", "A second failure; the first one alone opens no issue."),
        ("changes-unknown", "The files changed by the pull requests it was seen in."),
        ("fails-since", "Base-branch runs that pass this test; not all of the newest do."),
    ],
)
def test_what_would_make_it_surer(case: str, words: str) -> None:
    assert words in verdict_of(CASES[case]).surer


def test_nothing_is_missing_from_proof_that_came_twice() -> None:
    both = a_flake(an_occurrence(run="1", passed_in_run=True), an_occurrence(run="2", passed_in_run=True))
    assert verdict_of(a_case(both)).surer == ()


def test_a_verdict_does_not_weaken_because_evidence_was_sealed_away() -> None:
    strong, weak = a_verdict(grade=Grade.A), a_verdict(grade=Grade.C, confidence=0.5)
    assert steadied(strong, weak) == strong
    assert steadied(weak, strong) == strong
    assert steadied(None, weak) == weak
    broken = a_verdict(failure_class=FailureClass.LIKELY_REGRESSION, grade=Grade.D, suspect="c" * 40)
    assert steadied(strong, broken) == strong, "proof of the opposite"
    assert steadied(replace(strong, grade=Grade.B), broken) == broken
