"""From changed files to a patch, and from a patch to what git says it changes.

Rule: files in which repository code ran are looked at with a repository and an index of ours, so that nothing planted
there (hooks, filters, a ``.git`` that points elsewhere) is obeyed; a patch is judged by what it did to the index of its
pinned base, never by its text. It applies exactly, or not at all: nothing is merged.
"""

import contextlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ftc.agent.temporary import INDEX, temporary
from ftc.agent.workspace import Mirror
from ftc.clients import git, shell
from ftc.core.diff import FileDiff, parse_file_diff
from ftc.core.errors import CommandFailed
from ftc.core.patch import Change, UnreadableDiff, parse_changes

PATCH_BYTES = 2_000_000
"""A longer patch is refused; a fix of 400 lines has some 20 kB."""
FILES = 200
"""A patch of more files is refused before each of them costs a process."""
SUBMODULE = "160000"
_DIFF = ("diff", "--cached", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color")
_READ_BY_GIT = frozenset({".gitattributes", ".gitignore"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What a patch did to its base."""

    base: str
    commit: str
    """A commit of the changed tree in the mirror, for ``Mirror.worktree``; it has no parent but the base."""
    tree: str
    raw: bytes
    numstat: bytes
    changes: tuple[Change, ...]
    diffs: tuple[FileDiff, ...]
    """In the order of ``changes``; a binary file has no hunks."""
    text: str
    """The whole difference as git shows it, which is what people review."""


def take_patch(mirror: Mirror, base_sha: str, worktree: Path, paths: Sequence[str] | None = None) -> str:
    """The difference between a commit and files that were a checkout of it; empty when there is none.

    With ``paths`` only these count, else everything that is not ignored, also what tests left behind. Raises
    ``CommandFailed`` when it is too long, no UTF-8, or when somebody planted what git would obey.
    """
    _need(mirror, base_sha)
    _refuse_planted(mirror, base_sha, worktree, paths)
    with _index(mirror, base_sha) as index:
        wanted = ["."] if paths is None else ["--force", "--", *paths]
        if paths is None or paths:
            _git(mirror, index, "add", "--all", *wanted, worktree=worktree)
        data = _git(mirror, index, *_DIFF, "--binary", "--full-index", base_sha, cap=PATCH_BYTES + 1).stdout
    return _patch_text(data)


def _patch_text(data: bytes) -> str:
    if len(data) > PATCH_BYTES:
        raise CommandFailed(f"the patch is longer than {PATCH_BYTES:,} bytes; change less")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise CommandFailed(
            "the patch is no UTF-8; it touches a file in another encoding, which is not mended"
        ) from None


def apply_patch(mirror: Mirror, base_sha: str, patch: str) -> Applied:
    """Apply a patch to the index of its base, and say what that changed.

    No file is written: ``mirror.worktree(applied.commit)`` checks the result out. Raises ``CommandFailed`` when it does
    not apply exactly, changes more than ``FILES`` files, or has paths that cannot be read.
    """
    data = patch.encode("utf-8", "surrogatepass")
    if len(data) > PATCH_BYTES:
        raise CommandFailed(f"the patch is longer than {PATCH_BYTES:,} bytes")
    _need(mirror, base_sha)
    with _index(mirror, base_sha) as index:
        done = git.with_index(mirror.repository, index, "apply", "--cached", "--whitespace=nowarn", "-", stdin=data)
        if not done.ok:
            said = " ".join(done.err.split())[:300]
            raise CommandFailed(
                f"the patch does not apply to {base_sha[:12]}: {said}; it must be made from that commit"
            )
        return _applied(mirror, base_sha, index)


def _applied(mirror: Mirror, base_sha: str, index: Path) -> Applied:
    raw, numstat = (_git(mirror, index, *_DIFF, "-z", form, base_sha).stdout for form in ("--raw", "--numstat"))
    try:
        changes = parse_changes(raw, numstat)
    except UnreadableDiff as error:
        raise CommandFailed(f"the patch cannot be judged: {error}") from None
    if len(changes) > FILES:
        raise CommandFailed(f"the patch changes {len(changes)} files; more than {FILES} are not looked at")
    tree = _git(mirror, index, "write-tree", "--missing-ok").out.strip()
    commit = _git(mirror, index, "commit-tree", tree, "-p", base_sha, stdin=b"candidate\n").out.strip()
    return Applied(
        base=base_sha,
        commit=commit,
        tree=tree,
        raw=raw,
        numstat=numstat,
        changes=changes,
        diffs=tuple(_file_diff(mirror, index, base_sha, change.path) for change in changes),
        text=_git(mirror, index, *_DIFF, base_sha).out,
    )


def _file_diff(mirror: Mirror, index: Path, base_sha: str, path: str) -> FileDiff:
    diff = _git(mirror, index, *_DIFF, base_sha, "--", path).out
    try:
        return parse_file_diff(path, diff, text=_after(mirror, index, path))
    except ValueError as error:
        raise CommandFailed(f"the patch cannot be judged: {path}: {error}") from None


def _after(mirror: Mirror, index: Path, path: str) -> str:
    """The file as the patch left it; empty where it is gone, no file, or too long to be looked at as a whole."""
    done = git.with_index(mirror.repository, index, "cat-file", "blob", f":0:{path}")
    return done.out if done.ok and not done.truncated else ""


def _need(mirror: Mirror, base_sha: str) -> None:
    if not mirror.have(base_sha):
        raise CommandFailed(f"commit {base_sha[:40]} cannot be fetched (any more)")


@contextlib.contextmanager
def _index(mirror: Mirror, base_sha: str) -> Iterator[Path]:
    """An index of a commit in a folder of our own."""
    with temporary(INDEX) as folder:
        index = folder / "index"
        _git(mirror, index, "read-tree", base_sha)
        yield index


def _git(
    mirror: Mirror,
    index: Path,
    *args: str,
    worktree: Path | None = None,
    stdin: bytes = b"",
    cap: int = shell.OUTPUT_CAP,
) -> shell.Result:
    done = git.with_index(mirror.repository, index, *args, worktree=worktree, stdin=stdin, cap=cap)
    git.check(mirror.repository, args, done)
    return done


def _refuse_planted(mirror: Mirror, base_sha: str, worktree: Path, paths: Sequence[str] | None) -> None:
    """Refuse repositories inside of the files, in which git would run git again, and what git would wait for."""
    links = [entry.path for entry in git.ls_tree(mirror.repository, base_sha) if entry.mode == SUBMODULE]
    folders = list(_all_folders(worktree)) if paths is None else [worktree, *_folders(worktree, [*paths, *links])]
    folders += [worktree / link for link in links]
    for folder in folders:
        if folder != worktree and os.path.lexists(folder / ".git"):
            raise CommandFailed(f"{folder.relative_to(worktree)} is a repository of its own; remove its .git first")
        for name in _READ_BY_GIT:
            if os.path.lexists(folder / name) and not stat.S_ISREG((folder / name).lstat().st_mode):
                where = (folder / name).relative_to(worktree)
                raise CommandFailed(f"{where} is no ordinary file; git would read from it")


def _all_folders(worktree: Path) -> Iterator[Path]:
    for folder, names, _ in os.walk(worktree, followlinks=False):
        if Path(folder) == worktree and ".git" in names:
            names.remove(".git")
        yield Path(folder)


def _folders(worktree: Path, paths: Sequence[str]) -> Iterator[Path]:
    """The folders above some paths."""
    for path in paths:
        for parent in Path(path).parents:
            yield worktree / parent
