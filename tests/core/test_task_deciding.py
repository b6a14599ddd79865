"""Batches, gates, labels, exit codes and totals, without a repository."""

from dataclasses import replace

import pytest

from ftc.core.errors import ConfigError
from ftc.core.noticed import Notice, Noticed
from ftc.core.task_batches import batches, beyond_tests, part_branch, parts, targets, unprotected
from ftc.core.task_file import BatchMode, OnTestFailure, QualityGates, Target
from ftc.core.task_judging import (
    Action,
    GateName,
    Label,
    Measured,
    State,
    Suite,
    action,
    judge,
    new_tests_result,
    risk_labels,
    worst_of_new_tests,
)
from ftc.core.task_plan import approved_files, plan_digest, plan_document
from ftc.core.task_report import Status, exit_code
from ftc.core.task_totals import Finished, together, totals

FILES = ("src/a.py", "src/b.py", "src/c/d.py", "src/c/gen/e.py", "tests/test_a.py", "README.md")
GOOD = Measured(tests=Suite(passed=3, failures=frozenset()), coverage=80.0, lint=(), types=())


def test_targets_and_batches():
    chosen = targets(FILES, Target(include=("src/",), exclude=("**/gen/**",)))
    assert chosen == ("src/a.py", "src/b.py", "src/c/d.py")
    assert [batch.files for batch in batches(chosen, BatchMode.SINGLE_FILE)] == [(path,) for path in chosen]
    assert [batch.files for batch in batches(chosen, BatchMode.DIRECTORY)] == [chosen[:2], chosen[2:]]
    assert [batch.files for batch in batches(chosen, BatchMode.ALL)] == [chosen]
    assert batches((), BatchMode.ALL) == ()
    assert [batch.name for batch in batches(chosen, BatchMode.DIRECTORY)] == ["src (2 files)", "src/c/d.py"]


def test_files_in_one_folder_stay_together_when_a_sub_folder_sorts_between_them():
    # "src/c/x" sorts between "src/b" and "src/d".
    found = batches(("src/b.py", "src/c/x.py", "src/d.py"), BatchMode.DIRECTORY)
    assert [batch.files for batch in found] == [("src/b.py", "src/d.py"), ("src/c/x.py",)]


def test_only_manifests_that_were_approved_lose_their_protection():
    approved = {"requirements.txt", ".github/workflows/ci.yml", "AGENTS.md", "src/a.py", "web/package.json"}
    assert unprotected(approved) == ("/requirements.txt", "/web/package.json")
    others = {
        "web/bun.lock",
        "requirements/dev.txt",
        "Directory.Packages.props",
        "gradle/libs.versions.toml",
        "build.rs",
    }
    assert unprotected(others) == tuple(f"/{path}" for path in sorted(others - {"build.rs"}))
    assert beyond_tests(FILES) == ("README.md", *FILES[:4])


SPLITS = [
    ([10, 10, 10], 30, ((0, 1, 2),)),
    ([10, 10, 10], 20, ((0, 1), (2,))),
    ([50, 10], 20, ((0,), (1,))),  # one too large by itself stands alone
    ([], 20, ()),
]


@pytest.mark.parametrize(("sizes", "limit", "found"), SPLITS)
def test_commits_are_cut_into_requests(sizes, limit, found):
    assert parts(sizes, limit) == found
    assert [part_branch("auto/x", number) for number in (1, 2)] == ["auto/x", "auto/x-2"]


def failures(*names):
    return Suite(passed=1, failures=frozenset(names))


# What was measured after, the gates, and the action with its labels.
ROWS = [
    ({}, {}, Action.COMMIT, ()),
    ({"tests": failures("t")}, {}, Action.ROLL_BACK, (Label.TESTS_FAILED,)),
    (
        {"tests": failures("t")},
        {"on_test_failure": OnTestFailure.KEEP},
        Action.KEEP,
        (Label.TESTS_FAILED, Label.POTENTIAL_BUG),
    ),
    # Kept for its tests, but not with a new type error as well.
    (
        {"tests": failures("t"), "types": ("a.py: x",)},
        {"on_test_failure": OnTestFailure.KEEP},
        Action.ROLL_BACK,
        (Label.TESTS_FAILED, Label.TYPES),
    ),
    ({"tests": failures("t")}, {"require_all_tests_pass": False}, Action.COMMIT, (Label.TESTS_FAILED,)),
    ({"coverage": 79.5}, {"min_coverage_delta": 0.0}, Action.COMMIT, ()),
    ({"coverage": 79.49}, {"min_coverage_delta": 0.0}, Action.ROLL_BACK, (Label.COVERAGE,)),
    ({"coverage": 80.4}, {"min_coverage_delta": 1.0}, Action.ROLL_BACK, (Label.COVERAGE,)),
    ({"coverage": 78.0}, {"min_coverage_delta": -2.0}, Action.COMMIT, ()),
    ({"lint": ("a.py: F401",)}, {}, Action.ROLL_BACK, (Label.STYLE,)),
    ({"lint": ("a.py: F401",)}, {"forbid_new_lint_errors": False}, Action.COMMIT, ()),
    ({"types": ("a.py: x",)}, {"forbid_new_type_errors": True}, Action.ROLL_BACK, (Label.TYPES,)),
    # What could be measured before and cannot be now was broken by the batch.
    ({"types": None}, {}, Action.ROLL_BACK, (Label.TYPES,)),
    ({"tests": None}, {}, Action.ROLL_BACK, (Label.TESTS_FAILED,)),
]


@pytest.mark.parametrize(("after", "gates", "done", "labels"), ROWS)
def test_what_becomes_of_a_batch(after, gates, done, labels):
    rules = QualityGates(**gates)
    results = judge(GOOD, replace(GOOD, **after), rules)
    assert action(results, rules.on_test_failure) == done
    assert risk_labels(results, done) == labels


def test_a_gate_that_was_never_there_is_not_available_and_says_why():
    none = Measured(problems=tuple((gate, f"no {gate}") for gate in GateName))
    results = judge(none, none, QualityGates(forbid_new_type_errors=True))
    assert {result.state for result in results} == {State.UNAVAILABLE}
    assert [result.detail for result in results] == ["no tests", "no coverage", "no lint", "no types"]
    assert {result.gate for result in results if result.wanted} == {GateName.TESTS, GateName.TYPES}


def test_a_finding_twice_where_it_was_once_is_new():
    before, after = replace(GOOD, lint=("a.py: F401",)), replace(GOOD, lint=("a.py: F401", "a.py: F401"))
    assert judge(before, after, QualityGates())[2].state == State.FAILED


def a_status(**over):
    usual = {
        **dict.fromkeys(("id", "branch", "base_sha", "pr_url", "started_at", "finished_at"), ""),
        **dict.fromkeys(("tests_passed", "tests_failed", "coverage_before", "coverage_after"), None),
        **dict.fromkeys(("lint_errors", "type_errors"), None),
        "commits": ("c",),
        "diff_lines": 1,
        "risk_level": "low",
        "risk_labels": (),
        "partial": False,
        "partial_share": 1.0,
        "cost": 0.0,
    }
    return Status(**{**usual, **over})


CODES = [
    ({}, {}, 0),
    ({"risk_level": "medium"}, {}, 0),  # product code, all gates passed
    ({"risk_level": "high"}, {}, 2),
    ({"risk_labels": ("large-diff",)}, {}, 2),
    ({"partial": True}, {}, 2),
    ({}, {"unmet": True}, 2),
    ({"commits": ()}, {}, 1),
    ({"commits": ()}, {"waits": True}, 2),
]


@pytest.mark.parametrize(("over", "facts", "code"), CODES)
def test_exit_codes(over, facts, code):
    assert exit_code(a_status(**over), **{"waits": False, "unmet": False, **facts}) == code


def test_codes_together():
    assert [together(codes) for codes in ([0, 0], [0, 1], [1, 1], [2, 0], [64, 1])] == [0, 2, 1, 2, 2]


def test_totals():
    status = {
        "started_at": "2026-11-20T12:00:00Z",
        "finished_at": "2026-11-20T12:12:00Z",
        "coverage_before": 60.0,
        "coverage_after": 61.5,
        "risk_labels": ["needs-manual-review"],
        "cost": 0.25,
    }
    found = totals(
        [Finished(status=status, code=2, batches=4, first_try=3), Finished(status={}, code=1, batches=0, first_try=0)]
    )
    assert (found.tasks, found.delivered, found.with_risk, found.failed) == (2, 0, 1, 1)
    assert (found.median_minutes, found.conflict_share, found.first_try_share) == (12, 0.5, 0.75)
    assert (found.coverage_gain, found.cost) == (1.5, 0.25)
    assert totals([]).first_try_share is None


def test_an_approval_is_for_one_task_and_one_list():
    digest = plan_digest("task", ["b", "a"])
    plan = plan_document(digest, ["a", "b"])
    assert approved_files(plan, task_text="task", approval=digest) == {"a", "b"}
    for document, text in ((plan, "another task"), (plan.replace('"b"', '"c"'), "task"), ("", "task"), ("{}", "task")):
        with pytest.raises(ConfigError, match="--approve"):
            approved_files(document, task_text=text, approval=digest)


def seen(*notices):
    return [Noticed(test="test_a", notice=notice, detail="why") for notice in notices]


NEW_TESTS = [
    # How the new tests fared, what the task says of it, and: state, whether a condition, what becomes of the batch.
    ((), None, None),
    ((Notice.NOTICED,), None, (State.PASSED, True, Action.COMMIT)),
    ((Notice.NOTICED, Notice.BLIND), None, (State.FAILED, True, Action.ROLL_BACK)),
    ((Notice.UNTOLD, Notice.BLIND), True, (State.FAILED, True, Action.ROLL_BACK)),
    ((Notice.NOTICED, Notice.UNTOLD), None, (State.UNAVAILABLE, False, Action.COMMIT)),
    ((Notice.UNTOLD,), True, (State.UNAVAILABLE, True, Action.COMMIT)),  # as with any tool that is missing
    ((Notice.BLIND,), False, (State.FAILED, False, Action.COMMIT)),
]


@pytest.mark.parametrize(("notices", "wanted", "expected"), NEW_TESTS)
def test_what_becomes_of_new_tests(notices, wanted, expected):
    found = new_tests_result(seen(*notices), QualityGates(new_tests_must_fail=wanted))
    assert [(item.state, item.wanted, action(found, OnTestFailure.KEEP)) for item in found] == (
        [expected] if expected else []
    )


def test_the_worst_batch_speaks_for_all():
    rules = QualityGates()
    batches = [new_tests_result(seen(one), rules) for one in (Notice.NOTICED, Notice.UNTOLD, Notice.NOTICED)]
    assert [item.state for item in worst_of_new_tests([(), *batches])] == [State.UNAVAILABLE]
    assert worst_of_new_tests([(), ()]) == ()
    assert risk_labels(new_tests_result(seen(Notice.BLIND), rules), Action.ROLL_BACK) == (Label.NEEDS_REVIEW,)
