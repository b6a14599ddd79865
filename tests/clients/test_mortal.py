"""A child that does not outlive us: killed with us, left alone while we live, and nothing remains of its guard."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ftc.clients.mortal import run_mortal
from ftc.core.errors import CommandFailed

ROOT = Path(__file__).parents[2]
ENV = {"PATH": os.environ["PATH"]}
# Starts a child of its own, as an agent runs tests, and says both ids.
AGENT = 'sleep 300 & echo "$$ $!" > "$1.tmp" && mv "$1.tmp" "$1"; wait'
JOB = """
import sys
from pathlib import Path
from ftc.clients.mortal import run_mortal
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
