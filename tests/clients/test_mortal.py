"""A child that does not outlive us: killed with us, left alone while we live, and nothing remains of its guard."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ftc.clients.mortal import ended_by, run_mortal
from ftc.core.errors import CommandFailed

ROOT = Path(__file__).parents[2]
ENV = {"PATH": os.environ["PATH"]}
# Starts a child of its own, as an agent runs tests, and says both ids.
AGENT = 'sleep 300 & echo "$$ $!" > "$1.tmp" && mv "$1.tmp" "$1"; wait'
JOB = """
import sys
from pathlib import Path
from ftc.clients.mortal import ended_by, run_mortal
run_mortal(["sh", "-c", sys.argv[1], "sh", sys.argv[2]], cwd=Path("/"), env={"PATH": sys.argv[3]}, timeout=300)
"""


def until(found, *, seconds=60.0):
    end = time.monotonic() + seconds
    while not (value := found()) and time.monotonic() < end:
        time.sleep(0.02)
    return value


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def guards(group):
    """Guards of this process group."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = place.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"kill -s KILL" in b" ".join(words) and str(group).encode() in words:
            found.append(place.parent.name)
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")
def test_what_a_killed_job_has_started_dies_with_it(tmp_path):
    told = tmp_path / "told"
    argv = [sys.executable, "-c", JOB, AGENT, str(told), ENV["PATH"]]
    job = subprocess.Popen(argv, cwd=ROOT)
    assert until(told.exists)
    agent, child = map(int, told.read_text().split())
    assert until(lambda: guards(agent))
    assert (alive(agent), alive(child)) == (True, True), "they live as long as the job does"
    job.send_signal(signal.SIGKILL)
    job.wait()
    assert until(lambda: not alive(agent) and not alive(child))
    assert until(lambda: not guards(agent))


@pytest.mark.parametrize(("command", "code", "out"), [("echo done", 0, "done\n"), ("exit 3", 3, "")])
def test_otherwise_it_ends_as_it_ends(tmp_path, command, code, out):
    done = run_mortal(["sh", "-c", command], cwd=tmp_path, env=ENV, timeout=60)
    assert (done.code, done.out, done.timed_out) == (code, out, False)


def test_one_that_takes_too_long_is_ended_and_so_is_the_guard(tmp_path):
    told = tmp_path / "told"
    done = run_mortal(["sh", "-c", AGENT, "sh", str(told)], cwd=tmp_path, env=ENV, timeout=1.0)
    assert done.timed_out
    assert guards(told.read_text().split()[0]) == []


def test_what_cannot_be_started_is_an_error_as_ever(tmp_path):
    with pytest.raises(CommandFailed, match="could not be started"):
        run_mortal(["/nowhere/agent"], cwd=tmp_path, env=ENV, timeout=60)


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")
def test_where_no_guard_can_be_started_the_child_is_ended(tmp_path):
    """As where no further process may be started: what could outlive us is not left running."""
    seconds = f"300.{os.getpid()}"
    with pytest.raises(CommandFailed, match="the guard of a program, /nowhere/sh, could not be started: No such file"):
        run_mortal(["sleep", seconds], cwd=tmp_path, env=ENV, timeout=60, guard="/nowhere/sh")
    left = [place for place in Path("/proc").glob("[0-9]*/cmdline") if seconds.encode() in told(place)]
    assert left == []


def told(place):
    try:
        return place.read_bytes()
    except OSError:
        return b""


TOUCH = ["sh", "-c", 'echo ended >>"$1"', "sh"]
ENDED = """
import sys, time
from pathlib import Path
from ftc.clients.mortal import ended_by
with ended_by(sys.argv[1:], env={}, timeout=60):
    print("begun", flush=True)
    time.sleep(300)
"""


def test_a_program_is_run_once_at_the_end_of_the_block(tmp_path):
    file = tmp_path / "ended"
    with ended_by([*TOUCH, str(file)], env=ENV, timeout=60):
        assert not file.exists()
    assert file.read_text() == "ended\n"
    with pytest.raises(ValueError, match="of the block"), ended_by([*TOUCH, str(file)], env=ENV, timeout=60):
        raise ValueError("of the block")
    assert file.read_text() == "ended\n" * 2


@pytest.mark.parametrize(("argv", "timeout"), [(["false"], 60), (["sleep", "3"], 0.2)])
def test_what_could_not_be_ended_is_an_error(argv, timeout):
    with pytest.raises(CommandFailed, match=argv[0]), ended_by(argv, env=ENV, timeout=timeout):
        pass


@pytest.mark.skipif(sys.platform != "linux", reason="kills as Linux does")
def test_killed_we_have_it_run_twice(tmp_path):
    """What was just being started may not have been there for the first."""
    file = tmp_path / "ended"
    job = subprocess.Popen([sys.executable, "-c", ENDED, *TOUCH, str(file)], cwd=ROOT, stdout=subprocess.PIPE)
    assert job.stdout.readline() == b"begun\n"
    job.kill()
    job.communicate()
    assert until(lambda: file.exists() and file.read_text() == "ended\n" * 2, seconds=20)
