"""``ftc task`` as a person calls it: a file, a folder in parallel, a plan and its approval, and pull requests."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bot_texts import a_status
from errands import COMMANDS, QUIET, TOOLS, Remote, Scripted, a_task, carry_out
from scans import PACE, Killed, copied, is_write, killing

from ftc.agent.task_delivery import Request
from ftc.clients.github import GitHub
from ftc.clients.transport import Transport
from ftc.core.config import Config
from ftc.core.task_block import decode_task, record_of
from ftc.jobs.context import open_context
from ftc.jobs.settings import Settings, Tokens
from ftc.jobs.snapshot import read_snapshot
from ftc.jobs.task_pulls import PullPublisher
from ftc.simulator.git_backend import NewCommit
from ftc.simulator.git_types import GitIdentity
from ftc.simulator.simulator import Simulator

# Does as the objective says: a line of Python over the batch.
AGENT = """
import json, os, pathlib
batch = json.load(open(os.environ["FTC_BATCH"]))
exec(batch["objective"], {"batch": batch, "pathlib": pathlib, "os": os, "json": json})
"""
ADD_TEST = 'pathlib.Path("tests/" + batch["id"] + "_test.py").write_text("ok = 1\\n")'
ROOT = Path(__file__).parents[2]
TOKEN = "writer"
ADA = GitIdentity(name="Ada", email="ada@example.com", date=datetime(2026, 11, 19, tzinfo=UTC))
WORLD = """
now: 2026-11-20T12:00:00Z
users: {ada: {}}
tokens:
  writer: {permissions: {contents: write, pull_requests: write, issues: write}}
repositories:
  acme/shop:
    created: 2026-01-01T00:00:00Z
    roles: {ada: write}
    actions_can_open_pulls: true
    files: FILES
"""


@pytest.fixture
def remote(tmp_path):
    return Remote(tmp_path / "git", QUIET)


def write_task(folder, name, objective=ADD_TEST, **over):
    folder.mkdir(exist_ok=True)
    document = {
        "id": name,
        "objective": objective,
        "target": {"include": ["src/a.py"]},
        "quality_gates": {"commands": COMMANDS},
        **over,
    }
    (folder / f"{name}.yaml").write_text(json.dumps(document))  # JSON is YAML
    return folder / f"{name}.yaml"


def ftc(tmp_path, remote, *arguments, by_flag=True, **variables):
    agent = tmp_path / "agent.py"
    agent.write_text(AGENT)
    flags = [f"--local={remote.bare}", f"--artifacts={tmp_path / 'artifacts'}"]
    flags += [f"--agent={sys.executable} {agent}"] if by_flag else []
    argv = [sys.executable, "-m", "ftc", "task", *arguments, *flags]
    environ = {**TOOLS, "PYTHONPATH": str(ROOT), **variables}  # the code beside these tests
    return subprocess.run(argv, capture_output=True, text=True, env=environ, cwd=tmp_path, check=False)


def test_one_file(tmp_path, remote):
    done = ftc(tmp_path, remote, "run", str(write_task(tmp_path, "words")))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("words: 1 commit, risk low")
    assert "words_test.py" in (tmp_path / "artifacts" / "words" / "patch").read_text()
    assert list(remote.branches) == ["main"], "--local pushes nothing"


def test_the_agent_that_is_configured_for_fixes_works_on_tasks(tmp_path, remote):
    look = (
        "import sys; assert 'objective' in open(sys.argv[1]).read(); assert sys.argv[2] == os.environ['FTC_WORKTREE']"
    )
    look += "; assert os.environ['SEEN'] == '1'; assert 'HIDDEN' not in os.environ"
    file = write_task(tmp_path, "words", objective=f"{look}; {ADD_TEST}")
    configured = {
        "FTC_FIX_AGENT": "command",
        "FTC_AGENT_COMMAND": f"{sys.executable} {tmp_path / 'agent.py'} {{prompt}} {{worktree}}",
        "FTC_AGENT_VARIABLES": "SEEN",
    }
    done = ftc(tmp_path, remote, "run", str(file), by_flag=False, SEEN="1", HIDDEN="1", **configured)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("words: 1 commit,")


# What is configured, the exit code, and what is said.
NO_AGENT = [
    ({}, 1, "Nobody is there to edit: set `model`"),
    ({"FTC_FIX_AGENT": "github"}, 64, "works on issues and not on tasks"),
    ({"FTC_FIX_AGENT": "command"}, 64, "the agent's command is empty; look at `agent-command`"),
    (
        {"FTC_FIX_AGENT": "command", "FTC_AGENT_COMMAND": "true", "FTC_MODEL_KEY": "k3y-of-a-model"},
        64,
        "would run beside the model's key (FTC_MODEL_KEY)",
    ),
]


@pytest.mark.parametrize(("configured", "code", "said"), NO_AGENT)
def test_where_nobody_can_edit_it_is_said(tmp_path, remote, configured, code, said):
    done = ftc(tmp_path, remote, "run", str(write_task(tmp_path, "words")), by_flag=False, **configured)
    failure = tmp_path / "artifacts" / "words" / "FAILURE.md"
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert done.stdout == (f"words: failed; see {failure}\n" if code == 1 else "")


def test_a_folder_in_parallel_shares_nothing(tmp_path, remote):
    folder = tmp_path / "tasks"
    for name in ("one", "two"):
        write_task(folder, name)
    write_task(folder, "three", objective="raise SystemExit(3)")
    done = ftc(tmp_path, remote, "run", str(folder), "--parallel", "3")
    assert done.returncode == 2, done.stderr
    gathered = json.loads((tmp_path / "artifacts" / "tasks.json").read_text())
    assert gathered["totals"]["tasks"] == 3
    assert (gathered["totals"]["delivered"], gathered["totals"]["failed"]) == (2, 1)
    assert gathered["totals"]["first_try_share"] == 1.0, "the third was never measured"
    for name in ("one", "two"):
        patch = (tmp_path / "artifacts" / name / "patch").read_text()
        assert patch.count("diff --git") == 1
        assert f"{name}_test.py" in patch
    listed = ftc(tmp_path, remote, "list", str(folder))
    assert [line.partition(":")[0] for line in listed.stdout.splitlines()] == ["one", "three", "two"]


def test_a_plan_is_approved_by_its_digest_and_void_when_the_task_changes(tmp_path, remote):
    product = 'pathlib.Path("src/a.py").write_text("A = 2\\n")'
    file = write_task(tmp_path, "product", objective=product)
    waiting = ftc(tmp_path, remote, "run", str(file))
    assert waiting.returncode == 2
    plan = json.loads((tmp_path / "artifacts" / "product" / "plan.json").read_text())
    approved = ftc(tmp_path, remote, "run", str(file), "--approve", plan["digest"])
    assert approved.returncode == 0, approved.stderr
    assert "+A = 2" in (tmp_path / "artifacts" / "product" / "patch").read_text()
    write_task(tmp_path, "product", objective=product + "  # more")
    void = ftc(tmp_path, remote, "run", str(file), "--approve", plan["digest"])
    assert (void.returncode, "changed since this plan" in void.stderr) == (64, True)


def test_no_test_runs_beside_a_key_that_it_could_read(tmp_path, remote, monkeypatch):
    file = write_task(tmp_path, "words")
    assert ftc(tmp_path, remote, "run", str(file), "--sandbox=plain").returncode == 0, "there is no secret to be read"
    monkeypatch.setitem(TOOLS, "AGENT_KEY", "k3y")
    done = ftc(tmp_path, remote, "run", str(file), "--sandbox=plain", "--agent-env=AGENT_KEY")
    assert (done.returncode, "it can reach the network" in done.stderr) == (64, True), done.stderr
    assert "Install bubblewrap" in done.stderr


REFUSED = [
    ({"objektive": "x"}, "did you mean `objective`?"),
    ({"limits": {"max_comits": 3}}, "did you mean `max_commits`?"),
    ({"pr": {"risk_rules": {"high_if": ["coverage_dleta < 1"]}}}, "did you mean coverage_delta?"),
]


@pytest.mark.parametrize(("over", "said"), REFUSED)
def test_a_wrong_file_is_refused_by_the_key(tmp_path, remote, over, said):
    done = ftc(tmp_path, remote, "run", str(write_task(tmp_path, "wrong", **over)))
    assert (done.returncode, said in done.stderr) == (64, True), done.stderr


def test_two_tasks_of_one_branch_are_refused(tmp_path, remote):
    for name in ("one", "two"):
        write_task(tmp_path / "tasks", name, branch="auto/same")
    done = ftc(tmp_path, remote, "run", str(tmp_path / "tasks"))
    assert (done.returncode, "auto/same" in done.stderr) == (64, True)


def a_request(branch):
    return Request(
        branch=branch,
        head_sha="",
        base_branch="main",
        title="A title",
        body="A body",
        labels=("tests", "risk-low"),
        draft=False,
        record=record_of(replace(a_status(), id="quiet"), (), code=2),
    )


def publish(simulator):
    with simulator.activate():
        transport = Transport(token=TOKEN, api_url="https://api.github.com", pace=PACE)
        github = GitHub(repo="acme/shop", transport=transport)
        return PullPublisher(github=github, prefix="ftc", own=frozenset({"tests"}))(a_request("auto/x"))


def test_a_publisher_killed_at_any_request_leaves_one_pull_request():
    simulator = Simulator.load(WORLD.replace("FILES", json.dumps(QUIET)))
    bare = simulator.world.repository("acme/shop").git
    change = NewCommit(message="More", files={"tests/x_test.py": b"more"}, author=ADA)
    bare.add_commits("auto/x", [change], start=bare.resolve("refs/heads/main"))
    calm = copied(simulator)
    publish(calm)
    assert len([entry for entry in calm.requests if is_write(entry)]) == 5, "the request, three labels, setting them"
    for entry in calm.requests:
        for before in (True, False):
            victim = copied(simulator)
            hook = killing(entry.number, before=before)
            victim.on_request, victim.after_request = (hook, None) if before else (None, hook)
            with pytest.raises(Killed):
                publish(victim)
            victim.on_request = victim.after_request = None
            publish(victim)
            [pull] = victim.world.repository("acme/shop").pulls()
            assert set(pull.labels) == {"tests", "ftc/risk-low", "ftc/ai-managed"}, f"{before} {entry.path}"
            assert decode_task(pull.body).id == "quiet"


def test_the_pull_request_is_opened_once_with_its_labels(tmp_path):
    simulator = Simulator.load(WORLD.replace("FILES", json.dumps(QUIET)))
    repository = simulator.world.repository("acme/shop")
    task = a_task(target={"include": ["src/a.py"]}, pr={"labels": ["tests"], "draft": True})

    class Bare:
        bare = repository.git.path

    with simulator.activate():
        transport = Transport(token=TOKEN, api_url="https://api.github.com", pace=PACE)
        github = GitHub(repo="acme/shop", transport=transport)
        publisher = PullPublisher(github=github, prefix="flaky-test-cleaner", own=frozenset({"tests"}))
        for attempt in range(2):
            scripted = Scripted({"tests/more_test.py": f"attempt = {attempt}\n"})
            outcome = carry_out(task, Bare, tmp_path, scripted, publisher=publisher)
            assert outcome.code == 0
    [pull] = repository.pulls()
    assert pull.pull.draft
    assert outcome.status.pr_url.endswith(f"/acme/shop/pull/{pull.number}")
    assert set(pull.labels) == {"tests", "flaky-test-cleaner/risk-low", "flaky-test-cleaner/ai-managed"}
    assert repository.git.resolve("refs/heads/auto/quiet") == outcome.status.commits[0]
    with simulator.activate():
        settings = Settings(config=Config(repo="acme/shop"), tokens=Tokens(read=TOKEN, issue=TOKEN))
        snapshot = read_snapshot(open_context(settings, {}, now=simulator.world.now(), pace=PACE))
    [shown] = snapshot.tasks
    assert (shown.number, shown.record.id, shown.record.code) == (pull.number, "quiet", 0)
    assert (shown.record.batches, shown.record.first_try) == (1, 1)
    assert (snapshot.issues, snapshot.notes) == ((), ())
