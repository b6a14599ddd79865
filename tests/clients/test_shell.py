"""Child processes that misbehave: each row is a way in which a test suite has held up or outlived its runner."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from ftc.clients import shell
from ftc.clients.shell import Limits, limited, run
from ftc.core.errors import CommandFailed

ENV = {"PATH": os.environ["PATH"]}


def python(code, tmp_path, **over):
    given = {"cwd": tmp_path, "env": ENV, "timeout": 30, **over}
    return run([sys.executable, "-c", code], **given)


def alive(pid):
    """Whether a process still runs; a zombie that init has not collected yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_output_code_and_time(tmp_path):
    done = python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)", tmp_path)
    assert (done.code, done.out, done.err) == (3, "out\n", "err\n")
    assert not done.ok
    assert not done.timed_out
    assert not done.truncated
    assert 0 < done.seconds < 30


def test_a_signal_is_a_code_below_zero(tmp_path):
    assert python("import os; os.kill(os.getpid(), 9)", tmp_path).code == -9


def test_the_environment_is_what_was_given_and_a_mark(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_OF_THE_JOB", "x")
    done = python("import os; print(sorted(os.environ))", tmp_path, env={**ENV, "GIVEN": "1"})
    assert set(eval(done.out)) <= {"FTC_CHILD", "GIVEN", "PATH", "LC_CTYPE"}  # the last is Python's own doing


def test_there_is_no_input_unless_it_is_given(tmp_path):
    code = "import sys; print(len(sys.stdin.read()))"
    assert python(code, tmp_path).out == "0\n"
    assert python(code, tmp_path, stdin=b"x" * 1_000_000).out == "1000000\n"


def test_descriptors_of_the_parent_are_not_inherited(tmp_path):
    with (tmp_path / "secret").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        done = python(f"import os; os.fstat({file.fileno()})", tmp_path)
    assert done.code == 1
    assert "Bad file descriptor" in done.err


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_flood_is_drained_and_cut(tmp_path, stream):
    """64 MB through a pipe of 64 kB: a parent that stopped reading would block the child for ever."""
    code = f"import sys\nfor _ in range(1000): sys.{stream}.buffer.write(b'x' * 65536)"
    done = python(code, tmp_path, output_cap=1000)
    assert done.ok
    assert len(getattr(done, stream)) == 1000
    assert done.truncated


def test_exactly_the_cap_is_not_truncated(tmp_path):
    assert not python("print('x' * 999)", tmp_path, output_cap=1000).truncated
    assert python("print('x' * 1000)", tmp_path, output_cap=1000).truncated


def test_an_endless_flood_ends_at_the_time_out(tmp_path):
    done = run(["yes"], cwd=tmp_path, env=ENV, timeout=0.3, output_cap=10)
    assert done.timed_out
    assert done.stdout == b"y\n" * 5
    assert done.seconds < 5


def test_output_of_a_killed_child_is_kept(tmp_path):
    done = python("import time; print('so far', flush=True); time.sleep(60)", tmp_path, timeout=0.5)
    assert done.timed_out
    assert not done.ok
    assert done.out == "so far\n"


def test_sigterm_comes_first(tmp_path):
    """git removes its lock files on it."""
    code = """
import signal, sys, time
def end(*_): print('cleaned up', flush=True); sys.exit(0)
signal.signal(signal.SIGTERM, end)
print('ready', flush=True)
time.sleep(60)
"""
    done = python(code, tmp_path, timeout=1)
    assert done.out == "ready\ncleaned up\n"
    assert done.timed_out
    assert not done.ok


def test_a_child_that_ignores_sigterm(tmp_path):
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    started = time.monotonic()
    done = python(code, tmp_path, timeout=1)
    assert (done.timed_out, done.code) == (True, -signal.SIGKILL)
    assert time.monotonic() - started < 1 + shell.GRACE_SECONDS + 2


FAMILIES = [
    ("a grandchild in the same group", "subprocess.Popen(['sleep', '60'])"),
    ("one in a group of its own", "subprocess.Popen(['sleep', '60'], process_group=0)"),
    ("one in a session of its own, as daemons do", "subprocess.Popen(['sleep', '60'], start_new_session=True)"),
    ("one whose parent is gone", "subprocess.Popen(['sh', '-c', 'setsid sleep 60 & echo $!'], stdout=subprocess.PIPE)"),
]


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="strays are found through /proc")
@pytest.mark.parametrize("code", [code for _, code in FAMILIES], ids=[why for why, _ in FAMILIES])
@pytest.mark.parametrize("ending", ["", "time.sleep(60)", "os._exit(5)", "os.kill(os.getpid(), 9)"])
def test_nobody_outlives_the_call(tmp_path, code, ending):
    script = f"""
import os, subprocess, sys, time
child = {code}
pid = int(child.stdout.readline()) if child.stdout else child.pid
print(pid, flush=True)
{ending}
"""
    started = time.monotonic()
    done = python(script, tmp_path, timeout=2)
    pid = int(done.out)
    assert not alive(pid)
    assert time.monotonic() - started < 2 + shell.GRACE_SECONDS + shell.DRAIN_SECONDS + 1


def test_a_grandchild_that_holds_the_pipe_does_not_hold_us(tmp_path):
    started = time.monotonic()
    done = run(["sh", "-c", "sleep 60 & echo done"], cwd=tmp_path, env=ENV, timeout=30)
    assert (done.code, done.out) == (0, "done\n")
    assert time.monotonic() - started < 5


def test_an_exception_in_the_parent_ends_the_child(tmp_path):
    """Ctrl-C, or a cancelled job: the runner sends SIGINT to us alone."""

    class Stop(BaseException):
        pass

    def stop(*_):
        raise Stop

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 1)
    try:
        with pytest.raises(Stop):
            python(
                f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(60)",
                tmp_path,
            )
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert not alive(int((tmp_path / "pid").read_text()))


def test_descriptors_are_given_back(tmp_path):
    def count():
        return len(os.listdir("/dev/fd"))

    python("pass", tmp_path)
    before = count()
    for _ in range(5):
        python("print(1)", tmp_path)
        run(["sleep", "60"], cwd=tmp_path, env=ENV, timeout=0.05)
    assert count() == before


@pytest.mark.parametrize("argv", [["no-such-program-anywhere"], ["/"], ["a\0b"]])
def test_what_cannot_be_started(tmp_path, argv):
    with pytest.raises(CommandFailed, match="could not be started"):
        run(argv, cwd=tmp_path, env=ENV, timeout=5)


def test_no_folder(tmp_path):
    with pytest.raises(CommandFailed, match=r"could not be started in .*gone: No such file"):
        run(["true"], cwd=tmp_path / "gone", env=ENV, timeout=5)


@pytest.mark.toolchain
@pytest.mark.parametrize(
    ("limits", "code", "says"),
    [
        (Limits(memory_bytes=300_000_000), "x = bytearray(10**9)", "MemoryError"),
        (Limits(file_bytes=1000), "f = open('f', 'wb'); f.write(b'x' * 5000); f.close()", "File too large"),
        (Limits(open_files=20), "x = [open('/dev/null') for _ in range(50)]", "Too many open files"),
    ],
)
def test_limits(tmp_path, tool, limits, code, says):
    tool("prlimit")
    done = run(limited([sys.executable, "-c", code], limits), cwd=tmp_path, env=ENV, timeout=30)
    assert done.code == 1
    assert says in done.err


@pytest.mark.toolchain
def test_limited_processor_time(tmp_path, tool):
    tool("prlimit")
    argv = limited([sys.executable, "-c", "while True: pass"], Limits(cpu_seconds=1))
    done = run(argv, cwd=tmp_path, env=ENV, timeout=30)
    assert done.code < 0
    assert not done.timed_out
