"""Turns a generator's edits into a staged tree, or says why they may not be.

The rule it keeps: what is judged is git's account of the staged tree, never what a generator claims; nothing is written
through a link or outside of the worktree.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ftc.clients import git_worktree
from ftc.clients.git_worktree import Checkout
from ftc.core.config import TEST_PATHS
from ftc.core.diff import FileDiff, parse_file_diff
from ftc.core.errors import CommandFailed
from ftc.core.masking import DOUBTFUL, masking
from ftc.core.patch import Change, Policy, UnreadableDiff, secrets, violations
from ftc.core.sanitize import Sanitizer
from ftc.core.task_batches import targets, unprotected
from ftc.core.task_file import TaskFile
from ftc.core.task_work import Edits

MAX_FILES, MAX_LINES = 60, 6_000
"""Bounds of one batch whatever the task says; what is larger nobody reviews."""
FEEDBACK_CHARS = 8_000
"""Of what is told to the generator after a failed attempt."""
MAX_DOUBTS = 20
"""Of one batch that are told; with more of them people read the change anyway."""


class Refused(Exception):
    """An attempt cannot be measured at all; the text is feedback."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Where edits are applied, and by whose rules; ``approved`` are files beyond the tests that may be changed."""

    task: TaskFile
    checkout: Checkout
    sanitizer: Sanitizer
    approved: frozenset[str]


@dataclass(frozen=True, slots=True)
class Staged:
    """The tree that is to be committed, what it changes, and which lines of it may hide a failure, or mend it."""

    tree: str
    changed: tuple[Change, ...]
    doubts: tuple[str, ...] = ()


def applied(bench: Bench, edits: Edits, base: str) -> Staged:
    """Write the edits and stage them. Raises ``Refused``, not for what is only a doubt."""
    for file in edits.files:
        _write(bench.checkout.folder, file.path, file.text)
    try:
        git_worktree.stage(bench.checkout, [file.path for file in edits.files])
        tree = git_worktree.write_tree(bench.checkout)
        changed = git_worktree.changes(bench.checkout, base, tree)
    except (CommandFailed, UnreadableDiff) as error:
        raise Refused(f"the change cannot be staged: {error}") from None
    found = [f"{item.path or 'the patch'}: {item.text}" for item in violations(changed, _policy(bench, changed))]
    doubts: list[str] = []
    if not found:
        texts = {file.path: file.text for file in edits.files}
        diffs = [
            _diff(path, git_worktree.diff(bench.checkout, base, tree, path), text=texts.get(path, ""))
            for path in _paths(changed)
        ]
        added = {diff.path: "\n".join(diff.added) for diff in diffs}
        found = [f"{item.path}: {item.text}" for item in secrets(added, bench.sanitizer)]
        hidden = masking(diffs)
        sure = [item for item in hidden if item.masking not in DOUBTFUL]
        found += [f"{item.path}: this hides failures ({item.masking}): {item.line}" for item in sure]
        doubts = [item.told for item in hidden if item.masking in DOUBTFUL]
    if found:
        raise Refused("\n".join(found)[:FEEDBACK_CHARS])
    return Staged(tree, changed, tuple(doubts[:MAX_DOUBTS]))


def policy_of(files: frozenset[str]) -> Policy:
    """Tests may be changed, and of all others these files."""
    return Policy(
        allowed=TEST_PATHS,
        planned=files,
        product_code=True,
        unprotected=unprotected(files),
        max_files=MAX_FILES,
        max_lines=MAX_LINES,
    )


def _policy(bench: Bench, changed: Sequence[Change]) -> Policy:
    """Tests, and files that the task names and does not exclude, which may still have to wait for an approval."""
    return policy_of(frozenset(targets(_paths(changed), bench.task.target)) | bench.approved)


def _write(folder: Path, path: str, text: str) -> None:
    """Write one file below the worktree, through no link; ``Refused`` for a path that leads elsewhere."""
    place = folder / path
    inside = not path.startswith("/") and ".." not in path.split("/") and ".git" not in path.lower().split("/")
    parents = [parent for parent in place.parents if parent != folder and folder in parent.parents]
    if not path or not inside or place.is_symlink() or any(parent.is_symlink() for parent in parents):
        raise Refused(f"{path}: this is no path of a file inside of the repository")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8", newline="")
    except (OSError, UnicodeEncodeError, ValueError) as error:
        raise Refused(f"{path}: it cannot be written: {error}") from None


def _diff(path: str, diff: str, *, text: str) -> FileDiff:
    with contextlib.suppress(ValueError):
        return parse_file_diff(path, diff, text=text)
    raise Refused(f"{path}: its diff cannot be read")


def _paths(changed: Sequence[Change]) -> tuple[str, ...]:
    return tuple(change.path for change in changed)
