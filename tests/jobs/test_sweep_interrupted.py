"""A sweep may die at any request and be run again: every comment is written once, and the end is the same."""

from dataclasses import dataclass, replace

import pytest
from scans import Killed, copied, deaths, is_write, killing, same, writes
from small import REPO
from sweeps import a_sweep, day, filed, issue_of, labelled, number_of, put, ran, repository_of, state

from ftc.core.model import Flake, Status
from ftc.core.progress import Lease, Progress, PullRef, Quarantine
from ftc.core.state import decode
from ftc.simulator.application import LoggedRequest
from ftc.simulator.pushes import close
from ftc.simulator.simulator import Simulator

pytestmark = pytest.mark.slow

S = Status
ON = 130
"""Days after which the sweep comes."""
COMMITS = [
    {"message": "First", "as": "first", "at": "2026-11-01T00:00:00Z"},
    {"message": "Fix", "as": "fix", "at": "2026-11-21T00:00:00Z"},
]
SLICES = 4


@dataclass(frozen=True)
class Seen:
    """An issue as people see it, and its state without what may differ between two ways to the same end."""

    open: bool
    reason: str | None
    labels: frozenset[str]
    comments: tuple[str, ...]
    flake: Flake


def everything(simulator: Simulator) -> dict[int, Seen]:
    found = {}
    for number, issue in repository_of(simulator).issues.items():
        block = decode(issue.body) if issue.pull is None else None
        if block and block.flake:
            found[number] = Seen(
                open=issue.state == "open",
                reason=issue.state_reason,
                labels=frozenset(issue.labels),
                comments=tuple(comment.body for comment in issue.comments),
                flake=same(block.flake),
            )
    return found


@pytest.fixture(scope="module")
def world() -> Simulator:
    """One issue for each thing that a sweep does."""
    made = filed("TestSilent", "TestProven", "TestBack", "TestLease", "TestQuarantine", "TestDeclined", commits=COMMITS)
    number = {name: number_of(made, f"Test{name}") for name in ("Silent", "Proven", "Back", "Lease", "Declined")}
    quarantined = number_of(made, "TestQuarantine")
    fix = made.world.aliases[f"{REPO}:fix"]
    merged = Progress(pull=PullRef(number=0, url="", merged=day(1), merge_sha=fix))
    exposure = (*state(made, number["Proven"]).exposure, *ran((10, 400)))
    put(made, number["Silent"], exposure=ran((120, 40)))
    put(made, number["Proven"], status=S.MERGED, progress=merged, exposure=exposure)
    back = replace(state(made, number["Back"]).occurrences[0], run="900", created=day(9), sha=fix, tree=fix)
    failed = (back, *state(made, number["Back"]).occurrences)
    put(made, number["Back"], status=S.MERGED, progress=merged, occurrences=failed)
    put(
        made,
        number["Lease"],
        status=S.FIXING,
        progress=Progress(lease=Lease(run="7", attempt=1, nonce="n", taken=day(1))),
    )
    put(made, quarantined, progress=Progress(quarantine=Quarantine(until=day(3), by="bea")))
    labelled(made, quarantined, "flaky-test-cleaner/quarantined")
    made.world.clock.set(day(2))
    close(made.world, issue_of(made, number["Back"]), actor="bea", reason="completed")
    close(made.world, issue_of(made, number["Declined"]), actor="bea", reason="not_planned")
    return made


@pytest.fixture(scope="module")
def undisturbed(world: Simulator) -> tuple[dict[int, Seen], list[LoggedRequest]]:
    """The end that every way must come to, and the requests on the straight one."""
    calm = copied(world)
    a_sweep(calm, days=ON)
    wanted = everything(calm)
    statuses = sorted(item.flake.status for item in wanted.values())
    assert statuses == sorted([S.CLOSED_SILENT, S.VERIFIED, S.ISSUE_OPEN, S.FIX_FAILED, S.ISSUE_OPEN, S.CLOSED_WONTFIX])
    assert sum(len(item.comments) for item in wanted.values()) == 5
    assert sum(map(is_write, calm.requests)) >= 20, "a sweep that writes nothing proves nothing"
    return wanted, list(calm.requests)


@pytest.mark.parametrize("part", range(SLICES))
def test_killed_anywhere_and_run_again_ends_the_same(
    world: Simulator, undisturbed: tuple[dict[int, Seen], list[LoggedRequest]], part: int
) -> None:
    wanted, requests = undisturbed
    for entry, before in deaths(requests)[part::SLICES]:
        victim = copied(world)
        hook = killing(entry.number, before=before)
        victim.on_request, victim.after_request = (hook, None) if before else (None, hook)
        with pytest.raises(Killed):
            a_sweep(victim, days=ON)
        victim.on_request = victim.after_request = None
        a_sweep(victim, days=ON)
        assert everything(victim) == wanted, f"killed {'before' if before else 'after'} {entry.method} {entry.path}"
        victim.requests.clear()
        a_sweep(victim, days=ON)
        assert writes(victim) == [], "and a third finds nothing to do"
