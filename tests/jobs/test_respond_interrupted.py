"""Answering may die at any request: run again, there is one receipt, one outcome and the right state.

So it is when the same event comes twice, late, out of order, or never (spec, section 15).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from scans import Killed, is_write, killing
from small import flipped, go_log, issues
from threads import BOT, READY, Page, a_page, a_plan_comment, dashboard_of

from ftc.core.effects import Say
from ftc.core.marks import purpose_of
from ftc.core.model import Flake, Status
from ftc.jobs.converse import Conversation
from ftc.jobs.desk import Partners
from ftc.jobs.thread_effects import say

pytestmark = pytest.mark.slow

Prepare = Callable[[Page], None]
RUNS = (
    flipped(60, go_log("TestTotal", message="timed out waiting for leader")),
    flipped(50, go_log("TestTotal", message="timed out waiting for leader")),
    flipped(30, go_log("TestTotal")),
    flipped(20, go_log("TestTotal")),
    flipped(28, go_log("TestCount", message="got 3 items, want 4")),
    flipped(18, go_log("TestCount", message="got 3 items, want 4")),
)


def analyse(_ctx, _flake, *, number, **_):
    return (Say(number=number, purpose="analysis", body="Looked again."),)


def converse(_ctx, flake, *, number, comment, **_):
    text = f"About issue {number}: {comment.body.strip()} is a good question." if "?" in comment.body else None
    return Conversation(text=text, flake=flake)


def adopt(session, issue, name, *, by):
    say(session, Say(number=issue.number, purpose="adoption", body="This is kept now."))
    return f"Adopted for {name}."


@pytest.fixture(scope="module")
def world() -> Page:
    page = a_page(*RUNS)
    total = next(issue for issue in issues(page.simulator) if "TestTotal" in issue.title)
    page = page.at(total.number).analysed()
    page.config |= {**READY, "runners": ("big",)}
    page.partners = Partners(analyse=analyse, converse=converse, adopt=adopt)
    return page


@dataclass(frozen=True)
class Ending:
    """All that people see of a repository, and the state, without what may differ between two ways to the same end."""

    issues: tuple[tuple[object, ...], ...]
    said: tuple[tuple[int, str, str], ...]
    receipts: tuple[tuple[str, str], ...]
    flakes: tuple[Flake, ...]


def ending(page: Page) -> Ending:
    repository = page.simulator.world.repository("acme/shop")
    threads = [issue for _, issue in sorted(repository.issues.items())]
    managed = issues(page.simulator)
    comments = [(issue.number, item) for issue in threads for item in issue.comments]
    return Ending(
        issues=tuple((item.title, item.state, frozenset(item.labels), tuple(item.assignees)) for item in threads),
        said=tuple(
            (number, purpose_of(item.body), item.body)
            for number, item in comments
            if item.author == BOT and "flaky-test-cleaner:say" in item.body
        ),
        receipts=tuple(
            (item.body, reaction.content) for _, item in comments for reaction in item.reactions if item.author != BOT
        ),
        flakes=tuple(replace(page.at(item.number).flake, revision=0, parent=0, issue=None) for item in managed),
    )


def given(login: str, body: str) -> Prepare:
    return lambda page: void(page.comment(login, body))


def void(_: object) -> None:
    """For acts whose id nobody needs."""


def in_turn(*steps: Prepare) -> Prepare:
    def act(page: Page) -> None:
        for step in steps:
            step(page)

    return act


def answered(page: Page) -> None:
    page.respond()


def merge(page: Page) -> None:
    other = next(item for item in issues(page.simulator) if item.number != page.number)
    page.comment("bea", f"/ftc merge-into #{other.number}")


ACTS: dict[str, Prepare] = {
    "help": given("ro", "/ftc help"),
    "status": given("ro", "/ftc status"),
    "a slip": given("ro", "/ftc statsu"),
    "approval": given("bea", "/ai-fix gently"),
    "approving label": lambda page: void(page.label("bea")),
    "label of one who may not": lambda page: void(page.label("tim")),
    "refused": given("ro", "/ftc wontfix never"),
    "wontfix": given("bea", "/ftc wontfix not worth it"),
    "reopen": in_turn(given("bea", "/ftc wontfix no"), answered, given("tim", "/ftc reopen")),
    "mute": given("tim", "/ftc mute 3"),
    "quarantine": given("bea", "/ftc quarantine 3"),
    "unquarantine": in_turn(given("bea", "/ftc quarantine"), answered, given("bea", "/ftc unquarantine")),
    "merge-into": merge,
    "split": given("tim", "/ftc split"),
    "assign": given("tim", "/ftc assign @bea"),
    "runner": given("bea", "/ftc runner big"),
    "start": given("bea", "/ftc start tidy this up"),
    "retry": in_turn(given("bea", "/ftc wontfix no"), answered, given("bea", "/ftc retry")),
    "stop": in_turn(given("bea", "/ai-fix"), answered, given("bea", "/ftc stop")),
    "analyze": given("bea", "/ftc analyze"),
    "talk": given("ro", "Why does this fail?"),
    "silence": given("ro", "I see."),
    "closed by hand": lambda page: void(page.close("tim")),
    "approval edited": in_turn(
        given("bea", "/ai-fix"), answered, lambda page: page.edit(newest(page, "bea"), "/ai-fix now", by="bea")
    ),
    "several": in_turn(
        given("bea", "/ai-fix"), given("ro", "Why?"), given("bea", "/ftc stop"), lambda page: void(page.label("tim"))
    ),
}


def newest(page: Page, login: str) -> int:
    return next(item.id for item in reversed(page.issue.comments) if item.author == login)


def everywhere(page: Page, *, act: Callable[[Page], Any]) -> None:
    """Kill at every request, run again, and compare with an undisturbed run.

    A job remembers nothing, so that dying at any read is the same as dying after the write before it: each state that
    a death can leave is tried once.
    """
    calm = page.copy()
    calm.simulator.requests.clear()
    act(calm)
    wanted, requests = ending(calm), list(calm.simulator.requests)
    written = [entry for entry in requests if is_write(entry)]
    for entry in written or requests[:1]:
        for before in (True, False) if entry is requests[0] or entry in written[:1] else (False,):
            victim = page.copy()
            hook = killing(entry.number, before=before)
            simulator = victim.simulator
            simulator.requests.clear()
            simulator.on_request, simulator.after_request = (hook, None) if before else (None, hook)
            with pytest.raises(Killed):
                act(victim)
            simulator.on_request = simulator.after_request = None
            act(victim)
            where = f"killed {'before' if before else 'after'} {entry.method} {entry.path}"
            assert ending(victim) == wanted, where


def respond(page: Page) -> None:
    page.respond(minutes=0)


@pytest.mark.parametrize("name", ACTS)
def test_killed_at_any_request_and_run_again_ends_the_same(world: Page, name: str) -> None:
    page = world.copy()
    ACTS[name](page)
    everywhere(page, act=respond)


@pytest.mark.parametrize("name", ACTS)
def test_the_same_event_a_second_time_changes_nothing(world: Page, name: str) -> None:
    page = world.copy()
    ACTS[name](page)
    page.respond()
    once = ending(page)
    again = page.respond()
    assert ending(page) == once
    assert again.done == (), "not even a write that changes nothing"


def test_several_issues_approved_on_the_dashboard_killed_anywhere(world: Page) -> None:
    page = world.copy()
    numbers = [issue.number for issue in issues(page.simulator)]
    overview = dashboard_of(page)
    overview.comment("bea", f"/ai-fix {' '.join(f'#{number}' for number in numbers)} #999")
    everywhere(overview, act=respond)


def test_a_task_started_on_a_persons_issue_killed_anywhere() -> None:
    page = a_page(issues=[{"number": 70, "title": "Tidy the cart", "body": "It is a mess.", "author": "ada"}]).at(70)
    page.config |= READY
    page.comment("bea", "/ftc start do it")
    page.comment("ro", "/ftc wontfix no")
    everywhere(page, act=respond)


def test_a_proof_ordered_on_a_pull_request_killed_anywhere() -> None:
    pull = {"number": 90, "title": "Wait", "head": "wait", "author": "ada", "files": {"a.txt": "a"}}
    page = a_page(pull_requests=[pull]).at(90)
    page.config |= READY
    page.comment("ro", "/ftc verify")
    page.comment("bea", "/ftc verify")
    everywhere(page, act=respond)


def test_events_late_out_of_order_or_never_end_the_same(world: Page) -> None:
    """Three things happen. Each order of deliveries, with some that never come, ends as one job after each does."""
    numbers = sorted(issue.number for issue in issues(world.simulator))[:2]

    def people(page: Page, between: Callable[[], None]) -> None:
        for login, body in (("bea", "/ai-fix"), ("ro", "Why?"), ("bea", "/ftc stop"), ("tim", "/ftc mute 2")):
            page.comment(login, body)
            between()
        page.label("tim")
        between()

    one = world.copy()
    people(one, lambda: void(one.respond(minutes=0)))
    once = world.copy()
    people(once, lambda: None)
    once.respond(minutes=0)  # the other four events never came
    late = world.copy()
    people(late, lambda: None)
    for number in (numbers[1], numbers[0], numbers[0], numbers[1]):
        late.at(number).respond(minutes=0)
    assert states(one) == states(once) == states(late)
    assert len(one.said()) == len(once.said()) == len(late.said()) == 6, "the analysis, and one answer each"


def states(page: Page) -> tuple[object, ...]:
    """Cursors are ids, which differ between worlds: whether the last of each kind is handled, then."""
    flake, [event] = page.flake, [item for item in page.issue.events if item.actor == "tim"]
    cursors = flake.progress.cursors
    handled = (cursors.comment == newest(page, "tim"), cursors.event == event.id)
    return (flake.status, frozenset(page.issue.labels), handled)


def test_a_state_that_lost_its_cursors_repeats_nothing(world: Page) -> None:
    page = world.copy()
    page.comment("bea", "/ftc wontfix no")
    page.respond()
    page.comment("bea", "/ai-fix")
    page.respond()
    page.comment("bea", "/ftc stop")
    page.respond()
    before = page.flake
    page.save_exactly(replace(before, progress=replace(before.progress, cursors=type(before.progress.cursors)())))
    report = page.respond()
    assert page.flake.status is Status.WAITING_FOR_SIGNAL
    assert page.flake.progress.cursors == before.progress.cursors
    assert not [line for line in report.done if "close" in line], "the old wontfix is not carried out again"


def test_a_rewritten_analysis_is_seen_by_what_comes_after_it_in_the_same_job(world: Page) -> None:
    page = world.copy()

    def other_plan(_ctx, _flake, *, number, **_):
        body = a_plan_comment(page, planned_files=("cart/cart.go",)).split("\n", 1)[1]
        return (Say(number=number, purpose="analysis", body=body),)

    page.partners = Partners(analyse=other_plan)
    page.comment("bea", "/ftc analyze")
    comment = page.comment("bea", "/ai-fix")
    page.respond()
    assert page.flake.status is Status.ISSUE_OPEN, "the plan that was read when it was approved is not this one"
    assert "read the analysis again" in page.answer(comment)
