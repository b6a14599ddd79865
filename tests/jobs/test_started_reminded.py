"""Started tasks whose job died before it handed them on: the sweep names them again, exactly as they were ordered."""

import json
from dataclasses import replace

import pytest
from threads import READY, Page, a_page, dashboard_of

from ftc.core.marks import order_of
from ftc.core.model import Status
from ftc.core.orders import Order, document
from ftc.core.progress import Lease, RunStatus
from ftc.core.state import decode
from ftc.jobs.reminding import PATIENCE
from tests.lost_orders import (
    bot_says,
    named_by_the_next_however_a_sweep_dies,
    named_once_however_the_answer_dies,
    swept,
)

pytestmark = pytest.mark.slow

STRANGE = 70
WRITTEN = {"number": STRANGE, "title": "Tidy the cart", "body": "It is a mess.\n", "author": "ada"}


@pytest.fixture(scope="module")
def world() -> Page:
    page = a_page(issues=[WRITTEN]).analysed()
    page.config.update(READY)
    return page


@pytest.fixture(params=["managed", "a person's"])
def page(request: pytest.FixtureRequest, world: Page) -> Page:
    """The issue on which the order is given: one that the bot keeps, and one without any state."""
    page = replace(world.copy(), config=dict(world.config))
    return page if request.param == "managed" else page.at(STRANGE)


def late(page: Page) -> Page:
    return page.wait(seconds=PATIENCE.total_seconds() + 60)


def ordered(page: Page, body: str = "/ftc start with the sums first") -> Order:
    """The order is answered, and the job that answered dies before it hands the task on."""
    page.comment("bea", body)
    [task] = page.respond().tasks
    return task


def says(page: Page, purpose: str) -> None:
    """A comment of the bot, as a fix run writes it."""
    bot_says(page, "At work.", purpose)


def test_an_order_that_nobody_took_is_named_again_as_it_was_given(page: Page) -> None:
    task = ordered(page)
    assert swept(page) == (), "a fix run may still be on its way"
    [again] = swept(late(page))
    assert document(again) == document(task)
    assert page.respond().tasks == (), "an answer to something else orders nothing"
    assert swept(page.wait(days=2)) == (again,), "whoever was told of it may have died as well"


def test_a_restart_is_an_order_of_its_own(page: Page) -> None:
    first, second = ordered(page), ordered(page, "/ftc retry")
    assert first.instruction == second.instruction
    assert swept(late(page)) == (first, second)


def test_an_order_that_a_fix_run_spoke_of_is_not_named_again(page: Page) -> None:
    task = ordered(page)
    late(page)
    says(page, f"fix:{task.id}")
    assert swept(page) == ()


def test_an_order_on_an_issue_without_a_state_is_given_up_in_the_end(world: Page) -> None:
    page = replace(world.copy(), number=STRANGE)
    ordered(page)
    assert len(swept(page.wait(days=6))) == 1
    assert swept(page.wait(days=2)) == ()
    dashboard = decode(dashboard_of(page).issue.body).dashboard
    assert dashboard is not None
    assert dashboard.swept == page.now, "and the sweeps look no further back for it"


@pytest.mark.parametrize("status", [RunStatus.RUNNING, RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.STOPPED])
def test_a_record_that_was_taken_is_not_named_again(world: Page, status: RunStatus) -> None:
    page = replace(world.copy(), config=dict(world.config))
    ordered(page)
    [run] = page.flake.progress.runs
    page.save(replace(page.flake, progress=page.flake.progress.with_run(replace(run, status=status, updated=page.now))))
    assert swept(late(page)) == ()


def test_while_something_is_at_work_on_the_flake_its_order_waits(world: Page) -> None:
    page = replace(world.copy(), config=dict(world.config))
    task = ordered(page)
    flake = page.flake
    lease = Lease(run="77", attempt=1, nonce="n", taken=page.now)
    page.save(replace(flake, status=Status.PR_OPEN, progress=replace(flake.progress, lease=lease)))
    assert swept(late(page)) == ()
    page.save_exactly(replace(page.flake, status=Status.ISSUE_OPEN, progress=flake.progress))
    assert swept(page.wait(minutes=5)) == (task,)


WITHDRAWN = {
    "the order was edited": lambda page, order: page.edit(order, "/ftc start delete everything", by="bea"),
    "its author may no longer": lambda page, order: page.simulator.world.repository("acme/shop").collaborators.update(
        bea="read"
    ),
    "the text was changed": lambda page, _: page.issue.rewrite(
        page.issue.body + "More.", editor="max", now=page.now, edit_id=page.simulator.world.next_id()
    ),
    "fixes were switched off": lambda page, _: page.config.pop("mode"),
    "the answer was written over": lambda page, order: page.edit(answer_of(page, order), forged(page, order), by="max"),
}


def answer_of(page: Page, order: int) -> int:
    return next(item.id for item in page.issue.comments if f"answer:{order}" in item.body)


def forged(page: Page, order: int) -> str:
    """The very same answer, so that nothing but the hand that wrote it tells it apart."""
    return page.answer(order) + "\n"


@pytest.mark.parametrize("change", WITHDRAWN.values(), ids=WITHDRAWN)
def test_what_may_not_begin_any_more_is_not_named_again(page: Page, change) -> None:
    task = ordered(page)
    late(page)
    change(page, int(task.turn))
    assert swept(page) == ()


def test_an_answer_that_quotes_a_mark_orders_nothing(page: Page) -> None:
    comment = page.comment("bea", f"/ftc strat `<!-- flaky-test-cleaner:ordered {page.number}-9 {'a' * 64} -->`")
    page.respond()
    assert page.answer(comment)
    assert order_of(page.answer(comment)) == ("", "")
    assert order_of("`<!-- flaky-test-cleaner:ordered 7-9 " + "a" * 64 + " -->`") == ("", "")


def test_killed_anywhere_the_task_is_named_once_in_the_end(page: Page) -> None:
    page.comment("bea", "/ftc start do it")
    named_once_however_the_answer_dies(page, late=late, taken=lambda victim, task: says(victim, f"fix:{task}"))


def test_a_sweep_that_dies_itself_leaves_the_order_to_the_next(page: Page) -> None:
    task = ordered(page)
    named_by_the_next_however_a_sweep_dies(late(page), task)


def test_the_marks_of_orders_are_hidden_and_hold_no_text_of_anybody(page: Page) -> None:
    task = ordered(page, "/ftc start say <secret words>")
    body = page.answer(task.turn)
    name, digest = order_of(body)
    assert name == task.id
    assert json.dumps([name, digest]).isascii()
    assert "secret words" not in body
