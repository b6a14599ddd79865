"""The one commit of a fix: the judged patch applied again on its pinned base, checked again, and pushed.

The rule it keeps: what is pushed is what was judged, to the byte, on the commit on which it was judged. Nothing of the
patch is run: no file of it is even written, and git knows neither hooks nor filters here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ftc.agent.patching import Applied, apply_patch
from ftc.agent.task_delivery import Taken, push_own
from ftc.agent.workspace import Mirror
from ftc.clients import git, git_worktree
from ftc.core.errors import CommandFailed, FtcError
from ftc.core.fix import Candidate, Task
from ftc.core.masking import refusable
from ftc.core.mechanical.doubts import found_in
from ftc.core.patch import secrets, violations
from ftc.core.publishing import Evidence, near, policies, refuses_masking
from ftc.core.pull_template import template_path
from ftc.jobs.context import Context

SHOWN = 5
"""Names listed in a reason; the rest is counted."""


class Withheld(FtcError):
    """Nothing is published, and that is an honest outcome; the text says why."""

    def __init__(self, text: str, *, moved: bool = False) -> None:
        super().__init__(text)
        self.moved = moved


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The patch as it is on the base, with all that is to be said about it."""

    applied: Applied
    masking: tuple[str, ...]


def checked(ctx: Context, copy: Mirror, evidence: Evidence, candidate: Candidate) -> Checked:
    """The chosen patch applied to its base and judged once more; raises ``Withheld``."""
    task, judged = evidence.task, evidence.conclusion.judged
    try:
        applied = apply_patch(copy, task.base_sha, candidate.patch)
    except CommandFailed as error:
        raise Withheld(f"the patch cannot be published: {error}") from None
    if judged is None or applied.text != judged.diff:
        raise Withheld("the patch is not the one that was judged; nothing of it was pushed")
    _refuse_offences(ctx, task, applied)
    found = found_in(candidate.by, applied.diffs)
    hidden = tuple(ctx.sanitizer.clean(item.told) for item in found)
    if refuses_masking(ctx.config) and (sure := refusable(hidden)):
        raise Withheld(f"the change hides failures: {_listed(sure)}")
    return Checked(applied=applied, masking=hidden)


def _refuse_offences(ctx: Context, task: Task, applied: Applied) -> None:
    """Policy and secrets, on what git says that the patch changes."""
    found = [item for policy in policies(task, ctx.config) for item in violations(applied.changes, policy)]
    found += secrets({diff.path: "\n".join(diff.added) for diff in applied.diffs}, ctx.sanitizer)
    if found:
        said = dict.fromkeys(f"{item.path or 'the patch'}: {item.text}" for item in found)
        raise Withheld(f"the change is not allowed: {_listed(tuple(said))}")


def moved_to(ctx: Context, copy: Mirror, task: Task, applied: Applied, candidate: Candidate) -> str:
    """The base branch's head if it is another commit and leaves the proof alone, empty if it is the base.

    Raises ``Withheld`` when it does not.
    """
    head = git_worktree.remote_head(copy.repository, task.base_branch)
    if head == task.base_sha:
        return ""
    if not head:
        raise Withheld(f"branch {task.base_branch} is gone, so that nothing can be merged into it")
    if not copy.have(head) or not ctx.write.contains(task.base_sha, head):
        raise Withheld(f"branch {task.base_branch} was rewritten: its history lost the base", moved=True)
    changed = tuple(change.path for change in applied.changes)
    close = near(git.diff_names(copy.repository, task.base_sha, head), task, changed)
    if close:
        raise Withheld(f"{task.base_branch} moved near the test while it was mended: {_listed(close)}", moved=True)
    try:
        apply_patch(copy, head, candidate.patch)
    except CommandFailed as error:
        raise Withheld(f"{task.base_branch} moved, and the change does not fit it: {error}", moved=True) from None
    return head


def commit(copy: Mirror, task: Task, applied: Applied, *, message: str) -> str:
    """The commit on the base, the same however often it is made; its sha."""
    return git_worktree.commit_bare(
        copy.repository, applied.tree, parent=task.base_sha, message=message, at=task.created
    )


def push(copy: Mirror, task: Task, sha: str) -> None:
    """Make the run's branch point to the commit; ``Withheld`` when somebody else committed there."""
    try:
        push_own(copy, sha, task.branch)
    except Taken as error:
        raise Withheld(str(error)) from None


def pull_template(copy: Mirror) -> str:
    """The repository's own template, from the default branch alone; empty where there is none."""
    branch = git_worktree.default_branch(copy.repository)
    head = git_worktree.remote_head(copy.repository, branch)
    if not head or not copy.have(head):
        return ""
    path = template_path(copy.files(head))
    return copy.read(head, path) or "" if path else ""


def _listed(items: Sequence[str]) -> str:
    rest = len(items) - SHOWN
    return "; ".join(items[:SHOWN]) + (f"; and {rest} more" if rest > 0 else "")
