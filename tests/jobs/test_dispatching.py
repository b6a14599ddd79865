"""Starting approved fixes: the lease stands before the task is named, whoever dies, and the queue moves by itself."""

from dataclasses import replace

import pytest
from scans import Killed, is_write, killing
from small import REPO, flipped, go_log, issues, run
from threads import APPROVED, Page, a_page

from ftc.core.config import Mode
from ftc.core.fix import TaskKind
from ftc.core.model import Status
from ftc.core.orders import Order
from ftc.core.progress import RunStatus
from ftc.jobs.dispatching import dispatch
from ftc.jobs.sweep import sweep

pytestmark = pytest.mark.slow

S = Status
RUNNER = {"GITHUB_RUN_ID": "77", "GITHUB_RUN_ATTEMPT": "1"}
MESSAGES = {
    "TestTotal": "got 3 items, want 4",
    "TestPay": "timed out after 5s waiting for the bank",
    "TestShip": "address already in use",
}
"""Each fails in a way of its own, so that no two of them have one root cause."""


@pytest.fixture(scope="module")
def world() -> Page:
    """Three tests with an issue and an analysis each."""
    logs = [go_log(name, message=message) for name, message in MESSAGES.items()]
    runs = [flipped(hours + 2 * place, log) for place, log in enumerate(logs) for hours in (30, 20)]
    works = [run(1, id=number, workflow="Nightly", status="in_progress") for number in (77, 78)]
    page = a_page(*runs, *works)
    for issue in issues(page.simulator):
        page.at(issue.number).analysed()
    return page


@pytest.fixture
def page(world: Page) -> Page:
    copy = world.copy()
    copy.config = {"mode": Mode.FIX}
    return copy


def numbers(page: Page) -> list[int]:
    return [issue.number for issue in issues(page.simulator)]


def started(page: Page, ordered: tuple[Order, ...] = (), **environ: str) -> tuple[Order, ...]:
    with page.simulator.activate():
        return dispatch(page.context(), ordered, environ={**RUNNER, **environ})


def approve(page: Page, number: int) -> tuple[Order, ...]:
    there = page.at(number)
    there.comment("bea", "/ai-fix")
    return there.respond().tasks


def states(page: Page) -> list[Status]:
    return [page.at(number).flake.status for number in numbers(page)]


def test_an_approved_fix_is_leased_before_it_is_named(page: Page) -> None:
    ordered = approve(page, page.number)
    [task] = started(page, ordered)
    flake = page.flake
    assert flake.status is S.FIXING
    lease = flake.progress.lease
    assert lease is not None
    assert (lease.run, lease.attempt, lease.nonce) == ("77", 1, task.nonce)
    assert (task.id, task.slot, task.scope) == (ordered[0].id, 0, ordered[0].scope)
    assert [run.status for run in flake.progress.runs] == [RunStatus.QUEUED]
    assert {APPROVED, "flaky-test-cleaner/fix-in-progress"} <= set(page.issue.labels)
    assert started(page, GITHUB_RUN_ID="78") == (), "it runs already"


def test_the_third_waits_sees_its_place_and_starts_when_there_is_room(page: Page) -> None:
    first, second, third = numbers(page)
    assert [task.slot for number in (first, second) for task in started(page, approve(page, number))] == [0, 1]
    ordered = approve(page, third)
    assert started(page, ordered) == ()
    assert page.at(third).flake.status is S.APPROVED_TO_FIX
    answer = next(iter([text for name, text in page.at(third).said().items() if name.startswith("answer:")]))
    assert "is number 1 in the queue" in answer
    assert "at most 2 runs at a time" in answer
    comment = page.at(third).comment("ro", "/ftc status")
    page.at(third).respond()
    assert "Number 1 in the queue" in page.at(third).answer(comment)
    flake = page.at(first).flake
    page.at(first).save(replace(flake, status=S.FIX_FAILED, progress=replace(flake.progress, lease=None)))
    [task] = started(page)
    assert (task.issue, task.slot) == (third, 0), "the next event of anybody moves the queue"


def test_whoever_starts_is_told_so(page: Page) -> None:
    approve(page, page.number)
    [answer] = [text for name, text in page.said().items() if name.startswith("answer:")]
    assert "starts now" in answer
    assert "queue" not in answer


def test_an_approval_that_was_edited_meanwhile_starts_nothing_and_holds_nobody_up(page: Page) -> None:
    first, second, _ = numbers(page)
    there = page.at(first)
    comment = there.comment("bea", "/ai-fix")
    there.respond()
    there.edit(comment, "/ai-fix now", by="bea")
    approve(page, second)
    assert [task.issue for task in started(page)] == [second]
    assert there.flake.status is S.WAITING_FOR_SIGNAL


@pytest.mark.parametrize(
    ("config", "environ", "why"),
    [
        ({"mode": Mode.FILE}, {}, "fix runs are not installed"),
        ({"dry_run": True}, {}, "a dry run"),
        ({}, {"GITHUB_RUN_ID": ""}, "no workflow run could hold a lease"),
    ],
)
def test_nothing_starts(page: Page, config: dict[str, object], environ: dict[str, str], why: str) -> None:
    ordered = approve(page, page.number)
    page.config = {**page.config, **config}
    before = len(page.simulator.requests)
    assert started(page, ordered, **environ) == (), why
    assert not [entry for entry in page.simulator.requests[before:] if is_write(entry)]
    assert page.flake.status is S.APPROVED_TO_FIX


def test_a_start_and_a_proof_take_slots_and_wait_for_nobody(page: Page) -> None:
    [start] = ordered(page, "/ftc start tidy up")
    proof = replace(start, id="90-1", issue=90, kind=TaskKind.VERIFY)
    fixes = approve(page, numbers(page)[1])
    tasks = started(page, (start, proof, *fixes))
    assert [(task.kind, task.slot) for task in tasks] == [(TaskKind.START, 0), (TaskKind.VERIFY, 1)]
    assert S.FIXING not in states(page), "both slots are taken"


def a_run_that_is_over(page: Page) -> str:
    repository = page.simulator.world.repository(REPO)
    assert repository is not None
    return str(next(iter(repository.runs)))


def ordered(page: Page, text: str) -> tuple[Order, ...]:
    page.comment("bea", text)
    return page.respond(model="acme/large").tasks


def test_killed_anywhere_and_run_again_it_names_each_task(page: Page) -> None:
    first, second, _ = numbers(page)
    orders = (*approve(page, first), *approve(page, second))
    calm = page.copy()
    calm.simulator.requests.clear()
    wanted = started(calm, orders)
    assert len(wanted) == 2
    writes = [entry for entry in calm.simulator.requests if is_write(entry)]
    for entry in (calm.simulator.requests[0], *writes):
        victim = page.copy()
        victim.simulator.requests.clear()
        victim.simulator.after_request = killing(entry.number, before=False)
        with pytest.raises(Killed):
            started(victim, orders)
        victim.simulator.after_request = None
        again = started(victim, GITHUB_RUN_ATTEMPT="2")
        where = f"killed after {entry.method} {entry.path}"
        assert {task.id: task.slot for task in again} == {task.id: task.slot for task in wanted}, where
        assert states(victim)[:2] == [S.FIXING, S.FIXING]
        leases = [victim.at(number).flake.progress.lease for number in (first, second)]
        assert {lease.nonce for lease in leases if lease} == {task.nonce for task in again}, "of the second attempt"


def test_a_job_that_died_between_lease_and_output_costs_only_time(page: Page) -> None:
    """Nobody runs it again: the sweep finds the lease of a run that is over, and the next job starts the order."""
    approve(page, page.number)
    [first] = started(page, GITHUB_RUN_ID=a_run_that_is_over(page))
    page.wait(days=1)
    with page.simulator.activate():
        sweep(page.context())
    assert page.flake.status is S.APPROVED_TO_FIX
    assert page.flake.progress.lease is None
    assert [run.status for run in page.flake.progress.runs] == [RunStatus.QUEUED]
    [second] = started(page)
    assert second.id == first.id
    assert second.nonce != first.nonce


def test_the_third_run_that_dies_unheard_is_a_failure(page: Page) -> None:
    approve(page, page.number)
    over, seen = a_run_that_is_over(page), []
    for _ in range(3):
        assert len(started(page, GITHUB_RUN_ID=over)) == 1
        page.wait(days=1)
        with page.simulator.activate():
            sweep(page.context())
        seen.append(page.flake.status)
    assert seen == [S.APPROVED_TO_FIX, S.APPROVED_TO_FIX, S.FIX_FAILED]
    [said] = [body for purpose, body in page.said().items() if purpose.startswith("lease-lost:")]
    assert "no job that calls `fix.yml`" in said, "the likely reason, since none of the three began"


def test_a_proof_is_ordered_on_a_pull_request_by_those_who_may_write() -> None:
    pull = {"number": 90, "title": "Wait", "head": "wait", "author": "ada", "files": {"a.txt": "a"}}
    page = a_page(pull_requests=[pull]).at(90)
    page.config = {"mode": Mode.FIX}
    refused = page.comment("ro", "/ftc verify")
    asked = page.comment("bea", "/ftc verify")
    [task] = page.respond().tasks
    assert (task.kind, task.issue, task.id, task.by) == (TaskKind.VERIFY, 90, f"90-{asked}", "bea")
    assert "is being proven" in page.answer(asked)
    assert "is being proven" not in page.answer(refused)
    page.config = {"mode": Mode.FILE}
    later = page.comment("bea", "/ftc verify")
    assert page.respond().tasks == ()
    assert "fix runs are not installed here" in page.answer(later)
