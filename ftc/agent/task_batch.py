"""One batch of a task: generate, apply, check, measure, and commit or roll back.

The rule it keeps: the tree that is committed was staged before any gate ran; a batch that does not pass leaves no trace
in the worktree, and no answer can change a file that the task may not.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

from ftc.agent.files import Files, MirrorFiles
from ftc.agent.task_change import FEEDBACK_CHARS, Bench, Refused, Staged, applied
from ftc.agent.task_gates import Commands, Gauge
from ftc.agent.task_journal import Purse, TimeUp
from ftc.agent.task_noticing import Place, noticed
from ftc.agent.workspace import Mirror
from ftc.clients import git_worktree
from ftc.clients.git_worktree import Checkout
from ftc.core.errors import CommandFailed, ModelUnavailable
from ftc.core.markdown import subject
from ftc.core.patch import Change
from ftc.core.sanitize import Sanitizer
from ftc.core.task_batches import Batch, beyond_tests
from ftc.core.task_file import QualityGates, TaskFile
from ftc.core.task_judging import Action, GateResult, Measured, State, action, judge, new_tests_result, risk_labels
from ftc.core.task_work import Answer, BatchResult, Commit, Edits, End, GiveUp, Plan

_NETWORK = re.compile(
    r"could not resolve|couldn't resolve|connection (?:reset|refused|timed out)|timed? ?out|network is unreachable"
    r"|tls|ssl|remote end hung up|early eof|returned error: 5\d\d|no end after|did not answer|unable to access",
    re.IGNORECASE,
)
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """Where and by what rules a generator works; ``approved`` are files beyond the tests that it may change."""

    folder: Path
    base_sha: str
    files: Files
    """Those of the base, out of git's objects."""
    task: TaskFile
    approved: frozenset[str]
    seconds: float
    """What is left of the task's time."""
    usd: float
    """What is left of its money."""


class Generator(Protocol):
    """Proposes the change of one batch, after a failed attempt with what was wrong with the last one.

    It may raise ``ModelUnavailable`` or ``CommandFailed``, of which those of the network are tried again.
    """

    def __call__(self, batch: Batch, workspace: Workspace, feedback: str) -> Answer:
        """Edits, the files it would need, or the reason why there is nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """Everything a batch is worked with."""

    bench: Bench
    gauge: Gauge
    commands: Commands
    generator: Generator
    now: Callable[[], datetime]
    clock: Callable[[], float]
    deadline: float
    """By ``clock``."""
    say: Callable[[str], None] = field(repr=False)
    purse: Purse
    mirror: Mirror

    @property
    def task(self) -> TaskFile:
        """The task."""
        return self.bench.task

    @property
    def checkout(self) -> Checkout:
        """Its worktree."""
        return self.bench.checkout


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What a batch builds on: the commit, what was measured of it, and the coverage of the task's base."""

    sha: str
    measured: Measured
    base_coverage: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """A batch's result and what the next one builds on."""

    result: BatchResult
    before: Before


def work(shop: Shop, batch: Batch, before: Before, *, feedback: str = "") -> Worked:
    """Work one batch to its end; ``TimeUp`` leaves the worktree at ``before``."""
    results: tuple[GateResult, ...] = ()
    tries = shop.task.limits.max_retries_per_batch + 1
    for attempt in range(1, tries + 1):
        git_worktree.reset(shop.checkout, before.sha)
        answer = _asked(shop, batch, feedback, base_sha=before.sha)
        if not isinstance(answer, Edits):
            return Worked(result=_without(batch, answer, attempt), before=before)
        try:
            staged = applied(shop.bench, answer, before.sha)
        except Refused as error:
            feedback = str(error)
            shop.say(f"{batch.name}: attempt {attempt} refused: {feedback}")
            continue
        missing = tuple(path for path in beyond_tests(_paths(staged.changed)) if path not in shop.bench.approved)
        if missing:
            plan = Plan(files=missing, reason=answer.summary)
            return Worked(result=_without(batch, plan, attempt), before=before)
        measured = _measured(shop)
        results = judged(shop, batch, before, measured, staged)
        done = action(results, shop.task.gates.on_test_failure)
        if done == Action.COMMIT or (done == Action.KEEP and attempt == tries):
            return _committed(shop, batch, before, _Passed(answer, staged, measured, results, done, attempt))
        feedback = told(results, measured)
        shop.say(f"{batch.name}: attempt {attempt} rolled back: {_first(feedback)}")
    git_worktree.reset(shop.checkout, before.sha)
    labels = risk_labels(results, Action.ROLL_BACK)
    reason = f"{tries} attempts failed; the last one: {_first(feedback)}"
    result = BatchResult(batch=batch, end=End.ABORTED, reason=reason, attempts=tries, gates=results, labels=labels)
    return Worked(result=result, before=before)


def judged(shop: Shop, batch: Batch, before: Before, measured: Measured, staged: Staged) -> tuple[GateResult, ...]:
    """Every gate of a batch; its new tests are tried on broken code when nothing else speaks against it."""
    gates = gates_of(shop.task, batch)
    results = judge(replace(before.measured, coverage=before.base_coverage), measured, gates)
    if gates.new_tests_must_fail is False or action(results, gates.on_test_failure) != Action.COMMIT:
        return results
    place = Place(
        mirror=shop.mirror,
        checkout=shop.checkout,
        walls=shop.gauge.walls,
        sanitizer=shop.bench.sanitizer,
        clock=shop.clock,
        deadline=shop.deadline,
    )
    found = noticed(place, base=before.sha, tree=staged.tree, changed=staged.changed)
    return (*results, *new_tests_result(found, gates))


def gates_of(task: TaskFile, batch: Batch) -> QualityGates:
    """The task's gates for one batch: a gain in coverage is asked of all batches together, so of the last one."""
    least = task.gates.min_coverage_delta
    return (
        task.gates
        if least is None or batch.number == batch.of
        else replace(task.gates, min_coverage_delta=min(least, 0.0))
    )


def retried(call: Callable[[], Found], *, retries: int, say: Callable[[str], None]) -> Found:
    """What a call gives, tried again where only the network failed."""
    for left in range(retries, -1, -1):
        try:
            return call()
        except (CommandFailed, ModelUnavailable) as error:
            if not left or not (isinstance(error, ModelUnavailable) or _NETWORK.search(str(error))):
                raise
            say(f"tried again after: {error}")
    raise AssertionError("the last try returns or raises")


def told(results: Sequence[GateResult], measured: Measured) -> str:
    """What a generator is told about an attempt that did not pass."""
    lines = [f"{item.gate}: {item.detail}" for item in results if item.state == State.FAILED and item.wanted]
    return "\n".join([*lines, measured.output])[:FEEDBACK_CHARS]


@dataclass(frozen=True, slots=True)
class _Passed:
    """An attempt that is committed."""

    answer: Edits
    staged: Staged
    measured: Measured
    results: tuple[GateResult, ...]
    done: Action
    attempt: int


def _asked(shop: Shop, batch: Batch, feedback: str, *, base_sha: str) -> Answer:
    left = shop.deadline - shop.clock()
    if left <= 0:
        raise TimeUp(f"{shop.task.limits.max_runtime_minutes:g} minutes are over")
    shop.purse.check()
    space = Workspace(
        folder=shop.checkout.folder,
        base_sha=base_sha,
        files=MirrorFiles(shop.mirror, base_sha),
        task=shop.task,
        approved=shop.bench.approved,
        seconds=left,
        usd=shop.purse.left,
    )
    answer = retried(
        lambda: shop.generator(batch, space, feedback), retries=shop.task.limits.network_retries, say=shop.say
    )
    shop.purse.pay(answer.usd)
    return answer


def _without(batch: Batch, answer: GiveUp | Plan, attempts: int) -> BatchResult:
    if isinstance(answer, Plan):
        reason = f"it would change {', '.join(answer.files)}" + (f": {answer.reason}" if answer.reason else "")
        return BatchResult(batch=batch, end=End.WAITS, reason=reason, attempts=attempts, planned=answer.files)
    end = End.IDLE if answer.idle else End.GAVE_UP
    return BatchResult(batch=batch, end=end, reason=answer.reason, attempts=attempts)


def _paths(changed: Sequence[Change]) -> tuple[str, ...]:
    return tuple(change.path for change in changed)


def _measured(shop: Shop) -> Measured:
    """Measure the worktree within the time that is left; a measurement that ran out of it counts for nothing."""
    left = shop.deadline - shop.clock()
    gauge = replace(shop.gauge, seconds=max(1.0, min(shop.gauge.seconds, left)))
    measured = gauge.measure(shop.checkout.folder, shop.commands)
    if shop.clock() >= shop.deadline:
        raise TimeUp(f"{shop.task.limits.max_runtime_minutes:g} minutes are over")
    return measured


def _committed(shop: Shop, batch: Batch, before: Before, passed: _Passed) -> Worked:
    message = commit_message(shop.task, batch, passed.answer.summary, shop.bench.sanitizer)
    sha = git_worktree.commit_tree(shop.checkout, passed.staged.tree, parent=before.sha, message=message, at=shop.now())
    git_worktree.reset(shop.checkout, sha)
    lines = sum(change.added + change.removed for change in passed.staged.changed)
    result = BatchResult(
        batch=batch,
        end=End.KEPT if passed.done == Action.KEEP else End.DONE,
        reason=passed.answer.summary,
        attempts=passed.attempt,
        commit=Commit(sha=sha, message=message, paths=_paths(passed.staged.changed), lines=lines),
        gates=passed.results,
        labels=risk_labels(passed.results, passed.done),
        risk=passed.answer.risk,
        doubts=passed.staged.doubts,
    )
    shop.say(f"{batch.name}: committed as {sha[:12]} after {passed.attempt} attempt(s)")
    return Worked(result=result, before=replace(before, sha=sha, measured=passed.measured))


def commit_message(task: TaskFile, batch: Batch, summary: str, sanitizer: Sanitizer) -> str:
    """Title, summary and the task's name; of the summary one inert line, since a model wrote it."""
    said = subject(sanitizer.clean(summary))[:300]
    title = subject(f"{task.pr.title_prefix} {batch.name}")[:100]
    return f"{title}\n\n{said + chr(10) * 2 if said else ''}Task: {task.id}, batch {batch.number} of {batch.of}\n"


def _first(text: str) -> str:
    return text.strip().partition("\n")[0][:300]
