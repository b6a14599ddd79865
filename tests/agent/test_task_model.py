"""The generator that lets a model work: the seed example by a scripted one, through the loop and the tools of a fix."""

import json

import pytest
from errands import QUIET, SEED, SHOP, Remote, a_task, carry_out, status_of
from fakes import PRICE, ScriptedModel
from fix_runs import calls
from test_tasks import PAYMENT_TESTS

from ftc.agent.task_model import ModelGenerator, nobody
from ftc.core.errors import ModelUnavailable
from ftc.core.sanitize import Sanitizer

pytestmark = pytest.mark.slow  # whole tasks, with their gates run for real

LOW = {"summary": "Tests.", "risk": "low"}


def edit(path, search, replace):
    return ("edit", {"path": path, "search": search, "replace": replace})


def finish(**over):
    return ("finish", {**LOW, **over})


def by(model, folder, **over):
    return ModelGenerator(model=model, folder=folder / "agent", sanitizer=Sanitizer(), clock=lambda: 0.0, **over)


def told(model, question):
    """Everything the model had been told when it was asked."""
    return "\n".join(message.text for message in model.asked[question])


def test_the_seed_example_by_a_model(tmp_path):
    model = ScriptedModel(
        calls(("read", {"path": "src/service/orders.py", "first": 1, "last": 9})),
        calls(edit("tests/test_payment.py", "", PAYMENT_TESTS), finish()),
    )
    task = a_task(SEED.read_text())
    outcome = carry_out(task, Remote(tmp_path / "git", SHOP), tmp_path / "out", by(model, tmp_path))
    assert outcome.code == 0, outcome
    assert outcome.status.cost == 2 * PRICE
    assert "def refund" in told(model, 0), "it is shown the file"
    assert "You may not change any other file" in told(model, 0)
    assert "def place" in told(model, 1), "it read another one"
    [transcript] = (tmp_path / "agent").iterdir()
    assert [json.loads(line)["kind"] for line in transcript.read_text().splitlines()][:2] == ["begin", "step"]


def test_an_edit_that_does_not_fit_is_said_back_and_a_failed_gate_is_told_in_the_next_attempt(tmp_path):
    model = ScriptedModel(
        calls(edit("tests/test.txt", "no such text", "x")),
        calls(edit("tests/test.txt", "exit 0", "not ok 1 - sums\nexit 1"), finish()),
        calls(edit("tests/test.txt", "# pass 3", "# pass 4"), finish(risk="medium")),
    )
    remote, task = Remote(tmp_path / "git", QUIET), a_task(target={"include": ["src/a.py"]})
    outcome = carry_out(task, remote, tmp_path / "out", by(model, tmp_path))
    assert (outcome.code, outcome.status.tests_passed, outcome.status.risk_level) == (0, 4, "medium")
    assert "Refused" in told(model, 1)
    assert "sums" in told(model, 2)
    assert "+not ok 1 - sums" in told(model, 2), "it is shown what it had changed"
    assert outcome.status.cost == 3 * PRICE
    assert len(list((tmp_path / "agent").iterdir())) == 2, "one transcript for each attempt"


def test_a_second_batch_builds_on_the_first(tmp_path):
    model = ScriptedModel(
        calls(edit("tests/a_test.py", "", "a = 1\n"), finish()),
        calls(edit("tests/a_test.py", "a = 1", "a = 2"), finish()),
    )
    remote = Remote(tmp_path / "git", QUIET)
    outcome = carry_out(a_task(), remote, tmp_path / "out", by(model, tmp_path))
    assert (outcome.code, remote.text("auto/quiet", "tests/a_test.py")) == (0, "a = 2")


def test_a_model_that_plans_or_has_nothing_to_do(tmp_path):
    remote, task = Remote(tmp_path / "git", QUIET), a_task()
    model = ScriptedModel(
        calls(edit("src/a.py", "A = 1", "A = 2")),
        calls(("plan", {"files": ["src/a.py", "README.md"], "reason": "A."})),
        calls(("plan", {"files": [".github/workflows/ci.yml"], "reason": "A."})),
        calls(("plan", {"files": ["src/a.py"], "reason": "A needs a name."})),
        calls(("give_up", {"reason": "Nothing to do.", "idle": True})),
    )
    outcome = carry_out(task, remote, tmp_path / "out", by(model, tmp_path))
    assert [item.path for item in outcome.planned] == ["src/a.py"]
    assert "A needs a name" in (tmp_path / "out" / "quiet" / "plan.md").read_text()
    assert "may not be changed" in told(model, 1)
    assert "README.md is not among the files" in told(model, 2)
    assert "can never be changed" in told(model, 3)
    approved = ScriptedModel(
        calls(edit("src/a.py", "A = 1", "A = 2"), finish()), calls(("give_up", {"reason": "", "idle": True}))
    )
    done = carry_out(task, remote, tmp_path / "out", by(approved, tmp_path / "2"), approved=frozenset({"src/a.py"}))
    assert (done.code, remote.text("auto/quiet", "src/a.py")) == (0, "A = 2")
    assert "Beyond the tests you may change these files" in told(approved, 0)


def test_a_tool_of_a_fix_is_not_there(tmp_path):
    model = ScriptedModel(
        calls(("run_test", {"mode": "plain", "runs": 1})), calls(("give_up", {"reason": "No way.", "idle": False}))
    )
    task = a_task(target={"include": ["src/a.py"]})
    outcome = carry_out(task, Remote(tmp_path / "git", QUIET), tmp_path / "out", by(model, tmp_path))
    assert "there is no tool" in told(model, 1)
    assert (outcome.code, "No way." in outcome.failure.summary) == (1, True)


def test_the_network_is_tried_again_and_nothing_is_paid_twice(tmp_path):
    model = ScriptedModel(
        calls(("read", {"path": "src/a.py", "first": 1, "last": 1})),
        ModelUnavailable("no route"),
        calls(edit("tests/a_test.py", "", "a = 1\n"), finish()),
    )
    task = a_task(target={"include": ["src/a.py"]})
    outcome = carry_out(task, Remote(tmp_path / "git", QUIET), tmp_path / "out", by(model, tmp_path))
    assert (outcome.code, outcome.status.cost) == (0, 2 * PRICE)
    assert "A = 1" in told(model, 2), "it went on where it was"


def test_a_model_that_stays_away_ends_the_task(tmp_path):
    model = ScriptedModel(ModelUnavailable("no route"), ModelUnavailable("no route"))
    outcome = carry_out(a_task(), Remote(tmp_path / "git", QUIET), tmp_path / "out", by(model, tmp_path))
    assert (outcome.code, "no route" in outcome.failure.summary, model.left) == (1, True, 0)


def test_no_answer_is_asked_for_that_the_task_could_not_pay(tmp_path):
    task = a_task(limits={"max_cost": 0.1})
    outcome = carry_out(
        task, Remote(tmp_path / "git", QUIET), tmp_path / "out", by(ScriptedModel(), tmp_path, call_usd=0.5)
    )
    assert (outcome.code, "could exceed the $0.10" in outcome.failure.summary) == (1, True)


def test_without_a_model_it_is_said_who_could_edit(tmp_path):
    task = a_task()
    outcome = carry_out(task, Remote(tmp_path / "git", QUIET), tmp_path / "out", nobody)
    assert outcome.code == 1
    assert "set `model`" in outcome.failure.summary
    assert status_of(tmp_path / "out", task)["commits"] == []
