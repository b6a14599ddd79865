"""``ftc task run`` as CI runs it, against GitHub: a plan, its approval by a label, and what is delivered then."""

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from errands import COMMANDS, QUIET, TOOLS
from test_task_command import TOKEN, WORLD

from ftc.simulator.server import serving
from ftc.simulator.simulator import Simulator
from ftc.simulator.world import Label, TimelineEvent

pytestmark = [
    pytest.mark.toolchain,
    pytest.mark.skipif(shutil.which("bwrap") is None, reason="bwrap is not installed: nothing is run beside a token"),
]
# What is not approved is planned; what is approved is changed.
ASKS = """
import json, os, pathlib
batch = json.load(open(os.environ["FTC_BATCH"]))
if "src/a.py" in batch["approved"]:
    pathlib.Path("src/a.py").write_text("A = 2\\n")
else:
    pathlib.Path(os.environ["FTC_ANSWER"]).write_text('{"plan": ["src/a.py"], "summary": "A is too small."}')
"""
APPROVED = "flaky-test-cleaner/task-approved"


@pytest.fixture
def simulator():
    return Simulator.load(WORLD.replace("FILES", json.dumps(QUIET)))


def ftc(folder, url, *arguments, agent=ASKS, commands=COMMANDS):
    folder.mkdir(exist_ok=True)
    (folder / "agent.py").write_text(agent)
    document = {
        "id": "bigger",
        "objective": "Make A bigger.",
        "target": {"include": ["src/a.py"]},
        "quality_gates": {"commands": commands},
    }
    (folder / "bigger.yaml").write_text(json.dumps(document))
    env = {
        **TOOLS,
        "FTC_API_URL": url,
        "FTC_REPO": "acme/shop",
        "FTC_TOKEN": TOKEN,
        "FTC_WRITE_INTERVAL_SECONDS": "0",
        "TMPDIR": os.environ.get("TMPDIR", "/tmp"),
    }
    program = f"--agent={sys.executable} {folder / 'agent.py'}"
    argv = [sys.executable, "-m", "ftc", "task", "run", "bigger.yaml", program]
    return subprocess.run([*argv, *arguments], capture_output=True, text=True, env=env, cwd=folder, check=False)


def put_on(simulator, issue, login="ada"):
    # The program under test goes by the machine's clock, this world by its own.
    behind = (datetime.now(UTC) - simulator.world.now()).total_seconds()
    simulator.world.clock.advance(max(behind, 0) + 60)
    repository = simulator.world.repository("acme/shop")
    if repository.label(APPROVED) is None:
        repository.labels.append(Label(id=simulator.world.next_id(), name=APPROVED))
    issue.labels.append(APPROVED)
    data = {"label": {"name": APPROVED, "color": "0e8a16"}}
    now = simulator.world.now()
    issue.events.append(
        TimelineEvent(id=simulator.world.next_id(), event="labeled", actor=login, created_at=now, data=data)
    )


def issues(simulator):
    return [item for item in simulator.world.repository("acme/shop").issues.values() if item.pull is None]


def test_a_plan_waits_for_its_label_and_is_carried_out_then(simulator, tmp_path):
    repository = simulator.world.repository("acme/shop")
    with serving(simulator) as url:
        first = ftc(tmp_path / "one", url)
        assert first.returncode == 2, first.stderr
        [issue] = issues(simulator)
        assert (issue.title, "waiting for approval: " in first.stderr) == ("[task] bigger", True)
        assert "A is too small." in issue.body
        assert list(repository.pulls()) == []
        again = ftc(tmp_path / "two", url)  # another machine, which knows nothing of the first
        assert (again.returncode, len(issues(simulator))) == (2, 1)
        put_on(simulator, issue)
        done = ftc(tmp_path / "three", url)
        assert done.returncode == 0, done.stderr
    [pull] = repository.pulls()
    assert (issue.state, f"/pull/{pull.number})" in issue.body) == ("closed", True)
    assert repository.git.resolve("refs/heads/auto/bigger")
    assert list(tmp_path.rglob("work")) == []


def test_the_plan_on_the_issue_is_approved_by_hand(simulator, tmp_path):
    with serving(simulator) as url:
        assert ftc(tmp_path / "one", url).returncode == 2
        [issue] = issues(simulator)
        digest = issue.body.partition("--approve ")[2].partition("`")[0]
        done = ftc(tmp_path / "two", url, "--approve", digest)
        assert done.returncode == 0, done.stderr
        wrong = ftc(tmp_path / "three", url, "--approve", "0" * 12)
        assert wrong.returncode == 64


def test_a_dry_run_writes_nothing(simulator, tmp_path):
    with serving(simulator) as url:
        done = ftc(tmp_path / "one", url, "--dry-run")
    assert done.returncode == 2, done.stderr
    assert issues(simulator) == []


EVIL = "import os, sys; print(dict(os.environ)); print(open('/proc/%d/environ' % os.getppid()).read()); sys.exit(1)"


def test_tests_beside_a_token_do_not_see_it(simulator, tmp_path):
    commands = {**COMMANDS, "test": f'{Path(sys.executable).name} -c "{EVIL}"'}
    with serving(simulator) as url:
        done = ftc(tmp_path / "one", url, commands=commands)
    evidence = json.loads((tmp_path / "one" / "artifacts" / "bigger" / "evidence" / "gates.json").read_text())
    assert "'PATH'" in evidence["base"]["output"], done.stderr
    assert "FTC_TOKEN" not in evidence["base"]["output"]
