"""A scan may die at any request, and two may run at once: nothing is opened twice, nothing is lost.

The rule is spec section 15; the world is the demo's history, read in this process.
"""

from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from scans import Kept, Killed, copied, deaths, is_write, kept, killing, run_scan, writes
from small import NOW as SMALL_NOW
from small import REPO as SMALL
from small import TOKEN, a_world, flipped, go_log

from ftc.simulator.application import LoggedRequest
from ftc.simulator.simulator import Simulator
from ftc.simulator.world import Repository

pytestmark = pytest.mark.slow

HISTORY = Path(__file__).parents[2] / "examples" / "demo" / "history"
REPO = "demo-org/ledger"
FIRST = datetime(2026, 11, 19, 0, 30, tzinfo=UTC)
NEWER = datetime(2026, 11, 20, 0, 30, tzinfo=UTC)
SLICES = 4
"""The deaths are shared out among so many tests, so that they can run side by side."""


def a_scan(simulator: Simulator, now: datetime) -> None:
    # No brake: with it the scan after a whole one has work left, and "the same end" would need counting scans.
    run_scan(simulator, repo=REPO, token="demo-token", now=now, max_new_issues=50)


@pytest.fixture(scope="module")
def first() -> Simulator:
    """The world before anything was scanned."""
    return Simulator.load(HISTORY / "first.yaml")


@pytest.fixture(scope="module")
def second(first: Simulator) -> Simulator:
    """The world after one scan, with newer runs that were not looked at yet."""
    simulator = copied(first)
    a_scan(simulator, FIRST)
    simulator.requests.clear()
    simulator.add(HISTORY / "newer.yaml")
    simulator.requests.clear()
    return simulator


@pytest.fixture(scope="module", params=["first scan", "scan of newer runs"])
def world(request: pytest.FixtureRequest) -> tuple[Simulator, datetime]:
    """Both kinds of scan: one that creates everything, one that changes what is there."""
    if request.param == "first scan":
        return request.getfixturevalue("first"), FIRST
    return request.getfixturevalue("second"), NEWER


@pytest.fixture(scope="module")
def undisturbed(world: tuple[Simulator, datetime]) -> tuple[Kept, list[LoggedRequest]]:
    """The end that every way must come to, and the requests on the straight one."""
    calm = copied(world[0])
    a_scan(calm, world[1])
    assert sum(map(is_write, calm.requests)) >= 3, "a scan that writes nothing proves nothing"
    return kept(calm, REPO), list(calm.requests)


@pytest.mark.parametrize("part", range(SLICES))
def test_killed_anywhere_and_run_again_ends_the_same(
    world: tuple[Simulator, datetime], undisturbed: tuple[Kept, list[LoggedRequest]], part: int
) -> None:
    (simulator, now), (wanted, requests) = world, undisturbed
    for entry, before in deaths(requests)[part::SLICES]:
        victim = copied(simulator)
        killed(victim, entry.number, before=before, scan=partial(a_scan, victim, now))
        a_scan(victim, now)
        assert kept(victim, REPO) == wanted, f"killed {'before' if before else 'after'} {entry.method} {entry.path}"


def killed(victim: Simulator, number: int, *, before: bool, scan: Callable[[], object]) -> None:
    """A scan that dies at this request."""
    hook = killing(number, before=before)
    victim.on_request, victim.after_request = (hook, None) if before else (None, hook)
    with pytest.raises(Killed):
        scan()
    victim.on_request = victim.after_request = None


def test_a_read_changes_nothing(world: tuple[Simulator, datetime]) -> None:
    """Why dying at a read need not be tried: what GitHub holds is the same before it and after it."""
    simulator = copied(world[0])
    held: list[str] = []
    reads = 0

    def look(entry: LoggedRequest) -> None:
        if not is_write(entry):
            held.append(content(simulator))

    def compare(entry: LoggedRequest) -> None:
        nonlocal reads
        if not is_write(entry):
            reads += 1
            assert content(simulator) == held.pop(), f"{entry.method} {entry.path}"

    simulator.on_request, simulator.after_request = look, compare
    a_scan(simulator, world[1])
    assert reads > 10


def content(simulator: Simulator) -> str:
    """Everything that GitHub holds, but for git, where a scan may write nothing."""
    repositories = simulator.world.repositories.values()
    names = [item.name for item in fields(Repository) if item.name not in ("git", "known_commits")]
    return repr([getattr(item, name) for item in repositories for name in names])


def test_killed_at_any_request_of_a_small_scan_reads_too() -> None:
    """The same without that argument, in a world small enough to try every single request."""
    small = a_world(flipped(30, go_log("TestTotal")), flipped(20, go_log("TestTotal")))

    def scan(simulator: Simulator) -> None:
        run_scan(simulator, repo=SMALL, token=TOKEN, now=SMALL_NOW)

    calm = copied(small)
    scan(calm)
    wanted = kept(calm, SMALL)
    assert len(wanted.issues) == 1
    for entry in calm.requests:
        for before in (True, False):
            victim = copied(small)
            killed(victim, entry.number, before=before, scan=partial(scan, victim))
            scan(victim)
            assert kept(victim, SMALL) == wanted, (
                f"killed {'before' if before else 'after'} {entry.method} {entry.path}"
            )


@pytest.mark.parametrize("part", range(SLICES))
def test_a_second_scan_in_the_middle_of_the_first_loses_and_doubles_nothing(
    world: tuple[Simulator, datetime], undisturbed: tuple[Kept, list[LoggedRequest]], part: int
) -> None:
    (simulator, now), (wanted, requests) = world, undisturbed
    moments = [entry.number for entry in requests if is_write(entry)] + [1, len(requests) // 2]
    for moment in moments[part::SLICES]:
        both = copied(simulator)

        def meanwhile(entry: LoggedRequest, both: Simulator = both, moment: int = moment) -> None:
            if entry.number == moment:
                a_scan(both, now)

        both.on_request = meanwhile
        a_scan(both, now)
        both.on_request = None
        a_scan(both, now)  # "past the next scan" (issue A)
        found = kept(both, REPO)
        assert found == wanted, f"with another scan before request {moment}"


def test_a_second_scan_with_nothing_new_writes_nothing_and_costs_what_it_must(
    world: tuple[Simulator, datetime],
) -> None:
    simulator = copied(world[0])
    a_scan(simulator, world[1])
    simulator.requests.clear()
    a_scan(simulator, world[1])
    assert writes(simulator) == []
    # Two, a page of managed issues, a page of runs, a page of comments (issue A).
    assert len(simulator.requests) <= 2 + 1 + 1 + 1
