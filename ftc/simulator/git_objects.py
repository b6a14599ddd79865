"""What the simulator reads from a git repository: commits, trees, files, comparisons.

Read only: no function here changes a repository, and every revision is resolved by git itself.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ftc.simulator.git_process import git_text, run_git
from ftc.simulator.git_types import GitCommit, GitEntry, GitFileDiff, GitIdentity

# Field order of one commit record; %B is last because only it can hold line ends.
_COMMIT_FORMAT = "%H%x00%T%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%B"
_COMMIT_FIELDS = 10

_STATUS_WORDS = {"A": "added", "D": "removed", "M": "modified", "T": "changed", "R": "renamed", "C": "copied"}
_KIND_WORDS = {"blob": "file", "tree": "dir", "commit": "submodule"}
_SYMLINK_MODE = "120000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """base...head: commits only head has (oldest first), and the files changed since the merge base."""

    base: str
    head: str
    merge_base: str
    ahead_by: int
    behind_by: int
    commits: tuple[GitCommit, ...]
    files: tuple[GitFileDiff, ...]

    @property
    def status(self) -> str:
        """GitHub's word: identical, ahead, behind or diverged."""
        if self.ahead_by and self.behind_by:
            return "diverged"
        if self.ahead_by:
            return "ahead"
        return "behind" if self.behind_by else "identical"


def resolve_commit(repository: Path, revision: str) -> str | None:
    """The full sha of a branch, tag, full reference or (shortened) sha; None when there is no such commit."""
    if not revision or revision.startswith("-") or re.search(r"[\x00-\x20~^:?*\[\\]|\.\.|@\{", revision):
        return None
    candidates = (f"refs/heads/{revision}", f"refs/tags/{revision}", revision)
    asked = "".join(f"{candidate}^{{commit}}\n" for candidate in candidates).encode()
    found = git_text(repository, "cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=asked).splitlines()
    return next((line.split()[0] for line in found if line.endswith(" commit")), None)


def list_refs(repository: Path, prefix: str = "refs/") -> dict[str, str]:
    """Reference name to object id, sorted by name; a prefix ends at a slash (`refs/heads/`)."""
    lines = git_text(repository, "for-each-ref", "--format=%(objectname) %(refname)", prefix.rstrip("/")).splitlines()
    return {name: sha for sha, _, name in (line.partition(" ") for line in lines)}


def list_commits(
    repository: Path, *revisions: str, limit: int | None = None, skip: int = 0, path: str = ""
) -> tuple[GitCommit, ...]:
    """`git log` of the revisions, newest first; `path` keeps the commits that touch it."""
    args = ["log", "-z", f"--format={_COMMIT_FORMAT}", f"--skip={skip}", *revisions]
    if limit is not None:
        args.insert(1, f"--max-count={limit}")
    fields = run_git(repository, *args, "--", *([path] if path else [])).stdout.decode("utf-8", "replace").split("\0")
    return tuple(
        _commit(fields[start : start + _COMMIT_FIELDS])
        for start in range(0, len(fields) - _COMMIT_FIELDS + 1, _COMMIT_FIELDS)
    )


def _commit(fields: list[str]) -> GitCommit:
    sha, tree, parents, name, email, authored, committer, committer_email, committed, message = fields
    return GitCommit(
        sha=sha,
        tree=tree,
        parents=tuple(parents.split()),
        author=GitIdentity(name=name, email=email, date=datetime.fromtimestamp(int(authored), UTC)),
        committer=GitIdentity(name=committer, email=committer_email, date=datetime.fromtimestamp(int(committed), UTC)),
        message=message.rstrip("\n"),
    )


def list_tree(repository: Path, tree: str, *, path: str = "", recursive: bool = False) -> tuple[GitEntry, ...]:
    """Entries of a commit's or tree's folder, paths from the root; empty when the folder does not exist."""
    folder = [f"{path.rstrip('/')}/"] if path.strip("/") else []
    flags = ["-r", "-t"] if recursive else []
    done = run_git(repository, "ls-tree", "-z", "-l", *flags, tree, "--", *folder)
    return tuple(_tree_entry(line) for line in done.stdout.decode("utf-8", "replace").split("\0") if line)


def find_entry(repository: Path, tree: str, path: str) -> GitEntry | None:
    """The file, folder or link at a path; None when there is none."""
    done = run_git(repository, "ls-tree", "-z", "-l", tree, "--", path.strip("/"))
    lines = [line for line in done.stdout.decode("utf-8", "replace").split("\0") if line]
    return _tree_entry(lines[0]) if lines else None


def _tree_entry(line: str) -> GitEntry:
    facts, _, path = line.partition("\t")
    mode, kind, sha, size = facts.split()
    word = "symlink" if mode == _SYMLINK_MODE else _KIND_WORDS[kind]
    return GitEntry(path=path, kind=word, sha=sha, size=0 if size == "-" else int(size))


def object_kind(repository: Path, sha: str) -> str | None:
    """commit, tree, blob or tag; None when the repository has no such object."""
    if not re.fullmatch(r"[0-9a-f]{40}", sha):
        return None
    done = run_git(repository, "cat-file", "-t", sha, allowed=(0, 1, 128))
    return done.stdout.decode("ascii").strip() if done.returncode == 0 else None


def read_blob(repository: Path, sha: str) -> bytes:
    """The content of a blob."""
    return run_git(repository, "cat-file", "blob", sha).stdout


def is_ancestor(repository: Path, ancestor: str, descendant: str) -> bool:
    """Whether `descendant` contains `ancestor` (a commit contains itself)."""
    done = run_git(repository, "merge-base", "--is-ancestor", ancestor, descendant, allowed=(0, 1))
    return done.returncode == 0


def merge_base(repository: Path, one: str, other: str) -> str | None:
    """The best common ancestor; None for unrelated histories."""
    done = run_git(repository, "merge-base", one, other, allowed=(0, 1))
    return done.stdout.decode("ascii").strip() or None


def compare(repository: Path, base: str, head: str) -> Comparison | None:
    """GitHub's three-dot comparison of two commits; None for unrelated histories (GitHub answers 404)."""
    common = merge_base(repository, base, head)
    if common is None:
        return None
    counts = git_text(repository, "rev-list", "--left-right", "--count", f"{base}...{head}").split()
    commits = list_commits(repository, head, f"^{base}") if counts[1] != "0" else ()
    return Comparison(
        base=base,
        head=head,
        merge_base=common,
        behind_by=int(counts[0]),
        ahead_by=int(counts[1]),
        commits=commits[::-1],
        files=diff_files(repository, common, head),
    )


def diff_files(repository: Path, old: str, new: str) -> tuple[GitFileDiff, ...]:
    """Files that differ between two trees, in git's order."""
    diff = ("diff", "-M", "--no-color", "--no-ext-diff", "--full-index", old, new)
    raw = run_git(repository, *diff, "--raw", "-z", "--no-abbrev").stdout.decode("utf-8", "replace")
    numbers = git_text(repository, *diff, "--numstat").splitlines()
    text = run_git(repository, *diff, "-p").stdout.decode("utf-8", "replace")
    # Every line of a hunk begins with one of " +-\\@", so a bare "diff --git" can only be a header.
    patches = re.split(r"^diff --git .*\n", text, flags=re.MULTILINE)[1:]
    return tuple(
        _file_change(entry, numbers=line, patch=patch)
        for entry, line, patch in zip(_raw_entries(raw), numbers, patches, strict=True)
    )


def _raw_entries(raw: str) -> Iterator[tuple[str, str, str, str | None]]:
    """(status letter, blob id after, path, previous path) from `git diff --raw -z`."""
    fields = iter(raw.split("\0"))
    for facts in fields:
        if not facts:
            return
        _, _, before, after, status = facts.split()
        path, previous = next(fields), None
        if status[0] in "RC":
            path, previous = next(fields), path
        yield status[0], before if status[0] == "D" else after, path, previous


def _file_change(entry: tuple[str, str, str, str | None], *, numbers: str, patch: str) -> GitFileDiff:
    status, sha, path, previous = entry
    added, deleted = numbers.split("\t")[:2]
    hunks = re.search(r"^@@ ", patch, flags=re.MULTILINE)
    return GitFileDiff(
        path=path,
        previous_path=previous,
        status=_STATUS_WORDS[status],
        sha=sha,
        additions=int(added) if added != "-" else 0,
        deletions=int(deleted) if deleted != "-" else 0,
        patch=patch[hunks.start() :].rstrip("\n") if hunks else None,
    )
