"""Temporary folders that are gone when their process is, also one that was killed: the next one takes them away.

Rule: a folder is taken away by others only while nobody holds its lock, which the kernel takes back from the dead.
"""

import contextlib
import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from ftc.agent.locking import locked, remove_tree
from ftc.core.errors import CommandFailed

MIRROR, GENERATE, HEAL = "ftc-mirror-", "ftc-generate-", "ftc-heal-"
INDEX, DIFF = "ftc-index-", "ftc-diff-"
PREFIXES = (MIRROR, GENERATE, HEAL, INDEX, DIFF)
"""Of the folders' names; no other folder is ever taken away."""
LOCK = "held.lock"
STALE_SECONDS = 600
"""A folder that nobody holds is taken away after this time; a younger one may be about to be locked."""


@contextlib.contextmanager
def temporary(prefix: str) -> Iterator[Path]:
    """A folder with such a name, held while the block runs and removed at its end; ``LOCK`` in it is ours.

    Those that dead processes left are taken away first. Raises ``CommandFailed`` where none can be made.
    """
    try:
        _sweep(Path(tempfile.gettempdir()))
        home = Path(tempfile.mkdtemp(prefix=prefix))
    except OSError as error:
        raise CommandFailed(f"no temporary folder: {error}; look at TMPDIR") from None
    try:
        with locked(home / LOCK, fcntl.LOCK_SH):
            yield home
    finally:
        remove_tree(home)


def _sweep(folder: Path) -> None:
    for home in (found for prefix in PREFIXES for found in folder.glob(f"{prefix}*")):
        with contextlib.suppress(OSError):
            old = time.time() - home.stat().st_mtime > STALE_SECONDS
            if old and home.is_dir() and not home.is_symlink() and home.stat().st_uid == os.getuid():
                with locked(home / LOCK, fcntl.LOCK_EX | fcntl.LOCK_NB):
                    remove_tree(home)
