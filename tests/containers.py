"""What tests of containers run: an engine that answers, and an image that is made of files of this machine.

Nothing is fetched: the image holds a shell with its usual programs, the Python that runs these tests, and pytest.
"""

import functools
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest

from ftc.clients import sandbox_engine, shell
from ftc.clients.sandbox_engine import ENGINES
from ftc.clients.sandbox_levels import Engine

__all__ = ["ENGINES", "PYTHON", "archive", "chosen", "engine", "image", "listed", "reached"]

PYTHON = "/usr/local/bin/python3"
"""In the image."""
REACHED_BY = ("DOCKER_HOST", "CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF", "CONTAINER_HOST", "XDG_RUNTIME_DIR")
PROGRAMS = (
    *("sh", "cat", "chmod", "echo", "env", "grep", "id", "ln", "ls", "mkdir", "rm", "sed", "sleep", "touch", "true"),
    *("mount", "umount", "unshare", "nsenter"),
)
DISTRIBUTIONS = ("pytest", "coverage", "pluggy", "iniconfig", "packaging", "pygments")
LEFT_OUT = re.compile(
    r"(test|idlelib|tkinter|turtledemo|lib2to3|ensurepip|site-packages|dist-packages|config-.*|lib-dynload/_tkinter.*)(/|$)"
)
"""Parts of Python's library that no test needs; together they are nine tenths of it."""
LIBRARY = re.compile(r"(?:=> )?(/\S+) \(0x")


def engine(program: str) -> Engine:
    """An engine with its image, which is made if it is not there. Skips where the engine runs nothing."""
    why = missing(program)
    if why:
        pytest.skip(why)
    return _known(program, image(program))


def chosen() -> dict[str, str]:
    """The configuration by which a job takes the first engine that answers. Skips where none does."""
    whys = {program: missing(program) for program in ENGINES}
    answer = [program for program, why in whys.items() if not why]
    if not answer:
        pytest.skip("; ".join(whys.values()))
    return {"sandbox": "container", "container-image": engine(answer[0]).image}


@functools.cache
def _known(program: str, image: str) -> Engine:
    return sandbox_engine.engine(program, image, os.environ)


def reached() -> dict[str, str]:
    """The variables by which an engine and its images are found, also from another home."""
    places = {"XDG_DATA_HOME": ".local/share", "XDG_CONFIG_HOME": ".config"}
    own = {name: os.environ.get(name) or str(Path.home() / place) for name, place in places.items()}
    return own | {name: os.environ[name] for name in REACHED_BY if name in os.environ}


def listed(program: str, mark: str) -> list[str]:
    """The containers, running or not, whose command holds a mark."""
    argv = [program, "ps", "--all", "--no-trunc", "--format", "{{.Names}} {{.Command}}"]
    said = subprocess.run(argv, capture_output=True, check=True, text=True).stdout
    return [line for line in said.splitlines() if mark in line]


@functools.cache
def missing(program: str) -> str:
    """Why an engine runs nothing on this machine, whatever we ask of it; empty when it does."""
    if shutil.which(program) is None:
        return f"{program} is not installed"
    asked = subprocess.run([program, "version"], capture_output=True, check=False, text=True)
    if asked.returncode == 0:
        argv = [program, "run", "--rm", "--network", "none", image(program), "true"]
        asked = subprocess.run(argv, capture_output=True, check=False, text=True)
    return "" if asked.returncode == 0 else f"{program} runs nothing here: {asked.stderr.strip()[-200:]}"


@functools.cache
def image(program: str) -> str:
    """The image's name, in this engine; made if it is not there, and named by what is in it.

    So workers that make it at once make the same."""
    files = _listed()
    listing = json.dumps(sorted((name, str(path), path.stat().st_mtime_ns) for name, path in files.items()))
    name = (
        f"localhost/ftc-sandbox-test:{hashlib.sha256(Path(__file__).read_bytes() + listing.encode()).hexdigest()[:12]}"
    )
    there = subprocess.run([program, "image", "inspect", name], capture_output=True, check=False)
    if there.returncode != 0:
        made = subprocess.run([program, "import", "-", name], input=archive(), capture_output=True, check=False)
        assert made.returncode == 0, made.stderr.decode()
    return name


@functools.cache
def _listed() -> dict[str, Path]:
    return dict(_files())


def archive() -> bytes:
    """The image's files."""
    files, buffer = _listed(), io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name in ("bin", "sbin"):
            tar.addfile(_link(name, "usr/bin"))
        for name in ("lib", "lib64", "usr/lib64"):
            tar.addfile(_link(name, "/usr/lib"))
        for name in ("python", "python3"):
            tar.addfile(_link(f"usr/local/bin/{name}", f"python{sysconfig.get_python_version()}"))
        for name, path in files.items():
            info = tar.gettarinfo(path.resolve(), name)
            info.uid = info.gid = 0
            info.uname = info.gname = "root"
            info.mode = 0o755 if info.mode & 0o100 else 0o644
            with path.open("rb") as file:
                tar.addfile(info, file)
    return buffer.getvalue()


def _link(name: str, target: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = tarfile.SYMTYPE, target
    return info


def _files() -> Iterator[tuple[str, Path]]:
    """Where each file lies in the image, and where it comes from."""
    version = f"python{sysconfig.get_python_version()}"
    programs = {f"usr/bin/{name}": _program(name) for name in PROGRAMS}
    programs[f"usr/local/bin/{version}"] = Path(sys._base_executable).resolve()  # type: ignore[attr-defined]
    yield from programs.items()
    needed = [*programs.values()]
    for name, path in _below(Path(sysconfig.get_path("stdlib"))):
        yield f"usr/local/lib/{version}/{name}", path
        needed += [path] if path.suffix == ".so" else []
    for name in DISTRIBUTIONS:
        for file in distribution(name).files or ():
            if ".." not in file.parts:
                yield f"usr/local/lib/{version}/{file}", Path(str(file.locate()))
    yield from _libraries(needed)


def _program(name: str) -> Path:
    found = shutil.which(name, path=shell.PATH)
    assert found, f"{name} is needed for the image"
    return Path(found)


def _below(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not LEFT_OUT.match(name):
            yield name, path


def _libraries(programs: list[Path]) -> Iterator[tuple[str, Path]]:
    """What the dynamic linker finds for them, and the linker itself."""
    said = subprocess.run(["ldd", *programs], capture_output=True, check=False, text=True).stdout
    for place in sorted(set(LIBRARY.findall(said))):
        yield f"usr/lib/{Path(place).name}", Path(place)


if __name__ == "__main__":
    reason = missing(sys.argv[1])
    print(reason or f"{sys.argv[1]} runs containers")
    sys.exit(1 if reason else 0)
