"""Which approved fixes start now, and the places of those that wait.

The rule it keeps: first ordered, first started, within the limits on runs and on open pull requests and with one fix
at a time for each root cause. Who must wait for a group of its own keeps nobody else waiting.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from ftc.core.lifecycle import PULL_OPEN
from ftc.core.model import Flake, Status
from ftc.core.progress import Lease, RunRecord, RunStatus

START = "start"
"""Command of a record that is no fix: a task that a person ordered, on the flake's issue or beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How much may be under way at once."""

    parallel: int = 2
    """Fix runs (``fix-max-parallel``)."""
    pulls: int = 2
    """Open pull requests of the bot (``fix-max-pulls``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What starts now, by issue with the slot it takes, and the place of every other from 1."""

    starts: Mapping[int, int] = field(default_factory=dict)
    places: Mapping[int, int] = field(default_factory=dict)


def waiting_run(flake: Flake) -> RunRecord | None:
    """The approved fix of a flake that nobody has taken yet, the oldest where there are several."""
    if flake.status is not Status.APPROVED_TO_FIX or flake.progress.lease is not None or flake.issue is None:
        return None
    queued = [run for run in flake.progress.runs if run.status is RunStatus.QUEUED and run.command != START]
    return min(queued, key=_order_of_run, default=None)


def at_work(flake: Flake) -> bool:
    """Whether a run works on it, as far as the state tells."""
    return flake.status in (Status.FIXING, Status.PR_UPDATING) and flake.progress.lease is not None


def group_of(flake: Flake) -> int:
    """The lowest issue number of its root-cause group; its own outside one."""
    return flake.progress.lead or (flake.issue.issue if flake.issue else 0)


def nonce_of(task: str, *, run: str, attempt: int, slot: int) -> str:
    """The lease's name: the same for the same start, another for every other, and it tells the slot."""
    digest = sha256(f"{task}\n{run}\n{attempt}".encode()).hexdigest()
    return f"{slot}-{digest[:16]}"


def slot_of(lease: Lease) -> int:
    """The slot of a run at work; 0 where its lease does not tell."""
    slot = lease.nonce.partition("-")[0]
    return int(slot) if slot.isascii() and slot.isdigit() and len(slot) < 3 else 0


def free_slot(taken: Iterable[int], *, parallel: int) -> int:
    """The slot that is used least, the lowest of several."""
    used = Counter(taken)
    return min(range(parallel), key=lambda slot: (used[slot], slot))


def slots_in_use(flakes: Iterable[Flake], *, dead: Iterable[int] = (), taken: Iterable[int] = ()) -> list[int]:
    """The slot of every run, of which several may wait for the same one."""
    gone = set(dead)
    leases = (item.progress.lease for item in flakes if at_work(item) and _number(item) not in gone)
    return [*taken, *(slot_of(lease) for lease in leases if lease)]


def line_up(
    flakes: Iterable[Flake],
    *,
    caps: Caps,
    dead: Iterable[int] = (),
    taken: Iterable[int] = (),
    open_pulls: int | None = None,
) -> Queue:
    """The queue over all managed flakes.

    ``dead`` are issues whose lease holds no longer; ``taken`` are slots of runs that have no lease; ``open_pulls`` is
    how many pull requests of fix runs GitHub shows, else the states are counted.
    """
    known, gone = list(flakes), set(dead)
    running = [item for item in known if at_work(item) and _number(item) not in gone]
    slots = slots_in_use(known, dead=gone, taken=taken)
    busy = {group_of(item) for item in known if item in running or item.status in PULL_OPEN}
    pulls = sum(map(_has_pull, known)) if open_pulls is None else open_pulls
    pulls += sum(item.status is Status.FIXING for item in running)
    starts: dict[int, int] = {}
    places: dict[int, int] = {}
    for item in sorted((item for item in known if waiting_run(item)), key=_order):
        if len(slots) >= caps.parallel or pulls >= caps.pulls or group_of(item) in busy:
            places[_number(item)] = len(places) + 1
            continue
        starts[_number(item)] = free_slot(slots, parallel=caps.parallel)
        slots.append(starts[_number(item)])
        busy.add(group_of(item))
        pulls += 1
    return Queue(starts=starts, places=places)


def _has_pull(flake: Flake) -> bool:
    """Whether a pull request of the bot is open for it; one of a person takes nobody's place."""
    pull = flake.progress.pull
    return flake.status in PULL_OPEN and not (pull is not None and pull.by_person)


def _number(flake: Flake) -> int:
    return flake.issue.issue if flake.issue else 0


def _order(flake: Flake) -> tuple[datetime, int]:
    run = waiting_run(flake)
    if run is None:
        raise AssertionError(f"{flake.test} does not wait")
    return (run.created, _number(flake))


def _order_of_run(run: RunRecord) -> tuple[datetime, str]:
    return (run.created, run.id)
