"""One self-contained task from its file to its pull request, in eight phases over a worktree of its own.

The rule it keeps: a task shares nothing with another one: folder, mirror, worktree and branch are its own, held by a
lock that dies with the process. Run again after a kill it begins anew and ends with one branch and one request.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from ftc.agent.kept import Keep
from ftc.agent.locking import alone, remove_tree
from ftc.agent.task_batch import Before, Generator, Shop, retried, work
from ftc.agent.task_change import Bench
from ftc.agent.task_delivery import Publisher
from ftc.agent.task_ending import Ending, Outcome, Site, deliver, fail
from ftc.agent.task_gates import Gauge, commands_for
from ftc.agent.task_journal import Journal, Purse, TimeUp
from ftc.agent.task_rebase import REBASES, rebased
from ftc.agent.task_walls import Walls
from ftc.agent.workspace import Mirror, mirror
from ftc.clients import git_worktree
from ftc.clients.git_environment import Repository
from ftc.core.errors import CommandFailed, FtcError, UsageError
from ftc.core.sanitize import Sanitizer
from ftc.core.task_batches import Batch, batches, targets
from ftc.core.task_ended import Ended, Span
from ftc.core.task_file import TaskFile
from ftc.core.task_judging import Measured
from ftc.core.task_report import Failure, Phase
from ftc.core.task_work import BatchResult, End

Found = TypeVar("Found")

NO_TARGET = Failure(
    phase=Phase.ANALYZE,
    code="no-target",
    summary="No file of the base is named by target.include and not by target.exclude.",
    next_steps=("Compare target.include with the paths of the base branch.",),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """With what a task is carried out; ``folder`` gets everything it leaves."""

    url: str
    token: str = field(default="", repr=False)
    base_branch: str = ""
    """Empty: the remote's default branch."""
    folder: Path
    walls: Callable[[Path], Walls]
    """Makes what the gates run in, below an existing folder. Raises ``UsageError`` where it cannot be had."""
    generator: Generator
    publisher: Publisher | None = None
    """None leaves everything in ``folder``: nothing is pushed."""
    approved: frozenset[str] = frozenset()
    """Files beyond the tests that may be changed."""
    sanitizer: Sanitizer
    now: Callable[[], datetime]
    clock: Callable[[], float]
    """Seconds that only rise."""
    say: Callable[[str], None]


def run_task(task: TaskFile, means: Means) -> Outcome:
    """Carry out a task; what fails is an outcome. Raises ``UsageError`` when the same task is at work already."""
    means = replace(means, folder=means.folder.resolve())
    means.folder.mkdir(parents=True, exist_ok=True)
    with _held(means.folder):
        _clear(means.folder)
        try:
            return _walled(task, means)
        finally:
            remove_tree(means.folder / "work")


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the phases of one run share."""

    journal: Journal
    purse: Purse
    started: datetime
    walls: Walls


def _walled(task: TaskFile, means: Means) -> Outcome:
    """The task within walls; where there are none as asked for it is not begun."""
    place = means.folder / "work" / "walls"
    place.mkdir(parents=True)
    walls = means.walls(place)
    journal = Journal(means.folder / "evidence" / "trace.txt", sanitizer=means.sanitizer, say=means.say)
    journal.say(f"commands of the repository run at the level {walls.text}")
    desk = _Desk(journal, Purse(task.limits.max_cost), means.now(), walls)
    try:
        with mirror(means.url, means.token, Keep(root=means.folder / "work")) as copy:
            return _prepared(task, means, desk, copy)
    except FtcError as error:
        journal.say(f"{type(error).__name__}: {error}")
        return fail(_ending(task, means, desk), _failure(journal.phase, error))


def _prepared(task: TaskFile, means: Means, desk: _Desk, copy: Mirror) -> Outcome:
    """PREPARE, and the rest within a worktree, whose failure is told with the base it was on."""
    desk.journal.enter(Phase.PREPARE)
    base_branch, base_sha = _network(task, desk.journal, lambda: _base(copy.repository, means.base_branch))
    if not _network(task, desk.journal, lambda: copy.have(base_sha)):
        raise CommandFailed(f"the head of {base_branch} cannot be fetched; run the task again")
    with copy.worktree(base_sha) as folder:
        site = Site(
            checkout=git_worktree.open_checkout(copy.repository, folder), mirror=copy, publisher=means.publisher
        )
        ended = Ended(base_branch=base_branch, base_sha=base_sha, base=Measured(), last=Measured())
        try:
            return _phases(task, means, desk, site, ended)
        except FtcError as error:
            desk.journal.say(f"{type(error).__name__}: {error}")
            return fail(_ending(task, means, desk), _failure(desk.journal.phase, error), ended, site)


def _phases(task: TaskFile, means: Means, desk: _Desk, site: Site, ended: Ended) -> Outcome:
    journal, copy = desk.journal, site.mirror
    shop = _shop(task, means, desk, site)
    desk.walls.set_up(shop.checkout.folder)
    measured = shop.gauge.measure(shop.checkout.folder, shop.commands)
    journal.say(f"base {ended.base_sha[:12]} of {ended.base_branch}: {_summary(measured)}")
    ended = replace(ended, base=measured, last=measured)
    journal.enter(Phase.ANALYZE)
    found = batches(targets(copy.files(ended.base_sha), task.target), task.strategy.batch_mode)
    journal.say(f"{len(found)} batches, at most {task.limits.max_commits} commits")
    if not found:
        return fail(_ending(task, means, desk), NO_TARGET, ended, site)
    ended = _worked(shop, ended, found, journal)
    journal.enter(Phase.REBASE)
    ended = _followed(shop, ended, journal, copy)
    return deliver(_ending(task, means, desk), ended, site)


def _ending(task: TaskFile, means: Means, desk: _Desk) -> Ending:
    return Ending(
        task=task,
        folder=means.folder,
        journal=desk.journal,
        span=Span(started=desk.started, finished=means.now(), cost=desk.purse.spent),
        isolation=desk.walls.text,
    )


def _shop(task: TaskFile, means: Means, desk: _Desk, site: Site) -> Shop:
    checkout = site.checkout
    deadline = means.clock() + task.limits.max_runtime_minutes * 60
    return Shop(
        bench=Bench(task=task, checkout=checkout, sanitizer=means.sanitizer, approved=means.approved),
        gauge=Gauge(walls=desk.walls),
        commands=commands_for(checkout.folder, task.gates, home=desk.walls.home),
        generator=means.generator,
        now=means.now,
        clock=means.clock,
        deadline=deadline,
        say=desk.journal.say,
        purse=desk.purse,
        mirror=site.mirror,
    )


def _worked(shop: Shop, ended: Ended, found: tuple[Batch, ...], journal: Journal) -> Ended:
    """GENERATE, VALIDATE and COMMIT for one batch after the other, until a limit ends it."""
    before = Before(sha=ended.base_sha, measured=ended.base, base_coverage=ended.base.coverage)
    results: list[BatchResult] = []
    stop = ""
    for batch in found:
        if sum(result.end.delivered for result in results) >= shop.task.limits.max_commits:
            stop = f"max_commits ({shop.task.limits.max_commits}) is reached"
        if stop:
            results.append(BatchResult(batch=batch, end=End.NOT_REACHED, reason=stop))
            continue
        journal.enter(Phase.GENERATE)
        try:
            worked = work(shop, batch, before)
        except TimeUp as error:
            stop = str(error)
            results.append(BatchResult(batch=batch, end=End.NOT_REACHED, reason=stop))
            continue
        except FtcError as error:
            stop = f"the generator failed: {error}"
            results.append(BatchResult(batch=batch, end=End.GAVE_UP, reason=stop))
            continue
        results.append(worked.result)
        before = worked.before
        if worked.result.end == End.ABORTED:
            stop = f"{batch.name} failed too often"
    if stop:
        journal.say(f"ended early: {stop}")
    git_worktree.reset(shop.checkout, before.sha)
    return replace(ended, results=tuple(results), last=before.measured, stop=stop)


def _followed(shop: Shop, ended: Ended, journal: Journal, copy: Mirror) -> Ended:
    """Put what is done onto the base as it is now, a bounded number of times."""
    for _ in range(REBASES):
        if not ended.commits:
            return ended
        branch = ended.base_branch
        head = _network(shop.task, journal, lambda: git_worktree.remote_head(copy.repository, branch))  # noqa: B023
        if head in ("", ended.base_sha) or not copy.have(head):
            return ended
        journal.say(f"{ended.base_branch} moved to {head[:12]}")
        git_worktree.reset(shop.checkout, head)
        base = shop.gauge.measure(shop.checkout.folder, shop.commands)
        moved = rebased(shop, ended.results, base_sha=head, base=base)
        ended = replace(ended, base_sha=head, base=base, results=moved.results, last=moved.before.measured)
    return ended


def _base(repository: Repository, branch: str) -> tuple[str, str]:
    branch = branch or git_worktree.default_branch(repository)
    sha = git_worktree.remote_head(repository, branch)
    if not sha:
        raise CommandFailed(f"the remote has no branch {branch}; look at --base")
    return branch, sha


def _network(task: TaskFile, journal: Journal, call: Callable[[], Found]) -> Found:
    return retried(call, retries=task.limits.network_retries, say=journal.say)


def _summary(measured: Measured) -> str:
    tests = f"{measured.tests.passed} tests pass, {len(measured.tests.failures)} fail" if measured.tests else "no tests"
    cover = f"coverage {measured.coverage:.2f} %" if measured.coverage is not None else "no coverage"
    return "; ".join([tests, cover, *(f"{gate} not available: {why}" for gate, why in measured.problems)])


def _failure(phase: Phase, error: FtcError) -> Failure:
    return Failure(
        phase=phase,
        code=type(error).__name__,
        summary=str(error),
        next_steps=("Look at the message above and at the trace.", "Run the task again; it begins anew."),
    )


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[None]:
    """The task's folder, for one process at a time."""
    with alone(folder / ".lock") as ours:
        if not ours:
            raise UsageError(f"task {folder.name} is at work in another process; wait for its end")
        yield


def _clear(folder: Path) -> None:
    """Take away what an earlier run left, but for a plan that may have been approved."""
    for name in ("work", "evidence"):
        remove_tree(folder / name)
    for name in ("status.json", "pr.md", "patch", "FAILURE.md", "trace.txt"):
        (folder / name).unlink(missing_ok=True)
    (folder / "evidence").mkdir()
