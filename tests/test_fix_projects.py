"""The whole loop on small projects with real flakes: CI fails, an issue, a yes, the fix jobs, a pull request.

A scripted model first hides the flake, then changes something that does not help, then mends it. What counts is what
real runners show before and after.
"""

import json
import os
import sys
from pathlib import Path

import pytest
from fix_loop import Loop, as_log, calls, ci, failing, files_of, plan_for, world
from flake_projects import edits, project_named, projects

from ftc.core.concluding import conclude
from ftc.core.config import Masking
from ftc.core.fix import Fix, Task
from ftc.core.model import Status
from ftc.core.progress import RunStatus
from ftc.core.stress import Verdict
from ftc.ingest.outcomes import CHECKOUT
from ftc.jobs.fix.folder import folder_of
from ftc.simulator.server import serving
from ftc.simulator.simulator import Simulator

pytestmark = pytest.mark.toolchain

RIGHT_REASONS = (
    "did-not-hold: it failed in ",
    "new-signature: it failed in ",
    "test: the test failed in its first run, ",
    "neighbours: beside its neighbours the test fails as the issue says",
)
"""Why what does not help is refused: its runs, or the first of them; never a policy, or that it does not build."""
RUNS = 200
"""Runs on either side: at the rates of these flakes, seven failures need a fifth of it."""


@pytest.fixture
def loop(project, tmp_path, tool):
    """The project's repository, whose CI failed twice, with an issue that names its plan."""
    tool(project.tool)
    root = project.make_repository(tmp_path)
    project.install(root)
    env = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"}
    said = failing(ci(project), root=root, env=env, until=project.expected_text)
    simulator = Simulator.load(world(files_of(root), as_log(said.replace(str(root), CHECKOUT))))
    (tmp_path / "temp").mkdir()
    config = {"analysis": False, "product-code": True, "fix-legs": 1, "fix-runs": RUNS}
    config |= {"test-runner": project.runner, "test-command": project.command} if project.runner else {}
    config |= {"setup-script": project.setup_script} if project.setup_script else {}
    with serving(simulator) as url:
        made = Loop(simulator=simulator, url=url, folder=tmp_path, config=config, test=project.test.name).filed()
        plan_for(made.page, project)
        yield made


def answers(project):
    """Nonsense, and three changes one after another, the first of which is refused and taken back."""
    thought = ("hypothesis", {"root_cause": project.cause.value, "text": "What it rests on is not fixed."})
    finish = ("finish", {"summary": "It rests on nothing but itself now."})
    return [
        project.nonsense,
        calls(thought, *changes(project.masking)),
        calls(finish),
        calls(*taken_back(project.masking), *changes(project.wrong)),
        calls(finish),
        calls(thought, *changes(project.right)),
        calls(finish),
        calls(("give_up", {"reason": "There is nothing else to try.", "missing": ""})),
    ]


def changes(patch):
    return [("edit", {"path": edit.path, "search": edit.search, "replace": edit.replace}) for edit in edits(patch)]


def taken_back(patch):
    turned = [("edit", {"path": edit.path, "search": edit.replace, "replace": edit.search}) for edit in edits(patch)]
    return turned[::-1]


@pytest.mark.parametrize("project", projects(), ids=lambda project: project.name)
def test_the_right_change_becomes_a_pull_request(project, loop, tmp_path):
    script = tmp_path / "answers.json"
    script.write_text(json.dumps(answers(project)))
    loop.config["model"] = f"script:{script}"
    loop.carried_out()
    [pull] = loop.pulls
    assert pull.body.startswith("**Verified"), pull.body[:400]
    assert pull.pull.draft is False
    flake = loop.page.flake
    assert (flake.status, flake.progress.lease) == (Status.PR_OPEN, None)
    [run] = flake.progress.runs
    assert (run.status, run.pull, run.verdict) == (RunStatus.SUCCEEDED, pull.number, Verdict.VERIFIED)
    # What hides the flake was refused before it was a candidate; what does not help was told by its runs.
    folder = folder_of(loop.task, artifacts=tmp_path / "artifacts")
    wrong, right = folder.need(Fix, of="generate").candidates
    assert (wrong.number, right.number) == (1, 2)
    task = folder.need(Task, of="gate")
    said = conclude(task, folder.verifications(task.legs)[0], masking=Masking.REFUSE, pull_on=("verified",))
    assert said.candidate == 2
    [(number, why)] = [(item.candidate, item.why) for item in said.rejected]
    assert (number, why.startswith(RIGHT_REASONS)) == (1, True), why


@pytest.mark.parametrize("project", [project_named("python-vouchers")], ids=lambda project: project.name)
def test_a_model_that_talks_nonsense_gives_up(project, loop, tmp_path):
    """And what was measured is the answer."""
    script = tmp_path / "answers.json"
    script.write_text(json.dumps([project.nonsense] * 4))
    loop.config["model"] = f"script:{script}"
    loop.carried_out()
    assert loop.pulls == []
    flake = loop.page.flake
    assert (flake.status, flake.progress.lease) == (Status.FIX_FAILED, None)
    [said] = [text for purpose, text in loop.page.said().items() if purpose.startswith("fix:")]
    assert "held no call that could be read" in said
    assert "runs (plain)" in said
