"""Answering where there is no state of ours: people's issues, pull requests, the dashboard; and plain conversation."""

from dataclasses import replace
from datetime import timedelta

import pytest
from small import go_log, issues, red, run
from test_respond import RUNS
from threads import BOT, PREFIX, READY, Page, a_page, dashboard_of, words

from ftc.core.effects import Say
from ftc.core.errors import BudgetExceeded
from ftc.core.model import Status
from ftc.core.orders import text_digest
from ftc.jobs.converse import Conversation
from ftc.jobs.desk import Partners
from ftc.jobs.partners import everybody
from ftc.jobs.thread_effects import say

S = Status
WRITTEN = {"number": 70, "title": "Tidy the cart", "body": "It is a mess.\n", "author": "ada"}


@pytest.fixture(scope="module")
def world() -> Page:
    page = a_page(
        *RUNS,
        issues=[WRITTEN],
        pull_requests=[{"number": 71, "title": "Tidy", "head": "tidy", "author": "ada", "files": {"a.txt": "a"}}],
    )
    total = next(issue for issue in issues(page.simulator) if "TestTotal" in issue.title)
    return page.at(total.number).analysed()


@pytest.fixture
def page(world: Page) -> Page:
    return world.copy()


def asked(page: Page, body: str, *, by: str = "bea", **config: object) -> str:
    comment = page.comment(by, body)
    page.respond(**config)
    assert page.receipts(comment) == ["eyes"]
    return words(page.answer(comment))


# Issues of people -------------------------------------------------------------------------------------------------


def test_a_task_starts_from_any_issue(page: Page) -> None:
    page = page.at(70)
    comment = page.comment("bea", "/ftc start with the sums first")
    [task] = page.respond(**READY).tasks
    assert (task.issue, task.title, task.body) == (70, "Tidy the cart", "It is a mess.\n")
    assert (task.digest, task.key) == (text_digest("Tidy the cart", "It is a mess.\r\n"), "")
    answer = words(page.answer(comment))
    assert f"`{task.branch}`" in answer
    assert "yes: a model is configured" in answer
    assert "yes: fix runs are installed" in answer
    assert page.issue.body == "It is a mess.\n", "never touched"
    assert page.respond().done == (), "the answer is the cursor"
    page.comment("bea", "/ftc retry")
    [again] = page.respond(**READY).tasks
    assert (again.instruction, again.turn != task.turn) == ("with the sums first", True)


@pytest.mark.parametrize(("login", "ordered"), [("ro", 0), ("tim", 0), ("bea", 1)])
def test_only_an_approver_starts_one(page: Page, login: str, ordered: int) -> None:
    page = page.at(70)
    page.comment(login, "/ftc start")
    assert len(page.respond(**READY).tasks) == ordered


def test_retry_repeats_no_order_of_somebody_who_may_not(page: Page) -> None:
    page = page.at(70)
    page.comment("ro", "/ftc start delete everything")
    page.respond()
    assert "nothing here that failed" in asked(page, "/ftc retry")


def test_other_commands_point_the_way_once(page: Page) -> None:
    page = page.at(70)
    for body in ("/ai-fix", "/ftc wontfix no", "/ftc mute", "/ftc quarantine", "/ftc split"):
        assert "not one that I keep" in asked(page, body)
    assert page.issue.state == "open"
    assert page.respond().done == ()


def test_what_is_old_or_is_no_command_is_not_looked_at(page: Page) -> None:
    page = page.at(70)
    page.comment("bea", "/ftc start")
    page.wait(days=8)
    page.comment("ada", "Any news?")
    page.label("bea")
    assert page.respond().done == ()


def test_help_on_a_pull_request_and_the_wish_to_prove_it(page: Page) -> None:
    page = page.at(71)
    assert "nothing was started" in asked(page, "/ftc verify")
    assert "this is a pull request" in asked(page, "/ftc start")
    assert "write role" in asked(page, "/ftc verify", by="tim")
    assert page.issue.body == ""


def test_adoption_is_asked_of_the_part_that_knows_how(page: Page) -> None:
    page = page.at(70)
    assert "cannot be adopted by command yet" in asked(page, "/ftc adopt TestTotal", by="tim")
    seen = []

    def adopt(session, issue, name, *, by):
        seen.append((issue.number, name, by))
        say(session, Say(number=issue.number, purpose="adoption", body="Kept."))
        return f"This is about {name} now."

    page.partners = Partners(adopt=adopt)
    assert asked(page, "/ftc adopt TestTotal", by="tim").startswith("This is about TestTotal now.")
    assert "pull request" in asked(replace(page, number=71), "/ftc adopt TestTotal", by="tim")
    assert seen == [(70, "TestTotal", "tim")]


def test_an_adopted_issue_is_obeyed_and_what_was_said_there_before_is_left_alone() -> None:
    solo = run(9, jobs=red(go_log("TestSolo")))  # once: on the watch list
    there = replace(a_page(*RUNS, solo, issues=[WRITTEN]).at(70), partners=everybody())
    before = there.comment("ro", "How often does this fail?")
    adopting = there.comment("tim", "/ftc adopt TestSolo")
    there.respond()
    answer = there.answer(adopting)
    assert "TestSolo" in answer
    assert f"{PREFIX}ai-managed" in there.issue.labels
    status = there.comment("ro", "/ftc status")
    there.respond()
    assert "Issue open" in there.answer(status)
    assert (there.answer(adopting), there.answer(before)) == (answer, "")
    assert there.issue.body == "It is a mess.\n"


def test_a_state_that_cannot_be_read_is_said_and_nothing_is_touched(page: Page) -> None:
    page.issue.edits.clear()
    page.issue.body = "gone"
    assert "cannot read the state" in asked(page, "/ftc wontfix no")
    assert (page.issue.state, page.issue.body) == ("open", "gone")


# The dashboard ----------------------------------------------------------------------------------------------------


def test_several_issues_are_checked_one_by_one(page: Page) -> None:
    numbers = {("TestTotal" in issue.title): issue.number for issue in issues(page.simulator)}
    ready, bare, overview = page.at(numbers[True]), page.at(numbers[False]), dashboard_of(page)
    comment = overview.comment("bea", f"/ai-fix #{ready.number} #{bare.number} #70")
    report = overview.respond()
    listed = overview.answer(comment)
    assert f"#{ready.number}: approved" in listed
    assert f"#{bare.number}: not yet" in listed
    assert "#70: not an issue that I keep" in listed
    assert overview.receipts(comment) == ["eyes"]
    assert (ready.flake.status, bare.flake.status) == (S.APPROVED_TO_FIX, S.ISSUE_OPEN)
    assert "Approved" in ready.answer(comment)
    assert "no analysis" in bare.answer(comment)
    assert [task.issue for task in report.tasks] == [ready.number]
    assert overview.respond().done == ()
    assert ready.respond().done == (), "the approval on the dashboard still stands"
    overview.edit(comment, f"/ai-fix #{ready.number}", by="bea")
    ready.respond()
    assert ready.flake.status is S.WAITING_FOR_SIGNAL


@pytest.mark.parametrize("login", ["ro", "tim", "prow-robot"])
def test_nobody_else_approves_there(page: Page, login: str) -> None:
    overview = dashboard_of(page)
    comment = overview.comment(login, f"/ai-fix #{page.number}")
    overview.respond()
    assert page.flake.status is S.ISSUE_OPEN
    assert ("Nothing changed" in overview.answer(comment)) == (login != "prow-robot")


def test_an_edited_list_approves_nothing(page: Page) -> None:
    overview = dashboard_of(page)
    comment = overview.comment("bea", "/ai-fix #99")
    overview.edit(comment, f"/ai-fix #{page.number}", by="max", seconds=0)
    overview.respond()
    assert page.flake.status is S.ISSUE_OPEN
    assert "edited" in overview.answer(comment)


def test_what_the_dashboard_says_to_the_rest(page: Page) -> None:
    overview = dashboard_of(page)
    assert "Who may" in asked(overview, "/ftc help", by="ro")
    assert "on the issue it is about" in asked(overview, "/ftc wontfix no")
    assert "issue numbers only" in asked(overview, "/ai-fix all of them")
    assert overview.issue.state == "open"


# Conversation -----------------------------------------------------------------------------------------------------


def talkative(page: Page) -> list[tuple[str, int]]:
    """A partner that answers questions; what it was asked, with how many comments it could read."""
    heard: list[tuple[str, int]] = []

    def converse(_ctx, flake, *, comments, comment, **_):
        heard.append((comment.body, len(comments)))
        return Conversation(text="Because it does not wait." if "?" in comment.body else None, flake=flake)

    page.partners = Partners(converse=converse)
    return heard


def test_a_question_gets_one_answer_and_a_remark_none(page: Page) -> None:
    heard = talkative(page)
    question, remark = page.comment("ro", "Why?"), page.comment("ro", "Oh.")
    page.respond()
    assert words(page.answer(question)).startswith("Because it does not wait.")
    assert not page.answer(remark)
    assert page.receipts(question) == [], "a conversation needs no receipts"
    page.respond()
    assert [body for body, _ in heard] == ["Why?", "Oh."], "each is looked at once"


@pytest.mark.parametrize(
    ("login", "body"),
    [
        (BOT, "Why?"),
        ("codecov[bot]", "Coverage fell. Why?"),
        ("acme-bot", "Why?"),
        ("ro", "> Why?\n> Is it me?"),
        ("ro", "<!-- Why? -->"),
        ("ro", "   \n"),
    ],
    ids=["itself", "an app", "a machine's account", "quotes alone", "nothing to see", "nothing"],
)
def test_who_and_what_is_never_answered(page: Page, login: str, body: str) -> None:
    heard = talkative(page)
    page.comment(login, body)
    page.respond()
    assert heard == []


def test_a_few_answers_a_day(page: Page) -> None:
    heard = talkative(page)
    comments = [page.comment("ro", f"Why {number}?") for number in range(4)]
    page.comment("ro", "/ftc status")
    page.respond(max_replies=2)
    assert [bool(page.answer(comment)) for comment in comments] == [True, True, False, False]
    later = page.comment("ro", "And why now?")
    page.respond(max_replies=2)
    assert not page.answer(later)
    page.wait(days=1)
    tomorrow = page.comment("ro", "And today?")
    page.respond(max_replies=2)
    assert page.answer(tomorrow)
    assert len(heard) == 3, "what is not to be answered is not paid for"


def test_a_muted_issue_stays_silent_but_obeys(page: Page) -> None:
    heard = talkative(page)
    page.comment("tim", "/ftc mute 1")
    page.comment("ro", "Why?")
    page.respond()
    assert heard == []
    assert "Muted until" in asked(page, "/ftc status", by="ro")


# Analysis ---------------------------------------------------------------------------------------------------------


def test_an_analysis_is_its_own_comment_and_the_answer_points_at_it(page: Page) -> None:
    assert "has none" in asked(page, "/ftc analyze")
    page.partners = Partners(
        analyse=lambda _ctx, _flake, *, number, **_: (Say(number=number, purpose="analysis", body="It races."),)
    )
    assert "Looked again" in asked(page, "/ftc analyze")
    assert "It races." in page.said()["analysis"]


def test_an_analysis_that_fails_is_said_and_tried_again_only_when_asked(page: Page) -> None:
    tries = []

    def analyse(_ctx, _flake, *, number, **_):
        tries.append(number)
        raise BudgetExceeded("the week's money is spent; token ghp_0123456789abcdefghijklmnopqrstuvwxyzAB")

    page.partners = Partners(analyse=analyse)
    answer = asked(page, "/ftc analyze")
    assert "the week's money is spent" in answer
    assert "ghp_" not in answer
    page.respond()
    assert len(tries) == 1


def test_the_quarantine_that_is_shown_is_derived_where_somebody_can(page: Page) -> None:
    asked(page, "/ftc quarantine 3")
    given = []

    def derive(wishes, *, policy, now):
        given.extend(
            (wish.command.name.value, wish.actor.role.value, wish.at < now, bool(policy.own)) for wish in wishes
        )

    page.partners = Partners(standing_quarantine=derive)
    assert "In quarantine" not in asked(page, "/ftc status", by="ro")
    assert given == [("quarantine", "write", True, True)]
    assert timedelta(days=2) < page.flake.progress.quarantine.until - page.now
