"""What the simulator reads from git, as plain records.

Rule: nothing here runs git; ``git_backend.open_repository`` gives the repository these come from.
"""

from dataclasses import dataclass
from datetime import datetime


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
    """One entry of a tree; ``kind`` is file, dir, symlink or submodule; ``size`` in bytes, 0 for a dir."""

    path: str
    kind: str
    sha: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GitFileDiff:
    """One changed file; ``status`` is GitHub's (added, removed, modified, renamed); ``patch`` None for binary."""

    path: str
    previous_path: str | None
    status: str
    additions: int
    deletions: int
    sha: str
    patch: str | None
