"""What a sweep does where events were dropped: it answers, derives approvals anew, and names the tasks that wait."""

import json
from dataclasses import replace

import pytest
from test_cli_respond import SCHEMA, ftc, outputs
from threads import Page, a_page

from ftc.core.model import Status
from ftc.core.progress import Lease
from ftc.core.tasks import document
from ftc.jobs.catching_up import CatchingUp
from ftc.jobs.sweep import sweep

S = Status


@pytest.fixture(scope="module")
def world() -> Page:
    return a_page().analysed()


@pytest.fixture
def page(world: Page) -> Page:
    return world.copy()


def swept(page: Page) -> CatchingUp:
    page.wait(minutes=1)
    made = CatchingUp()
    with page.simulator.activate():
        sweep(page.context(), respond_to=made.respond_to, approval_of=made.approval_of)
    return made


def test_a_command_whose_event_never_came_is_obeyed_by_the_sweep(page: Page) -> None:
    comment = page.comment("bea", "/ai-fix soon")
    made = swept(page)
    assert page.flake.status is S.APPROVED_TO_FIX
    assert "Approved" in page.answer(comment)
    [task] = made.tasks.values()
    assert (task.issue, task.instruction) == (page.number, "soon")


def test_a_task_that_nobody_took_is_named_again_as_it_was_ordered(page: Page) -> None:
    page.comment("bea", "/ai-fix soon")
    [ordered] = page.respond().tasks
    swept(page)
    [again] = swept(page.wait(days=1)).tasks.values()
    assert document(again) == document(ordered)
    SCHEMA.validate(document(again))


def test_one_that_somebody_took_is_not(page: Page) -> None:
    page.comment("bea", "/ai-fix")
    page.respond()
    flake = page.flake
    lease = Lease(run="5", attempt=1, nonce="n", taken=page.now)
    page.save(replace(flake, progress=replace(flake.progress, lease=lease)))
    swept(page)
    assert swept(page).tasks == {}


def test_an_approval_that_was_edited_is_taken_back(page: Page) -> None:
    comment = page.comment("bea", "/ai-fix")
    page.respond()
    swept(page)
    page.edit(comment, "/ai-fix now", by="bea")
    assert swept(page).tasks == {}
    assert page.flake.status is S.WAITING_FOR_SIGNAL


def test_an_issue_without_anything_new_is_left_to_the_rest_of_the_sweep(page: Page) -> None:
    made = CatchingUp()
    with page.simulator.activate():
        assert not made.respond_to(page.context(), page.number)


def test_the_command_hands_tasks_on(page: Page, tmp_path) -> None:
    page.comment("bea", "/ai-fix")
    page.wait(minutes=1)
    done = ftc(page, tmp_path, "sweep", "--now", f"{page.now:%Y-%m-%dT%H:%M:%SZ}")
    assert done.returncode == 0, done.stderr
    assert [entry["issue"] for entry in json.loads(outputs(tmp_path)["fixes"])] == [page.number]
