"""What each command does to an issue, its state and its page; through the whole job against the simulator."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from scans import writes
from small import a_scan, flipped, go_log, issues
from threads import PREFIX, READY, Page, a_page, dashboard_of, words

from ftc.core.commands import SPECS, parse
from ftc.core.config import Mode
from ftc.core.fix_agents import FixAgent
from ftc.core.model import Flake, Status
from ftc.core.progress import Lease, PullRef, RunStatus
from ftc.core.state import encode_flake
from ftc.simulator.markdown import render_markdown

S = Status
OTHER = 'state is "stopped", want "ready"'
RUNS = (
    flipped(60, go_log("TestTotal", message="timed out waiting for leader")),
    flipped(50, go_log("TestTotal", message="timed out waiting for leader")),
    flipped(30, go_log("TestTotal")),
    flipped(20, go_log("TestTotal")),
    flipped(28, go_log("TestCount", message="got 3 items, want 4")),
    flipped(18, go_log("TestCount", message="got 3 items, want 4")),
)


@pytest.fixture(scope="module")
def world() -> Page:
    page = a_page(*RUNS)
    total = next(issue for issue in issues(page.simulator) if "TestTotal" in issue.title)
    return page.at(total.number).analysed()


@pytest.fixture
def page(world: Page) -> Page:
    return world.copy()


def other(page: Page) -> Page:
    return page.at(next(issue.number for issue in issues(page.simulator) if "TestCount" in issue.title))


def asked(page: Page, body: str, *, by: str = "bea", **config: object) -> str:
    """The answer to a command, on one line."""
    comment = page.comment(by, body)
    page.respond(**config)
    return words(page.answer(comment))


def in_state(page: Page, status: Status, **progress: object) -> Page:
    flake = page.flake
    page.save(replace(flake, status=status, progress=replace(flake.progress, **progress)))
    return page


def labelled(page: Page) -> set[str]:
    return {name.removeprefix(PREFIX) for name in page.issue.labels}


# Telling ----------------------------------------------------------------------------------------------------------


def test_help_fits_on_a_screen_and_holds_every_command(page: Page) -> None:
    comment = page.comment("ro", "/ftc help")
    page.respond()
    answer = page.answer(comment)
    assert len(answer.splitlines()) <= 30
    shown = render_markdown(answer, repository="acme/shop").html
    for spec in SPECS:
        assert f"{spec.trigger}" in shown.replace("&#47;", "/"), spec.name


def test_nothing_the_bot_says_is_a_command_of_its_own(page: Page) -> None:
    for body in (
        "/ftc help",
        "/ftc hlep",
        "/ai-fix",
        "/ftc status",
        "/ftc runner x",
        "/ftc merge-into #99",
        "/ftc wat",
    ):
        page.comment("bea", body)
    page.respond()
    for body in page.said().values():
        for line in body.splitlines():
            assert parse(line) is None, line
            assert "/ftc" not in line
            assert "/ai-fix" not in line


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (S.ISSUE_OPEN, "Issue open"),
        (S.FIX_FAILED, "Restart"),
        (S.CLOSED_WONTFIX, "terminated"),
        (S.VERIFIED, "Nothing to do"),
    ],
)
def test_status_says_where_it_stands_and_what_comes_next(page: Page, status: Status, said: str) -> None:
    answer = asked(in_state(page, status), "/ftc status", by="ro")
    assert said in answer
    assert "Seen 4 times" in answer
    assert "async-wait" in answer


def test_a_slip_gets_one_hint(page: Page) -> None:
    assert "Did you mean" in asked(page, "/ftc statsu", by="ro")
    assert "a reason is missing" in asked(page, "/ftc wontfix", by="ro")
    before = len(page.said())
    page.respond()
    assert len(page.said()) == before


def test_what_people_typed_is_shown_as_text_alone(page: Page) -> None:
    answer = asked(page, "/ftc @ada#1<b>`x`", by="ro")
    assert "@ada" not in render_markdown(answer, repository="acme/shop").html.replace("<code>", "@").split("@ada")[0]
    assert "<b>" not in render_markdown(answer, repository="acme/shop").html


def test_verify_is_for_pull_requests(page: Page) -> None:
    assert "say it on the pull request" in asked(page, "/ftc verify")


# Ending -----------------------------------------------------------------------------------------------------------


def test_wontfix_closes_for_a_reason_and_reopen_opens_without_undoing_the_no(page: Page) -> None:
    assert "Closed, with your reason" in asked(page, "/ftc wontfix it only fails on Tuesdays")
    assert (page.issue.state, page.issue.state_reason, page.flake.status) == ("closed", "not_planned", S.CLOSED_WONTFIX)
    assert page.flake.audit[-1].result == "it only fails on Tuesdays"
    assert "declined already" in asked(page, "/ftc wontfix really")
    assert asked(page, "/ftc reopen", by="tim").startswith("Open. A fix stays declined")
    assert (page.issue.state, page.flake.status) == ("open", S.CLOSED_WONTFIX)


@pytest.mark.parametrize("status", [S.VERIFIED, S.CLOSED_SILENT, S.MERGED])
@pytest.mark.parametrize("by_click", [False, True])
def test_opening_again_what_was_settled_starts_over(page: Page, status: Status, by_click: bool) -> None:
    in_state(page, status)
    page.issue.state = "closed"
    if by_click:
        page.reopen("tim")
        page.respond()
        assert not [key for key in page.said() if key.startswith("answer:")], "whoever clicked sees it"
    else:
        assert asked(page, "/ftc reopen", by="tim").startswith("Open.")
    assert (page.issue.state, page.flake.status) == ("open", S.ISSUE_OPEN)


@pytest.mark.parametrize("status", [S.VERIFIED, S.MERGED, S.CLOSED_SILENT])
def test_what_is_settled_cannot_be_declined(page: Page, status: Status) -> None:
    assert "settled already" in asked(in_state(page, status), "/ftc wontfix no")
    assert page.flake.status is status


@pytest.mark.parametrize(
    ("status", "after"), [(S.FIXING, S.FIX_FAILED), (S.PR_UPDATING, S.PR_NEEDS_CHANGES)], ids=lambda item: item.value
)
def test_stop_takes_the_lease_so_that_a_run_at_work_publishes_nothing(
    page: Page, status: Status, after: Status
) -> None:
    in_state(page, status, lease=Lease(run="5", attempt=1, nonce="n", taken=page.now))
    assert "not published" in asked(page, "/ftc stop")
    assert (page.flake.status, page.flake.progress.lease) == (after, None)


def test_stop_with_nothing_to_stop(page: Page) -> None:
    assert "Nothing is running" in asked(page, "/ftc stop")
    assert "close it" in asked(in_state(page, S.PR_OPEN), "/ftc stop")


def test_merging_moves_the_history_and_closes(page: Page) -> None:
    lead = other(page)
    before = lead.flake
    assert f"duplicate of #{lead.number}" in asked(page, f"/ftc merge-into #{lead.number}", by="bea")
    assert (page.issue.state, page.flake.status, page.flake.duplicate_of) == ("closed", S.DUPLICATE, lead.number)
    after = lead.flake
    assert set(after.occurrences) == {*before.occurrences, *page.flake.occurrences}
    assert (after.key, after.test, after.status) == (before.key, before.test, before.status)
    assert {item.fingerprint for item in after.signatures} > {item.fingerprint for item in before.signatures}
    assert f"kept in #{lead.number}" in asked(page, "/ai-fix")


@pytest.mark.parametrize("target", ["itself", "99", "the dashboard", "a person's"])
def test_merging_into_what_is_no_managed_issue(page: Page, target: str) -> None:
    numbers = {"itself": page.number, "99": 99, "the dashboard": dashboard_of(page).number, "a person's": 98}
    asked(page, f"/ftc merge-into #{numbers[target]}", by="bea")
    assert (page.issue.state, page.flake.status) == ("open", S.ISSUE_OPEN)


def test_split_gives_each_way_of_failing_an_issue_and_later_failures_go_there(page: Page) -> None:
    before = {issue.number for issue in issues(page.simulator)}
    assert "timed out waiting for leader" in asked(page, "/ftc split", by="tim")
    [number] = {issue.number for issue in issues(page.simulator)} - before
    part: Flake = page.at(number).flake
    assert part.total == 2
    assert {item.fingerprint for item in part.occurrences} == {part.signatures[0].fingerprint}
    more = json.dumps(
        {"repositories": {"acme/shop": {"runs": [later(page, "timed out waiting for leader")]}}}, indent=1
    )
    page.simulator.add(more)
    a_scan(page.simulator, hours=6)
    assert (page.at(number).flake.total, page.flake.total) == (3, 4)
    assert len(issues(page.simulator)) == len(before) + 1
    assert "known to fail in one way only" in asked(page.at(number), "/ftc split", by="tim")


def later(page: Page, message: str) -> dict[str, object]:
    made = flipped(-2, go_log("TestTotal", message=message))
    assert page.now.isoformat() < str(made["at"])
    return made


# Keeping ----------------------------------------------------------------------------------------------------------


def test_mute_until(page: Page) -> None:
    comment = page.comment("tim", "/ftc mute 3 days")
    at = page.now
    page.respond()
    assert page.flake.progress.muted_until == at + timedelta(days=3)
    assert f"{at + timedelta(days=3):%Y-%m-%d %H:%M} UTC" in page.answer(comment)


def test_a_quarantine_begins_is_capped_and_ends(page: Page) -> None:
    assert "In quarantine until" in asked(page, "/ftc quarantine 5")
    assert "quarantined" in labelled(page)
    entry = page.flake.progress.quarantine
    assert entry is not None
    assert (entry.by, entry.until - page.now) == ("bea", timedelta(days=5) - timedelta(minutes=1))
    assert "1 tests are in quarantine already" in asked(other(page), "/ftc quarantine", quarantine_max=1)
    assert "quarantined" not in labelled(other(page))
    assert "In quarantine until" in asked(page, "/ftc status", by="ro")
    assert "has ended" in asked(page, "/ftc unquarantine")
    assert ("quarantined" in labelled(page), page.flake.progress.quarantine) == (False, None)
    assert "not in quarantine" in asked(page, "/ftc unquarantine")


def test_a_quarantine_that_nobody_read_in_time_does_not_begin(page: Page) -> None:
    comment = page.comment("bea", "/ftc quarantine 1")
    page.wait(days=2).respond()
    assert "before I came to read it" in page.answer(comment)
    assert "quarantined" not in labelled(page)


def test_declining_everything_ends_the_quarantine(page: Page) -> None:
    asked(page, "/ftc quarantine 5")
    asked(page, "/ftc wontfix no")
    assert ("quarantined" in labelled(page), page.flake.progress.quarantine) == (False, None)


def test_merging_ends_the_quarantine_and_frees_its_place(page: Page) -> None:
    lead = other(page)
    asked(page, "/ftc quarantine 5")
    asked(page, f"/ftc merge-into #{lead.number}", by="amy")
    assert ("quarantined" in labelled(page), page.flake.progress.quarantine) == (False, None)
    assert lead.flake.progress.quarantine is None
    assert "In quarantine" not in asked(page, "/ftc status", by="ro")
    assert "In quarantine until" in asked(lead, "/ftc quarantine", quarantine_max=1)


def test_assigning(page: Page) -> None:
    assert "Assigned to `bea`" in asked(page, "/ftc assign @bea", by="tim")
    assert page.issue.assignees == ["bea"]
    assert "does not let `nobody-known`" in asked(page, "/ftc assign @nobody-known", by="tim")
    assert page.issue.assignees == ["bea"]


def test_a_runner_only_from_the_list(page: Page) -> None:
    assert "no runner may be chosen" in asked(page, "/ftc runner big")
    assert "`large`, `small`" in asked(page, "/ftc runner big", runners=("large", "small"))
    assert page.flake.progress.runner == ""
    assert "runs on `large`" in asked(page, "/ftc runner LARGE", runners=("large",))
    assert page.flake.progress.runner == "large"
    comment = page.comment("bea", "/ai-fix")
    [task] = page.respond(runners=("large",)).tasks
    assert (task.runner, page.flake.progress.runs[0].runner) == ("large", "large")
    assert page.answer(comment)


# Starting ---------------------------------------------------------------------------------------------------------


def test_start_freezes_what_stands_there_and_retry_repeats_it(page: Page) -> None:
    comment = page.comment("bea", "/ftc start make it fast\nand small")
    report = page.respond(**READY)
    [task] = report.tasks
    assert (task.instruction, task.title, task.by) == ("make it fast\nand small", page.issue.title, "bea")
    [run] = page.flake.progress.runs
    assert (run.command, run.status, run.branch) == ("start", RunStatus.QUEUED, task.branch)
    answer = words(page.answer(comment))
    assert task.branch in answer
    assert "yes: fix runs are installed" in answer
    assert "unknown with this token" in answer
    assert page.flake.status is S.ISSUE_OPEN, "a task of its own, no approval of the plan"
    asked(page, "/ftc stop")
    page.comment("bea", "/ftc retry")
    [again] = page.respond(**READY).tasks
    assert (again.instruction, again.digest) == (task.instruction, task.digest)
    assert again.branch != task.branch


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({}, ("fix runs are not switched on", "no model is configured")),
        ({**READY, "mode": Mode.FILE}, ("fix runs are not switched on",)),
        ({**READY, "model": ""}, ("no model is configured",)),
        # Who does it is asked: a program of the user's needs no model of ours, and GitHub's agent neither.
        ({**READY, "model": "", "fix_agent": FixAgent.COMMAND}, ("there is no such command",)),
        ({**READY, "runners": ("ubuntu",)}, ("the runner `large`",)),
    ],
)
def test_what_is_known_to_be_missing_orders_nothing_and_says_what_to_do(
    page: Page, config: dict[str, object], said: tuple[str, ...]
) -> None:
    in_state(page, page.flake.status, runner="large")
    everything = ("fix runs are not", "no model is", "there is no such command", "the runner `large`")
    comment = page.comment("bea", "/ftc start make it fast")
    report = page.respond(**{"runners": ("large",), **config})
    answer = words(page.answer(comment))
    assert [text for text in everything if text in answer] == [
        text for text in everything if any(text in line for line in said)
    ]
    assert (report.tasks, page.flake.progress.runs) == ((), ())
    assert page.respond(**READY, runners=("large",)).done == (), "an order that was refused is not kept"


@pytest.mark.parametrize(
    "config", [{"fix_agent": FixAgent.GITHUB}, {"fix_agent": FixAgent.COMMAND, "agent_command": "x"}]
)
def test_other_workers_need_no_model(page: Page, config: dict[str, object]) -> None:
    page.comment("bea", "/ftc start")
    assert len(page.respond(mode=Mode.FIX, **config).tasks) == 1


def test_retry_with_nothing_to_restart(page: Page) -> None:
    assert "nothing here that failed" in asked(page, "/ftc retry")


@pytest.mark.parametrize("status", [S.FIX_FAILED, S.CLOSED_WONTFIX])
def test_retry_approves_what_had_ended(page: Page, status: Status) -> None:
    in_state(page, status)
    page.issue.state = "closed"
    assert "Approved" in asked(page, "/ftc retry")
    assert (page.flake.status, page.issue.state) == (S.APPROVED_TO_FIX, "open")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (S.FIXING, "at work on this already"),
        (S.PR_OPEN, "pull request for this already, number 9"),
        (S.MERGED, "nothing to fix now"),
        (S.VERIFIED, "nothing to fix now"),
    ],
)
def test_an_approval_where_it_means_nothing(page: Page, status: Status, said: str) -> None:
    pull = PullRef(number=9, url="https://github.com/acme/shop/pull/9")
    answer = asked(in_state(page, status, pull=pull), "/ai-fix")
    assert said in answer.replace("[number 9](https://github.com/acme/shop/pull/9)", "number 9")
    assert page.flake.status is status


def test_the_queue_is_in_the_order_of_the_approvals(page: Page) -> None:
    second = other(page).analysed()
    assert "number 1 in the queue" in asked(page, "/ai-fix")
    assert "number 2 in the queue" in asked(second, "/ai-fix")


# The page as a whole ----------------------------------------------------------------------------------------------


def test_a_dry_run_says_what_it_would_write_and_writes_nothing(page: Page) -> None:
    for body in ("/ai-fix", "/ftc assign @bea", "/ftc quarantine 2", "/ftc wontfix no"):
        page.comment("bea", body)
    page.simulator.requests.clear()
    report = page.respond(dry_run=True)
    assert writes(page.simulator) == []
    assert [line for line in report.done if line.startswith("close issue")]


def test_an_issue_whose_managed_label_was_taken_off_is_left_alone(page: Page) -> None:
    page.unlabel("bea", f"{PREFIX}ai-managed")
    page.comment("bea", "/ftc status")
    report = page.respond()
    assert report.done == ()
    assert "left alone" in report.note


def test_a_deleted_issue_is_no_error(page: Page) -> None:
    page.issue.deleted = True
    assert "does not exist" in page.respond().note


def test_a_job_that_finds_nothing_writes_nothing(page: Page) -> None:
    page.respond()
    page.simulator.requests.clear()
    assert page.respond().done == ()
    assert writes(page.simulator) == []


def test_a_state_that_a_person_wrote_is_not_kept_by_the_next_save(page: Page) -> None:
    before = page.flake
    entry = replace(before.audit[0], action="everything approved by nobody")
    forged = replace(before, revision=before.revision + 1000, audit=(*before.audit, entry))
    body = re.sub(r"<!-- flaky-test-cleaner:state.*?-->", "", page.issue.body, flags=re.S) + encode_flake(forged) + "\n"
    page.issue.rewrite(body, editor="bea", now=page.now, edit_id=page.simulator.world.next_id())
    assert page.flake.revision == forged.revision
    assert asked(page, "/ftc mute 5d")
    after = page.flake
    assert after.revision < forged.revision
    assert all(item.action != entry.action for item in after.audit)
