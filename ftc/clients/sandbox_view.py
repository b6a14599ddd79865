"""What repository code sees of the machine's disk: programs, toolchains and caches to read, its own places to write.

Rule: what is not named is not there. A folder that may hold a credential (a home, ``~/.cargo``, ``~/.m2``, the folder
of the runner) is never shown as a whole, only the parts of it that hold none.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ftc.clients.sandbox_environment import go_modules

SYSTEM = ("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "nix/store", "gnu/store")
"""Where distributions keep programs; all of it is public."""
ETC = (
    *("alternatives", "ssl", "ca-certificates", "ca-certificates.conf", "pki", "crypto-policies"),
    *("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "nsswitch.conf", "hosts", "host.conf", "gai.conf"),
    *("localtime", "timezone", "passwd", "group", "protocols", "services", "mime.types", "os-release"),
    *("debian_version", "lsb-release", "login.defs", "fonts", "java", "maven", "python3", "perl"),
)
"""Parts of /etc that programs read and that hold no secret; Debian's folders of JDKs come on top."""
NAME_SERVERS = "resolv.conf"
TMP = Path("/tmp")  # noqa: S108 - the sandbox's own, and never the machine's
CACHES = (".cargo/registry", ".cargo/git", ".npm/_cacache", ".m2/repository", ".cache/pip")
"""Below the home: what tools have downloaded, without the settings beside it, which may hold passwords.

Nothing of Gradle's, which locks what it reads and so takes no cache that it cannot write.
"""
TOOLCHAINS = (".rustup", ".pyenv", ".rbenv", ".sdkman/candidates", ".nvm/versions")
"""Below the home: toolchains in their usual places."""
VARIABLES = (
    *("GOROOT", "JAVA_HOME", "MAVEN_HOME", "M2_HOME", "GRADLE_HOME", "RUSTUP_HOME"),
    *("PYENV_ROOT", "RBENV_ROOT", "GEM_HOME", "DOTNET_ROOT", "ANDROID_HOME", "RUNNER_TOOL_CACHE"),
)
"""Variables whose folders are shown; setup actions install below the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """One place of the machine that is shown."""

    source: Path
    target: Path
    writable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What is mounted, in order, symbolic links that are made (path to target), and the value of PATH."""

    mounts: tuple[Mount, ...]
    links: tuple[tuple[Path, str], ...]
    path: str


def view(environ: Mapping[str, str], *, scratch: Path, network: bool, root: Path = Path("/")) -> View:
    """The machine as repository code sees it, without what the caller adds for one run.

    ``scratch`` must exist and be a real path; ``root`` is where the system lies.
    """
    home = Path(environ.get("HOME") or "/nonexistent")
    whole, links = _system(root)
    places = [*whole, *_etc(root, network=network), *_toolchains(environ, home)]
    shown = [Mount(source=place.resolve(), target=place) for place in places]
    caches = [] if network else list(_caches(home, scratch / "home"))
    # First, since an environment or a toolchain may lie below it, as in a checkout that somebody tries out there.
    tmp = Mount(source=temporary(scratch), target=TMP, writable=True)
    own = Mount(source=scratch, target=scratch, writable=True)
    visible = [mount.target for mount in shown] + [link for link, _ in links]
    path = os.pathsep.join(str(part) for part in _path(environ) if _below(part, visible))
    return View(mounts=(tmp, *shown, own, *caches), links=tuple(links), path=path)


def temporary(scratch: Path) -> Path:
    """What is /tmp inside: beside the scratch folder, since what lies in that the code could exchange for a link.

    The next run would be shown the place to which the link leads.
    """
    return scratch.with_name("tmp")


def _system(root: Path) -> tuple[list[Path], list[tuple[Path, str]]]:
    """Folders of programs; those that are links to others, as /bin is to /usr/bin, stay links."""
    found = [root / name for name in SYSTEM if (root / name).exists()]
    links = [(place, os.readlink(place)) for place in found if place.is_symlink()]
    return [place for place in found if not place.is_symlink()], links


def _caches(home: Path, own: Path) -> Iterator[Mount]:
    """Caches of the machine to read; one that repository code has filled itself, while it had a network, goes first."""
    for name in CACHES:
        filled = (own / name).is_dir() and any((own / name).iterdir())
        if (home / name).is_dir() and not filled:
            yield Mount(source=(home / name).resolve(), target=own / name)


def _etc(root: Path, *, network: bool) -> Iterator[Path]:
    etc = root / "etc"
    for name in (*ETC, *([NAME_SERVERS] if network else [])):
        if (etc / name).exists():
            yield etc / name
    yield from sorted(etc.glob("java-*"))


def _toolchains(environ: Mapping[str, str], home: Path) -> list[Path]:
    """Folders of toolchains, none of them twice and none below another."""
    named = [Path(environ[name]) for name in VARIABLES if environ.get(name)]
    named += [Path(value) for name, value in environ.items() if name.startswith("JAVA_HOME_")]
    named += [go_modules(environ), *(home / name for name in TOOLCHAINS)]
    named += [_with_libraries(part, home) for part in (*_path(environ), *_interpreters(environ))]
    hidden = (home, Path.cwd(), Path(environ.get("GITHUB_WORKSPACE") or "/"), Path(environ.get("RUNNER_TEMP") or "/"))
    fit = [place for place in named if place.is_absolute() and place.is_dir() and not _shows(place, hidden)]
    kept: list[Path] = []
    for place in sorted(set(fit)):
        if not _below(place, [*kept, *(Path("/") / name for name in SYSTEM)]):
            kept.append(place)
    return kept


def _path(environ: Mapping[str, str]) -> list[Path]:
    parts = [Path(part) for part in environ.get("PATH", "").split(os.pathsep)]
    return [part for part in parts if part.is_absolute() and part.is_dir()]


def _interpreters(environ: Mapping[str, str]) -> Iterator[Path]:
    """Where the interpreters of Python's virtual environments lie, whose own ``python`` is but a link to them."""
    for part in _path(environ):
        try:
            lines = (part.parent / "pyvenv.cfg").read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            continue
        pairs = (line.partition("=") for line in lines)
        found = (Path(value.strip()) for key, _, value in pairs if key.strip() == "home")
        yield from (place for place in found if place.is_absolute() and place.name == "bin")


def _with_libraries(part: Path, home: Path) -> Path:
    """A folder of programs with the libraries beside it, unless these are settings of the user, as in ``~/.cargo``."""
    if part.name != "bin" or part.parent.parent in (home, Path("/")) or part.parent == home:
        return part
    return part.parent


def _shows(place: Path, hidden: Sequence[Path]) -> bool:
    """Whether a folder would show one of the hidden ones."""
    real = place.resolve()
    return any(other.resolve().is_relative_to(real) for other in hidden)


def _below(place: Path, others: Sequence[Path]) -> bool:
    return any(place.is_relative_to(other) for other in others)
