"""Talks to docker and podman: which of them works here, and containers that are gone when their run is over.

Rule: a container belongs to an engine and not to us, so that the end of the client that started it does not end it. Who
removes it is therefore a process of its own (``ftc.clients.mortal``), at the end of the run or of the job.
"""

import contextlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from ftc.clients import mortal, shell
from ftc.clients import sandbox_levels as levels
from ftc.clients.sandbox_environment import NETWORK
from ftc.clients.sandbox_levels import TMP, Engine, Job
from ftc.clients.sandbox_view import Mount, temporary
from ftc.core.errors import CommandFailed

ENGINES = ("docker", "podman")
ASK_SECONDS = 30.0
"""For a question or a removal; podman takes a second or two for it on a busy machine."""
PULL_SECONDS = 600.0
_VARIABLES = (
    *("PATH", "HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "DBUS_SESSION_BUS_ADDRESS"),
    *("DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"),
    *(
        "CONTAINER_HOST",
        "CONTAINERS_CONF",
        "CONTAINERS_STORAGE_CONF",
        "CONTAINERS_REGISTRIES_CONF",
        "REGISTRY_AUTH_FILE",
    ),
)
"""By which a client finds its engine, its settings and its images; the program in the container gets none of them."""
_MISSING = re.compile(rb"\[FATAL tini \(\d+\)\] exec .* failed:|ERROR \(catatonit:\d+\): failed to exec pid1:")
"""What the first process of a container says (that of docker, that of podman) when there is no such program."""


def variables(environ: Mapping[str, str]) -> dict[str, str]:
    """The part of the job's environment that an engine's client gets."""
    return {name: environ[name] for name in _VARIABLES if name in environ}


def engine(program: str, image: str, environ: Mapping[str, str]) -> Engine:
    """What a program is, by asking it: ``docker`` may be podman by another name, and either may be rootless."""
    if not image or shutil.which(program, path=environ.get("PATH")) is None:
        return Engine(program=program, image=image)
    podman = _ask(program, environ, "info", "--format", "{{.Host.Security.Rootless}}")
    if podman.ok:
        return Engine(program=program, image=image, podman=True, rootless=podman.out.strip() == "true")
    docker = _ask(program, environ, "info", "--format", "{{.SecurityOptions}}")
    return Engine(program=program, image=image, rootless="name=rootless" in docker.out)


def problem(engine: Engine | None, environ: Mapping[str, str]) -> str:
    """Why the engine cannot run its image, which is pulled if it is not there; empty when it has it."""
    if engine is None or not engine.image:
        return "no container-image is configured"
    if shutil.which(engine.program, path=environ.get("PATH")) is None:
        return f"{engine.program} is not installed"
    if not _ask(engine.program, environ, "version").ok:
        return f"{engine.program} does not answer"
    if _ask(engine.program, environ, "image", "inspect", engine.image).ok:
        return ""
    reached = {name: environ[name] for name in NETWORK if name in environ}
    argv = [engine.program, "pull", engine.image]
    pulled = shell.run(argv, cwd=Path("/"), env={**reached, **variables(environ)}, timeout=PULL_SECONDS)
    return "" if pulled.ok else f"{engine.image} cannot be pulled"


@contextlib.contextmanager
def container(
    job: Job, engine: Engine, environ: Mapping[str, str], *, limits: shell.Limits
) -> Iterator[tuple[list[str], str]]:
    """The command that runs a job in a container, and the container's name; it is removed at the end.

    Raises ``CommandFailed`` when it could not be removed, so that something may still run in it.
    """
    if not _given(job):
        raise CommandFailed(f"{job.argv[0]} was not started, the sandbox (container) failed: {job.cwd} was not given")
    for mount in (*job.own, *job.mounts):
        _place(mount, temporary(job.scratch))
    name = f"ftc-{secrets.token_hex(8)}"
    flags = ["--pids-limit", str(limits.processes), "--ulimit", f"fsize={limits.file_bytes}:{limits.file_bytes}"]
    flags += ["--ulimit", f"nofile={limits.open_files}:{limits.open_files}"]
    memory = str(limits.memory_bytes)
    # The engine takes as much once more in swap unless it is told otherwise.
    flags += ["--memory", memory, "--memory-swap", memory] if limits.memory_bytes else []
    given = {"PATH": shell.PATH, **variables(environ)}
    with mortal.ended_by(_removal(engine, name), env=given, timeout=ASK_SECONDS, guard=levels.tool("sh")):
        yield levels.container(job, engine, name=name, limits=flags), name


def check(engine: Engine, argv0: str, done: shell.Result) -> None:
    """Raise ``CommandFailed`` where the program of a container was not even started."""
    said = " ".join(done.err.split())[-300:]
    if _MISSING.search(done.stderr) and done.code != 0:
        raise CommandFailed(f"{argv0} could not be started in the image {engine.image}: {said}; it must be in there")
    if done.code == levels.SETUP_FAILED or (done.code in levels.NOT_INVOKED and _engine_said(engine, done.stderr)):
        raise CommandFailed(f"{argv0} was not started, the sandbox (container) failed: {said}; see sandbox")


def out_of_memory(engine: Engine, name: str, environ: Mapping[str, str]) -> bool:
    """Whether the kernel ended a process of this container because there was too much of it."""
    asked = _ask(engine.program, environ, "container", "inspect", "--format", "{{.State.OOMKilled}}", name)
    return asked.out.strip() == "true"


def _engine_said(engine: Engine, stderr: bytes) -> bool:
    return (b"Error: " if engine.podman else b"docker: ") in stderr


def _given(job: Job) -> bool:
    """Whether the folder to start in is there; the engine would make it."""
    over = [mount for mount in (*job.own, *job.mounts) if job.cwd.is_relative_to(mount.target)]
    shown = max(over, key=lambda mount: len(mount.target.parts), default=None)
    return shown is not None and (shown.source / job.cwd.relative_to(shown.target)).is_dir()


def _place(mount: Mount, tmp: Path) -> None:
    """Make the place of a mount below /tmp, where the engine would make one that is root's and could not be removed.

    What repository code has put there instead, such as a link, is taken away and never followed.
    """
    if mount.target == TMP or not mount.target.is_relative_to(TMP) or not mount.source.is_dir():
        return
    folder = os.open(tmp, os.O_DIRECTORY | os.O_NOFOLLOW)
    for part in mount.target.relative_to(TMP).parts:
        try:
            inner = _entered(part, folder)
        finally:
            os.close(folder)
        folder = inner
    os.close(folder)


def _entered(part: str, folder: int) -> int:
    """A folder in a folder, opened; made if it is not there."""
    try:
        return os.open(part, os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
    except FileNotFoundError:
        pass
    except OSError:
        os.unlink(part, dir_fd=folder)
    os.mkdir(part, dir_fd=folder)
    return os.open(part, os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)


def _removal(engine: Engine, name: str) -> list[str]:
    """The command that ends and removes a container; podman would wait ten seconds for an end of its own."""
    at_once = ["--time", "0"] if engine.podman else []
    return [engine.program, "rm", "--force", "--volumes", *at_once, name]


def _ask(program: str, environ: Mapping[str, str], *args: str) -> shell.Result:
    return shell.run([program, *args], cwd=Path("/"), env=variables(environ), timeout=ASK_SECONDS)
