"""Which approved fixes start: order, caps and groups, each with a word on why it is hard."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ftc.core.dispatch import Caps, Queue, free_slot, line_up, nonce_of, slot_of
from ftc.core.model import Status
from ftc.core.progress import Lease, Progress, PullRef, RunRecord, RunStatus
from tests.builders import NOON, a_flake, an_occurrence

S = Status


def flake(number, status=S.APPROVED_TO_FIX, *, hours=0, lead=0, slot=0, by_person=False, command="ai-fix", queued=True):
    """An issue whose fix was ordered so many hours after noon; ``slot`` is that of its lease."""
    at = NOON + timedelta(hours=hours)
    run = RunRecord(
        id=f"{number}-1",
        command=command,
        status=RunStatus.QUEUED if queued else RunStatus.FAILED,
        created=at,
        updated=at,
    )
    nonce = nonce_of(run.id, run="5", attempt=1, slot=slot)
    progress = Progress(
        runs=(run,),
        lead=lead,
        lease=Lease(run="5", attempt=1, nonce=nonce, taken=at) if status in (S.FIXING, S.PR_UPDATING) else None,
        pull=PullRef(number=90 + number, url="", by_person=by_person) if status.value.startswith("PR_") else None,
    )
    return a_flake(an_occurrence(), issue=number, status=status, key=f"{number:016x}", progress=progress)


@pytest.mark.parametrize(
    ("flakes", "starts", "places", "why"),
    [
        ([flake(1)], {1: 0}, {}, "nothing is under way"),
        ([flake(1, hours=2), flake(2, hours=1), flake(3)], {3: 0, 2: 1}, {1: 1}, "first ordered, first started"),
        ([flake(2), flake(1)], {1: 0, 2: 1}, {}, "of the same second, the lower number"),
        ([flake(1, S.FIXING), flake(2)], {2: 1}, {}, "the first slot is taken"),
        ([flake(1, S.FIXING, slot=1), flake(2)], {2: 0}, {}, "the second slot is taken"),
        ([flake(1, S.FIXING), flake(2, S.FIXING, slot=1), flake(3)], {}, {3: 1}, "both are"),
        ([flake(1, S.PR_UPDATING), flake(2)], {2: 1}, {}, "a round on a pull request is a run and a pull request"),
        ([flake(1, S.PR_OPEN), flake(2), flake(3, hours=1)], {2: 0}, {3: 1}, "room for one pull request more"),
        ([flake(1, S.PR_OPEN), flake(2, S.PR_NEEDS_CHANGES), flake(3)], {}, {3: 1}, "no room for pull requests"),
        ([flake(1, S.PR_OPEN, by_person=True), flake(2, S.PR_OPEN), flake(3)], {3: 0}, {}, "a person's takes no place"),
        ([flake(1, S.FIXING), flake(2, S.PR_OPEN), flake(3)], {}, {3: 1}, "what runs will be a pull request, too"),
        ([flake(1, lead=1), flake(2, lead=1, hours=1), flake(3, hours=2)], {1: 0, 3: 1}, {2: 1}, "one for each cause"),
        ([flake(1, S.PR_OPEN, lead=1), flake(2, lead=1), flake(3, hours=1)], {3: 0}, {2: 1}, "one is proposed for it"),
        ([flake(1, command="start")], {}, {}, "an ordered task is no approved fix"),
        ([flake(1, queued=False)], {}, {}, "handed over: approved, and nothing waits"),
        ([flake(1, S.WAITING_FOR_SIGNAL)], {}, {}, "not approved any more"),
    ],
)
def test_the_queue(flakes, starts, places, why):
    assert line_up(flakes, caps=Caps(parallel=2, pulls=2)) == Queue(starts=starts, places=places), why
    assert line_up(flakes[::-1], caps=Caps(parallel=2, pulls=2)) == Queue(starts=starts, places=places), why


def test_a_lease_that_holds_no_longer_blocks_nobody():
    flakes = [flake(1, S.FIXING, lead=1), flake(2, S.FIXING, slot=1), flake(3, lead=1)]
    assert line_up(flakes, caps=Caps(), dead=[1]).starts == {3: 0}


def test_what_starts_without_a_lease_takes_a_slot_all_the_same():
    assert line_up([flake(1), flake(2)], caps=Caps(), taken=[0]) == Queue(starts={1: 1}, places={2: 1})
    assert line_up([flake(1)], caps=Caps(), taken=[0, 0]) == Queue(starts={}, places={1: 1})


def test_pull_requests_that_no_issue_knows_count_where_they_can_be_seen():
    """Those of started tasks: the gate counts them, and would send everybody back who starts in spite of them."""
    assert line_up([flake(1)], caps=Caps(), open_pulls=2).places == {1: 1}
    assert line_up([flake(1), flake(2, S.FIXING)], caps=Caps(), open_pulls=1).places == {1: 1}
    assert line_up([flake(1), flake(2, S.PR_OPEN), flake(3, S.PR_OPEN)], caps=Caps(), open_pulls=0).starts == {1: 0}


def test_one_at_a_time_is_possible():
    assert line_up([flake(1), flake(2)], caps=Caps(parallel=1, pulls=20)) == Queue(starts={1: 0}, places={2: 1})


@pytest.mark.parametrize(("taken", "slot"), [([], 0), ([0], 1), ([1], 0), ([0, 1], 0), ([0, 0, 1], 1)])
def test_the_slot_used_least(taken, slot):
    assert free_slot(taken, parallel=2) == slot


def test_a_lease_is_named_for_its_run_and_tells_its_slot():
    name = nonce_of("7-1", run="5", attempt=1, slot=1)
    assert name == nonce_of("7-1", run="5", attempt=1, slot=1)
    others = [("7-2", "5", 1), ("7-1", "6", 1), ("7-1", "5", 2)]
    assert len({name, *(nonce_of(task, run=run, attempt=attempt, slot=1) for task, run, attempt in others)}) == 4
    lease = Lease(run="5", attempt=1, nonce=name, taken=NOON)
    assert slot_of(lease) == 1
    assert [slot_of(replace(lease, nonce=odd)) for odd in ("n", "", "x-1", "-1", "٣-1", "999-1")] == [0] * 6
