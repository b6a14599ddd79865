"""What the simulator asks of git: plain records and one Protocol.

Rule: the REST modules know git only through ``GitRepository``; nothing here runs git.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class GitIdentity:
    """Who wrote or committed, and when (aware UTC)."""

    name: str
    email: str
    date: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GitCommit:
    """One commit object."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    message: str
    author: GitIdentity
    committer: GitIdentity


@dataclass(frozen=True, slots=True, kw_only=True)
class GitEntry:
    """One entry of a tree; ``kind`` is ``file``, ``dir``, ``symlink`` or ``submodule``; ``size`` is in bytes, 0 for a dir."""

    path: str
    kind: str
    sha: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GitFileDiff:
    """One changed file; ``status`` as GitHub names it (added, removed, modified, renamed); ``patch`` None for binary."""

    path: str
    previous_path: str | None
    status: str
    additions: int
    deletions: int
    sha: str
    patch: str | None


class GitRepository(Protocol):
    """A real bare repository, made by ``git_backend.open_repository(root=, full_name=, default_branch=)``."""

    @property
    def path(self) -> Path:
        """The bare repository's folder."""

    def resolve(self, revision: str) -> str | None:
        """Commit sha of a branch, tag, full ref or (abbreviated) sha; None if there is none."""

    def references(self, prefix: str = "refs/") -> dict[str, str]:
        """Full ref name to sha, sorted by name."""

    def set_reference(self, name: str, sha: str) -> None:
        """Create or move a full ref name."""

    def delete_reference(self, name: str) -> None:
        """Remove a full ref name; no error when it is missing."""

    def commit(self, sha: str) -> GitCommit | None:
        """The commit object, None if the sha is no commit."""

    def history(self, revision: str, *, path: str | None = None, limit: int = 1000) -> tuple[str, ...]:
        """Commit shas reachable from a revision, newest first."""

    def entry(self, revision: str, path: str) -> GitEntry | None:
        """What lies at a path (``""`` is the root dir); None if nothing does."""

    def entries(self, revision: str, path: str) -> tuple[GitEntry, ...]:
        """The direct children of a dir, empty if it is none."""

    def blob(self, sha: str) -> bytes | None:
        """Bytes of a blob, None if the sha is no blob."""

    def commit_files(
        self, *, parents: tuple[str, ...], files: Mapping[str, bytes | None], message: str, author: GitIdentity
    ) -> str:
        """Write a commit on top of the first parent's tree (None removes a path); moves no ref; returns its sha."""

    def merge_base(self, base: str, head: str) -> str | None:
        """Best common ancestor."""

    def between(self, base: str, head: str) -> tuple[str, ...]:
        """Commits of ``base..head``, oldest first."""

    def diff(self, base: str, head: str) -> tuple[GitFileDiff, ...]:
        """Changed files from base to head (two dots), renames found."""

    def merge(self, *, base: str, head: str, message: str, author: GitIdentity) -> str | None:
        """A merge commit of head into base without moving a ref; None on a conflict."""
