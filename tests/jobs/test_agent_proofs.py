"""Proofs of the pull requests of GitHub's agent that nobody asks for: ordered once, gated by the approval, reported."""

import json
from dataclasses import replace

import pytest
from scans import Killed, deaths, killing
from small import REPO, TOKEN
from threads import BOT, Page

from ftc.core.agent_pulls import MOST_PROOFS, QUIET
from ftc.core.config import Mode
from ftc.core.fix import Refused, Task, TaskKind
from ftc.core.fix_agents import FixAgent
from ftc.core.marks import AGENT_PROOF, PROOF, marked, proven_mark
from ftc.core.model import Status
from ftc.core.order_file import read_order
from ftc.core.orders import document
from ftc.core.progress import RunStatus
from ftc.jobs.patience import MOST_ANSWERS
from ftc.jobs.reminding import PROOF_PATIENCE
from ftc.jobs.sweep import sweep
from ftc.render.environment import SHORT_SHA
from ftc.simulator.pushes import cross_reference, refresh_pull
from ftc.simulator.world import Comment
from tests.jobs.test_fix_gate import (
    MENDED,
    a_world_page,
    answers_however_it_dies,
    ask,
    commit,
    dispatched,
    forked,
    propose,
    repository,
)
from tests.jobs.test_fix_settle import papers, refusal, settled
from tests.lost_orders import bot_says, swept
from tests.run_texts import a_conclusion, a_fix_task

pytestmark = pytest.mark.slow

PULL = 90
BRANCH = "copilot/wait"
AGENT = {"mode": Mode.FIX, "fix_agent": FixAgent.GITHUB}


@pytest.fixture(scope="module")
def world() -> Page:
    """An approved fix that was handed over to GitHub's agent."""
    page = a_world_page()
    page.config = AGENT
    handed_over(page)
    return page


def handed_over(page: Page) -> None:
    """Approved, and ended by the gate, which gives it to the agent."""
    page.comment("bea", "/ai-fix")
    [task] = page.respond().tasks
    page.config = {}
    dispatched(page, task)
    page.config = AGENT
    settled(page, papers(page, refusal=refusal(page, Refused.HANDED_OVER)), assign=lambda *_: ("Copilot",))
    assert page.flake.status is Status.APPROVED_TO_FIX


@pytest.fixture
def page(world: Page) -> Page:
    return world.copy()


def delivered(page: Page, *, number=PULL, body="", author="Copilot", fork=False, **pull) -> str:
    """The agent's pull request, finished unless it is said otherwise; its head."""
    page.wait(minutes=20)
    page.simulator.add({"users": {author: {"type": "Bot"}}} if author == "Copilot" else {})
    source = forked(page, "mallory") if fork else None
    files = {"cart/cart_test.go": MENDED}
    text = (body or "Fixes #{issue}").replace("{issue}", str(page.number))
    branch = BRANCH if number == PULL else f"{BRANCH}-{number}"
    head = propose(page, number, branch, files, author=author, body=text, fork=source)
    there = page.at(number).issue
    values = {"draft": True, "requested_reviewers": ["bea"], **pull}
    there.title = values.pop("title", "Wait for it")
    there.state = values.pop("state", "open")
    for name, value in values.items():
        setattr(there.pull, name, value)
    cross_reference(page.simulator.world, repository(page), there, text=text, actor=author)
    return head


def pushed(page: Page, text: str) -> str:
    """Another commit on its branch."""
    page.wait(minutes=20)
    head = commit(page, BRANCH, {"cart/cart_test.go": text})
    refresh_pull(page.simulator.world, repository(page), page.at(PULL).issue, actor="Copilot")
    return head


def orders(page: Page) -> dict[str, str]:
    """The bot's orders on the pull request, by the head."""
    said = page.at(PULL).said().items()
    return {purpose.removeprefix(AGENT_PROOF): body for purpose, body in said if purpose.startswith(AGENT_PROOF)}


def proofs(page: Page) -> tuple[str, ...]:
    return page.flake.progress.runs[0].proofs


def reports(page: Page, task: str, head: str = "") -> None:
    page.wait(minutes=30)
    bot_says(page.at(PULL), f"{proven_mark(task, head)}\nVerified.", PROOF)


def reads_of_pulls(page: Page) -> list[str]:
    """What was asked about pull requests since the list of requests was emptied."""
    return [entry.path for entry in page.simulator.requests if f"/{PULL}" in entry.path and entry.method == "GET"]


def test_a_finished_pull_request_is_proven_without_being_asked(page: Page) -> None:
    assert swept(page) == (), "nothing is there yet"
    head = delivered(page)
    [task] = swept(page.wait(minutes=5))
    [(ordered, body)] = orders(page).items()
    assert (ordered, task.kind, task.issue, task.title, task.instruction) == (head, TaskKind.VERIFY, PULL, "", "")
    [comment] = [item for item in page.at(PULL).issue.comments if item.author == BOT]
    assert task.id == f"{PULL}-{comment.id}"
    assert head[:SHORT_SHA] in body
    assert f"#{page.number}" in body
    assert "/ftc" not in body
    assert (proofs(page), page.flake.status) == ((head,), Status.APPROVED_TO_FIX)
    assert page.flake.audit[-1].action == f"ordered the proof of pull request {PULL}"
    reports(page, task.id, head)
    page.simulator.requests.clear()
    assert swept(page.wait(minutes=5)) == ()
    assert reads_of_pulls(page) == [f"/repos/{REPO}/pulls/{PULL}"], "one request for each look"
    assert len(orders(page)) == 1


def stopped(page: Page) -> None:
    page.comment("bea", "/ftc stop")


def approval_edited(page: Page) -> None:
    approval = next(item for item in page.issue.comments if item.body.startswith("/ai-fix"))
    page.edit(approval.id, "/ai-fix now", by="bea")


def right_lost(page: Page) -> None:
    repository(page).collaborators["bea"] = "read"


def closed(page: Page) -> None:
    page.issue.state = "closed"


def switched_off(page: Page) -> None:
    page.config = {}


NOT_DUE = {
    "at work": {"title": "[WIP] Wait for it"},
    "reviewed a moment ago": {"requested_reviewers": []},
    "of a person": {"author": "ada"},
    "from a fork": {"fork": True},
    "closed": {"state": "closed"},
    "about another issue": {"body": "Fixes #70, as #{issue} shows."},
}


@pytest.mark.parametrize("case", NOT_DUE)
def test_what_is_not_the_agents_finished_work_is_left_alone(page: Page, case: str) -> None:
    """An issue that it closes and that is not managed does not count; the one that it links to does."""
    delivered(page, **NOT_DUE[case])
    due = case == "about another issue"
    assert bool(swept(page.wait(minutes=5))) is due
    assert bool(orders(page)) is due
    assert bool(proofs(page)) is due


@pytest.mark.parametrize("change", [stopped, approval_edited, right_lost, closed, switched_off])
def test_without_the_approval_of_its_issue_nothing_is_ordered(page: Page, change) -> None:
    delivered(page)
    change(page)
    assert swept(page.wait(minutes=5)) == ()
    assert orders(page) == {}


def test_a_draft_that_was_reviewed_is_finished_once_nothing_happens_any_more(page: Page) -> None:
    delivered(page, requested_reviewers=[])
    assert swept(page.wait(seconds=QUIET.total_seconds() - 60)) == ()
    assert len(swept(page.wait(minutes=2))) == 1


def test_so_many_heads_are_proven_and_each_once(page: Page) -> None:
    first = delivered(page)
    [one] = swept(page.wait(minutes=5))
    second = pushed(page, MENDED + "\n// 2\n")
    assert swept(page.wait(minutes=5)) == (), "the first is under way"
    reports(page, one.id, first)
    [two] = swept(page.wait(minutes=5))
    assert (list(orders(page)), proofs(page)) == ([first, second], (first, second))
    reports(page, two.id, second)
    pushed(page, MENDED + "\n// 3\n")
    page.simulator.requests.clear()
    assert swept(page.wait(minutes=5)) == ()
    assert reads_of_pulls(page) == [], f"after {MOST_PROOFS} it is a person's matter, and nobody looks"
    there = page.at(PULL)
    there.comment("bea", "/ftc verify")
    assert len(there.respond().tasks) == 1


def test_a_head_that_a_person_had_proven_needs_no_other_proof(page: Page) -> None:
    head = delivered(page)
    there = page.at(PULL)
    there.comment("bea", "/ftc verify")
    [task] = there.respond().tasks
    assert swept(page.wait(minutes=5)) == (), "that proof is under way"
    reports(page, task.id, head)
    assert swept(page.wait(minutes=5)) == ()
    assert (orders(page), proofs(page)) == ({}, (head,))


def test_what_a_person_asked_for_and_nobody_answered_yet_is_the_proof(page: Page) -> None:
    """Its event was dropped, or its job still waits in the queue."""
    head = delivered(page)
    page.at(PULL).comment("bea", "/ftc verify")
    page.comment("bea", "/ftc status")
    event = page.copy()
    assert event.respond().tasks == ()
    [by_event] = event.at(PULL).respond().tasks
    [task] = swept(page.wait(minutes=5))
    assert (task.by, by_event.by, orders(page), orders(event)) == ("bea", "bea", {}, {})
    reports(page, task.id, head)
    assert swept(page.wait(minutes=5)) == ()
    assert proofs(page) == (head,)


def test_what_somebody_asked_for_who_may_not_holds_nothing_up(page: Page) -> None:
    """After a few of them a no has no words, by which one could tell that it was given."""
    head = delivered(page, **NOT_DUE["at work"])
    for _ in range(MOST_ANSWERS + 1):
        page.at(PULL).comment("mallory", "/ftc verify")
        page.at(PULL).respond()
    page.at(PULL).issue.title = "Wait for it"
    [task] = swept(page.wait(minutes=5))
    assert (task.by, list(orders(page))) == (BOT, [head])


def test_the_brake_on_comments_holds_the_order_back(page: Page) -> None:
    head = delivered(page)
    page.config = {**AGENT, "max_comments": 0}
    assert swept(page.wait(minutes=5)) == ()
    assert (orders(page), proofs(page)) == ({}, ())
    page.config = {**AGENT, "max_comments": 1}
    [_] = swept(page.wait(minutes=5))
    assert (list(orders(page)), proofs(page)) == ([head], (head,))


def test_one_that_closes_the_issue_is_preferred_to_a_newer_one_that_speaks_of_it(page: Page) -> None:
    head = delivered(page)
    delivered(page, number=PULL + 1, body="After #{issue}.")
    [task] = swept(page.wait(minutes=5))
    assert (task.issue, list(orders(page))) == (PULL, [head])


def test_of_two_that_close_it_the_newer_one_counts(page: Page) -> None:
    delivered(page)
    delivered(page, number=PULL + 1)
    [task] = swept(page.wait(minutes=5))
    assert task.issue == PULL + 1


def test_a_head_whose_proof_came_to_nothing_is_left_alone_when_the_issue_is_handed_over_again(page: Page) -> None:
    delivered(page)
    [one] = swept(page.wait(minutes=5))
    reports(page, one.id)
    stopped(page)
    page.respond()
    handed_over(page)
    assert swept(page.wait(minutes=5)) == ()
    assert (len(orders(page)), proofs(page)) == (1, ()), "it uses nothing up"
    second = pushed(page, MENDED + "\n// 2\n")
    [_] = swept(page.wait(minutes=5))
    assert proofs(page) == (second,)


@pytest.mark.parametrize("number", [PULL, 0])
def test_an_event_of_either_page_is_as_good_as_a_sweep(page: Page, number: int) -> None:
    delivered(page)
    [task] = page.at(number or page.number).respond().tasks
    assert (task.kind, len(orders(page))) == (TaskKind.VERIFY, 1)
    assert page.respond().tasks == ()
    assert page.at(PULL).respond().tasks == ()


def test_a_dry_run_orders_nothing(page: Page) -> None:
    delivered(page)
    page.config = {**AGENT, "dry_run": True}
    assert swept(page.wait(minutes=5)) == ()
    assert (orders(page), proofs(page)) == ({}, ())


@pytest.mark.parametrize("right", ["none", "read"])
def test_a_token_that_may_not_comment_below_pull_requests_orders_nothing_and_breaks_nothing(page: Page, right) -> None:
    delivered(page)
    tokens = page.simulator.world.tokens
    tokens[TOKEN] = replace(tokens[TOKEN], permissions={**tokens[TOKEN].permissions, "pull_requests": right})
    page.comment("bea", "/ftc status")
    with page.simulator.activate():
        found = sweep(page.wait(minutes=5).context())
    assert (found.tasks, found.notes, orders(page), proofs(page)) == ((), (), {}, ())
    assert found.answered == (page.number,)


# Deaths.


def test_killed_anywhere_it_is_ordered_once_and_named_in_the_end(page: Page) -> None:
    """Before the state knows of it the next sweep names it at once; after that the one that misses the report."""
    head = delivered(page)
    page.wait(minutes=5)
    calm = page.copy()
    calm.simulator.requests.clear()
    [wanted] = swept(calm)
    whole = calm.simulator.requests
    assert sum(not before for _, before in deaths(whole)) >= 2, "the order and the state, at least"
    for entry, before in deaths(whole):
        victim, hook = page.copy(), killing(entry.number, before=before)
        victim.simulator.requests.clear()
        victim.simulator.on_request, victim.simulator.after_request = (hook, None) if before else (None, hook)
        with pytest.raises(Killed):
            swept(victim)
        victim.simulator.on_request = victim.simulator.after_request = None
        knew = bool(proofs(victim))
        named = swept(victim.wait(minutes=5))
        assert bool(named) is not knew, entry.path
        if knew:
            named = swept(victim.wait(seconds=PROOF_PATIENCE.total_seconds()))
        [task] = named
        assert (task.issue, task.kind, list(orders(victim)), proofs(victim)) == (PULL, wanted.kind, [head], (head,))
        reports(victim, task.id, head)
        assert swept(victim.wait(days=1)) == (), entry.path


def test_one_that_was_lost_is_named_again_as_it_was_ordered(page: Page) -> None:
    head = delivered(page)
    [task] = swept(page.wait(minutes=5))
    assert swept(page.wait(hours=6)) == (), "two long jobs may come one after the other"
    late = page.wait(seconds=PROOF_PATIENCE.total_seconds())
    off = replace(late.copy(), config={})
    assert swept(off) == ()
    [again] = swept(late)
    assert document(again) == document(task)
    reports(page, task.id, head)
    assert swept(page.wait(minutes=5)) == ()


def test_one_that_died_between_its_comment_and_the_state_is_named_once_however_late(page: Page) -> None:
    """Both pages tell of it then: the issue, whose state knows nothing, and the pull request, which lacks a report."""
    delivered(page)
    page.wait(minutes=5)
    calm = page.copy()
    calm.simulator.requests.clear()
    swept(calm)
    said = [entry for entry in calm.simulator.requests if entry.method == "POST"]
    comment = next(entry for entry in said if entry.path.endswith(f"/issues/{PULL}/comments"))
    page.simulator.requests.clear()
    page.simulator.after_request = killing(comment.number, before=False)
    with pytest.raises(Killed):
        swept(page)
    page.simulator.after_request = None
    assert (len(orders(page)), proofs(page)) == (1, ())
    assert len(swept(page.wait(days=1))) == 1


# The gate.


@pytest.fixture
def order(page: Page):
    delivered(page)
    [task] = swept(page.wait(minutes=5))
    return read_order(json.dumps(document(task)))


def verdict(page: Page, order):
    config, page.config = page.config, {}
    try:
        return ask(page, order, fix_agent=FixAgent.GITHUB, runners=("big",)).verdict
    finally:
        page.config = config


def test_the_approval_of_the_issue_lets_it_run_as_anybodys_code(page: Page, order) -> None:
    task = verdict(page, order)
    assert isinstance(task, Task), task.text
    assert (task.kind, task.pull, task.issue, task.approved_by) == (TaskKind.VERIFY, PULL, page.number, "bea")
    assert (task.head_sha, task.instruction) == (page.at(PULL).issue.pull.head_sha, "")
    assert task.runner == "ubuntu-latest", "a hosted machine, whatever is allowed for the repository's own code"


def test_its_gate_may_die_anywhere_and_be_asked_again(page: Page, order) -> None:
    page.config = {}
    assert isinstance(answers_however_it_dies(page, order, fix_agent=FixAgent.GITHUB), Task)


def head_moved(page: Page) -> None:
    pushed(page, MENDED + "\n// 2\n")


def order_edited(page: Page) -> None:
    [comment] = [item for item in page.at(PULL).issue.comments if item.author == BOT]
    page.at(PULL).edit(comment.id, comment.body + "more", by="max")


def order_gone(page: Page) -> None:
    page.at(PULL).issue.comments.clear()


def of_somebody_else(page: Page) -> None:
    page.at(PULL).issue.author = "ada"


def reported_already(page: Page) -> None:
    [comment] = [item for item in page.at(PULL).issue.comments if item.author == BOT]
    reports(page, f"{PULL}-{comment.id}")


def stopped_and_answered(page: Page) -> None:
    stopped(page)
    page.respond()


REFUSED = {
    head_moved: Refused.ENDED,
    order_edited: Refused.NOT_APPROVED,
    order_gone: Refused.NOT_APPROVED,
    of_somebody_else: Refused.NOT_APPROVED,
    stopped: Refused.NOT_APPROVED,
    stopped_and_answered: Refused.ENDED,
    approval_edited: Refused.NOT_APPROVED,
    right_lost: Refused.NOT_APPROVED,
    closed: Refused.ENDED,
    reported_already: Refused.ENDED,
}


@pytest.mark.parametrize("change", REFUSED, ids=lambda change: change.__name__)
def test_what_changed_since_it_was_ordered_stops_it(page: Page, order, change) -> None:
    change(page)
    found = verdict(page, order)
    assert found.why is REFUSED[change], found
    assert found.text


def test_a_strangers_comment_with_the_bots_mark_orders_nothing(page: Page, order) -> None:
    head = page.at(PULL).issue.pull.head_sha
    order_gone(page)
    world = page.simulator.world
    body = marked("Prove it.", AGENT_PROOF + head)
    forged = Comment(id=int(order.turn), author="mallory", body=body, created_at=page.now, updated_at=page.now)
    world.user("mallory")
    page.at(PULL).issue.comments.append(forged)
    assert verdict(page, order).why is Refused.NOT_APPROVED


# The report.


def test_its_report_says_what_becomes_of_a_later_push(page: Page) -> None:
    head = delivered(page)
    words = ("the bot has the next one proven by itself", "the bot orders no further proof by itself")
    for place in range(2):
        head = pushed(page, MENDED + "\n// 2\n") if place else head
        [task] = swept(page.wait(minutes=5))
        done = a_fix_task(id=task.id, kind=TaskKind.VERIFY, issue=page.number, pull=PULL, head_sha=head)
        there = page.at(PULL)
        settled(there, papers(page, task=done, conclusion=a_conclusion()), task=task.id)
        report = there.said()[PROOF]
        assert [text in report for text in words] == [place == 0, place == 1]
        assert head[:SHORT_SHA] in report
    assert page.flake.status is Status.APPROVED_TO_FIX
    assert page.flake.progress.runs[0].status is RunStatus.SUCCEEDED, "the issue waits for its merge"


def test_the_report_of_a_persons_order_speaks_of_no_other(page: Page) -> None:
    head = delivered(page)
    there = page.at(PULL)
    there.comment("bea", "/ftc verify")
    [task] = there.respond().tasks
    done = a_fix_task(id=task.id, kind=TaskKind.VERIFY, issue=page.number, pull=PULL, head_sha=head)
    settled(there, papers(page, task=done, conclusion=a_conclusion()), task=task.id)
    assert "A later push is not covered." in there.said()[PROOF]
    with page.simulator.activate():
        sweep(page.wait(minutes=5).context())
    assert proofs(page) == (head,), "its mark names the head"
