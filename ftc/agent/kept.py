"""Where mirrors are kept between jobs, who holds which, and what is taken away there.

Rule: a folder is taken away only by a process that holds its lock alone, and only what can be told to be ours. It gets
another name first, in one step, so that nobody ever opens half of one, at whichever instruction the other died.
"""

import contextlib
import fcntl
import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from ftc.agent.locking import TRIES, locked, remove_tree
from ftc.agent.temporary import LOCK, MIRROR, temporary
from ftc.clients.git import FETCH_SECONDS
from ftc.core.config import Config
from ftc.core.errors import CommandFailed

GIT_DIR, FETCHING = "mirror.git", "fetch.lock"
"""The mirror, and what a process holds that has git change it."""
SLOTS = ("worktree", "scratch-folder")
"""What a mirror has several of, beside it; each has a number and a lock of its own."""
USUAL = Config()
"""What holds unless somebody configured something else."""
ENTERING = 3
"""Tries to enter a folder that others may be taking away; whoever does makes no second one that is past its time."""
_GONE = ".gone-"
"""In front of the names of what is being removed; nobody holds such a thing, so any process may remove it."""
_REMOVED = re.compile(rf"{re.escape(_GONE)}[0-9a-f]{{16}}")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
_SLOT = re.compile(rf"(?:{'|'.join(SLOTS)})-\d+", re.ASCII)
_HOME = re.compile(r".+-[0-9a-f]{12}", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """How mirrors are kept: below which folder, or in temporary ones, and how many worktrees for how long."""

    root: Path | None = None
    part: str = ""
    """A folder below the root for a kind of job whose checkouts must not mix with those of others."""
    worktrees: int = USUAL.workspace_worktrees
    days: int = USUAL.workspace_days
    """A mirror is made anew after so many days: packs of many fetches add up, and nothing in it is needed."""

    def apart(self, part: str) -> Self:
        """The same, for a kind of job with a folder of its own."""
        return replace(self, part=part)


TEMPORARY = Keep()


def kept_at(config: Config) -> Keep:
    """What the keys ``workspace`` and ``workspace-…`` say."""
    root = Path(config.workspace).expanduser() if config.workspace else None
    return Keep(root=root, worktrees=config.workspace_worktrees, days=config.workspace_days)


@contextlib.contextmanager
def home_of(repo_url: str, keep: Keep) -> Iterator[Path]:
    """The folder of a repository's mirror, held for as long as the block runs; a temporary one is gone afterwards.

    Whatever dead processes left below the root is taken away first, and every mirror there that is past its time and
    that nobody holds. Raises ``CommandFailed`` where there can be no such folder.
    """
    if keep.root is None:
        with temporary(MIRROR) as home:
            yield home
        return
    with contextlib.ExitStack() as stack:
        home = keep.root / keep.part / _folder_name(repo_url)
        _enter(stack, home, keep.days)
        _sweep(keep.root, keep.days)
        yield home


def put_away(folder: Path) -> None:
    """Remove a folder whose lock the caller holds, in one step for everybody who looks for it."""
    gone = folder.with_name(f"{_GONE}{secrets.token_hex(8)}")
    with contextlib.suppress(FileNotFoundError):
        folder.rename(gone)
    remove_tree(gone)


def _enter(stack: contextlib.ExitStack, home: Path, days: int) -> None:
    """Share the folder with other jobs; an old mirror that nobody else holds is made anew first."""
    lock = home / LOCK
    problem: OSError | None = None
    for _ in range(ENTERING):
        try:
            home.mkdir(parents=True, exist_ok=True, mode=0o700)
            with contextlib.suppress(BlockingIOError), locked(lock, fcntl.LOCK_EX | fcntl.LOCK_NB):
                if not (home / GIT_DIR / "HEAD").is_file() or _past(home, days):
                    put_away(home / GIT_DIR)
            stack.enter_context(locked(lock, fcntl.LOCK_SH))
            return
        except OSError as error:
            problem = error
    raise CommandFailed(f"no folder for a mirror: {problem}; look at workspace") from None


def _sweep(root: Path, days: int) -> None:
    """Take away what nobody holds; what cannot be removed at once is left to the next one."""
    above = _inside(root)
    parts = (path for path in above if not path.is_symlink())
    for home in [*above, *(found for part in parts for found in _inside(part))]:
        # Held by somebody, or being removed by another one, or not to be removed by us: all the same to this job.
        with contextlib.suppress(OSError):
            if _REMOVED.fullmatch(home.name) and _is_of_our_user(home):
                remove_tree(home, tries=1)
            elif _is_ours(home):
                _clear(home)
                _put_away_old(home, days)


def _inside(folder: Path) -> list[Path]:
    """What lies in a folder; nothing where it is none (any more), or not for us."""
    with contextlib.suppress(OSError):
        return sorted(folder.iterdir())
    return []


def _put_away_old(home: Path, days: int) -> None:
    if _past(home, days):
        with locked(home / LOCK, fcntl.LOCK_EX | fcntl.LOCK_NB):
            # Another process may have made it anew since we looked.
            if _past(home, days):
                put_away(home)


def _clear(home: Path) -> None:
    """Remove what dead processes left in the slots, and what they could not remove to its end."""
    for gone in home.glob(f"{_GONE}*"):
        remove_tree(gone, tries=1)
    clear_slots(home, fcntl.LOCK_EX | fcntl.LOCK_NB)


def clear_slots(home: Path, fetching: int = fcntl.LOCK_EX) -> None:
    """Clear every slot that nobody holds; one that git was making when it was killed would stop it in all others.

    ``fetching`` says whether to wait while somebody fetches.
    """
    found = [*home.iterdir(), *_inside(home / GIT_DIR / "worktrees")]
    for name in sorted({path.name for path in found if _SLOT.fullmatch(path.name)}):
        with contextlib.suppress(BlockingIOError), locked(home / f"{name}.lock", fcntl.LOCK_EX | fcntl.LOCK_NB):
            clear_slot(home, name, fetching, tries=1)


def clear_slot(home: Path, name: str, fetching: int = fcntl.LOCK_EX, *, tries: int = TRIES) -> None:
    """Remove the folder of a slot that the caller holds, and what git knows of a worktree there, whole or not."""
    remove_tree(home / name, tries=tries)
    known = home / GIT_DIR / "worktrees"
    if known.is_dir():
        with locked(home / FETCHING, fetching):
            remove_tree(known / name, tries=tries)
            with contextlib.suppress(OSError):
                known.rmdir()


def forget_lock(home: Path) -> None:
    """Remove git's own lock of a mirror's shallow file when no fetch that is still allowed to run can have made it."""
    lock = home / GIT_DIR / "shallow.lock"
    with contextlib.suppress(FileNotFoundError):
        if time.time() - lock.stat().st_mtime > 2 * FETCH_SECONDS:
            lock.unlink()


def _is_ours(home: Path) -> bool:
    """Whether we made this folder: by its name, its owner, and a lock in it."""
    return _HOME.fullmatch(home.name) is not None and _is_of_our_user(home) and (home / LOCK).is_file()


def _is_of_our_user(folder: Path) -> bool:
    """Whether it is no link, which may lead anywhere, and the user's whom this process runs as."""
    return not folder.is_symlink() and folder.lstat().st_uid == os.getuid()


def _past(home: Path, days: int) -> bool:
    """Whether its mirror was made so long ago; one that has none counts from its last change."""
    born = home / GIT_DIR / "HEAD"
    made = (born if born.is_file() else home).stat().st_mtime
    return time.time() - made > days * 86_400


def _folder_name(repo_url: str) -> str:
    """One folder for each address: readable, and unique by a hash."""
    parts = urlsplit(repo_url)
    readable = _UNSAFE.sub("-", f"{parts.hostname or 'local'}{parts.path.removesuffix('.git')}")[-60:].strip("-.")
    return f"{readable}-{hashlib.sha256(repo_url.encode()).hexdigest()[:12]}"
