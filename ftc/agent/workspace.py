"""A bare, blob-less copy of one repository, and worktrees of it at exact commits.

Rule: whatever is opened here is released on every path: at the end of its block, else by the next process that opens a
mirror below the same folder. Nothing is locked by a note on the disk that a dead process could leave behind.
"""

import contextlib
import fcntl
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from ftc.agent.kept import (
    FETCHING,
    GIT_DIR,
    SLOTS,
    TEMPORARY,
    Keep,
    clear_slot,
    clear_slots,
    forget_lock,
    home_of,
    put_away,
)
from ftc.agent.locking import locked, remove_tree
from ftc.clients import git
from ftc.clients.git import Commit
from ftc.clients.git_environment import Repository
from ftc.core.errors import CommandFailed

FILE_BYTES = 1_000_000
"""A larger file is data or was generated; no person reads it either."""
TOTAL_BYTES = 8_000_000
"""Text read at once; the rest of a longer list is left out."""
HISTORY = 2_000
"""Commits of a history looked at; two weeks of the busiest repositories."""
ENDS = 3
"""Ends of a history compared with their parents; each costs a request."""
LOOK_BACK = timedelta(days=14)
"""How far to look for suspects when nobody knows the last pass."""
_ORDINARY = frozenset({"100644", "100755", "100664"})


class Mirror:
    """A copy of one repository that fetches what is asked for; open it with ``mirror``.

    Every method may raise ``CommandFailed``: the remote does not answer, or refuses the token.
    """

    def __init__(self, repository: Repository, *, worktrees: int = TEMPORARY.worktrees) -> None:
        """For a repository that was initialised; its folder's parent holds locks and at most so many worktrees."""
        self._repository = repository
        self._worktrees = worktrees
        self._files: dict[str, dict[str, str]] = {}
        self._here: set[str] = set()

    @property
    def path(self) -> Path:
        """The bare repository."""
        return self._repository.path

    @property
    def repository(self) -> Repository:
        """The bare repository with its address and token, for what is written to a worktree and pushed."""
        return self._repository

    def have(self, sha: str) -> bool:
        """Whether this commit is here, fetching it if need be; False for one that cannot be fetched (any more)."""
        if git.has_object(self._repository, sha):
            return True
        with self._fetching():
            return git.is_sha(sha) and git.fetch(self._repository, sha, depth=1)

    def have_merge(self, number: int, *, head: str, base: str) -> str:
        """Sha of a pull request's merge commit if GitHub still holds the one of this head and this base, else empty."""
        with self._fetching():
            if not git.fetch(self._repository, f"refs/pull/{number}/merge", depth=1):
                return ""
            sha = git.fetched(self._repository)
        return sha if sha and git.parents(self._repository, sha) == (base, head) else ""

    def files(self, sha: str) -> tuple[str, ...]:
        """Paths of the ordinary files of a commit, sorted; no symlinks, no submodules, none that cannot be printed."""
        return tuple(self._tree(sha))

    def others(self, sha: str) -> frozenset[str]:
        """Paths of links and submodules of a commit that is here; nothing can be made at or below them."""
        return frozenset(entry.path for entry in git.ls_tree(self._repository, sha) if entry.mode not in _ORDINARY)

    def fetch_files(self, sha: str, paths: Sequence[str]) -> None:
        """Fetch the contents of several files in one request, so that reading them needs none."""
        tree = self._tree(sha)
        wanted = {tree[path] for path in paths if path in tree} - self._here
        absent = sorted(wanted & git.missing(self._repository, sha)) if wanted else []
        with self._fetching():
            git.fetch_objects(self._repository, absent)
        self._here |= wanted

    def read(self, sha: str, path: str) -> str | None:
        """The text of an ordinary file; None for a missing, binary or overlong one, and for a symlink."""
        return self.read_files(sha, [path]).get(path)

    def read_files(self, sha: str, paths: Sequence[str], *, exact: bool = False) -> dict[str, str]:
        """The texts of several files by path, fetched in one request; without those that ``read`` refuses.

        Line ends become ``\\n`` unless ``exact``, which a patch needs.
        """
        tree = self._tree(sha)
        wanted = [path for path in dict.fromkeys(paths) if path in tree]
        self.fetch_files(sha, wanted)
        oids = [tree[path] for path in wanted]
        blobs = git.cat_files(self._repository, oids, cap=FILE_BYTES, total=TOTAL_BYTES) if oids else {}
        read = {path: blobs[tree[path]] for path in wanted if tree[path] in blobs}
        return {path: _text(data, exact=exact) for path, data in read.items() if b"\0" not in data}

    def commit(self, sha: str) -> Commit | None:
        """The commit, or None when it cannot be had."""
        return git.commit(self._repository, sha) if self.have(sha) else None

    def commits(self, first: str, last: str, paths: Sequence[str]) -> tuple[Commit, ...]:
        """Commits up to ``last`` and after ``first`` that touched one of the paths, newest first, without merges.

        Without a ``first``, or with one that cannot be fetched, those of the ``LOOK_BACK`` before ``last``.
        """
        end = self.commit(last)
        if end is None or not paths:
            return ()
        start = self.commit(first) if first else None
        since = start.at if start else end.at - LOOK_BACK
        self._deepen(last, since - timedelta(seconds=1))
        after, within = (start.sha, None) if start else ("", since)
        found = [
            *git.log(self._repository, last, first=after, since=within, paths=paths),
            *self._ends(last, paths, first=after, since=within),
        ]
        return tuple(sorted(found, key=lambda item: item.at, reverse=True))

    def _ends(self, last: str, paths: Sequence[str], *, first: str, since: datetime | None) -> Iterator[Commit]:
        """Commits at which our history ends, within the asked-for part of it, compared with their parents one by one.

        The log cannot: without its parent a commit seems to have added every file.
        """
        ends = git.shallow(self._repository)
        history = git.log(self._repository, last, first=first, since=since, limit=HISTORY)
        for commit in [item for item in history if item.sha in ends][:ENDS]:
            parents = git.parents(self._repository, commit.sha)
            if len(parents) == 1 and self.have(parents[0]):
                touched = set(git.diff_names(self._repository, parents[0], commit.sha))
                if touched & set(paths):
                    yield replace(commit, paths=tuple(path for path in dict.fromkeys(paths) if path in touched))

    @contextlib.contextmanager
    def worktree(self, sha: str) -> Iterator[Path]:
        """A checkout of a commit, taken away at the end; ``CommandFailed`` when as many as allowed are taken."""
        if not self.have(sha):
            raise CommandFailed(f"commit {sha[:40]} cannot be fetched (any more); choose another one")
        clear_slots(self.path.parent)
        with self._slot(SLOTS[0], most=self._worktrees) as folder:
            try:
                with self._fetching():
                    git.add_worktree(self._repository, folder, sha)
                yield folder
            finally:
                clear_slot(folder.parent, folder.name)

    @contextlib.contextmanager
    def scratch(self) -> Iterator[Path]:
        """An empty folder for builds and runs, taken away at the end; ``CommandFailed`` when another job has it."""
        with self._slot(SLOTS[1], most=1) as folder, contextlib.ExitStack() as stack:
            stack.callback(remove_tree, folder)
            folder.mkdir(mode=0o700)
            yield folder

    def _tree(self, sha: str) -> dict[str, str]:
        """Path to object id, sorted by path."""
        if sha not in self._files:
            if not self.have(sha):
                raise CommandFailed(f"commit {sha[:40]} cannot be fetched (any more)")
            entries = git.ls_tree(self._repository, sha)
            self._files[sha] = {entry.path: entry.oid for entry in entries if entry.mode in _ORDINARY}
        return self._files[sha]

    def _deepen(self, sha: str, since: datetime) -> None:
        with self._fetching():
            git.fetch(self._repository, sha, since=since)

    @contextlib.contextmanager
    def _fetching(self) -> Iterator[None]:
        """One process at a time: two would trip over git's own lock of the shallow file, and over half a worktree."""
        with locked(self.path.parent / FETCHING, fcntl.LOCK_EX):
            forget_lock(self.path.parent)
            yield

    @contextlib.contextmanager
    def _slot(self, name: str, *, most: int) -> Iterator[Path]:
        """A folder of our own, of so many of this name, emptied of what a dead process left there."""
        for number in range(most):
            folder = self.path.parent / f"{name}-{number}"
            with contextlib.ExitStack() as stack:
                try:
                    stack.enter_context(locked(folder.with_suffix(".lock"), fcntl.LOCK_EX | fcntl.LOCK_NB))
                except BlockingIOError:
                    continue
                clear_slot(folder.parent, folder.name)
                yield folder
                return
        raise CommandFailed(f"all {most} {name}s of {self.path.parent.name} are taken; try again later")


def _text(data: bytes, *, exact: bool) -> str:
    text = data.decode("utf-8", "replace")
    return text if exact else text.replace("\r\n", "\n")


@contextlib.contextmanager
def mirror(repo_url: str, token: str = "", keep: Keep = TEMPORARY) -> Iterator[Mirror]:
    """Open the mirror of a repository where mirrors are kept, or in a temporary folder that is removed at the end.

    One that is kept stays for the next job, ``keep.days`` at most. Raises ``CommandFailed``.
    """
    with home_of(repo_url, keep) as home:
        repository = Repository(path=home / GIT_DIR, url=repo_url, token=token)
        with locked(home / FETCHING, fcntl.LOCK_EX):
            if not (repository.path / "HEAD").is_file():
                _make(repository)
        yield Mirror(repository, worktrees=keep.worktrees)


def _make(repository: Repository) -> None:
    """Make it under another name, so that who dies here leaves no mirror without its remote."""
    half = repository.path.with_name("half-made.git")
    remove_tree(half)
    git.init_bare(replace(repository, path=half))
    put_away(repository.path)
    half.rename(repository.path)
