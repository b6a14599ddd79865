"""The files that an agent's tools may read and write: one folder, and nothing that lies outside of it.

Rule: a path is walked part by part from an open folder, and no part may be a symbolic link, so that there is no moment
between looking and opening in which somebody could exchange one. What a policy protects is not written. Every refusal
is a ``Refused`` whose text goes back to the model.
"""

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ftc.core.patch import Policy, path_problem

READ_BYTES = 1_000_000
"""A larger file is data or was generated."""
WRITE_BYTES = 1_000_000
LISTED = 5_000
"""Names of one listing."""
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # not blocking, or a FIFO would hold us for ever
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Refused(ValueError):
    """A tool asked for what it may not have; the text says what and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confined:
    """One folder as tools see it; paths are relative to it, with ``/`` between their parts."""

    root: Path
    policy: Policy
    """What may be written; everything but ``.git`` may be read."""

    def read(self, path: str) -> str:
        """The text of an ordinary file of at most ``READ_BYTES``, line ends as they are."""
        *folders, name = _parts(path)
        with self._folder(folders, path) as folder:
            data = _read(folder, name, path)
        return _text(data, path)

    def write(self, path: str, text: str) -> None:
        """Write a file whole or not at all, as a new file if need be; its mode stays as it is."""
        *folders, name = _parts(path)
        problem = path_problem(path, self.policy)
        if problem:
            raise Refused(f"{path} is not written: {problem}")
        data = _data(text, path)
        with self._folder(folders, path, make=True) as folder:
            _replace(folder, name, data, mode=_mode(folder, name, path))

    def exists(self, path: str) -> bool:
        """Whether there is an ordinary file of this path that can be read from here."""
        try:
            *folders, name = _parts(path)
            with self._folder(folders, path) as folder:
                return stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
        except (Refused, OSError):
            return False

    def listing(self, path: str = "") -> tuple[str, ...]:
        """Names in a folder, sorted, folders with ``/`` at the end; no links, and nothing of git's own."""
        with self._folder(_parts(path) if path else [], path) as folder, os.scandir(folder) as entries:
            names = [entry.name + "/" * entry.is_dir(follow_symlinks=False) for entry in entries if _shown(entry)]
        return tuple(sorted(names)[:LISTED])

    @contextlib.contextmanager
    def _folder(self, parts: list[str], path: str, *, make: bool = False) -> Iterator[int]:
        """An open folder below the root, reached part by part; with ``make`` missing ones are made."""
        with contextlib.ExitStack() as stack:
            at = _opened(stack, os.open(self.root, _FOLDER))
            for part in parts:
                if make:
                    with contextlib.suppress(OSError):  # it is there, or opening it says what is wrong
                        os.mkdir(part, 0o755, dir_fd=at)
                try:
                    at = _opened(stack, os.open(part, _FOLDER, dir_fd=at))
                except OSError:
                    raise Refused(f"{path} is refused: {part} is no folder, or a symbolic link") from None
            yield at


def _opened(stack: contextlib.ExitStack, descriptor: int) -> int:
    stack.callback(os.close, descriptor)
    return descriptor


def _parts(path: str) -> list[str]:
    """The parts of a path that stays inside; whatever could mean something else somewhere is refused."""
    parts = path.split("/")
    if not path or path.startswith("/") or "\\" in path or not path.isprintable():
        raise Refused(f"{path[:200]!r} is refused: give a path relative to the repository")
    if any(part in ("", ".", "..") for part in parts):
        raise Refused(f"{path[:200]} is refused: a path has no empty parts, `.` or `..`")
    if any(_is_git(part) for part in parts):
        raise Refused(f"{path[:200]} is refused: what belongs to git is neither read nor written")
    return parts


def _is_git(name: str) -> bool:
    """Also as file systems spell it that ignore case or trailing dots, or shorten names."""
    return name.casefold().rstrip(". ") in (".git", "git~1")


def _shown(entry: os.DirEntry[str]) -> bool:
    return not _is_git(entry.name) and entry.name.isprintable() and not entry.is_symlink()


def _read(folder: int, name: str, path: str) -> bytes:
    try:
        descriptor = os.open(name, _FILE, dir_fd=folder)
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}, or it is a symbolic link") from None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Refused(f"{path} is no ordinary file")
        data = file.read(READ_BYTES + 1)
    if len(data) > READ_BYTES:
        raise Refused(f"{path} is larger than {READ_BYTES:,} bytes")
    return data


def _text(data: bytes, path: str) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise Refused(f"{path} is binary, or text that is no UTF-8")
    return text


def _data(text: str, path: str) -> bytes:
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:
        data = b"\0"
    if b"\0" in data or len(data) > WRITE_BYTES:
        raise Refused(f"{path} is not written: the text must be UTF-8 without NUL, at most {WRITE_BYTES:,} bytes")
    return data


def _mode(folder: int, name: str, path: str) -> int:
    """The mode of the file that is there, or that of a new one."""
    try:
        mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return 0o644
    except OSError as error:
        raise Refused(f"{path} is not written: {error.strerror}") from None
    if not stat.S_ISREG(mode):
        raise Refused(f"{path} is not written: what is there is no ordinary file")
    return stat.S_IMODE(mode)


def _replace(folder: int, name: str, data: bytes, *, mode: int) -> None:
    """Put a new file in the place of the old one, which a hard link elsewhere keeps as it was."""
    new = f".{secrets.token_hex(8)}.ftc"
    descriptor = os.open(new, _NEW, 0o600, dir_fd=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            os.fchmod(descriptor, mode)
        os.rename(new, name, src_dir_fd=folder, dst_dir_fd=folder)
    finally:
        with contextlib.suppress(OSError):  # after the renaming it is gone
            os.unlink(new, dir_fd=folder)
