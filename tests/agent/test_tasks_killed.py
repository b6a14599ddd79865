"""A task that is killed in any phase and run again: one branch, one request, and no worktree left behind."""

import multiprocessing
import time
from dataclasses import dataclass

import pytest
from errands import QUIET, Remote, Scripted, a_task, carry_out, walls_at
from scans import Killed
from test_tasks import GOOD

from ftc.agent.task_walls import Walls
from ftc.core.errors import UsageError
from ftc.core.task_report import Phase

pytestmark = pytest.mark.slow


@pytest.fixture
def remote(tmp_path):
    return Remote(tmp_path / "git", QUIET)


class KilledIn:
    """Dies as soon as a phase begins."""

    def __init__(self, phase):
        self.phase = phase

    def __call__(self, line):
        if line == f"== {self.phase}":
            raise Killed(line)


class ByBranch:
    """Like GitHub: one open request a branch."""

    def __init__(self):
        self.open = {}

    def __call__(self, request):
        self.open[request.branch] = request
        return "https://github.example/1"


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.VALIDATE])
def test_killed_in_a_phase_and_run_again(remote, tmp_path, phase):
    out, requests = tmp_path / "artifacts", ByBranch()
    task = a_task(target={"include": ["src/a.py"]})
    with pytest.raises(Killed):
        carry_out(task, remote, out, Scripted(GOOD), publisher=requests, say=KilledIn(phase))
    assert not (out / "quiet" / "status.json").exists()
    outcome = carry_out(task, remote, out, Scripted(GOOD), publisher=requests)
    assert outcome.code == 0
    assert sorted(remote.branches) == ["auto/quiet", "main"]
    assert remote.branches["auto/quiet"] == outcome.status.commits[0] == requests.open["auto/quiet"].head_sha
    assert list(requests.open) == ["auto/quiet"]
    assert not (out / "quiet" / "work").exists()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dying(Walls):
    """Dies with the so many-th command that runs in it."""

    left: list[int]

    def run(self, argv, **given):
        self.left[0] -= 1
        if not self.left[0]:
            raise Killed(argv)
        return self.sandbox.run(argv, writable=[given["cwd"]], **given)


@pytest.mark.parametrize("command", [1, 5, 8])
def test_killed_while_a_gate_runs_and_run_again(remote, tmp_path, command):
    """At the base, in the first command of a batch, and in its last; each measurement has four."""
    out, requests, left = tmp_path / "artifacts", ByBranch(), [command]
    task = a_task(target={"include": ["src/a.py"]})
    with pytest.raises(Killed):
        carry_out(
            task, remote, out, Scripted(GOOD), publisher=requests,
            walls=lambda place: Dying(sandbox=walls_at(place).sandbox, left=left),
        )  # fmt: skip
    assert requests.open == {}
    assert sorted(remote.branches) == ["main"]
    assert not (out / "quiet" / "work").exists()
    outcome = carry_out(task, remote, out, Scripted(GOOD), publisher=requests)
    assert (outcome.code, list(requests.open)) == (0, ["auto/quiet"])
    assert remote.branches["auto/quiet"] == outcome.status.commits[0]


def _hangs(remote, out, started):
    def hang(count):
        started.set()
        time.sleep(60)

    scripted = Scripted(GOOD, before=hang)
    carry_out(a_task(target={"include": ["src/a.py"]}), remote, out, scripted)


def test_a_process_that_is_killed_leaves_a_folder_that_the_next_one_clears(remote, tmp_path):
    out, context = tmp_path / "artifacts", multiprocessing.get_context("fork")
    started = context.Event()
    child = context.Process(target=_hangs, args=(remote, out, started))
    child.start()
    task = a_task(target={"include": ["src/a.py"]})
    try:
        assert started.wait(60)
        with pytest.raises(UsageError, match="at work in another process"):
            carry_out(task, remote, out, Scripted(GOOD))
    finally:
        child.kill()
        child.join()
    assert (out / "quiet" / "work").exists()
    assert carry_out(task, remote, out, Scripted(GOOD)).code == 0
    assert not (out / "quiet" / "work").exists()
