"""The generator that asks a model: the seed example by a scripted one, and answers that do not fit."""

from errands import QUIET, SEED, SHOP, Remote, a_task, carry_out
from fakes import PRICE, ScriptedModel
from test_tasks import PAYMENT_TESTS

from ftc.agent.task_model import ModelGenerator

ANSWER = {"summary": "Tests.", "risk": "low", "edits": [], "plan": [], "give_up": "", "idle": False}


def edit(path, before, after):
    return {"path": path, "before": before, "after": after}


def test_the_seed_example_by_a_model(tmp_path):
    model = ScriptedModel({**ANSWER, "edits": [edit("tests/test_payment.py", "", PAYMENT_TESTS)]})
    task = a_task(SEED.read_text())
    outcome = carry_out(task, Remote(tmp_path / "git", SHOP), tmp_path / "out", ModelGenerator(model=model))
    assert outcome.code == 0
    assert outcome.status.cost == PRICE
    asked = model.asked[0][1].text
    assert "def refund" in asked, "it is shown the file"
    assert "test_charge" not in asked or "tests/test_shop.py" in asked
    assert "You may not change any other file" in asked


def test_an_edit_that_does_not_fit_is_said_back_and_a_failed_gate_is_told(tmp_path):
    model = ScriptedModel(
        {**ANSWER, "edits": [edit("tests/test.txt", "no such text", "x")]},
        {**ANSWER, "edits": [edit("tests/test.txt", "exit 0", "not ok 1 - sums\nexit 1")]},
        {**ANSWER, "edits": [edit("tests/test.txt", "# pass 3", "# pass 4")], "risk": "medium"},
    )
    remote, task = Remote(tmp_path / "git", QUIET), a_task(target={"include": ["src/a.py"]})
    outcome = carry_out(task, remote, tmp_path / "out", ModelGenerator(model=model))
    assert (outcome.code, outcome.status.tests_passed, outcome.status.risk_level) == (0, 4, "medium")
    assert "stands 0 times" in model.asked[1][-1].text
    assert "sums" in model.asked[2][1].text
    assert outcome.status.cost == 3 * PRICE


def test_a_model_that_plans_or_gives_up(tmp_path):
    remote, task = Remote(tmp_path / "git", QUIET), a_task()
    model = ScriptedModel(
        {**ANSWER, "plan": ["src/a.py"], "summary": "A needs a name."},
        {**ANSWER, "give_up": "Nothing to do.", "idle": True},
    )
    outcome = carry_out(task, remote, tmp_path / "out", ModelGenerator(model=model))
    assert [item.path for item in outcome.planned] == ["src/a.py"]
    assert "A needs a name" in (tmp_path / "out" / "quiet" / "plan.md").read_text()
