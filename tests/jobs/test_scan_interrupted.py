"""A scan may die at any request, and two may run at once: nothing is opened twice, nothing is lost.

The rule is spec section 15; the world is the demo's history, read in this process.
"""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from scans import Kept, Killed, copied, is_write, kept, killing, run_scan, writes

from ftc.simulator.application import LoggedRequest
from ftc.simulator.simulator import Simulator

HISTORY = Path(__file__).parents[2] / "examples" / "demo" / "history"
REPO = "demo-org/ledger"
FIRST = datetime(2026, 11, 19, 0, 30, tzinfo=UTC)
NEWER = datetime(2026, 11, 20, 0, 30, tzinfo=UTC)
SLICES = 6
"""The requests are shared out among so many tests, so that they can run side by side."""


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


@pytest.fixture(params=["first scan", "scan of newer runs"])
def world(request: pytest.FixtureRequest, first: Simulator, second: Simulator) -> tuple[Simulator, datetime]:
    """Both kinds of scan: one that creates everything, one that changes what is there."""
    return (first, FIRST) if request.param == "first scan" else (second, NEWER)


def undisturbed(simulator: Simulator, now: datetime) -> tuple[Kept, list[LoggedRequest]]:
    calm = copied(simulator)
    a_scan(calm, now)
    return kept(calm, REPO), calm.requests


@pytest.mark.parametrize("part", range(SLICES))
def test_killed_at_any_request_and_run_again_ends_the_same(world: tuple[Simulator, datetime], part: int) -> None:
    simulator, now = world
    wanted, requests = undisturbed(simulator, now)
    assert sum(map(is_write, requests)) >= 3, "a scan that writes nothing proves nothing"
    for entry in requests[part::SLICES]:
        # Before a read and after it the world is the same, so one of the two is enough.
        for before in (True, False) if is_write(entry) else (True,):
            victim = copied(simulator)
            hook = killing(entry.number, before=before)
            victim.on_request, victim.after_request = (hook, None) if before else (None, hook)
            with pytest.raises(Killed):
                a_scan(victim, now)
            victim.on_request = victim.after_request = None
            a_scan(victim, now)
            assert kept(victim, REPO) == wanted, f"killed {'before' if before else 'after'} {entry.method} {entry.path}"


@pytest.mark.parametrize("part", range(SLICES))
def test_a_second_scan_in_the_middle_of_the_first_loses_and_doubles_nothing(
    world: tuple[Simulator, datetime], part: int
) -> None:
    simulator, now = world
    wanted, requests = undisturbed(simulator, now)
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
