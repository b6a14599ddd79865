"""Folders that several processes share: a lock that dies with its holder, and the removal of a tree.

Rule: nothing is locked by a note on the disk that a dead process could leave behind.
"""

import contextlib
import fcntl
import functools
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

TRIES, PAUSE_SECONDS = 50, 0.1
"""The children of a job that was killed are ended by the system, but not at that very moment."""


@contextlib.contextmanager
def locked(file: Path, mode: int) -> Iterator[None]:
    """Hold a lock that the kernel takes back when this process ends; ``BlockingIOError`` if it is taken (LOCK_NB).

    Raises ``FileNotFoundError`` where the file's folder is gone, also when it went while the lock was waited for.
    """
    descriptor = _descriptor(file, mode)
    try:
        yield
    finally:
        os.close(descriptor)


def _descriptor(file: Path, mode: int) -> int:
    """Open and lock the file that has this name; what was removed meanwhile may be locked by two at once."""
    while True:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        with contextlib.ExitStack() as stack:
            stack.callback(os.close, descriptor)
            fcntl.flock(descriptor, mode)
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.stat(file, follow_symlinks=False), os.fstat(descriptor)):
                    stack.pop_all()
                    return descriptor


@contextlib.contextmanager
def alone(file: Path) -> Iterator[bool]:
    """Hold the lock for as long as the block runs; False where another process holds it."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locked(file, fcntl.LOCK_EX | fcntl.LOCK_NB))
            ours = True
        except BlockingIOError:
            ours = False
        yield ours


def remove_tree(folder: Path, *, tries: int = TRIES) -> None:
    """Remove a tree, also what was made read-only or unreadable in it; links are removed and never followed.

    The folder that it lies in may be anybody's, and stays as it is.

    What a process writes there that is just being ended is waited for a little; what stays after that, stays.
    """
    for number in range(tries):
        if number:
            time.sleep(PAUSE_SECONDS)
        if not os.path.lexists(folder):
            return
        shutil.rmtree(folder, onerror=functools.partial(_writable, folder))


def _writable(top: Path, _function: object, path: str, error: tuple[object, object, object]) -> None:
    """Try again what failed, with the rights changed, but never those of the folder that the tree lies in."""
    if isinstance(error[1], FileNotFoundError):
        return  # another process removes the same tree
    with contextlib.suppress(OSError):
        place = Path(path)
        if place != top:
            place.parent.chmod(0o700)
        if place.is_symlink() or not place.is_dir():
            place.unlink()
        else:
            place.chmod(0o700)
            shutil.rmtree(place, ignore_errors=True)
