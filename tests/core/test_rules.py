"""One case for each rule, and the grades with what must not earn them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftc.core.findings import Case, case_of, lasting_failure
from ftc.core.history import exposed
from ftc.core.model import Flake, Grade, Kind
from ftc.core.rules import RULES, RULES_BY_ID, evidence, regraded
from ftc.core.runs import index
from ftc.core.thresholds import Thresholds
from ftc.core.unrelated import touches
from tests.builders import (
    LINK,
    a_flake,
    a_job,
    a_pass,
    a_pull_occurrence,
    a_signature,
    a_test,
    an_attempt,
    an_occurrence,
    days,
)

SHA = "b" * 40


def a_case(flake: Flake, *attempts, touched=None) -> Case:
    """The flake at its grades, with the attempts as the window."""
    runs = index(attempts, flakes=(flake,), base_branches=("main",))
    asked, limits = touched or {}, Thresholds()
    fresh = exposed(regraded(flake, runs, touched=asked, thresholds=limits), runs)
    return case_of(fresh, runs, touched=asked, thresholds=limits)


def three_pulls() -> tuple:
    return tuple(a_pull_occurrence(n, created=days(n)) for n in (1, 2, 3))


BETWEEN = a_pass(id="ok", event="pull_request", branch="other", created=days(2.5))
"""A run that passed between the three pull requests' failures."""

CASES = {
    "prior": a_case(a_flake()),
    "passed-on-retry": a_case(a_flake(an_occurrence(passed_in_run=True))),
    "passed-later-attempt": a_case(a_flake(an_occurrence(run="1")), a_pass(id="1", attempt=2)),
    "passed-same-tree": a_case(a_flake(an_occurrence(run="1", sha=SHA)), a_pass(id="2", sha=SHA)),
    "unrelated-changes": a_case(a_flake(*three_pulls()), BETWEEN),
    "known-issue": a_case(a_flake(an_occurrence(), issue=12)),
    "fails-rarely": a_case(a_flake(an_occurrence()), *[a_pass(id=f"p{n}") for n in range(20)]),
    "many-days": a_case(a_flake(*[an_occurrence(run=str(n), created=days(n)) for n in range(3)])),
    "on-base-branch": a_case(a_flake(an_occurrence(branch="main"))),
    "timing-kind": a_case(a_flake(an_occurrence(kind=Kind.DATA_RACE))),
    "one-source": a_case(a_flake(a_pull_occurrence(4), a_pull_occurrence(4, run="again"))),
    "touches-package": a_case(a_flake(a_pull_occurrence(4)), touched={4: ("store/put.go",)}),
    "changes-unknown": a_case(a_flake(a_pull_occurrence(4))),
    "seen-once": a_case(a_flake(an_occurrence())),
    "fails-since": a_case(
        a_flake(*[an_occurrence(run=str(n), sha=f"{n:040x}", created=days(n)) for n in (1, 2)]),
        a_pass(id="0", sha="0" * 40, created=days(0)),
    ),
    "infrastructure": a_case(
        a_flake(
            an_occurrence(run="1"),
            signatures=(a_signature(message="write /tmp/x: no space left on device", excerpt_url="u"),),
        ),
        a_pass(id="1", attempt=2),
    ),
}


def test_every_rule_has_its_case() -> None:
    assert list(CASES) == [rule.id for rule in RULES]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_rule_speaks_in_its_case(rule) -> None:
    item = rule.apply(CASES[rule.id])
    assert item is not None
    assert (item.rule, item.weight) == (rule.id, rule.weight)
    assert item.text.endswith(".")
    assert "#" not in item.text, "numbers in texts must not become links that ping other threads"


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.id != "prior"], ids=lambda rule: rule.id)
def test_the_rule_is_silent_where_there_is_nothing(rule) -> None:
    assert rule.apply(a_case(a_flake())) is None


def test_proofs_name_commit_failure_and_pass() -> None:
    item = RULES_BY_ID["passed-later-attempt"].apply(CASES["passed-later-attempt"])
    assert item is not None
    assert "aaaaaaaaaa" in item.text
    assert item.links == (f"{LINK}/1/job/71", f"{LINK}/1/attempts/2")


FAILED_AGAIN = an_attempt(a_job(name="unit"), id="1", attempt=2)
OTHER_JOB_FAILED = an_attempt(
    a_job(name="lint"), a_job(name="unit", conclusion="success"), id="1", attempt=2, event="pull_request", branch="t"
)


@pytest.mark.parametrize(
    ("over", "attempts", "grade", "why"),
    [
        ({"run": "1"}, [a_pass(id="1", attempt=2)], Grade.A_PLUS, "the re-run passed"),
        ({"run": "1"}, [OTHER_JOB_FAILED], Grade.A_PLUS, "the re-run failed elsewhere, this job passed"),
        ({"run": "1"}, [FAILED_AGAIN], Grade.D, "the re-run failed again"),
        ({"run": "1"}, [an_attempt(id="1", attempt=2)], Grade.D, "of the re-run nothing is known but red"),
        ({"run": "1", "attempt": 2}, [a_pass(id="1")], Grade.A, "it passed first and failed in the re-run"),
        ({"run": "1", "sha": SHA}, [a_pass(id="2", sha=SHA)], Grade.A, "another run of the same commit"),
        ({"run": "1", "sha": SHA}, [a_pass(id="2", sha="c" * 40)], Grade.D, "another commit"),
        ({"run": "1", "sha": SHA}, [a_pass(id="2", sha=SHA, workflow="Docs")], Grade.D, "another workflow"),
        (
            {"run": "1", "sha": SHA, "event": "pull_request", "tree": ""},
            [a_pass(id="2", sha=SHA, event="pull_request")],
            Grade.D,
            "same PR head, but what it was merged with is unknown",
        ),
        (
            {"run": "1", "sha": SHA, "event": "pull_request", "tree": f"{SHA}+{'d' * 40}"},
            [a_pass(id="2", sha=SHA)],
            Grade.D,
            "the PR's merge is not the push of its head",
        ),
        ({"passed_in_run": True}, [], Grade.A_PLUS, "a retry inside the run"),
    ],
)
def test_proof_by_a_pass_on_the_same_code(over, attempts, grade: Grade, why: str) -> None:
    (occurrence,) = a_case(a_flake(an_occurrence(**over)), *attempts).flake.occurrences
    assert occurrence.grade == grade, why
    assert bool(occurrence.proof) == (grade != Grade.D)


def test_pull_request_runs_of_one_merge_prove_each_other() -> None:
    """The tree of the passing run is known from its first attempt, which failed in another job."""
    tree = f"{SHA}+{'d' * 40}"
    flake = a_flake(
        an_occurrence(run="1", event="pull_request", tree=tree),
        an_occurrence(run="2", job="lint", event="pull_request", tree=tree),
    )
    fresh = a_case(flake, a_pass(id="2", attempt=2, event="pull_request")).flake
    assert {item.run: item.grade for item in fresh.occurrences} == {"1": Grade.A, "2": Grade.A_PLUS}


def test_a_grade_outlives_its_logs() -> None:
    flake = a_case(a_flake(an_occurrence(run="1")), a_pass(id="1", attempt=2)).flake
    assert a_case(flake).flake.occurrences == flake.occurrences


def grade_b(*occurrences, attempts=(BETWEEN,), touched=None) -> bool:
    fresh = a_case(a_flake(*occurrences), *attempts, touched=touched).flake
    return any(item.grade == Grade.B for item in fresh.occurrences)


ONE, TWO, THREE = three_pulls()
HIT = an_occurrence(run="m", sha=SHA, created=days(2.7))
RECOVERED = [a_pass(id=f"rec{n}", sha=f"{n}" * 40, created=days(3 + n)) for n in range(3)]


@pytest.mark.parametrize(
    ("occurrences", "attempts", "touched", "earned", "why"),
    [
        ((ONE, TWO, THREE), [BETWEEN], {}, True, "three pull requests by three people"),
        ((ONE, TWO), [BETWEEN], {}, False, "two are one too few"),
        ((ONE, TWO, HIT), [BETWEEN, *RECOVERED[:2]], {}, False, "one of the last three base runs still failed"),
        ((ONE, TWO, HIT), [BETWEEN, *RECOVERED], {}, True, "two and a base-branch hit that three runs lie behind"),
        ((ONE, TWO, THREE), [], {}, False, "nothing passed in between, it may be plainly broken"),
        (
            tuple(replace(item, author="ada") for item in (ONE, TWO, THREE)),
            [BETWEEN],
            {},
            False,
            "three pull requests of one author can share one mistake",
        ),
        ((ONE, TWO, replace(THREE, pull_request=2)), [BETWEEN], {}, False, "the same pull request twice"),
        ((ONE, TWO, replace(THREE, fingerprint="v1:bbbb")), [BETWEEN], {}, False, "it failed in another way"),
        ((ONE, TWO, THREE), [BETWEEN], {3: ("store/put.go",)}, False, "one of them changes the test's package"),
        ((ONE, TWO, THREE), [BETWEEN], {3: ("store/deep/put.go",)}, True, "a deeper package is another one"),
        (
            tuple(replace(item, pull_request=None) for item in (ONE, TWO, THREE)),
            [BETWEEN],
            {},
            True,
            "forks: GitHub names no pull request, author and branch do",
        ),
    ],
)
def test_grade_b(occurrences, attempts, touched, earned: bool, why: str) -> None:
    assert grade_b(*occurrences, attempts=attempts, touched=touched) is earned, why


def test_a_broken_base_branch_earns_no_grade() -> None:
    """Two base commits fail, three pull requests built on them fail too; once repaired it looks like flakiness."""
    bad = [an_occurrence(run=f"m{n}", sha=f"{n}" * 40, created=days(n)) for n in (1, 2)]
    later = [replace(item, created=days(4 + n)) for n, item in enumerate(three_pulls())]
    built_on_it = [replace(item, tree=f"{item.sha}+{bad[1].sha}") for item in later]
    healthy = [a_pass(id=f"ok{n}", sha=f"{n:.1f}".ljust(40, "9"), created=days(n)) for n in (0, 3.5, 4.5, 5.5, 7)]
    assert not grade_b(*bad, *three_pulls(), attempts=[BETWEEN, *healthy]), "while it was broken"
    assert not grade_b(*bad, *built_on_it, attempts=healthy), "merged with the broken base after its repair"
    assert grade_b(*bad, *later, attempts=healthy), "with nothing of it"


def base_run(n: int, verdict: str):
    """One base-branch run a day: ``f`` failed, ``p`` passed, ``?`` failed elsewhere."""
    sha, when = f"{n:040x}", days(n)
    if verdict == "f":
        return an_occurrence(run=str(n), sha=sha, created=when)
    if verdict == "p":
        return a_pass(id=str(n), sha=sha, created=when)
    return an_attempt(a_job(name="lint"), id=str(n), sha=sha, created=when)


@pytest.mark.parametrize(
    ("line", "suspect", "why"),
    [
        ("ppff", 2, "fails on every commit from the third on"),
        ("ppfff", 2, "and goes on"),
        ("ppf", None, "once is any flake"),
        ("pfpf", None, "it comes and goes"),
        ("pffp", None, "it was repaired"),
        ("p?ff", 2, "a commit that failed elsewhere tells nothing"),
        ("pf?f", 1, "nor does it end a streak"),
        ("ff", None, "without a pass before, two are no proof"),
        ("fff", "", "three are, but nobody can be suspected"),
    ],
)
def test_failing_on_every_commit_since(line: str, suspect, why: str) -> None:
    made = [base_run(n, verdict) for n, verdict in enumerate(line)]
    occurrences = [item for item, verdict in zip(made, line, strict=True) if verdict == "f"]
    attempts = [item for item, verdict in zip(made, line, strict=True) if verdict != "f"]
    streak = lasting_failure(a_case(a_flake(*occurrences), *attempts))
    if suspect is None:
        assert streak is None, why
    else:
        assert streak is not None, why
        assert (f"{suspect:040x}" if streak.after_pass else "") == ("" if suspect == "" else streak.shas[0]), why
        assert streak.after_pass == (suspect != "")


def test_proof_from_expired_logs_ends_a_streak() -> None:
    made = [base_run(1, "f"), replace(base_run(2, "f"), grade=Grade.A_PLUS, proof="u"), base_run(3, "f")]
    assert lasting_failure(a_case(a_flake(*made), base_run(0, "p"))) is None


def test_a_commit_that_also_passed_ends_a_streak() -> None:
    made = [base_run(n, "f") for n in (1, 2, 3)]
    case = a_case(a_flake(*made), base_run(0, "p"), a_pass(id="2", attempt=2, sha=f"{2:040x}", created=days(2)))
    assert lasting_failure(case) is None


@pytest.mark.parametrize(
    ("message", "blamed"),
    [
        ("write /tmp/x: no space left on device", True),
        ("dial tcp: lookup proxy.example: no such host", True),
        ("fork/exec: cannot allocate memory", True),
        ("expected connection refused, got nil", False),
        ("context deadline exceeded", False),
        ("etcdserver: too many operations in txn request", False),
    ],
)
def test_what_machines_say(message: str, blamed: bool) -> None:
    flake = a_flake(an_occurrence(passed_in_run=True), signatures=(a_signature(message=message),))
    assert (RULES_BY_ID["infrastructure"].apply(a_case(flake)) is not None) is blamed


def test_only_the_strongest_grade_weighs() -> None:
    """An issue with every grade at once is no surer than its strongest: they describe the same comings and goings."""
    flake = a_flake(an_occurrence(run="1", passed_in_run=True), an_occurrence(run="2", sha=SHA), issue=4)
    items = {item.rule: item.weight for item in evidence(a_case(flake, a_pass(id="3", sha=SHA)))}
    assert items["passed-on-retry"] == 6.0
    assert items["passed-same-tree"] == 0.0
    assert "known-issue" not in items, "an issue says nothing new about itself"


@pytest.mark.parametrize(
    ("suite", "ecosystem", "path", "touched"),
    [
        ("example.com/octo/widgets/store", "go", "store/put_test.go", True),
        ("example.com/octo/widgets/store", "go", "store", False),
        ("example.com/octo/widgets/store", "go", "tools/store/x.go", False),
        ("example.com/octo/widgets", "go", "main.go", True),
        ("example.com/octo/widgets/store", "go", "go.mod", False),
        ("tests/test_api.py", "python", "tests/conftest.py", True),
        ("tests/test_api.py", "python", "src/api.py", False),
        ("test_api.py", "python", "setup.py", True),
    ],
)
def test_touching_the_package(suite: str, ecosystem: str, path: str, touched: bool) -> None:
    assert touches([path], a_test(suite=suite, ecosystem=ecosystem), "octo/widgets") is touched


@given(st.permutations([*three_pulls(), an_occurrence(run="1"), HIT]))
def test_grades_do_not_depend_on_the_order_of_occurrences(order) -> None:
    attempts = (BETWEEN, *RECOVERED, a_pass(id="1", attempt=2))
    grades = {item.key: item.grade for item in a_case(a_flake(*order), *attempts).flake.occurrences}
    usual = a_case(a_flake(*three_pulls(), an_occurrence(run="1"), HIT), *attempts).flake.occurrences
    assert grades == {item.key: item.grade for item in usual}
