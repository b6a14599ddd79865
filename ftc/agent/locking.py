"""Folders that several processes share: a lock that dies with its holder, and the removal of a tree.

Rule: nothing is locked by a note on the disk that a dead process could leave behind.
"""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def locked(file: Path, mode: int) -> Iterator[None]:
    """Hold a lock that the kernel takes back when this process ends; ``BlockingIOError`` if it is taken (LOCK_NB)."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, mode)
        yield
    finally:
        os.close(descriptor)


def remove_tree(folder: Path) -> None:
    """Remove a tree, also what was made read-only or unreadable in it; links are removed and never followed."""

    def writable(function: object, path: str, _error: object) -> None:
        with contextlib.suppress(OSError):
            place = Path(path)
            place.parent.chmod(0o700)
            if place.is_symlink() or not place.is_dir():
                place.unlink()
            else:
                place.chmod(0o700)
                shutil.rmtree(place, ignore_errors=True)

    shutil.rmtree(folder, onerror=writable) if folder.exists() else None
