"""The real git repositories under a simulated GitHub, behind the Protocol of `git_types`.

Every method is one or a few git calls; nothing is cached, so a push over HTTP is seen at once.
"""

import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from ftc.simulator.git_objects import (
    Comparison,
    compare,
    diff_files,
    find_entry,
    is_ancestor,
    list_commits,
    list_refs,
    list_tree,
    merge_base,
    object_kind,
    read_blob,
    resolve_commit,
)
from ftc.simulator.git_process import GitFailed, git_text, run_git
from ftc.simulator.git_types import GitCommit, GitEntry, GitFileDiff, GitIdentity
from ftc.simulator.git_writes import (
    NULL_SHA,
    NewCommit,
    executable_paths,
    import_commits,
    merge_trees,
    write_blob,
    write_commit_of_tree,
    write_loose_commit,
    write_tree,
)

__all__ = ["BareRepository", "NewCommit", "ReferenceMoved", "open_repository"]

_REPOSITORY_CONFIG = (
    ("http", "receivepack", "true"),
    ("uploadpack", "allowFilter", "true"),  # blob-less fetches, as GitHub offers them
    ("uploadpack", "allowAnySHA1InWant", "true"),  # GitHub serves any commit by its sha
    ("receive", "hideRefs", "refs/pull"),  # pull request references are GitHub's own
)


class ReferenceMoved(Exception):
    """A reference does not have the value the caller expected, or already exists."""


def open_repository(*, root: Path, full_name: str, default_branch: str = "main") -> "BareRepository":
    """The bare repository of `owner/name` below `root`, made empty on first use."""
    path = root / f"{full_name}.git"
    if path.is_dir():
        return BareRepository(path)
    path.mkdir(parents=True)
    run_git(path, "init", "-q", "--bare", "--template=", f"--initial-branch={default_branch}", str(path))
    with (path / "config").open("a", encoding="utf-8") as config:
        config.writelines(f"[{section}]\n\t{key} = {value}\n" for section, key, value in _REPOSITORY_CONFIG)
    return BareRepository(path)


class BareRepository:
    """One bare repository; revisions are branches, tags, full references or (abbreviated) shas."""

    def __init__(self, path: Path) -> None:
        """Opens an existing bare repository."""
        self._path = path

    @property
    def path(self) -> Path:
        """The bare repository's folder."""
        return self._path

    # --- references

    def resolve(self, revision: str) -> str | None:
        """Commit sha of a branch, tag, full ref or (abbreviated) sha; None if there is none."""
        return resolve_commit(self._path, revision)

    def references(self, prefix: str = "refs/") -> dict[str, str]:
        """Full ref name to sha, sorted by name; the prefix ends at a slash."""
        return list_refs(self._path, prefix)

    def set_reference(self, name: str, sha: str, *, expected: str | None = None) -> None:
        """Creates or moves a full ref name; with `expected` (NULL_SHA: must be new) only from that value."""
        try:
            run_git(self._path, "update-ref", name, sha, *([] if expected is None else [expected]))
        except GitFailed as error:
            raise ReferenceMoved(error.stderr.strip()) from error

    def create_reference(self, name: str, sha: str) -> None:
        """Creates a full ref name; ReferenceMoved when it exists."""
        self.set_reference(name, sha, expected=NULL_SHA)

    def delete_reference(self, name: str) -> None:
        """Removes a full ref name; no error when it is missing."""
        run_git(self._path, "update-ref", "-d", name)

    # --- reading

    def commit(self, sha: str) -> GitCommit | None:
        """The commit object of any revision; None if there is none."""
        found = self.resolve(sha)
        return list_commits(self._path, found, limit=1)[0] if found else None

    def history(self, revision: str, *, path: str | None = None, limit: int = 1000) -> tuple[str, ...]:
        """Commit shas reachable from a revision, newest first; empty for an unknown revision."""
        start = self.resolve(revision)
        if start is None:
            return ()
        paths = [path] if path else []
        return tuple(git_text(self._path, "rev-list", f"--max-count={limit}", start, "--", *paths).split())

    def entry(self, revision: str, path: str) -> GitEntry | None:
        """What lies at a path (`""` is the root dir); None if nothing does."""
        start = self.resolve(revision)
        if start is None:
            return None
        if not path.strip("/"):
            return GitEntry(path="", kind="dir", sha=git_text(self._path, "rev-parse", f"{start}^{{tree}}"), size=0)
        return find_entry(self._path, start, path)

    def entries(self, revision: str, path: str = "", *, recursive: bool = False) -> tuple[GitEntry, ...]:
        """The children of a dir, paths from the root; empty if it is none."""
        start = self.resolve(revision)
        return list_tree(self._path, start, path=path, recursive=recursive) if start else ()

    def blob(self, sha: str) -> bytes | None:
        """Bytes of a blob, None if the sha is no blob."""
        return read_blob(self._path, sha) if object_kind(self._path, sha) == "blob" else None

    def read(self, revision: str, path: str) -> bytes | None:
        """The bytes of a file at a revision; None when there is no such file."""
        found = self.entry(revision, path)
        return self.blob(found.sha) if found is not None else None

    def merge_base(self, base: str, head: str) -> str | None:
        """Best common ancestor; None for unrelated histories."""
        return merge_base(self._path, base, head)

    def between(self, base: str, head: str) -> tuple[str, ...]:
        """Commits of `base..head`, oldest first."""
        return tuple(git_text(self._path, "rev-list", "--reverse", f"{base}..{head}").split())

    def diff(self, base: str, head: str) -> tuple[GitFileDiff, ...]:
        """Changed files from base to head (two dots), renames found."""
        return diff_files(self._path, base, head)

    def compare(self, base: str, head: str) -> Comparison | None:
        """GitHub's three-dot comparison; None for unrelated histories."""
        return compare(self._path, base, head)

    def contains(self, *, descendant: str, ancestor: str) -> bool:
        """Whether `ancestor` is reachable from `descendant`."""
        return is_ancestor(self._path, ancestor, descendant)

    # --- writing

    def commit_files(
        self, *, parents: tuple[str, ...], files: Mapping[str, bytes | None], message: str, author: GitIdentity
    ) -> str:
        """Writes a commit on top of the first parent's tree (None removes a path); moves no ref; returns its sha."""
        keep = executable_paths(self._path, parents[0], list(files)) if parents else frozenset()
        commit = NewCommit(message=message, author=author, files=files, executable=keep)
        return write_loose_commit(self._path, commit, parents=parents)

    def add_commits(self, branch: str, commits: Sequence[NewCommit], *, start: str | None = None) -> tuple[str, ...]:
        """Appends a whole history to a branch (made at `start` when it is new); returns shas, oldest first."""
        tip = self.resolve(f"refs/heads/{branch}") or (self.resolve(start) if start else None)
        return import_commits(self._path, f"refs/heads/{branch}", commits, parents=(tip,) if tip else ())

    def import_folder(self, branch: str, folder: Path, *, message: str, author: GitIdentity) -> str:
        """One commit on a branch whose tree is exactly a folder on disk (`.git` left out); returns its sha."""
        gone: dict[str, bytes | None] = {
            entry.path: None for entry in self.entries(f"refs/heads/{branch}", recursive=True) if entry.kind != "dir"
        }
        paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and ".git" not in path.parts]
        names = {path.relative_to(folder).as_posix(): path for path in paths}
        commit = NewCommit(
            message=message,
            author=author,
            files=gone | {name: path.read_bytes() for name, path in names.items()},
            executable=frozenset(name for name, path in names.items() if path.stat().st_mode & stat.S_IXUSR),
        )
        return self.add_commits(branch, [commit])[0]

    def write_blob(self, content: bytes) -> str:
        """Stores a blob; returns its sha."""
        return write_blob(self._path, content)

    def write_tree(self, entries: Sequence[tuple[str, str, str | None]], *, base: str | None = None) -> str:
        """Stores a tree of (path, mode, blob sha; None removes) on top of a base tree; returns its sha."""
        return write_tree(self._path, entries, base=base)

    def commit_tree(self, tree: str, *, parents: tuple[str, ...], message: str, author: GitIdentity) -> str:
        """Stores a commit of a whole tree, moving no ref; returns its sha."""
        return write_commit_of_tree(self._path, tree, NewCommit(message=message, author=author), parents=parents)

    def merge(self, *, base: str, head: str, message: str, author: GitIdentity) -> str | None:
        """A merge commit of head into base without moving a ref; None on a conflict."""
        merged = merge_trees(self._path, base, head)
        if merged.tree is None:
            return None
        return self.commit_tree(merged.tree, parents=(base, head), message=message, author=author)

    def squash(self, *, base: str, head: str, message: str, author: GitIdentity) -> str | None:
        """One commit on base with everything head has, without moving a ref; None on a conflict."""
        merged = merge_trees(self._path, base, head)
        if merged.tree is None:
            return None
        return self.commit_tree(merged.tree, parents=(base,), message=message, author=author)

    def refresh_pull(self, number: int, *, base: str, head: str, author: GitIdentity) -> str | None:
        """Points refs/pull/N/head at `head` and refs/pull/N/merge at the test merge, whose sha is returned.

        None when the two conflict: the merge reference goes, as on GitHub. The message is the one the checkout
        step prints, "Merge <head> into <base>".
        """
        self.set_reference(f"refs/pull/{number}/head", head)
        sha = self.merge(base=base, head=head, message=f"Merge {head} into {base}", author=author)
        if sha is None:
            self.delete_reference(f"refs/pull/{number}/merge")
        else:
            self.set_reference(f"refs/pull/{number}/merge", sha)
        return sha

    # --- other repositories

    def fetch(self, source: Path, sha: str) -> None:
        """Copies a commit and its history from another bare repository (a pull request from a fork)."""
        if source != self._path and object_kind(self._path, sha) is None:
            run_git(self._path, "fetch", "-q", "--no-write-fetch-head", str(source), sha)

    def copy_branches(self, source: Path) -> None:
        """Takes every branch and tag of another bare repository, as forking does."""
        run_git(self._path, "fetch", "-q", str(source), "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
