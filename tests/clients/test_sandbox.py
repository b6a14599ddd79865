"""Evil repository code, for real, at every level this machine has: it gets nothing, and changes nothing outside.

What the plain level does not keep from it is tested, too, so that the documentation cannot promise it.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import containers
import pytest

from ftc.clients.sandbox import Sandbox
from ftc.core.config import Config
from ftc.core.errors import CommandFailed, UsageError
from ftc.core.isolation import Level, may_run_beside_secret

SECRET = "s3cret-of-the-job-0123456789"
PROXIES = {f"{name}Proxy": f"http://user:{SECRET}@proxy.example.com" for name in ("http", "https", "ftp", "all")}
"""As in docker's own settings, from where its client hands them to every container."""
APART = [
    pytest.param("bubblewrap", marks=pytest.mark.toolchain),
    pytest.param("namespaces", marks=pytest.mark.toolchain),
]
EVERY = [*APART, "plain"]
CONTAINERS = [pytest.param(program, marks=pytest.mark.toolchain) for program in containers.ENGINES]
"""The level `container` with either engine."""
CONTAINED = [*APART, *CONTAINERS]
"""What holds in a container alike; its limits are the engine's and its network not the machine's, of which
tests/clients/test_sandbox_container.py has the tests."""


class Machine:
    """A runner with what must not be found: a home with credentials, another worktree, a process with a secret."""

    def __init__(self, folder):
        self.folder = folder
        self.home, self.worktree, self.other = (folder / name for name in ("runner", "worktree-0", "worktree-1"))
        for place in (self.home / ".aws", self.home / ".cargo", self.worktree, self.other, folder / "tmp"):
            place.mkdir(parents=True)
        (self.home / ".aws" / "credentials").write_text(SECRET)
        (self.home / ".cargo" / "credentials.toml").write_text(SECRET)
        (self.home / ".docker").mkdir()
        (self.home / ".docker" / "config.json").write_text(json.dumps({"proxies": {"default": PROXIES}}))
        (self.other / "code.txt").write_text(SECRET)
        (self.worktree / "code.txt").write_text("ours")
        self.environ = {
            **containers.reached(),
            "PATH": f"{Path(sys.base_prefix) / 'bin'}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "GITHUB_TOKEN": SECRET,
            "GITHUB_OUTPUT": str(folder / "output"),
            "ANTHROPIC_API_KEY": SECRET,
            "GOPROXY": f"https://user:{SECRET}@goproxy.example.com",
            "HTTPS_PROXY": f"http://user:{SECRET}@proxy.example.com",
        }

    def sandbox(self, level, **over):
        if level == "bubblewrap" and shutil.which("bwrap") is None:
            pytest.skip("bwrap is not installed")
        if level in containers.ENGINES:
            return replace(self.contained(level), **over)
        try:
            made = Sandbox.of(Config.load([("test", {"sandbox": level})]), self.folder / "tmp", self.environ)
        except UsageError as error:
            pytest.skip(str(error))
        return replace(made, **over)

    def contained(self, program):
        engine = containers.engine(program)
        return Sandbox(level=Level.CONTAINER, tmp=self.folder / "tmp", environ=self.environ, engine=engine)

    def evil(self, level, code, **over):
        """Run Python code at a level, in the worktree."""
        limits = {name: over.pop(name) for name in ("memory_bytes", "processes") if name in over}
        given = {"cwd": self.worktree, "timeout": 30, "writable": [self.worktree], **over}
        python = containers.PYTHON if level in containers.ENGINES else _python()
        return self.sandbox(level, **limits).run([python, "-I", "-S", "-c", code], **given)


def _python():
    return str(Path(sys.base_prefix) / "bin" / "python3")


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


@pytest.fixture
def keeper():
    """A process of the same user that holds a secret, as the job itself does."""
    process = subprocess.Popen(["sleep", "60"], env={"PATH": os.environ["PATH"], "API_KEY": SECRET})
    yield process
    process.kill()
    process.wait()


def alive(mark):
    """Processes whose command line holds a mark; their environment is another process's matter."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if mark.encode() in place.read_bytes() and int(place.parent.name) != os.getpid():
                found.append(int(place.parent.name))
        except OSError:
            continue
    return found


PROC = """
import glob
for name in ("environ", "cmdline", "task/*/environ"):
    for place in glob.glob("/proc/[0-9]*/" + name):
        try: print(open(place, "rb").read())
        except OSError: pass
"""


@pytest.mark.parametrize("level", CONTAINED)
def test_the_processes_of_the_job_are_not_there(machine, keeper, level):
    done = machine.evil(level, PROC)
    assert done.ok
    assert SECRET not in done.out


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="there is no /proc")
def test_at_the_plain_level_they_are(machine, keeper):
    assert SECRET in machine.evil("plain", PROC).out
    assert not machine.sandbox("plain").guarantees.processes


@pytest.mark.parametrize("level", [*CONTAINED, "plain"])
def test_the_environment_holds_no_secret(machine, level):
    done = machine.evil(level, "import os; print(dict(os.environ))", env={"GOFLAGS": "-count=1"}, network=True)
    assert done.ok
    assert SECRET not in done.out
    assert "GITHUB" not in done.out
    assert "'GOFLAGS': '-count=1'" in done.out
    assert str(machine.home) + "'" not in done.out


@pytest.mark.parametrize(
    "extra",
    [
        {"GITHUB_TOKEN": "x"},
        {"FTC_READ_TOKEN": "x"},
        {"OPENAI_API_KEY": "x"},
        {"DB_PASSWORD": "x"},
        {"LD_PRELOAD": "./evil.so"},
        {"PIP_INDEX_URL": "https://user:pass@pypi.example.com/simple"},
    ],
)
def test_no_caller_can_hand_a_secret_on(machine, extra):
    with pytest.raises(UsageError, match=next(iter(extra))):
        machine.evil("plain", "", env=extra)


READ = """
import os, sys
for place in sys.stdin.read().split() or {places!r}:
    try: print(place, open(place).read())
    except OSError as error: print(place, type(error).__name__)
print(sorted(os.listdir({folder!r})))
"""


@pytest.mark.parametrize("level", CONTAINED)
def test_home_and_other_worktrees_are_not_there(machine, level):
    places = [machine.home / ".aws/credentials", machine.home / ".cargo/credentials.toml", machine.other / "code.txt"]
    code = READ.format(places=[str(place) for place in (*places, "code.txt")], folder=str(machine.folder))
    done = machine.evil(level, code)
    assert SECRET not in done.out
    assert done.out.count("FileNotFoundError") == 3
    assert "code.txt ours" in done.out
    assert done.out.splitlines()[-1] == "['tmp', 'worktree-0']"


def test_at_the_plain_level_they_are_readable(machine):
    code = READ.format(places=[str(machine.other / "code.txt")], folder=str(machine.folder))
    assert SECRET in machine.evil("plain", code).out
    assert not machine.sandbox("plain").guarantees.files


WRITE = """
import os
for place in {places!r}:
    try: open(place, "w").write("evil"); print("wrote", place)
    except OSError as error: print(place, type(error).__name__)
try: os.symlink({other!r}, "link"); open("link/code.txt", "w").write("evil"); print("through the link")
except OSError as error: print("link", type(error).__name__)
open("mine.txt", "w").write("mine")
"""


@pytest.mark.parametrize("level", CONTAINED)
def test_nothing_outside_is_written(machine, level):
    """As root, too, whom permissions would not stop: what is read-only is mounted so."""
    evil = f"/usr/lib/evil-{os.getpid()}"
    readable = machine.folder / "readable"
    readable.mkdir()
    (readable / "given.txt").write_text("given")
    places = [evil, str(machine.other / "code.txt"), str(readable / "given.txt"), "/../evil", "/proc/sys/vm/swappiness"]
    places += ["/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger"]
    code = WRITE.format(places=places, other=str(machine.other))
    done = machine.evil(level, code, readable=[readable])
    assert "through the link" not in done.out
    assert done.out.count("wrote") == ("wrote /../evil" in done.out)  # bubblewrap's root is memory of its own
    assert not Path(evil).exists()
    assert not Path("/evil").exists()
    assert (machine.other / "code.txt").read_text() == SECRET
    assert (readable / "given.txt").read_text() == "given"
    assert (machine.worktree / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize("level", CONTAINED)
def test_its_environment_does_not_choose_what_runs_outside(machine, level):
    """A runner puts `node_modules/.bin` in front, in which a program of any name may lie."""
    evil = machine.worktree / "bin"
    evil.mkdir()
    for name in (
        "bwrap",
        "setpriv",
        "unshare",
        "sh",
        "mount",
        "pivot_root",
        "env",
        "prlimit",
        "hostname",
        "mkdir",
        "rm",
    ):
        (evil / name).write_text(f'#!/bin/bash\necho >{machine.folder}/pwned\nexec /usr/bin/{name} "$@"\n')
        (evil / name).chmod(0o755)
    env = {"PATH": f"{evil}:/usr/bin:/bin", "LD_LIBRARY_PATH": str(evil), "BASH_ENV": str(evil / "sh")}
    done = machine.evil(level, "import os; print(os.environ['LD_LIBRARY_PATH'])", env=env)
    assert done.out == f"{evil}\n"
    assert not (machine.folder / "pwned").exists()


@pytest.mark.parametrize("level", CONTAINED)
def test_a_link_in_place_of_its_own_folders_shows_the_next_run_nothing(machine, level):
    """What is mounted for a run must not lie where an earlier run could have put a link to somewhere else."""
    sandbox = machine.sandbox(level)
    given = {"cwd": machine.worktree, "timeout": 30}
    for place in (sandbox.scratch / "reports", *sandbox.lasting):
        place.mkdir(parents=True, exist_ok=True)
    swap = "for it in {0}/tmp {0}/home {0}/reports; do rm -rf $it; ln -s {1} $it; done; ln -s {1} /tmp/swap"
    sandbox.run(["sh", "-c", swap.format(sandbox.scratch, machine.other)], writable=[machine.worktree], **given)
    assert (sandbox.scratch / "reports").is_symlink(), "it did try"
    look = (
        f"cat /tmp/code.txt {sandbox.scratch}/reports/code.txt /tmp/swap/code.txt $HOME/code.txt; echo x >/tmp/planted"
    )
    writable = [machine.worktree, sandbox.scratch / "reports"]
    done = sandbox.run(["sh", "-c", look], writable=writable, **given)
    assert SECRET not in done.out
    assert [path.name for path in machine.other.iterdir()] == ["code.txt"]


ESCAPES = [
    ("mount", "-o", "remount,rw,bind", "/usr"),
    ("umount", "-l", "/usr"),
    # A user namespace of its own gives it rights over its own mounts, never over ours.
    ("unshare", "--user", "--map-root-user", "--mount", "mount", "-o", "remount,rw,bind", "/usr"),
    ("unshare", "--user", "--map-root-user", "--mount", "umount", "-l", "/usr"),
    ("nsenter", "--target", "1", "--mount", "--net", "ls", "/work"),
]


@pytest.mark.parametrize("escape", ESCAPES, ids=" ".join)
@pytest.mark.parametrize("level", CONTAINED)
def test_what_is_mounted_stays(machine, level, escape):
    sandbox = machine.sandbox(level)
    done = sandbox.run(escape, cwd=machine.worktree, timeout=20, writable=[machine.worktree])
    assert done.code != 0


@pytest.mark.parametrize("level", [*CONTAINED, "plain"])
def test_no_privilege_is_gained(machine, level):
    done = machine.evil(level, "print(open('/proc/self/status').read())")
    assert "NoNewPrivs:\t1" in done.out
    if level != "plain":
        assert "CapEff:\t0000000000000000" in done.out


@pytest.fixture
def servers():
    """Something that listens on the machine: on loopback, and on a socket without a file."""
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind(f"\0ftc-test-{os.getpid()}")
        unix.listen()
        yield tcp.getsockname()[1], unix.getsockname()


CONNECT = """
import socket
try: socket.create_connection(("127.0.0.1", {port}), 2); print("reached")
except OSError as error: print(type(error).__name__)
try: socket.socket(socket.AF_UNIX).connect({name!r}); print("reached")
except OSError as error: print(type(error).__name__)
try: socket.create_connection(("192.0.2.1", 9), 2); print("reached")
except OSError as error: print(error.strerror)
own = socket.create_server(("127.0.0.1", 0)); socket.create_connection(own.getsockname()); print("own loopback")
"""


@pytest.mark.parametrize("level", CONTAINED)
def test_there_is_no_network_but_its_own(machine, servers, level):
    port, name = servers
    done = machine.evil(level, CONNECT.format(port=port, name=name))
    assert "reached" not in done.out
    assert "Network is unreachable" in done.out
    assert "own loopback" in done.out


def test_with_a_network_or_without_isolation_it_is_reached_and_said(machine, servers):
    port, name = servers
    assert "reached" in machine.evil("plain", CONNECT.format(port=port, name=name)).out
    assert "it can reach the network" in machine.sandbox("plain").guarantees.text


@pytest.mark.parametrize("level", APART)
def test_a_network_is_there_when_it_is_asked_for(machine, servers, level):
    port, name = servers
    assert "reached" in machine.evil(level, CONNECT.format(port=port, name=name), network=True).out
    sandbox = machine.sandbox(level)
    assert not may_run_beside_secret(sandbox.holding(network=True))
    assert not may_run_beside_secret(replace(sandbox, network=True).guarantees)


FORKS = """
import os, time, sys
for _ in range(300):
    if os.fork() == 0:
        os.setsid()
        os.execvp("sleep", ["sleep", {mark!r}])
print("made", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("level", EVERY)
def test_a_flood_of_processes_is_ended_whole(machine, level):
    mark = f"97.{os.getpid()}"
    done = machine.evil(level, FORKS.format(mark=mark), processes=50)
    assert "more than 50 processes" in done.err
    assert done.code != 0
    assert done.seconds < 25
    assert alive(mark) == []


DAEMON = """
import os
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 3)
        os.execvpe("sleep", ["sleep", {mark!r}], {{"PATH": os.environ["PATH"]}})
    os._exit(0)
"""


@pytest.mark.parametrize("level", CONTAINED)
def test_nothing_outlives_its_run(machine, level):
    """A daemon that threw our mark out of its environment, which is how one escapes at the plain level."""
    mark = f"98.{os.getpid()}"
    assert machine.evil(level, DAEMON.format(mark=mark)).ok
    assert alive(mark) == []


@pytest.mark.parametrize("level", [*CONTAINED, "plain"])
def test_it_dies_with_us(machine, level):
    """Also in a container, which is no descendant of ours, and whose engine does not care who asked for it."""
    mark = f"99.{os.getpid()}"
    sandbox = machine.sandbox(level)
    code = (
        "from pathlib import Path; from ftc.core.isolation import Level\n"
        "from ftc.clients.sandbox import Engine, Sandbox\n"
        f"Sandbox(level=Level({sandbox.level.value!r}), tmp=Path({str(machine.folder / 'tmp')!r}),"
        f" engine={sandbox.engine!r}).run(['sleep', {mark!r}],"
        f" cwd=Path({str(machine.worktree)!r}), timeout=60, writable=[Path({str(machine.worktree)!r})])"
    )
    job = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[2])
    assert _within(20, lambda: [pid for pid in alive(mark) if pid != job.pid and _name(pid) == "sleep"])
    job.send_signal(signal.SIGKILL)
    job.wait()
    assert _within(10, lambda: alive(mark) == [])
    assert level not in containers.ENGINES or _within(10, lambda: containers.listed(level, mark) == [])


def _name(pid):
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _within(seconds, condition):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return bool(condition())


@pytest.mark.parametrize("level", EVERY)
def test_memory_of_all_processes_together(machine, level):
    code = "import os, time\nfor _ in range(3): os.fork()\nx = bytearray(40_000_000)\ntime.sleep(20)"
    done = machine.evil(level, code, memory_bytes=150_000_000)
    assert "more than 150 MB of memory" in done.err
    assert not done.ok
    assert done.seconds < 15


@pytest.mark.parametrize("level", [*CONTAINED, "plain"])
def test_time_output_and_size_of_files(machine, level):
    code = "import os, signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: os.write(1, b'x' * 65536)"
    timeout = 10 if level in containers.ENGINES else 1  # in which it must have begun
    done = machine.evil(level, code, timeout=timeout, output_cap=1_000_000)
    assert done.timed_out
    assert done.truncated
    assert len(done.stdout) == 1_000_000
    done = machine.evil(level, "f = open('large', 'wb'); f.truncate(5_000_000_000)")
    assert not done.ok
    assert (machine.worktree / "large").stat().st_size == 0


@pytest.mark.parametrize("level", CONTAINED)
def test_signals_reach_nobody_outside(machine, keeper, level):
    machine.evil(level, f"import os\ntry: os.kill({keeper.pid}, 9)\nexcept OSError: pass\nos.kill(-1, 9)")
    assert keeper.poll() is None


@pytest.mark.parametrize("level", [*CONTAINED, "plain"])
def test_home_is_kept_from_run_to_run_and_apart_from_the_other_side(machine, level):
    sandbox = machine.sandbox(level)
    write, read = "echo kept > $HOME/note; touch /tmp/x", "cat $HOME/note"
    given = {"cwd": machine.worktree, "timeout": 20, "writable": [machine.worktree]}
    assert sandbox.run(["sh", "-c", write], **given).ok
    assert sandbox.run(["sh", "-c", read], **given).out == "kept\n"
    assert not sandbox.beside("after").run(["sh", "-c", read], **given).ok
    assert sandbox.scratch.is_relative_to(machine.folder / "tmp")


@pytest.mark.parametrize("level", EVERY)
def test_the_set_up_script_has_a_network_and_leaves_its_fetched_things(machine, servers, level):
    port, name = servers
    (machine.worktree / "ci").mkdir()
    (machine.worktree / "ci" / "setup.sh").write_text(f"echo fetched >$HOME/dep; {_python()} - <<'E'\n")
    with (machine.worktree / "ci" / "setup.sh").open("a") as file:
        file.write(CONNECT.format(port=port, name=name) + "\nE\n")
    sandbox = machine.sandbox(level)
    assert "reached" in sandbox.set_up("ci/setup.sh", machine.worktree, timeout=20).out
    assert sandbox.run(["sh", "-c", "cat $HOME/dep"], cwd=sandbox.scratch, timeout=20).out == "fetched\n"
    (machine.worktree / "out.sh").symlink_to("/etc/profile")
    for path in ("../worktree-1/code.txt", "/etc/profile", "out.sh", "ci", "nothing.sh"):
        with pytest.raises(UsageError, match="setup-script"):
            sandbox.set_up(path, machine.worktree, timeout=20)


@pytest.mark.parametrize("level", CONTAINED)
def test_names_that_shells_and_tables_read_otherwise(machine, level):
    odd = machine.folder / "a b\t$(touch evil) 'x' \\040#\n"
    odd.mkdir()
    (odd / "it.txt").write_text("it")
    done = machine.sandbox(level).run(["cat", "it.txt"], cwd=odd, timeout=20, readable=[odd])
    assert (done.out, done.err) == ("it", "")


@pytest.mark.toolchain
@pytest.mark.parametrize("level", CONTAINED)
@pytest.mark.skipif(os.getuid() != 0, reason="only root may mount")
def test_what_is_mounted_below_a_place_to_read_is_read_only_too(machine, tool, level):
    place = machine.folder / "readable" / "below"
    place.mkdir(parents=True)
    tool("mount")
    subprocess.run(["mount", "-t", "tmpfs", "ftc-test", place], check=True)
    try:
        argv = ["sh", "-c", f"touch {place}/x {place.parent}/x; ls {place}"]
        done = machine.sandbox(level).run(argv, cwd=place, timeout=20, readable=[place.parent])
    finally:
        subprocess.run(["umount", place], check=True)
    assert done.err.count("Read-only file system") == 2
    assert done.out == ""


@pytest.mark.parametrize("level", [*CONTAINED, "plain"])
def test_a_program_that_is_missing_is_an_error_and_an_exit_code_is_a_result(machine, level):
    sandbox = machine.sandbox(level)
    with pytest.raises(CommandFailed, match="no-such-program could not be started"):
        sandbox.run(["no-such-program"], cwd=machine.worktree, timeout=5, writable=[machine.worktree])
    assert sandbox.run(["sh", "-c", "exit 7"], cwd=sandbox.scratch, timeout=20).code == 7


@pytest.mark.parametrize("level", CONTAINED)
def test_a_sandbox_that_cannot_be_made_is_an_error_of_ours(machine, level):
    sandbox = machine.sandbox(level)
    with pytest.raises(CommandFailed, match=r"the sandbox \(\w+\) failed"):
        sandbox.run(["true"], cwd=machine.other, timeout=20)  # it was not given


def test_auto_takes_the_strongest_and_a_name_is_never_exchanged(machine):
    best = machine.sandbox("auto")
    works = [level for level in ("bubblewrap", "namespaces", "plain") if not _problem(machine, level)]
    assert best.level == works[0]
    with pytest.raises(UsageError, match=r"container.*no container-image is configured"):
        Sandbox.of(Config.load([("test", {"sandbox": "container"})]), machine.folder / "tmp", machine.environ)


def _problem(machine, level):
    return Sandbox(level=Level(level), tmp=machine.folder / "tmp", environ=machine.environ).problem()


def test_beside_a_secret_only_what_is_isolated(machine):
    assert not may_run_beside_secret(machine.sandbox("plain").guarantees)
    apart = Sandbox(level=Level.BUBBLEWRAP, tmp=machine.folder / "tmp")
    assert may_run_beside_secret(apart.guarantees)
    assert apart.guarantees.text == "bubblewrap: isolated, without a network"
