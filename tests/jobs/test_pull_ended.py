"""A pull request of the bot that was closed without being merged: asked why once, left open, and started again."""

from dataclasses import replace

import pytest
from scans import Killed, copied, deaths, is_write, killing, same, writes
from small import REPO, TOKEN
from sweeps import a_sweep, day, filed, issue_of, labelled, number_of, put, repository_of, said, state
from threads import APPROVED, BOT, READY, Page, a_page

from ftc.core.config import OnPrClosed
from ftc.core.model import Flake, Status
from ftc.core.progress import Progress, PullRef
from ftc.jobs.dispatching import dispatch
from ftc.jobs.sweep import sweep
from ftc.simulator.pushes import close, cross_reference
from ftc.simulator.simulator import Simulator

S = Status
PREFIX = "flaky-test-cleaner"
PULL = 50
COMMITS = [{"message": "First", "as": "first", "at": "2026-11-01T00:00:00Z"}]


def proposed(simulator: Simulator, number: int, *, pull: int = PULL, **over) -> PullRef:
    """The bot's open pull request for an issue."""
    given = {
        "number": pull, "title": "tests: stabilize TestPay", "body": f"Close #{number}", "author": BOT,
        "head": f"ai/{number}-{pull}", "files": {"cart.go": f"package cart // {pull}\n"}, **over,
    }  # fmt: skip
    simulator.add({"repositories": {REPO: {"pull_requests": [given]}}})
    repository = repository_of(simulator)
    cross_reference(simulator.world, repository, repository.issues[pull], text=f"#{number}", actor=BOT)
    return PullRef(number=pull, url=f"https://github.com/{REPO}/pull/{pull}", branch=given["head"], opened=day(0))


def in_review(*tests: str) -> tuple[Simulator, list[int]]:
    """A world in which each of these tests has a pull request of the bot."""
    world = filed(*tests, commits=COMMITS)
    numbers = [number_of(world, test) for test in tests]
    for place, number in enumerate(numbers):
        pull = proposed(world, number, pull=PULL + place)
        put(world, number, status=S.PR_OPEN, progress=Progress(pull=pull))
        labelled(world, number, f"{PREFIX}/ai-pr-open")
    world.requests.clear()
    return world, numbers


def shut(world: Simulator, *, at: float, pull: int = PULL) -> None:
    world.world.clock.set(day(at))
    close(world.world, issue_of(world, pull), actor="bea")


def asked(world: Simulator) -> int:
    """Requests for single pull requests."""
    return sum("/pulls/" in entry.path for entry in world.requests)


def test_people_closed_it():
    world, [number] = in_review("TestPay")
    shut(world, at=1)
    report = a_sweep(world, days=2)
    flake, issue = state(world, number), issue_of(world, number)
    assert (flake.status, issue.state, asked(world)) == (S.CLOSED_WONTFIX, "open", 1)
    assert [(item.source, item.target, item.told) for item in report.moved] == [
        (S.PR_OPEN, S.CLOSED_WONTFIX, ("pull-closed",))
    ]
    assert f"{PREFIX}/ai-pr-open" not in issue.labels
    assert (flake.progress.pull.number, flake.progress.pull.closed, flake.progress.lease) == (PULL, day(1), None)
    [comment] = issue.comments
    for words in (f"#{PULL} was closed without", "no further fix is tried", "What spoke against it?"):
        assert words in comment.body
    assert "/ai-fix" not in comment.body, "the bot never writes a command that could be obeyed"
    world.requests.clear()
    a_sweep(world, days=2.5)
    assert (writes(world), asked(world), said(world, number)) == ([], 0, ["pull-closed"])


def test_by_configuration_it_is_a_failed_try():
    world, [number] = in_review("TestPay")
    shut(world, at=1)
    a_sweep(world, days=2, on_pr_closed=OnPrClosed.FIX_FAILED)
    assert (state(world, number).status, said(world, number)) == (S.FIX_FAILED, ["pull-closed"])
    assert f"{PREFIX}/fix-failed" in issue_of(world, number).labels
    assert "counts as failed" in issue_of(world, number).comments[0].body


def test_one_that_is_open_costs_one_request_and_others_none():
    world, [number] = in_review("TestPay")
    other = copied(world)
    pull = state(other, number).progress.pull
    put(other, number, progress=Progress(pull=replace(pull, by_person=True)))
    for simulator in (world, other):
        a_sweep(simulator, days=1)
    assert (state(world, number).status, asked(world), said(world, number)) == (S.PR_OPEN, 1, [])
    assert (asked(other), len(other.requests)) == (0, len(world.requests) - 1), "a person's is theirs"


def test_no_more_are_asked_about_than_may_be_open_and_none_is_left_out():
    world, numbers = in_review("TestA", "TestB", "TestC")
    for place in range(3):
        shut(world, at=1, pull=PULL + place)
    a_sweep(world, days=2, fix_max_pulls=2)
    assert asked(world) == 2
    a_sweep(world, days=3, fix_max_pulls=2)
    assert [state(world, number).status for number in numbers] == [S.CLOSED_WONTFIX] * 3


def test_merged_where_its_words_close_nothing():
    world, [number] = in_review("TestPay")
    pull = issue_of(world, PULL)
    shut(world, at=1)
    pull.pull.merged_at, pull.pull.merged_by, pull.pull.merge_commit_sha = day(1), "bea", "f" * 40
    a_sweep(world, days=2)
    flake = state(world, number)
    assert (flake.status, issue_of(world, number).state, said(world, number)) == (S.MERGED, "open", [])
    assert (flake.progress.pull.merged, flake.progress.pull.by_person) == (day(1), False)


@pytest.mark.parametrize("merged", [False, True])
def test_a_token_that_may_not_read_pull_requests_sees_it_on_the_page_of_the_issue(merged):
    """The workflow's own token reads contents and issues."""
    world, [number] = in_review("TestPay")
    shut(world, at=1)
    if merged:
        issue_of(world, PULL).pull.merged_at = day(1)
    token = world.world.tokens[TOKEN]
    token.permissions = {name: level for name, level in token.permissions.items() if "pull" not in name}
    report = a_sweep(world, days=2)
    assert state(world, number).status is (S.MERGED if merged else S.CLOSED_WONTFIX)
    assert report.notes == ()


def seen(world: Simulator, number: int) -> tuple[str, frozenset[str], tuple[str, ...], Flake]:
    issue = issue_of(world, number)
    return issue.state, frozenset(issue.labels), tuple(item.body for item in issue.comments), same(state(world, number))


@pytest.mark.parametrize("policy", list(OnPrClosed))
def test_killed_anywhere_and_run_again_ends_the_same(policy):
    world, [number] = in_review("TestPay")
    shut(world, at=1)
    calm = copied(world)
    a_sweep(calm, days=2, on_pr_closed=policy)
    wanted = seen(calm, number)
    assert sum(map(is_write, calm.requests)) >= 3, "comment, labels, state"
    for entry, before in deaths(calm.requests):
        victim = copied(world)
        hook = killing(entry.number, before=before)
        victim.on_request, victim.after_request = (hook, None) if before else (None, hook)
        with pytest.raises(Killed):
            a_sweep(victim, days=2, on_pr_closed=policy)
        victim.on_request = victim.after_request = None
        a_sweep(victim, days=2, on_pr_closed=policy)
        assert seen(victim, number) == wanted, f"killed {'before' if before else 'after'} {entry.method} {entry.path}"


# --- starting again ----------------------------------------------------------------------------------------------


@pytest.fixture
def page() -> Page:
    """An analysed issue whose pull request is open."""
    made = a_page(commits=COMMITS).analysed()
    made.config |= READY
    pull = proposed(made.simulator, made.number)
    made.save(replace(made.flake, status=S.PR_OPEN, progress=replace(made.flake.progress, pull=pull)))
    made.wait(minutes=5)
    return made


def closes(page: Page) -> None:
    close(page.simulator.world, issue_of(page.simulator, PULL), actor="bea")


def swept(page: Page) -> None:
    with page.simulator.activate():
        sweep(page.context())


@pytest.mark.parametrize("words", ["/ai-fix wait for the signal", "/ftc retry", "label"])
@pytest.mark.parametrize("policy", list(OnPrClosed))
def test_a_new_approval_starts_again_after_the_sweep(page: Page, words: str, policy: OnPrClosed) -> None:
    page.config["on_pr_closed"] = policy
    closes(page)
    page.wait(hours=2)
    swept(page)
    assert page.flake.status is (S.CLOSED_WONTFIX if policy is OnPrClosed.WONTFIX else S.FIX_FAILED)
    if words == "label":
        page.label("bea")
    else:
        page.comment("bea", words)
    report = page.respond()
    assert page.flake.status is S.APPROVED_TO_FIX
    [order] = report.tasks
    with page.simulator.activate():
        [started] = dispatch(page.context(), [order], environ={"GITHUB_RUN_ID": "77", "GITHUB_RUN_ATTEMPT": "1"})
    assert (started.id, page.flake.status) == (order.id, S.FIXING), "its own closed pull request holds nothing up"


@pytest.mark.parametrize("words", ["/ai-fix", "/ftc retry", "label"])
def test_who_does_not_wait_for_the_sweep_is_answered_by_what_is(page: Page, words: str) -> None:
    closes(page)
    if words == "label":
        page.label("bea")
    else:
        page.comment("bea", words)
    report = page.respond()
    moves = [entry.action for entry in page.flake.audit if "→" in entry.action][-2:]
    assert moves == ["PR_OPEN → CLOSED_WONTFIX", "CLOSED_WONTFIX → APPROVED_TO_FIX"]
    assert len(report.tasks) == 1
    assert f"pull-closed:{PULL}" in page.said()
    assert APPROVED in page.issue.labels
    assert f"{PREFIX}/ai-pr-open" not in page.issue.labels


@pytest.mark.parametrize(("login", "words"), [("bea", "/ai-fix"), ("ro", "/ai-fix"), ("bea", "/ftc status")])
def test_one_that_is_open_is_left_alone(page: Page, login: str, words: str) -> None:
    page.comment(login, words)
    report = page.respond()
    assert (page.flake.status, report.tasks) == (S.PR_OPEN, ())
    assert f"pull-closed:{PULL}" not in page.said()


@pytest.mark.parametrize("words", ["/ai-fix", "label"])
def test_answering_may_die_anywhere_too(page: Page, words: str) -> None:
    def end(at: Page) -> tuple[object, ...]:
        receipts = sorted(reaction.content for item in at.issue.comments for reaction in item.reactions)
        return (frozenset(at.issue.labels), at.said(), receipts, same(at.flake))

    closes(page)
    _ = page.label("bea") if words == "label" else page.comment("bea", words)
    page.simulator.requests.clear()
    calm = page.copy()
    calm.respond()
    assert calm.flake.status is S.APPROVED_TO_FIX
    for entry, before in deaths(calm.simulator.requests):
        victim = page.copy()
        hook = killing(entry.number, before=before)
        victim.simulator.on_request, victim.simulator.after_request = (hook, None) if before else (None, hook)
        with pytest.raises(Killed):
            victim.respond()
        victim.simulator.on_request = victim.simulator.after_request = None
        victim.respond(minutes=0)
        assert end(victim) == end(calm), f"killed {'before' if before else 'after'} {entry.method} {entry.path}"


def test_a_stranger_hastens_nothing(page: Page) -> None:
    """People who may do nothing here must not cut short the hour in which a pull request is opened again."""
    closes(page)
    page.comment("ro", "/ai-fix")
    page.respond()
    assert page.flake.status is S.PR_OPEN


def test_closed_and_opened_again_to_start_ci_is_no_answer(page: Page) -> None:
    closes(page)
    page.wait(minutes=30)
    swept(page)
    assert page.flake.status is S.PR_OPEN
    issue = issue_of(page.simulator, PULL)
    issue.state, issue.closed_at = "open", None
    page.wait(days=1)
    swept(page)
    assert (page.flake.status, [name for name in page.said() if name.startswith("pull-closed")]) == (S.PR_OPEN, [])
