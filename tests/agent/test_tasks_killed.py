"""A task that is killed in any phase and run again: one branch, one request, and no worktree left behind."""

import multiprocessing
import time

import pytest
from errands import QUIET, Remote, Scripted, a_task, carry_out
from scans import Killed
from test_tasks import GOOD

from ftc.core.errors import UsageError
from ftc.core.task_report import Phase


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
