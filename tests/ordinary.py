"""The tests' own process as an ordinary user: whose files are whose, and what he may remove, root is not told."""

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import containers
import pytest

from ftc.clients import sandbox_engine, shell
from ftc.clients.sandbox import Sandbox
from ftc.core.isolation import Level

OURS = "ftc-ordinary"
"""Whom ``.ci/engines`` makes; without him anybody who may map others to himself is taken."""
STORAGE = '[storage]\ndriver = "overlay"\ngraphroot = "{0}/storage"\nrunroot = "{0}/runtime/storage"\n'


def in_container(program: str, scripts: Sequence[str], folder: Path) -> dict[str, Any]:
    """Run scripts in containers as an ordinary user; what they said, whose their files are, what cannot be removed.

    ``folder`` is a new one, which others may enter. Skips where there is no user who may map others to itself.
    """
    user = _user()
    os.chown(folder, user.pw_uid, user.pw_gid)
    image, archive = containers.image(program), containers.archive()
    reading, writing = os.pipe()
    if os.fork() == 0:
        try:
            _become(user)
            os.write(writing, json.dumps(_seen(program, image, archive, scripts, folder)).encode())
        finally:
            _end_podman(folder / "runtime")
            if sys.exc_info()[0]:
                traceback.print_exc()
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    os.wait()
    return {"user": user.pw_uid, **json.loads(said or '{"out": "see the traceback"}')}


def _user() -> pwd.struct_passwd:
    if os.getuid() != 0:
        pytest.skip("only root can become somebody else; the other tests have run as an ordinary user")
    mapped = Path("/etc/subuid").read_text().split() if Path("/etc/subuid").exists() else []
    known = {user.pw_name: user for user in pwd.getpwall() if user.pw_uid != 0}
    found = [known[name] for name in (line.split(":")[0] for line in mapped) if name in known]
    if not found:
        pytest.skip("no ordinary user has a line in /etc/subuid")
    return next((user for user in found if user.pw_name == OURS), found[0])


def _become(user: pwd.struct_passwd) -> None:
    """With the group of docker's socket, as whoever may use docker."""
    host = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")
    os.setgroups([os.stat(host).st_gid] if os.path.exists(host) else [])
    os.setresgid(*[user.pw_gid] * 3)
    os.setresuid(*[user.pw_uid] * 3)
    os.umask(0o022)


def _seen(program: str, image: str, archive: bytes, scripts: Sequence[str], folder: Path) -> dict[str, Any]:
    environ = _environment(folder)
    if program == "podman":
        given = [program, "import", "-", image]
        subprocess.run(given, env=environ, input=archive, cwd="/", check=True, stdout=subprocess.DEVNULL)
    tmp, tree = folder / "tmp", folder / "tree"
    for place in (tmp, tree):
        place.mkdir()
    engine = sandbox_engine.engine(program, image, environ)
    sandbox = Sandbox(level=Level.CONTAINER, tmp=tmp.resolve(), environ=environ, engine=engine)
    done = [sandbox.run(["sh", "-c", script], cwd=tree, timeout=120, writable=[tree]) for script in scripts]
    owners = {path.lstat().st_uid for place in (tmp, tree) for path in place.rglob("*")}
    for place in (tmp, tree):
        shutil.rmtree(place, ignore_errors=True)
    return {
        "out": "".join(one.out for one in done),
        "err": "".join(one.err for one in done),
        "rootless": engine.rootless,
        "owners": sorted(owners),
        "left": [str(path) for place in (tmp, tree) for path in place.rglob("*")],
    }


def _end_podman(runtime: Path) -> None:
    """End what keeps the namespaces of a user's podman from one command to the next."""
    for file in runtime.rglob("pause.pid"):
        with suppress(ProcessLookupError):
            os.kill(int(file.read_text()), signal.SIGKILL)


def _environment(folder: Path) -> Mapping[str, str]:
    """A home of his own, in which podman has its images."""
    for name in ("home", "runtime"):
        (folder / name).mkdir(mode=0o700)
    (folder / "storage.conf").write_text(STORAGE.format(folder))
    own = {"HOME": str(folder / "home"), "XDG_RUNTIME_DIR": str(folder / "runtime"), "PATH": shell.PATH}
    found = {name: os.environ[name] for name in ("DOCKER_HOST", "CONTAINERS_CONF") if name in os.environ}
    return {**found, **own, "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf")}


def a_folder() -> Path:
    """A new folder that others may enter, which those of pytest are not."""
    made = Path(tempfile.mkdtemp(prefix="ftc-ordinary-", dir="/tmp"))
    made.chmod(0o755)
    return made
