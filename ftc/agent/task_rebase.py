"""Puts a task's commits onto a base that moved while it worked.

The rule it keeps: what was measured on another base counts for nothing. Every commit passes its gates again on the new
one; a conflict in tests is worked anew, any other file in conflict is dropped and left to people.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ftc.agent.task_batch import Before, Shop, Worked, judged, told, work
from ftc.agent.task_change import Staged
from ftc.agent.task_journal import TimeUp
from ftc.clients import git_worktree
from ftc.core.errors import FtcError
from ftc.core.task_batches import is_test
from ftc.core.task_judging import Action, Label, Measured, action, risk_labels
from ftc.core.task_work import BatchResult, Commit, End

REBASES = 2
"""How often a moved base is followed (spec, section 9); a busier one is left to the pull request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebased:
    """The batches on the new base, in their order, and what the last of them was measured as."""

    results: tuple[BatchResult, ...]
    base: Measured
    before: Before


def rebased(shop: Shop, results: Sequence[BatchResult], *, base_sha: str, base: Measured) -> Rebased:
    """Put every delivered batch onto ``base_sha``, of which ``base`` was measured."""
    before = Before(sha=base_sha, measured=base, base_coverage=base.coverage)
    found: list[BatchResult] = []
    for result in results:
        if result.commit is None:
            found.append(result)
            continue
        worked = _moved(shop, result, result.commit, before)
        found.append(worked.result)
        before = worked.before
    return Rebased(results=tuple(found), base=base, before=before)


def _moved(shop: Shop, result: BatchResult, commit: Commit, before: Before) -> Worked:
    git_worktree.reset(shop.checkout, before.sha)
    conflicts = git_worktree.pick(shop.checkout, commit.sha)
    if any(is_test(path) for path in conflicts):
        return _anew(shop, result, before, conflicts)
    for path in conflicts:
        shop.say(f"{path}: in conflict with the new base; dropped")
        git_worktree.take_base(shop.checkout, before.sha, path)
    labels = (Label.NEEDS_REVIEW,) if conflicts else ()
    tree = git_worktree.write_tree(shop.checkout)
    changed = git_worktree.changes(shop.checkout, before.sha, tree)
    if not changed:
        reason = (
            f"in conflict with the new base: {', '.join(conflicts)}" if conflicts else "the new base has it already"
        )
        return Worked(result=_dropped(result, reason, labels), before=before)
    measured = shop.gauge.measure(shop.checkout.folder, shop.commands)
    gates = judged(shop, result.batch, before, measured, Staged(tree, changed))
    done = action(gates, shop.task.gates.on_test_failure)
    labels = (*labels, *risk_labels(gates, done))
    if done == Action.ROLL_BACK:
        git_worktree.reset(shop.checkout, before.sha)
        reason = f"does not pass on the new base: {told(gates, measured).partition(chr(10))[0]}"
        return Worked(result=_dropped(result, reason, labels), before=before)
    sha = git_worktree.commit_tree(shop.checkout, tree, parent=before.sha, message=commit.message, at=shop.now())
    git_worktree.reset(shop.checkout, sha)
    kept = Commit(
        sha=sha,
        message=commit.message,
        paths=tuple(change.path for change in changed),
        lines=sum(change.added + change.removed for change in changed),
    )
    end = End.KEPT if done == Action.KEEP else End.DONE
    moved = replace(result, end=end, commit=kept, gates=gates, labels=labels)
    return Worked(result=moved, before=replace(before, sha=sha, measured=measured))


def _anew(shop: Shop, result: BatchResult, before: Before, conflicts: tuple[str, ...]) -> Worked:
    """Work a batch again whose tests are in conflict; it is dropped when that cannot be done."""
    shop.say(f"{result.batch.name}: tests are in conflict with the new base; worked anew")
    try:
        worked = work(shop, result.batch, before, feedback=f"The base moved; in conflict: {', '.join(conflicts)}")
    except (TimeUp, FtcError) as error:
        git_worktree.reset(shop.checkout, before.sha)
        reason = f"in conflict with the new base, and not worked anew: {error}"
        return Worked(result=_dropped(result, reason, (Label.NEEDS_REVIEW,)), before=before)
    return worked


def _dropped(result: BatchResult, reason: str, labels: tuple[Label, ...]) -> BatchResult:
    return replace(result, end=End.DROPPED, reason=reason, commit=None, labels=labels)
