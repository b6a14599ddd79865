"""What a sweep does where events were dropped: it answers, derives approvals anew, and names the tasks that wait."""

import json
from dataclasses import replace

import pytest
from test_cli_respond import SCHEMA, ftc, outputs
from threads import Page, a_page

from ftc.core.model import Status
from ftc.core.orders import document
from ftc.core.progress import Lease
from ftc.jobs.sweep import sweep
from ftc.jobs.sweep_report import SweepReport

S = Status


@pytest.fixture(scope="module")
def world() -> Page:
    return a_page().analysed()


@pytest.fixture
def page(world: Page) -> Page:
    return world.copy()


def swept(page: Page) -> SweepReport:
    page.wait(minutes=1)
    with page.simulator.activate():
        return sweep(page.context())


def test_a_command_whose_event_never_came_is_obeyed_by_the_sweep(page: Page) -> None:
    comment = page.comment("bea", "/ai-fix soon")
    report = swept(page)
    assert page.flake.status is S.APPROVED_TO_FIX
    assert "Approved" in page.answer(comment)
    assert [(task.issue, task.instruction) for task in report.tasks] == [(page.number, "soon")]


def test_a_task_that_nobody_took_is_named_again_as_it_was_ordered(page: Page) -> None:
    page.comment("bea", "/ai-fix soon")
    [ordered] = page.respond().tasks
    assert page.respond().tasks == (), "an answer to something else orders nothing"
    [again] = swept(page.wait(days=1)).tasks
    assert document(again) == document(ordered)
    SCHEMA.validate(document(again))


def test_one_that_somebody_took_is_not(page: Page) -> None:
    page.comment("bea", "/ai-fix")
    page.respond()
    lease = Lease(run="5", attempt=1, nonce="n", taken=page.now)
    page.save(replace(page.flake, progress=replace(page.flake.progress, lease=lease)))
    assert swept(page).tasks == ()


def test_an_approval_that_was_edited_is_taken_back(page: Page) -> None:
    comment = page.comment("bea", "/ai-fix")
    page.respond()
    page.edit(comment, "/ai-fix now", by="bea")
    assert swept(page).tasks == ()
    assert page.flake.status is S.WAITING_FOR_SIGNAL


def test_the_command_hands_tasks_on(page: Page, tmp_path) -> None:
    page.comment("bea", "/ai-fix")
    page.wait(minutes=1)
    done = ftc(page, tmp_path, "sweep", "--now", f"{page.now:%Y-%m-%dT%H:%M:%SZ}")
    assert done.returncode == 0, done.stderr
    assert [entry["issue"] for entry in json.loads(outputs(tmp_path)["fixes"])] == [page.number]
