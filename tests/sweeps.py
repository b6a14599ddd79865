"""Whole sweeps against a simulator in this process, and issues put into the state that a sweep is to find.

The rule they keep: an issue gets its state the way the product gives it, by a write of the bot that merges.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from scans import PACE
from small import NOW, REPO, TOKEN, a_world, flake_of, flipped, go_log, issues
from small import a_scan as scan_of

from ftc.core.config import Config
from ftc.core.effects import SaveFlake
from ftc.core.model import DayRuns, Flake
from ftc.jobs.apply import perform
from ftc.jobs.context import Context, open_context
from ftc.jobs.issues import Session
from ftc.jobs.settings import Settings, Tokens
from ftc.jobs.sweep import sweep
from ftc.jobs.sweep_report import SweepReport
from ftc.simulator.simulator import Simulator
from ftc.simulator.world import Issue, Label, Repository


@contextmanager
def connected(simulator: Simulator, *, days: float = 0, **config: Any) -> Iterator[Context]:
    """A job's context so many days after NOW, with the world's clock there, too."""
    now = NOW + timedelta(days=days)
    simulator.world.clock.set(now)
    settings = Settings(config=Config(repo=REPO, **config), tokens=Tokens(read=TOKEN, issue=TOKEN))
    with simulator.activate():
        yield replace(open_context(settings, {}, now=now, pace=PACE), say=lambda _: None)


def a_sweep(simulator: Simulator, *, days: float = 0, **over: Any) -> SweepReport:
    """A sweep so many days after NOW; ``respond`` is its argument, the rest configuration."""
    asked = {name: over.pop(name) for name in ("respond",) if name in over}
    with connected(simulator, days=days, **over) as ctx:
        return sweep(ctx, **asked)


def a_scan(simulator: Simulator, *, days: float = 0, **over: Any) -> Any:
    """A scan so many days after NOW."""
    simulator.world.clock.set(NOW + timedelta(days=days))
    return scan_of(simulator, hours=24 * days, **over)


def filed(*tests: str, world: Simulator | None = None, **repository: Any) -> Simulator:
    """A world in which each of these tests failed twice and passed on a retry, and has its issue."""
    runs = [
        flipped(hours, go_log(name), id=100 * place + number)
        for place, name in enumerate(tests or ("TestPay",), start=1)
        for number, hours in enumerate((5 + 2 * place, 29 + 2 * place), start=1)
    ]
    simulator = world or a_world(*runs, **repository)
    scan_of(simulator, max_new_issues=50)
    return simulator


def put(simulator: Simulator, number: int, **over: Any) -> None:
    """Change fields of an issue's state, written by the bot on the day of NOW."""
    with connected(simulator) as ctx:
        session = Session(ctx=ctx)
        perform(session, [SaveFlake(number=number, flake=replace(state(simulator, number), **over))])
    simulator.requests.clear()


def state(simulator: Simulator, number: int) -> Flake:
    """The state that an issue holds."""
    return flake_of(issue_of(simulator, number))


def issue_of(simulator: Simulator, number: int) -> Issue:
    """An issue by its number."""
    return repository_of(simulator).issues[number]


def repository_of(simulator: Simulator) -> Repository:
    """The world's repository."""
    found = simulator.world.repository(REPO)
    assert found is not None
    return found


def number_of(simulator: Simulator, test: str) -> int:
    """The number of the issue about a test."""
    return next(issue.number for issue in issues(simulator) if test in issue.title)


def ran(*on: tuple[float, int]) -> tuple[DayRuns, ...]:
    """So many runs, so many days after NOW, for each."""
    return tuple(DayRuns(source="actions", day=day(count).date(), runs=runs) for count, runs in on)


def day(count: float) -> datetime:
    """That many days after NOW."""
    return NOW + timedelta(days=count)


def said(simulator: Simulator, number: int) -> list[str]:
    """What the comments of an issue are about, by their marks, in their order."""
    return [item.body.split("say ", 1)[1].split(":", 1)[0] for item in issue_of(simulator, number).comments]


def labelled(simulator: Simulator, number: int, name: str) -> None:
    """Put a label on an issue, as a person does on the page; it is made when it does not exist."""
    repository = repository_of(simulator)
    if repository.label(name) is None:
        repository.labels.append(Label(id=simulator.world.next_id(), name=name))
    issue_of(simulator, number).labels.append(name)
