"""Task files: the seed example, the defaults, and what is refused by its name."""

from pathlib import Path

import pytest

from ftc.core.errors import ConfigError
from ftc.core.risk import METRICS
from ftc.core.task_file import BatchMode, OnFailure, OnTestFailure, parse_task
from ftc.core.task_judging import Label
from ftc.jobs.settings import parse_yaml

SEED = Path(__file__).parents[1] / "data" / "tasks" / "add-payment-tests.yaml"
LEAST = {"id": "a", "objective": "Do it.", "target": {"include": ["src/**"]}}


def parsed(**over):
    return parse_task({**LEAST, **over}, origin="task.yaml")


def test_the_seed_example():
    task = parse_task(parse_yaml(SEED.read_text(), "seed"), origin="seed")
    assert (task.id, task.branch) == ("add-payment-tests", "auto/add-payment-tests")
    assert task.target.include == ("src/service/payment.py",)
    assert task.strategy.batch_mode == BatchMode.SINGLE_FILE
    assert (task.limits.max_commits, task.limits.max_runtime_minutes) == (5, 30)
    assert (task.gates.require_all_tests_pass, task.gates.min_coverage_delta) == (True, 0)
    assert task.gates.forbid_new_type_errors is True
    assert (task.pr.title_prefix, task.pr.high_if) == ("feat(test):", ("coverage_delta < -2",))


def test_the_defaults():
    task = parsed()
    assert task.branch == "auto/a"
    assert (task.limits.max_retries_per_batch, task.limits.network_retries) == (2, 1)
    assert (task.gates.on_test_failure, task.on_failure) == (OnTestFailure.ROLLBACK, OnFailure.NONE)
    assert (task.gates.min_coverage_delta, task.gates.forbid_new_lint_errors) == (None, None)
    assert task.gates.new_tests_must_fail is None


def test_every_key_of_the_specification_is_read():
    task = parsed(
        branch="auto/b",
        target={"include": "src/a.py", "exclude": ["src/b.py"]},
        strategy={"batch_mode": "all"},
        limits={
            "max_commits": 2,
            "max_runtime_minutes": 1.5,
            "max_cost": 0.5,
            "max_retries_per_batch": 0,
            "network_retries": 2,
        },
        quality_gates={
            "require_all_tests_pass": False,
            "on_test_failure": "keep",
            "min_coverage_delta": -1.5,
            "forbid_new_type_errors": False,
            "forbid_new_lint_errors": True,
            "new_tests_must_fail": False,
            "max_diff_lines": 9,
            "commands": {"test": "make test", "coverage": "c", "lint": "l", "types": "t"},
        },
        on_failure="draft-pr",
        pr={"title_prefix": "x:", "labels": ["a"], "draft": True, "risk_rules": {"high_if": "cost > 1"}},
    )
    assert task.target.include == ("src/a.py",)
    assert task.gates.commands == (("test", "make test"), ("coverage", "c"), ("lint", "l"), ("types", "t"))
    assert (task.gates.min_coverage_delta, task.gates.forbid_new_type_errors) == (-1.5, False)
    assert task.gates.new_tests_must_fail is False
    assert (task.on_failure, task.pr.draft, task.pr.high_if) == (OnFailure.DRAFT_PR, True, ("cost > 1",))


REFUSED = [
    ({"objectiv": "x"}, "did you mean `objective`"),
    ({"target": {"includes": ["a"]}}, "include is missing; every task needs it; is it meant by `includes`?"),
    ({"target": {"include": []}}, "include takes"),
    ({"target": {"include": ["!a"]}}, "without negation"),
    ({"strategy": {"batch_mode": "files"}}, "one of single_file, directory, all"),
    ({"strategy": {"mode": "all"}}, "there is no key `mode`"),
    ({"limits": {"max_commits": 0}}, "from 1 to 100"),
    ({"limits": {"max_commits": 1.5}}, "whole number"),
    ({"limits": {"max_commits": True}}, "whole number"),  # Python thinks that True is 1
    ({"limits": {"max_cost": float("nan")}}, "number from 0"),
    ({"limits": {"max_cost": "5"}}, "number from 0"),
    ({"limits": [1]}, "limits takes a mapping"),
    ({"quality_gates": {"require_all_tests_pass": "yes"}}, "true or false"),
    ({"quality_gates": {"commands": {"tests": "x"}}}, "did you mean `test`"),
    ({"quality_gates": {"min_coverage_delta": 1000}}, "from -100 to 100"),
    ({"on_failure": "issue"}, "draft-pr, none"),
    ({"pr": {"risk_rules": {"high_if": ["os.system('x')"]}}}, "Call is not allowed"),
    ({"pr": {"risk_rules": {"low_if": ["cost < 1"]}}}, "there is no key `low_if`"),
    ({"id": "../up"}, "small letters"),
    ({"id": "A"}, "small letters"),
    ({"branch": "auto/../main"}, "git branch"),
    ({"branch": "-f"}, "git branch"),
    ({"branch": "a.lock"}, "git branch"),
    ({"objective": ""}, "objective takes"),
    ({"objective": "x" * 5000}, "at most 4000"),
    ({"objective": "a\x1b[31m"}, "objective takes"),
    ({7: "x"}, "no key `7`"),
]


@pytest.mark.parametrize(("over", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_what_is_wrong_is_refused_by_its_key(over, said):
    with pytest.raises(ConfigError) as error:
        parse_task({**LEAST, **over}, origin="task.yaml")
    assert said in str(error.value)
    assert "task.yaml" in str(error.value) or "risk rule" in str(error.value)


@pytest.mark.parametrize("missing", ["id", "objective", "target"])
def test_what_must_be_given(missing):
    with pytest.raises(ConfigError, match=f"{missing} is missing"):
        parse_task({key: value for key, value in LEAST.items() if key != missing}, origin="task.yaml")


def test_the_documentation_shows_the_seed_example_and_every_metric():
    text = (Path(__file__).parents[2] / "docs" / "tasks.md").read_text()
    assert SEED.read_text() in text
    assert [name for name in METRICS if f"`{name}`" not in text] == []
    assert [label.value for label in Label if f"`{label.value}`" not in text] == []
