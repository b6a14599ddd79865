"""Containers: the command line, and, with either engine for real, what holds in them otherwise than elsewhere.

What holds alike at every level is in test_sandbox.py.
"""

import os
import shutil
import signal
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path

import containers
import ordinary
import pytest
from clients.test_sandbox import alive

from ftc.clients import sandbox_engine
from ftc.clients.sandbox import Sandbox
from ftc.clients.sandbox_engine import variables
from ftc.clients.sandbox_levels import Engine, Job, container
from ftc.clients.sandbox_view import Mount, View
from ftc.core.config import Config
from ftc.core.errors import CommandFailed, ConfigError, UsageError
from ftc.core.isolation import Level, may_run_beside_secret

IMAGE = "docker.io/library/busybox:stable"
MOUNTS = (
    Mount(source=Path("/w/mirror"), target=Path("/w/mirror")),
    Mount(source=Path("/w/tree"), target=Path("/w/tree"), writable=True),
)


def job(**over):
    view = View(mounts=(Mount(source=Path("/root/.cargo/bin"), target=Path("/root/.cargo/bin")),), links=(), path="")
    given = {"argv": ("go", "test", "./..."), "cwd": Path("/w/tree"), "view": view, "mounts": MOUNTS}
    return Job(
        **{
            **given,
            "env": {"HOME": "/t/scratch/home"},
            "network": False,
            "scratch": Path("/t/scratch"),
            "root": Path("/t/root"),
            **over,
        }
    )


def command(program="docker", *, rootless=False, **over):
    engine = Engine(program=program, image=IMAGE, podman=program == "podman", rootless=rootless)
    argv = container(job(**over), engine, name="ftc-1", limits=["--pids-limit", "9"])
    return argv[argv.index(program) :]


def test_the_command_line():
    argv = command()
    assert argv[:2] == ["docker", "run"]
    assert argv[-5:] == ["--entrypoint", "go", IMAGE, "test", "./..."]
    for pair in (
        ("--network", "none"),
        ("--cap-drop", "ALL"),
        ("--security-opt", "no-new-privileges"),
        ("--ipc", "private"),
        ("--log-driver", "none"),
        ("--workdir", "/w/tree"),
        ("--pids-limit", "9"),
        ("--env", "HOME=/t/scratch/home"),
        ("--mount", "type=bind,source=/w/mirror,target=/w/mirror,readonly"),
        ("--mount", "type=bind,source=/w/tree,target=/w/tree"),
    ):
        assert any(pair == (argv[at], argv[at + 1]) for at in range(len(argv) - 1)), pair
    assert "--read-only" in argv
    assert "--privileged" not in argv


def test_neither_socket_nor_home_nor_toolchains_of_the_machine_are_mounted():
    text = " ".join(command())
    assert "docker.sock" not in text
    assert ".cargo" not in text
    assert text.count("--mount") == 4  # scratch, /tmp and the two given


def test_with_a_network_it_has_the_usual_one_of_the_engine():
    assert "--network" not in command(network=True)


ME = f"{os.getuid()}:{os.getgid()}"


@pytest.mark.parametrize(
    ("program", "rootless", "flags"),
    [
        ("docker", False, ["--userns", "host", "--user", ME]),  # also where the daemon would map users
        ("docker", True, ["--user", "0:0"]),  # its root is the user who started it
        ("podman", False, ["--userns", "host", "--user", ME]),  # it refuses to keep the user of root
        ("podman", True, ["--userns", "keep-id", "--user", ME]),
    ],
)
def test_whatever_the_program_writes_is_the_jobs(program, rootless, flags):
    argv = command(program, rootless=rootless)
    at = argv.index("--user") - len(flags) + 2
    assert argv[at : at + len(flags)] == flags
    assert argv.count("--userns") == flags.count("--userns")


def test_proxies_of_the_engines_own_settings_are_taken_away():
    argv = command(env={"HTTPS_PROXY": "http://proxy.example.com"})
    given = [argv[at + 1] for at, word in enumerate(argv) if word == "--env"]
    assert {"HTTP_PROXY", "http_proxy", "https_proxy", "HTTPS_PROXY=http://proxy.example.com"} <= set(given)
    assert "HTTPS_PROXY" not in given


def test_a_client_gets_what_it_finds_its_engine_by_and_no_secret():
    given = {"DOCKER_HOST": "unix:///run/d.sock", "CONTAINERS_CONF": "/c.conf", "HOME": "/root", "MODEL_KEY": "s"}
    assert variables({**given, "HTTPS_PROXY": "http://user:pass@proxy", "GITHUB_TOKEN": "s"}) == {
        name: given[name] for name in ("DOCKER_HOST", "CONTAINERS_CONF", "HOME")
    }


def test_a_container_that_cannot_be_removed_is_an_error(tmp_path):
    """Something may still run in it."""
    made = Sandbox(level=Level.CONTAINER, tmp=tmp_path, engine=Engine(program="false", image=IMAGE))
    with pytest.raises(CommandFailed, match="could not be ended; end it: false rm --force --volumes ftc-"):
        made.run(["true"], cwd=made.scratch, timeout=10)


@pytest.mark.parametrize("image", ["--privileged", "-v/:/host", "a b", "a;b"])
def test_an_image_is_never_a_flag(image):
    with pytest.raises(ConfigError, match="container-image"):
        Config.load([("test", {"container-image": image})])


def test_without_an_engine_it_says_so(tmp_path):
    config = Config.load([("test", {"sandbox": "container", "container-image": IMAGE})])
    with pytest.raises(UsageError, match=r"docker is not installed.*podman is not installed"):
        Sandbox.of(config, tmp_path, {"PATH": str(tmp_path)})


def test_what_a_container_is_told(tmp_path):
    """The variables of the machine's toolchains mean nothing in an image; the image's own PATH counts."""
    environ = {"PATH": "/usr/bin:/bin", "GOROOT": "/opt/go", "HOME": "/root", "GITHUB_TOKEN": "s", "LANG": "C.UTF-8"}
    made = Sandbox(level=Level.CONTAINER, tmp=tmp_path, environ=environ, engine=Engine(program="echo", image=IMAGE))
    done = made.run(["go", "test"], cwd=made.scratch, timeout=10, env={"GOFLAGS": "-count=1"})
    assert "GOFLAGS=-count=1" in done.out
    assert f"HOME={made.scratch}/home" in done.out
    for word in ("GOROOT", "GITHUB", "PATH=", "HOME=/root"):
        assert word not in done.out


def test_gos_modules_are_kept_in_the_home_once_they_can_be_fetched(tmp_path):
    """Go's own images have GOPATH=/go, which is to read here; an image may bring modules, and they are used then."""
    made = Sandbox(level=Level.CONTAINER, tmp=tmp_path, environ={}, engine=Engine(program="echo", image=IMAGE))
    told = {network: made.run(["go"], cwd=made.scratch, timeout=10, network=network).out for network in (False, True)}
    home = made.scratch / "home"
    assert "GOPATH" not in told[False]
    assert "GOMODCACHE" not in told[False]
    assert f"GOPATH={home}/go " in told[True]
    assert f"GOMODCACHE={home}/go/pkg/mod " in told[True]
    own = made.run(["go"], cwd=made.scratch, timeout=10, network=True, env={"GOMODCACHE": "/m"}).out
    assert "GOMODCACHE=/m " in own
    (home / "go/pkg/mod").mkdir(parents=True)
    assert f"GOMODCACHE={home}/go/pkg/mod " in made.run(["go"], cwd=made.scratch, timeout=10).out


def stand_in(folder, **answers):
    """A program that answers as an engine, by the first word that it is given, with the lines of a shell script."""
    file = folder / "podman"
    cases = "".join(f"{word}) {lines} ;;\n" for word, lines in answers.items())
    file.write_text(f'#!/bin/sh\necho "$@" >>{folder}/asked\ncase "$1" in\n{cases}esac\n')
    file.chmod(0o755)
    return str(file)


@pytest.mark.parametrize(
    ("rootless", "said", "flags"),
    [
        ("false", "cgroupfs [memory pids]", {"--pids-limit", "--memory", "--memory-swap"}),
        ("true", "systemd [cpuset cpu io memory pids]", {"--pids-limit", "--memory", "--memory-swap"}),
        ("true", "systemd [pids]", {"--pids-limit"}),  # only what the user's session was given
        ("true", "systemd []", set()),
        ("true", "cgroupfs [cpuset cpu io memory pids]", set()),  # the machine's, of which no user may use one
        ("true", "cgroupfs []", set()),
        ("true", "", set()),  # podman 3.0 knows nothing of controllers
    ],
)
def test_a_rootless_podman_is_asked_for_the_limits_that_it_has(tmp_path, rootless, said, flags):
    """With a limit that it cannot set, runc and crun run nothing where control groups are of version 2."""
    info = f'case "$3" in *Controllers*) {f"echo {said!r}" if said else "exit 125"} ;; *) echo {rootless} ;; esac'
    program = stand_in(tmp_path, info=info)
    made = sandbox_engine.engine(program, IMAGE, os.environ)
    assert made.podman
    Sandbox(level=Level.CONTAINER, tmp=tmp_path, memory_bytes=10**9, engine=made).run(
        ["x"], cwd=tmp_path / "scratch", timeout=10
    )
    asked = (tmp_path / "asked").read_text().split("\n")
    [run] = [line.split() for line in asked if line.startswith("run")]
    assert set(run) & {"--pids-limit", "--memory", "--memory-swap"} == flags
    assert "--ulimit" in run


def test_a_podman_before_4_removes_a_container_at_once(tmp_path):
    """Its `rm` has no `--time`."""
    program = stand_in(tmp_path, rm='[ "$#" = 4 ] || { echo "Error: unknown flag: --time" >&2; exit 125; }')
    made = Sandbox(level=Level.CONTAINER, tmp=tmp_path, engine=Engine(program=program, image=IMAGE, podman=True))
    assert made.run(["x"], cwd=made.scratch, timeout=10).ok
    assert "--stop-timeout 0" in (tmp_path / "asked").read_text()


def test_an_image_may_be_made_ready_for_as_long_as_it_may_be_pulled(tmp_path):
    """A rootless podman copies it at its first use, which takes minutes for a usual one."""
    program = stand_in(tmp_path, run='trap "" TERM; exec sleep 30')
    made = Sandbox(level=Level.CONTAINER, tmp=tmp_path, engine=Engine(program=program, image=IMAGE))
    assert made.problem(timeout=1) == "it did not end in 1 s"
    assert made.patience == sandbox_engine.PULL_SECONDS > 20 >= replace(made, level=Level.PLAIN).patience


# --- for real


@pytest.fixture(params=[pytest.param(program, marks=pytest.mark.toolchain) for program in containers.ENGINES])
def made(request, tmp_path):
    """A sandbox of either engine."""
    (tmp_path / "tmp").mkdir()
    engine = containers.engine(request.param)
    return Sandbox(level=Level.CONTAINER, tmp=tmp_path / "tmp", memory_bytes=400_000_000, engine=engine)


@pytest.fixture
def tree(tmp_path):
    place = tmp_path / "tree"
    place.mkdir()
    return place


def kept(made, controller):
    """Skips where an engine cannot keep a limit: one of an ordinary user without a session."""
    if controller not in made.engine.limits:
        pytest.skip(f"{made.engine.program} cannot limit {controller} here")


def python(made, code, tree, **over):
    given = {"cwd": tree, "timeout": 30, "writable": [tree], **over}
    return made.run([containers.PYTHON, "-I", "-S", "-c", code], **given)


@pytest.mark.toolchain
def test_it_is_taken_where_an_image_is_configured_and_keeps_a_secret(tmp_path):
    config = containers.chosen()
    named = Sandbox.of(Config.load([("test", config)]), tmp_path)
    best = Sandbox.of(Config.load([("test", {**config, "sandbox": "auto"})]), tmp_path)
    assert named == best
    assert named.problem() == ""
    assert may_run_beside_secret(named.guarantees)
    assert not may_run_beside_secret(named.holding(network=True))
    assert named.guarantees.text == "container: isolated, without a network"


@pytest.mark.toolchain
def test_an_image_that_is_not_there_and_an_engine_that_cannot_run_are_said(tmp_path):
    config = containers.chosen()
    gone = Config.load([("test", {**config, "container-image": "localhost/ftc-no-such-image:1"})])
    with pytest.raises(UsageError, match="localhost/ftc-no-such-image:1 cannot be pulled"):
        Sandbox.of(gone, tmp_path)
    made = Sandbox.of(Config.load([("test", config)]), tmp_path)
    kept(made, "memory")
    assert "was not started, the sandbox (container) failed" in replace(made, memory_bytes=1000).problem()


@pytest.mark.parametrize("code", [125, 126, 127])
def test_a_program_that_ends_as_an_engine_would_has_run(made, tree, code):
    """`timeout` ends with 125, a shell with 127; what it says may be an engine's words."""
    said = "docker: Error response from daemon: x\nError: OCI runtime error"
    done = made.run(["sh", "-c", f"echo '{said}' >&2; exit {code}"], cwd=tree, timeout=30, readable=[tree])
    assert (done.code, done.err) == (code, f"{said}\n")


def test_a_program_of_an_image_that_is_gone_has_not_run(made, tree):
    gone = replace(made, engine=replace(made.engine, image="localhost/ftc-no-such-image:1"))
    with pytest.raises(
        CommandFailed, match=r"sh was not started, the sandbox \(container\) failed: .*ftc-no-such-image"
    ):
        gone.run(["sh"], cwd=tree, timeout=60, readable=[tree])


SOCKETS = """
import os, stat
for folder, folders, files in os.walk("/"):
    folders[:] = [name for name in folders if os.path.join(folder, name) not in ("/proc", "/sys")]
    for name in files:
        mode = os.lstat(os.path.join(folder, name)).st_mode
        if stat.S_ISSOCK(mode) or stat.S_ISBLK(mode): print(os.path.join(folder, name))
"""


def test_there_is_no_socket_and_no_disk(made, tree):
    done = python(made, SOCKETS, tree)
    assert (done.code, done.out, done.err) == (0, "", "")


FORKS = """
import os, time
made = 0
try:
    for _ in range(300):
        if os.fork() == 0: os.execvp("sleep", ["sleep", {mark!r}])
        made += 1
finally: print(made, flush=True)
"""


def test_a_flood_of_processes_ends_at_the_limit(made, tree):
    mark = f"96.{os.getpid()}"
    kept(made, "pids")
    done = python(replace(made, processes=50), FORKS.format(mark=mark), tree)
    assert "BlockingIOError" in done.err
    assert 30 < int(done.out) < 50
    assert alive(mark) == []


def test_a_flood_of_memory_is_ended(made, tree):
    kept(made, "memory")
    done = python(made, "x = bytearray(600_000_000); print('had it')", tree)
    assert not done.ok
    assert done.out == ""
    assert made.engine.podman or "ended by the sandbox: more than 400 MB of memory" in done.err
    assert python(made, "x = bytearray(200_000_000); print('had it')", tree).out == "had it\n"


STAYS = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: time.sleep(1)  # {mark}"


def test_after_its_time_nothing_runs_and_no_container_is_left(made, tree):
    mark = f"mark-{os.getpid()}-late"
    done = python(made, STAYS.format(mark=mark), tree, timeout=2)
    assert done.timed_out
    assert done.seconds < 15
    assert alive(mark) == []
    assert containers.listed(made.engine.program, mark) == []


def test_a_client_that_is_killed_leaves_no_container(made, tree):
    """As by whoever is out of memory; the container does not end with it."""
    mark, ended = f"mark-{os.getpid()}-client", []

    def kill():
        until = time.monotonic() + 20
        while time.monotonic() < until and not inside(mark):
            time.sleep(0.05)
        for pid in set(alive(mark)) - set(inside(mark)):
            os.kill(pid, signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    ended.append(python(made, STAYS.format(mark=mark), tree, timeout=40))
    thread.join()
    assert not ended[0].timed_out
    assert not ended[0].ok
    assert alive(mark) == []
    assert containers.listed(made.engine.program, mark) == []


def inside(mark):
    """Processes with a mark that are the program itself, and not its engine's client or its first process."""
    return [pid for pid in alive(mark) if "python" in os.path.basename(os.path.realpath(f"/proc/{pid}/exe"))]


GATEWAY = """
import socket, struct
rows = [line.split() for line in open("/proc/net/route")][1:]
[way] = [socket.inet_ntoa(struct.pack("<L", int(row[2], 16))) for row in rows if row[1] == "00000000"]
print(socket.create_connection((way, {port}), 5).recv(9).decode())
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only a container of root's reaches the machine by its gateway")
def test_a_network_is_there_when_it_is_asked_for(made, tree):
    with socket.create_server(("0.0.0.0", 0)) as server:
        thread = threading.Thread(target=lambda: server.accept()[0].send(b"reached"), daemon=True)
        thread.start()
        code = GATEWAY.format(port=server.getsockname()[1])
        assert python(made, code, tree).err.endswith("ValueError: not enough values to unpack (expected 1, got 0)\n")
        (tree / "setup.sh").write_text(f"echo kept >$HOME/dep; {containers.PYTHON} - <<'E'\n{code}\nE\n")
        done = made.set_up("setup.sh", tree, timeout=30)
        assert done.out == "reached\n", done.err
    assert made.run(["sh", "-c", "cat $HOME/dep"], cwd=made.scratch, timeout=20).out == "kept\n"


# --- as an ordinary user


@pytest.fixture
def folder():
    made = ordinary.a_folder()
    yield made
    shutil.rmtree(made)


WHO = 'import os, pwd; print(pwd.getpwuid(os.getuid()).pw_name and "has a name")'


@pytest.mark.toolchain
@pytest.mark.parametrize("program", containers.ENGINES)
def test_what_an_ordinary_user_is_given_is_his_and_can_be_removed(program, folder):
    """docker has a daemon of root's, podman none: either way nothing of root's, or of nobody's, may be left."""
    containers.engine(program)
    script = "id -u; mkdir made; echo x >made/x; echo y >/tmp/y; echo z >$HOME/z"
    # Below /tmp, in a folder that the next run must get into, which the code then closes to everybody.
    closed = ["chmod 0 ..", f"{containers.PYTHON} -I -S -c '{WHO}'"]
    done = ordinary.in_container(program, [script, *closed], folder)
    assert done["out"] == f"{done['user']}\nhas a name\n", done
    assert (done["owners"], done["left"]) == ([done["user"]], []), done
    assert done["rootless"] is (program == "podman")
