"""Proofs whose job died before it handed them on: the sweep names the newest again, exactly as it was ordered."""

from dataclasses import replace
from datetime import datetime

import pytest
from threads import Page, a_page, dashboard_of

from ftc.core.config import Mode
from ftc.core.endings import Papers
from ftc.core.fix import Refusal, Refused, TaskKind
from ftc.core.marks import PROOF, proven_mark
from ftc.core.orders import Order, answers_too, document
from ftc.core.state import decode
from ftc.jobs.reminding import PATIENCE, PROOF_PATIENCE
from tests.jobs.test_fix_settle import settled
from tests.jobs.test_started_reminded import answer_of, forged
from tests.lost_orders import (
    bot_says,
    named_by_the_next_however_a_sweep_dies,
    named_once_however_the_answer_dies,
    swept,
)
from tests.run_texts import a_conclusion, a_fix_task, papers

pytestmark = pytest.mark.slow

PULL = 90
PROPOSED = {"number": PULL, "title": "Wait", "head": "wait", "author": "ada", "files": {"a.txt": "a"}}


@pytest.fixture(scope="module")
def world() -> Page:
    page = a_page(pull_requests=[PROPOSED]).at(PULL)
    page.config = {"mode": Mode.FIX}
    return page


@pytest.fixture
def page(world: Page) -> Page:
    return replace(world.copy(), config=dict(world.config))


def ordered(page: Page) -> Order:
    """The order is answered, and the job that answered dies before it hands the task on."""
    page.comment("bea", "/ftc verify")
    [task] = page.respond().tasks
    return task


def late(page: Page) -> Page:
    return page.wait(seconds=PROOF_PATIENCE.total_seconds() + 60)


def reports(page: Page, task: str) -> None:
    """The report of a run, as settle writes it."""
    bot_says(page, f"{proven_mark(task)}\nVerified.", PROOF)


def test_a_proof_that_nobody_took_is_named_again_as_it_was_ordered(page: Page) -> None:
    task = ordered(page)
    assert swept(page.wait(seconds=PATIENCE.total_seconds() + 60)) == (), "two long jobs come one after the other"
    [again] = swept(late(page))
    assert document(again) == document(task)
    assert page.respond().tasks == (), "an answer to something else orders nothing"
    assert swept(page.wait(days=2)) == (again,), "whoever was told of it may have died as well"
    assert swept(page.wait(days=5)) == (), "after a week nobody waits any more"


def test_a_proof_that_was_reported_is_not_named_again(page: Page) -> None:
    task = ordered(page)
    reports(late(page), task.id)
    assert swept(page) == ()


def test_the_report_of_an_older_order_answers_no_newer_one(page: Page) -> None:
    older = ordered(page)
    reports(page.wait(minutes=5), older.id)
    newer = ordered(page.wait(minutes=5))
    assert swept(late(page)) == (newer,)


def test_of_several_the_newest_is_named_alone(page: Page) -> None:
    """All of them would prove the head as it is then."""
    older = ordered(page)
    newer = ordered(page.wait(minutes=5))
    assert swept(late(page)) == (newer,)
    reports(page, newer.id)
    assert swept(page.wait(minutes=5)) == ()
    assert answers_too(newer.id, older.id)


def looked_until(page: Page) -> datetime | None:
    """Up to when the sweeps have looked for what waits."""
    dashboard = decode(dashboard_of(page).issue.body).dashboard
    return dashboard.swept if dashboard else None


WITHDRAWN = {
    "the order was edited": lambda page, order: page.edit(order, "/ftc verify now", by="bea"),
    "its author may no longer": lambda page, _: page.simulator.world.repository("acme/shop").collaborators.update(
        bea="read"
    ),
    "it was closed": lambda page, _: page.close("ada"),
    "fixes were switched off": lambda page, _: page.config.pop("mode"),
    "the answer was written over": lambda page, order: page.edit(answer_of(page, order), forged(page, order), by="max"),
}


@pytest.mark.parametrize("change", WITHDRAWN.values(), ids=WITHDRAWN)
def test_what_may_not_begin_any_more_is_not_named_again(page: Page, change) -> None:
    task = ordered(page)
    late(page)
    change(page, int(task.turn))
    assert swept(page) == ()


@pytest.mark.parametrize("change", [None, *WITHDRAWN.values()], ids=["it may begin", *WITHDRAWN])
def test_only_a_proof_that_may_begin_is_looked_for_longer_than_a_day(page: Page, change) -> None:
    """What is looked back for keeps every sweep reading, and in a busy repository soon more than it reads."""
    swept(page)
    before = looked_until(page)
    assert before == page.now
    task = ordered(page.wait(minutes=5))
    late(page)
    if change is not None:
        change(page, int(task.turn))
    named = () if change else (task,)
    assert (swept(page), looked_until(page)) == (named, before), "who gave it may get the right back"
    assert swept(page.wait(days=1)) == named
    assert looked_until(page) == (page.now if change else before)


def test_killed_anywhere_the_proof_is_named_once_in_the_end(page: Page) -> None:
    page.comment("bea", "/ftc verify")
    named_once_however_the_answer_dies(page, late=late, taken=reports)


def test_a_sweep_that_dies_itself_leaves_the_proof_to_the_next(page: Page) -> None:
    task = ordered(page)
    named_by_the_next_however_a_sweep_dies(late(page), task)


def test_looking_for_lost_proofs_costs_nothing_where_there_is_none(page: Page) -> None:
    """A report that stands is seen in what the sweep lists anyway."""
    task = ordered(page)
    reports(late(page), task.id)
    swept(page)
    before = len(page.simulator.requests)
    swept(page.wait(minutes=5))
    without = len(page.simulator.requests) - before
    page.comment("ada", "Nice.")
    before = len(page.simulator.requests)
    swept(page.wait(minutes=5))
    assert len(page.simulator.requests) - before == without


def said(page: Page) -> str:
    return page.said().get("proof", "")


def refused(task: str, why: Refused) -> Papers:
    """What a run leaves that its gate ended."""
    return replace(papers(), task=None, refusal=Refusal(task=task, kind=TaskKind.VERIFY, issue=PULL, why=why, text="."))


def test_a_run_that_was_named_twice_keeps_the_report_of_the_first(page: Page) -> None:
    """However the second one ends, if not with a proof; of two orders the older one never writes over the newer."""
    task = a_fix_task(id=f"{PULL}-6", kind=TaskKind.VERIFY, issue=1, pull=PULL)
    found = papers(task=task, conclusion=a_conclusion())
    settled(page, found, task=task.id)
    before = said(page)
    assert before
    died = papers(task=task, conclusion=None, results={"verify": "failure"})
    for left in (refused(task.id, Refused.ENDED), died, refused(task.id, Refused.OVER_BUDGET)):
        settled(page, left, task=task.id)
        assert said(page) == before
    older = replace(task, id=f"{PULL}-5")
    settled(page, papers(task=older, conclusion=None), task=older.id)
    assert said(page) == before
    newer = replace(task, id=f"{PULL}-7")
    settled(page, papers(task=newer, conclusion=None, results={"verify": "failure"}), task=newer.id)
    assert "its job `verify` failed" in said(page)
    settled(page, papers(task=newer, conclusion=a_conclusion()), task=newer.id)
    assert "its job `verify` failed" not in said(page), "a proof says more than a run that died"


@pytest.mark.parametrize(
    ("reported", "task", "serves"),
    [
        ("90-7", "90-7", True),
        ("90-12", "90-7", True),
        ("90-7", "90-12", False),
        ("90-7", "91-7", False),
        ("", "90-7", False),
        ("90-label-7", "90-7", False),
        ("90-٧", "90-7", False),
    ],
)
def test_which_report_answers_which_order(reported: str, task: str, serves: bool) -> None:
    assert answers_too(reported, task) is serves
