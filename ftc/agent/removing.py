"""Taking folders away in which code ran that is not ours.

Rule: what it made read-only goes as well, and what a process that is just ending still writes does not stop it.
"""

import contextlib
import os
import shutil
import time
from pathlib import Path

TRIES, PAUSE_SECONDS = 50, 0.1
"""The children of a job that was killed are ended by the system, but not at that very moment."""


def remove(folder: Path) -> None:
    """Remove a tree, also one that a checkout made read-only; what cannot be removed after a few seconds stays."""
    for number in range(TRIES):
        if number:
            time.sleep(PAUSE_SECONDS)
        if not os.path.lexists(folder):
            return
        shutil.rmtree(folder, onerror=_writable)


def _writable(_function: object, path: str, _error: object) -> None:
    with contextlib.suppress(OSError):
        Path(path).parent.chmod(0o700)
        os.rmdir(path) if Path(path).is_dir() and not Path(path).is_symlink() else os.unlink(path)
