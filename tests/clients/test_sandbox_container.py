"""The container's command line, and a real run where an engine answers."""

import os
import shutil
from pathlib import Path

import pytest

from ftc.clients.sandbox import Sandbox
from ftc.clients.sandbox_levels import Engine, Job, container
from ftc.clients.sandbox_view import Mount, View
from ftc.core.config import Config
from ftc.core.errors import ConfigError, UsageError
from ftc.core.isolation import Level

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


def command(program="docker", **over):
    engine = Engine(program=program, image=IMAGE)
    return container(job(**over), engine, name="ftc-1", limits=["--pids-limit", "9"])


def test_the_command_line():
    argv = command()
    assert argv[:2] == ["docker", "run"]
    assert argv[-5:] == ["--entrypoint", "go", IMAGE, "test", "./..."]
    for pair in (
        ("--network", "none"),
        ("--cap-drop", "ALL"),
        ("--security-opt", "no-new-privileges"),
        ("--ipc", "private"),
        ("--user", f"{os.getuid()}:{os.getgid()}"),
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


def test_network_and_podman():
    argv = command("podman", network=True)
    assert argv[argv.index("--network") + 1] == "bridge"
    assert argv[argv.index("--userns") + 1] == "keep-id"


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
    done = made.run(["go", "test"], cwd=tmp_path, timeout=10, env={"GOFLAGS": "-count=1"})
    assert "GOFLAGS=-count=1" in done.out
    assert f"HOME={made.scratch}/home" in done.out
    for word in ("GOROOT", "GITHUB", "PATH=", "HOME=/root"):
        assert word not in done.out


def test_a_real_container(tmp_path):
    """Needs an engine that answers and the image, so it is no `toolchain` test: few machines have both."""
    if not any(map(shutil.which, ("docker", "podman"))):
        pytest.skip("neither docker nor podman is installed")
    try:
        made = Sandbox.of(Config.load([("test", {"sandbox": "container", "container-image": IMAGE})]), tmp_path)
    except UsageError as error:
        pytest.skip(str(error))
    tree = tmp_path / "tree"
    tree.mkdir()
    done = made.run(["sh", "-c", "echo mine > mine.txt; ls /; cat /etc/shadow"], cwd=tree, timeout=60, writable=[tree])
    assert (tree / "mine.txt").read_text() == "mine\n"
    assert "work" not in done.out
