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
from dataclasses import replace
from pathlib import Path

from ftc.clients import mortal, shell
from ftc.clients import sandbox_levels as levels
from ftc.clients.sandbox_environment import NETWORK
from ftc.clients.sandbox_levels import Engine, Job
from ftc.clients.sandbox_view import TMP, Mount, temporary
from ftc.core.errors import CommandFailed

ENGINES = ("docker", "podman")
ASK_SECONDS = 30.0
"""For a question or a removal; podman takes a second or two for it on a busy machine."""
PULL_SECONDS = 600.0
"""For an image of a gigabyte to be fetched, or copied: a rootless podman does so once to give its files new owners."""
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
_FOLDER = os.O_DIRECTORY | os.O_NOFOLLOW
"""How a folder is opened that may be a link by now."""
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
        made = Engine(program=program, image=image, podman=True, rootless=podman.out.strip() == "true")
        return replace(made, limits=_limits(program, environ)) if made.rootless else made
    docker = _ask(program, environ, "info", "--format", "{{.SecurityOptions}}")
    return Engine(program=program, image=image, rootless="name=rootless" in docker.out)


def _limits(program: str, environ: Mapping[str, str]) -> tuple[str, ...]:
    """What a rootless podman can limit: what systemd lets the user have, and without a session of his nothing.

    Where he has none, podman may list the controllers of the machine all the same. Before 3.2 it lists nothing.
    """
    asked = _ask(program, environ, "info", "--format", "{{.Host.CgroupManager}} {{.Host.CgroupControllers}}")
    manager, *controllers = re.findall(r"\w+", asked.out if asked.ok else "") or [""]
    return tuple(name for name in ("memory", "pids") if name in controllers and manager == "systemd")


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
    given = {"PATH": shell.PATH, **variables(environ)}
    removal = [engine.program, "rm", "--force", "--volumes", name]
    job = replace(job, mounts=(*job.mounts, *_names(job, engine)))
    with mortal.ended_by(removal, env=given, timeout=ASK_SECONDS, guard=levels.tool("sh")):
        yield levels.container(job, engine, name=name, limits=_flags(engine, limits)), name


def _flags(engine: Engine, limits: shell.Limits) -> list[str]:
    """The limits that an engine can keep."""
    flags = ["--ulimit", f"fsize={limits.file_bytes}:{limits.file_bytes}"]
    flags += ["--ulimit", f"nofile={limits.open_files}:{limits.open_files}"]
    flags += ["--pids-limit", str(limits.processes)] if "pids" in engine.limits else []
    memory = str(limits.memory_bytes)
    # The engine takes as much once more in swap unless it is told otherwise.
    flags += ["--memory", memory, "--memory-swap", memory] if limits.memory_bytes and "memory" in engine.limits else []
    return flags


def _names(job: Job, engine: Engine) -> Iterator[Mount]:
    """A file of users in which the job's user has a name and a home, for programs that ask who they are.

    podman makes one itself, and root is in every image.
    """
    uid, home = os.getuid(), job.scratch / "home"
    if engine.podman or engine.rootless or uid == 0 or re.search(r"[:\n]", str(home)):
        return
    users = [("root", 0, 0, "/root"), ("nobody", 65534, 65534, "/nonexistent"), ("ftc", uid, os.getgid(), home)]
    lines = [f"{name}:x:{number}:{group}::{folder}:/bin/sh\n" for name, number, group, folder in users]
    # Beside what the program sees, so that it cannot be exchanged.
    file = job.root.with_name("passwd")
    file.write_text("".join(lines), "utf-8")
    file.chmod(0o644)
    yield Mount(source=file, target=Path("/etc/passwd"))


def check(engine: Engine, name: str, argv0: str, done: shell.Result, environ: Mapping[str, str]) -> None:
    """Raise ``CommandFailed`` where the program of the container of this name was not even started.

    The engine is asked for it: its exit codes are also those of shells and of ``timeout``, and its words could be the
    program's.
    """
    said = " ".join(done.err.split())[-300:]
    if _MISSING.search(done.stderr) and done.code != 0:
        raise CommandFailed(f"{argv0} could not be started in the image {engine.image}: {said}; it must be in there")
    if done.code in (levels.SETUP_FAILED, *levels.NOT_INVOKED) and not _started(engine, name, environ):
        raise CommandFailed(f"{argv0} was not started, the sandbox (container) failed: {said}; see sandbox")


def out_of_memory(engine: Engine, name: str, environ: Mapping[str, str]) -> bool:
    """Whether the kernel ended a process of this container because there was too much of it."""
    asked = _ask(engine.program, environ, "container", "inspect", "--format", "{{.State.OOMKilled}}", name)
    return asked.out.strip() == "true"


def _started(engine: Engine, name: str, environ: Mapping[str, str]) -> bool:
    """Whether this container was made, and its first process started; before that its time is that of the year 1."""
    asked = _ask(engine.program, environ, "container", "inspect", "--format", "{{.State.StartedAt}}", name)
    return asked.ok and not asked.out.startswith("0001-")


def _given(job: Job) -> bool:
    """Whether the folder to start in is there; the engine would make it."""
    over = [mount for mount in (*job.own, *job.mounts) if job.cwd.is_relative_to(mount.target)]
    shown = max(over, key=lambda mount: len(mount.target.parts), default=None)
    return shown is not None and (shown.source / job.cwd.relative_to(shown.target)).is_dir()


def _place(mount: Mount, tmp: Path) -> None:
    """Make the place of a mount below /tmp, where the engine would make one that is root's and could not be removed.

    What repository code has put there instead, such as a link, is taken away and never followed. Raises
    ``CommandFailed`` where it has left no way to do so.
    """
    if mount.target == TMP or not mount.target.is_relative_to(TMP) or not mount.source.is_dir():
        return
    try:
        _make(mount.target.relative_to(TMP).parts, tmp)
    except OSError as error:
        reason = f"{mount.target} cannot be made: {error.strerror}"
        raise CommandFailed(f"nothing was started, the sandbox (container) failed: {reason}; see sandbox") from None


def _make(parts: tuple[str, ...], tmp: Path) -> None:
    folder = os.open(tmp, _FOLDER)
    for part in parts:
        try:
            inner = _entered(part, folder)
        finally:
            os.close(folder)
        folder = inner
    os.close(folder)


def _entered(part: str, folder: int) -> int:
    """A folder in a folder, opened; made if it is not there, and ours again if the code has closed it."""
    try:
        return os.open(part, _FOLDER, dir_fd=folder)
    except PermissionError:
        _unlock(part, folder)
        return os.open(part, _FOLDER, dir_fd=folder)
    except FileNotFoundError:
        pass
    except OSError:
        os.unlink(part, dir_fd=folder)
    os.mkdir(part, dir_fd=folder)
    return os.open(part, _FOLDER, dir_fd=folder)


def _unlock(part: str, folder: int) -> None:
    """Let the owner into a folder that nobody may enter, by a descriptor, so that no link is followed (Linux)."""
    if not hasattr(os, "O_PATH"):
        return
    closed = os.open(part, _FOLDER | os.O_PATH, dir_fd=folder)
    try:
        os.chmod(f"/proc/self/fd/{closed}", 0o700)
    finally:
        os.close(closed)


def _ask(program: str, environ: Mapping[str, str], *args: str) -> shell.Result:
    return shell.run([program, *args], cwd=Path("/"), env=variables(environ), timeout=ASK_SECONDS)
