"""Brings a task's commits to GitHub: branches of the task's own, and whoever opens the pull requests.

The rule it keeps: a branch is written over only while its head is a commit of ours; what a person pushed there stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ftc.agent.workspace import Mirror
from ftc.clients import git_worktree
from ftc.clients.git_worktree import Checkout
from ftc.core.errors import CommandFailed
from ftc.core.task_batches import part_branch, parts
from ftc.core.task_block import TaskRecord
from ftc.core.task_work import Commit

FAILURE_FILE, TRACE_FILE = "FAILURE.md", "trace.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A pull request that is to be there, for a branch that is."""

    branch: str
    head_sha: str
    base_branch: str
    title: str
    body: str
    labels: tuple[str, ...]
    draft: bool
    record: TaskRecord | None = None
    """For the dashboard to read; one request of a task carries it."""


class Taken(CommandFailed):
    """A branch of ours holds commits of somebody else."""


class Publisher(Protocol):
    """Sees to it that a pull request is there, once; its address."""

    def __call__(self, request: Request) -> str:
        """Open or update it. Raises ``GitHubError``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One pull request's share of the commits: its branch and head."""

    branch: str
    sha: str
    commits: tuple[Commit, ...]
    number: int
    of: int

    @property
    def lines(self) -> int:
        """Added and removed lines."""
        return sum(commit.lines for commit in self.commits)


def cut(
    checkout: Checkout, commits: Sequence[Commit], *, base_sha: str, branch: str, limit: int, at: datetime
) -> tuple[Part, ...]:
    """The commits in requests of at most ``limit`` lines, each on the base by itself.

    One request for all where they fit, or where they build on each other and cannot be told apart.
    """
    whole = Part(branch=branch, sha=commits[-1].sha, commits=tuple(commits), number=1, of=1)
    groups = parts([commit.lines for commit in commits], limit)
    if len(groups) < 2:
        return (whole,)
    found: list[Part] = []
    for number, group in enumerate(groups, start=1):
        sha = _alone(checkout, [commits[at_] for at_ in group], base_sha=base_sha, at=at)
        if not sha:
            return (whole,)
        part = Part(
            branch=part_branch(branch, number),
            sha=sha,
            commits=tuple(commits[at_] for at_ in group),
            number=number,
            of=len(groups),
        )
        found.append(part)
    git_worktree.reset(checkout, whole.sha)
    return tuple(found)


def _alone(checkout: Checkout, commits: Sequence[Commit], *, base_sha: str, at: datetime) -> str:
    """Head of these commits put onto the base; empty when they do not fit there."""
    head = base_sha
    for commit in commits:
        git_worktree.reset(checkout, head)
        if git_worktree.pick(checkout, commit.sha):
            git_worktree.reset(checkout, head)
            return ""
        tree = git_worktree.write_tree(checkout)
        head = git_worktree.commit_tree(checkout, tree, parent=head, message=commit.message, at=at)
    return head


def push_own(mirror: Mirror, sha: str, branch: str) -> None:
    """Make a branch point to a commit; ``Taken`` when somebody else's commit is its head."""
    repository = mirror.repository
    seen = git_worktree.remote_head(repository, branch)
    if seen == sha:
        return
    if seen and not (mirror.have(seen) and git_worktree.committer(repository, seen) == git_worktree.BOT_MAIL):
        raise Taken(f"branch {branch} holds commits of somebody else; it is left alone, name another branch")
    git_worktree.push(repository, sha, branch, seen=seen)


def failure_commit(checkout: Checkout, *, base_sha: str, failure: str, trace: str, at: datetime) -> str:
    """A commit on the base that holds nothing but the account of a failure."""
    git_worktree.reset(checkout, base_sha)
    for name, text in ((FAILURE_FILE, failure), (TRACE_FILE, trace)):
        place = checkout.folder / name
        place.unlink(missing_ok=True)
        place.write_text(text, encoding="utf-8")
    git_worktree.stage(checkout, [FAILURE_FILE, TRACE_FILE])
    tree = git_worktree.write_tree(checkout)
    return git_worktree.commit_tree(checkout, tree, parent=base_sha, message="Task failed; see FAILURE.md\n", at=at)
