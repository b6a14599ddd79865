"""The command that says which test an issue is about."""

from contextlib import contextmanager
from dataclasses import replace

import pytest
from adopting import a_world_with, an_issue, issue, said, state_of
from scans import PACE, Killed, copied, deaths, killing, writes
from small import NOW, PACKAGE, REPO, TOKEN, a_scan, flipped, go_log, issues, red, run, watched

from ftc.core.config import Adopt, Config
from ftc.core.model import Status
from ftc.jobs.adopt import Outcome, adopt_by_command
from ftc.jobs.apply import begin
from ftc.jobs.context import open_context
from ftc.jobs.settings import Settings, Tokens
from ftc.jobs.snapshot import read_snapshot

ONCE = run(10, jobs=red(go_log("TestOnce")))
RUNS = (flipped(30, go_log("TestAdd")), flipped(20, go_log("TestAdd")), ONCE)


@contextmanager
def a_job(world):
    """A session of a job that answers people."""
    settings = Settings(config=Config(repo=REPO), tokens=Tokens(read=TOKEN, issue=TOKEN, state_key=""))
    with world.activate():
        ctx = replace(open_context(settings, {}, now=NOW, pace=PACE), say=lambda _: None)
        yield begin(ctx, read_snapshot(ctx))


def commanded(world, number, name):
    with a_job(world) as session:
        return adopt_by_command(session, session.ctx.write.issue(number), name, by="bea")


@pytest.fixture
def world():
    """TestAdd has an issue of its own, TestOnce is watched; issue 1 is a person's about whatever."""
    world = a_world_with(an_issue("CI is unreliable", "help"), an_issue("Another", ""), runs=RUNS)
    a_scan(world, adopt=Adopt.OFF)
    world.requests.clear()
    return world


@pytest.mark.parametrize("name", ["TestOnce", f"{PACKAGE} TestOnce", "cart.TestOnce"])
def test_a_watched_test_is_adopted_on_a_persons_word_although_one_failure_files_nothing(world, name):
    answer = commanded(world, 1, name)
    assert (answer.outcome, answer.number) == (Outcome.ADOPTED, 1)
    flake = state_of(issue(world, 1))
    assert (flake.test.name, flake.total, flake.status) == ("TestOnce", 1, Status.ISSUE_OPEN)
    assert flake.audit[-1].actor == "bea"
    assert "TestOnce" in answer.text
    report = a_scan(world, hours=1)
    assert [item.flake.issue.issue for item in report.plan.judged if item.flake.test.name == "TestOnce"] == [1]
    assert "TestOnce" not in [flake.test.name for flake in watched(world)]
    world.requests.clear()
    a_scan(world, hours=2)
    assert writes(world) == []


def test_given_twice_it_is_done_once(world):
    commanded(world, 1, "TestOnce")
    world.requests.clear()
    assert commanded(world, 1, "TestOnce").outcome is Outcome.ALREADY_HERE
    assert commanded(world, 2, "TestOnce").outcome is Outcome.ELSEWHERE
    assert writes(world) == []


@pytest.mark.parametrize(
    ("number", "name", "outcome", "said_so"),
    [
        (1, "TestNever", Outcome.UNKNOWN, "has been seen failing yet"),
        (1, "TestAdd", Outcome.ELSEWHERE, "has its issue already: #3"),
        (3, "TestAdd", Outcome.ALREADY_HERE, "kept in this issue already"),
        (3, "TestOnce", Outcome.OTHER_TEST, "an issue keeps one test"),
        (1, "@mallory #5 `/ftc help` <b>", Outcome.UNKNOWN, "has been seen failing yet"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(world, number, name, outcome, said_so):
    [own] = [item.number for item in issues(world)]
    number = {3: own}.get(number, number)
    answer = commanded(world, number, name)
    assert answer.outcome is outcome
    assert said_so.replace("#3", f"#{own}") in answer.text
    assert not answer.text.startswith("/")
    assert writes(world) == []


def test_a_name_of_two_tests_is_asked_back():
    logs = [go_log("TestOnce").replace(PACKAGE, f"example.com/shop/{name}") for name in ("cart", "till")]
    world = a_world_with(
        an_issue("CI is unreliable", ""), runs=tuple(run(9 + n, jobs=red(log)) for n, log in enumerate(logs))
    )
    a_scan(world)
    answer = commanded(world, 1, "TestOnce")
    assert answer.outcome is Outcome.SEVERAL
    assert "example.com/shop/cart TestOnce" in answer.text
    assert "example.com/shop/till TestOnce" in answer.text
    assert commanded(world, 1, "example.com/shop/till TestOnce").outcome is Outcome.ADOPTED


def test_a_test_that_was_taken_away_stays_away(world):
    [own] = issues(world)
    own.labels = []
    a_scan(world, hours=1)
    # The watch list no longer holds it and its issue is a tombstone, so that the name says nothing any more.
    assert commanded(world, 1, "TestAdd").outcome is Outcome.UNKNOWN


def test_an_issue_from_which_the_bot_was_sent_away_takes_no_other_test(world):
    commanded(world, 1, "TestOnce")
    a_scan(world, hours=1)
    issue(world, 1).labels = []
    a_scan(world, hours=2)
    world.requests.clear()
    assert commanded(world, 1, "TestAdd").outcome is Outcome.SENT_AWAY
    assert commanded(world, 1, "TestOnce").outcome is Outcome.SENT_AWAY
    assert writes(world) == []


def test_killed_at_any_request_and_given_again_it_is_done_once(world):
    calm = copied(world)
    commanded(calm, 1, "TestOnce")
    wanted = replace(state_of(issue(calm, 1)), revision=0, parent=0, issue=None)
    for entry, before in deaths(calm.requests):
        victim = copied(world)
        guard, hook = victim.after_request, killing(entry.number, before=before)
        victim.on_request, victim.after_request = (hook, guard) if before else (None, hook)
        with pytest.raises(Killed):
            commanded(victim, 1, "TestOnce")
        victim.on_request, victim.after_request = None, guard
        assert commanded(victim, 1, "TestOnce").outcome in (Outcome.ADOPTED, Outcome.ALREADY_HERE)
        got = replace(state_of(issue(victim, 1)), revision=0, parent=0, issue=None)
        assert got == wanted, f"killed {'before' if before else 'after'} {entry.method} {entry.path}"
        assert len(said(issue(victim, 1), "state")) == 1
        a_scan(victim, hours=1)
        victim.requests.clear()
        a_scan(victim, hours=2)
        assert writes(victim) == []
