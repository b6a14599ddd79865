"""Starting what waits: the last thing a job does before it hands tasks on to the fix workflow.

The rule it keeps: the lease stands in the issue before the task is named to anybody, so that no order runs twice; a
job that died in between leaves a lease whose run is over, and the sweep puts the order back into the queue.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ftc.core.config import Mode
from ftc.core.dispatch import at_work, free_slot, line_up, nonce_of, slots_in_use, waiting_run
from ftc.core.effects import Effect, SaveFlake
from ftc.core.errors import BudgetExceeded, Forbidden, FtcError, NotFound
from ftc.core.fix import TaskKind
from ftc.core.gating_rules import OWN_BRANCHES
from ftc.core.labels import projected
from ftc.core.lifecycle import moved
from ftc.core.model import Flake, Status
from ftc.core.orders import Order
from ftc.core.progress import Lease, RunStatus
from ftc.jobs.answering import look_again
from ftc.jobs.apply import perform
from ftc.jobs.context import Context
from ftc.jobs.desk import Desk, open_desk
from ftc.jobs.fix.gate_rivals import open_pulls
from ftc.jobs.partners import everybody
from ftc.jobs.seat import seat
from ftc.jobs.snapshot import read_snapshot
from ftc.jobs.thread import read_thread

MOST_ASKED = 5
"""Approvals derived anew in one job, at a few requests each; the others are for the next job."""


@dataclass(slots=True, kw_only=True)
class _Line:
    """The queue while one job starts what it may."""

    desk: Desk
    run: str
    attempt: int
    dead: frozenset[int] = frozenset()
    """Issues whose lease holds no longer."""
    void: set[int] = field(default_factory=set)
    """Issues that wait and may not start: their approval does not stand, or nobody could tell."""
    taken: list[int] = field(default_factory=list)
    """Slots of what this job starts without a lease."""
    asked: int = 0
    open_pulls: int | None = None
    """Of fix runs; None where this token may not see them."""

    @property
    def flakes(self) -> tuple[Flake, ...]:
        """The managed flakes as they now stand, without those that may not start."""
        return tuple(flake for flake in self.desk.others(0) if _number(flake) not in self.void)

    def first(self) -> tuple[int, int] | None:
        """The next issue to start with its slot."""
        caps = self.desk.house.caps
        queue = line_up(self.flakes, caps=caps, dead=self.dead, taken=self.taken, open_pulls=self.open_pulls)
        return next(iter(queue.starts.items()), None)


def dispatch(ctx: Context, ordered: Sequence[Order], *, environ: Mapping[str, str]) -> tuple[Order, ...]:
    """The tasks that start now, each with its slot: what this job's answers ordered, as far as there is room, and what
    waited before.

    A start and a proof begin at once and wait in line for their slot, since no issue keeps them in a queue. Nothing
    starts without ``mode: fix``, outside of a workflow run, or in a dry run.
    """
    run = environ.get("GITHUB_RUN_ID", "")
    if ctx.config.mode is not Mode.FIX or ctx.config.dry_run or not run:
        return ()
    desk = open_desk(ctx, read_snapshot(ctx), everybody())
    line = _Line(desk=desk, run=run, attempt=int(environ.get("GITHUB_RUN_ATTEMPT") or 1))
    _take_back(line)
    line.dead = frozenset(_dead(ctx, line.flakes))
    line.open_pulls = _open_pulls(ctx) if any(map(waiting_run, line.flakes)) else None
    others = [_placed(line, task) for task in ordered if task.kind is not TaskKind.FIX]
    fixes = {task.issue: task for task in ordered if task.kind is TaskKind.FIX}
    return (*others, *_started(line, fixes))


def _take_back(line: _Line) -> None:
    """What an earlier attempt of this run leased and left waits again; the next lease tells the issue of it."""
    for flake in line.flakes:
        lease, queued = flake.progress.lease, any(run.status is RunStatus.QUEUED for run in flake.progress.runs)
        earlier = lease is not None and lease.run == line.run and lease.attempt < line.attempt
        if flake.status is Status.FIXING and earlier and queued:
            waits = replace(flake, status=Status.APPROVED_TO_FIX, progress=replace(flake.progress, lease=None))
            line.desk.session.flakes[_number(flake)] = waits


def _dead(ctx: Context, flakes: Iterable[Flake]) -> Iterator[int]:
    """Issues whose leaseholder is over; who may not be asked about counts as at work."""
    for flake in flakes:
        lease = flake.progress.lease
        if lease is None or not at_work(flake):
            continue
        try:
            if ctx.write.attempt(lease.run, lease.attempt).status == "completed":
                yield _number(flake)
        except NotFound:
            yield _number(flake)
        except (Forbidden, BudgetExceeded) as error:
            ctx.say(f"issue {_number(flake)}: whether its run is at work could not be asked: {error}")


def _open_pulls(ctx: Context) -> int | None:
    """Pull requests of fix runs that are open: of started tasks no issue knows any."""
    try:
        return sum(pull.branch.startswith(OWN_BRANCHES) for pull in open_pulls(ctx))
    except (Forbidden, BudgetExceeded) as error:
        ctx.say(f"open pull requests could not be counted, so that those count which the issues know: {error}")
        return None


def _placed(line: _Line, task: Order) -> Order:
    slots = slots_in_use(line.flakes, dead=line.dead, taken=line.taken)
    slot = free_slot(slots, parallel=line.desk.house.caps.parallel)
    line.taken.append(slot)
    return replace(task, slot=slot)


def _started(line: _Line, known: Mapping[int, Order]) -> Iterator[Order]:
    """Start one after another; what fails waits for the next job, and what is leased already is named all the same."""
    while (found := line.first()) is not None:
        number, slot = found
        try:
            task = _task(line, number, known.get(number))
            if task is not None:
                yield _leased(line, number, task, slot=slot)
                continue
        except FtcError as error:
            line.desk.ctx.say(f"issue {number} could not be started: {error}")
        line.void.add(number)


def _task(line: _Line, number: int, known: Order | None) -> Order | None:
    """The task of a waiting flake; None where the approval does not stand, which is written down, or was not asked for.

    One that was ordered by this very job was asked for by it.
    """
    desk = line.desk
    flake = desk.flake(number)
    run = waiting_run(flake) if flake else None
    if run is None:
        return None
    if known is not None and known.id == run.id:
        return known
    if line.asked >= MOST_ASKED:
        return None
    line.asked += 1
    desk.tasks.clear()
    look_again(seat(desk, read_thread(desk.ctx, number), flake), remind=True)
    return next((task for task in desk.tasks if task.id == run.id), None)


def _leased(line: _Line, number: int, task: Order, *, slot: int) -> Order:
    """The task as it is named to the workflow, once its lease stands in the issue."""
    ctx, flake = line.desk.ctx, line.desk.flake(number)
    if flake is None:
        raise AssertionError(f"issue {number} is not managed")
    nonce = nonce_of(task.id, run=line.run, attempt=line.attempt, slot=slot)
    lease = Lease(run=line.run, attempt=line.attempt, nonce=nonce, taken=ctx.now)
    leased = moved(flake, Status.FIXING, at=ctx.now, actor=ctx.login, url=ctx.run_url)
    leased = replace(leased, progress=replace(leased.progress, lease=lease))
    perform(line.desk.session, [*_labelled(line, number, leased), SaveFlake(number=number, flake=leased)])
    return replace(task, slot=slot, nonce=nonce)


def _labelled(line: _Line, number: int, flake: Flake) -> tuple[Effect, ...]:
    prefix = line.desk.house.prefix
    have = next((item.issue.labels for item in line.desk.snapshot.issues if item.issue.number == number), ())
    return projected(number, have, flake, prefix)


def _number(flake: Flake) -> int:
    return flake.issue.issue if flake.issue else 0
