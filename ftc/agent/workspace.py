"""signatures"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ftc.clients.git import Commit


class Mirror:
    """A bare, blob-less copy of one repository that fetches what is asked for; open it with ``mirror``."""

    def have(self, sha: str) -> bool:
        """Whether this commit is here, fetching it if need be; False for one that cannot be fetched (any more)."""
        raise NotImplementedError

    def files(self, sha: str) -> tuple[str, ...]:
        """Paths of the ordinary files of a commit, sorted; no symlinks, no submodules."""
        raise NotImplementedError

    def fetch_files(self, sha: str, paths: Sequence[str]) -> None:
        """Fetch several files in one request, so that reading them needs no further one."""
        raise NotImplementedError

    def read(self, sha: str, path: str) -> str | None:
        """The text of an ordinary file; None for a missing, binary or overlong one, and for a symlink."""
        raise NotImplementedError

    def commits(self, first: str, last: str, paths: Sequence[str]) -> tuple[Commit, ...]:
        """Commits after ``first`` up to ``last`` that touched one of the paths, newest first."""
        raise NotImplementedError

    @contextmanager
    def worktree(self, sha: str) -> Iterator[Path]:
        """A checkout of a commit, taken away at the end."""
        raise NotImplementedError
        yield


@contextmanager
def mirror(repo_url: str, token: str = "", root: Path | None = None) -> Iterator[Mirror]:
    """Open the mirror of a repository below ``root``, or in a temporary folder that is removed at the end."""
    raise NotImplementedError
    yield
