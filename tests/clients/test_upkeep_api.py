"""Questions of the sweep, asked of the simulator: histories that contain a fix, and who did something since."""

from datetime import timedelta

import pytest
from small import NOW, REPO, a_world
from sweeps import connected, day

from ftc.clients.upkeep_api import MOST_PAGES
from ftc.simulator.world import Comment, TimelineEvent

COMMITS = [
    {"message": "First", "as": "first", "at": "2026-11-01T00:00:00Z"},
    {"message": "Fix", "as": "fix", "at": "2026-11-02T00:00:00Z"},
    {"message": "Later", "as": "later", "at": "2026-11-03T00:00:00Z"},
    {"message": "Old", "as": "old", "branch": "topic", "start": "first", "at": "2026-11-03T00:00:00Z"},
]
ISSUES = [{"title": "One", "author": "bea"}, {"title": "Two", "author": "bea"}]


@pytest.fixture(scope="module")
def world():
    return a_world(commits=COMMITS, issues=ISSUES)


@pytest.mark.parametrize(
    ("head", "inside", "why"),
    [
        ("later", True, "ahead of the fix"),
        ("fix", True, "the fix itself"),
        ("first", False, "behind it"),
        ("old", False, "diverged before it"),
        ("9" * 40, False, "a commit that nobody has any more"),
    ],
)
def test_contains(world, head, inside, why):
    names = {name: world.world.aliases[f"{REPO}:{name}"] for name in ("first", "fix", "later", "old")}
    with connected(world) as ctx:
        assert ctx.read.contains(names["fix"], names.get(head, head)) is inside, why


def test_a_fix_that_is_unknown_here_is_contained_in_nothing(world):
    later = world.world.aliases[f"{REPO}:later"]
    with connected(world) as ctx:
        assert ctx.read.contains("8" * 40, later) is False


def test_a_branch_or_tag_cannot_leave_the_address(world):
    with connected(world) as ctx:
        assert ctx.read.contains("../../issues/1", "x/../..") is False


def commented(world, number, *, at, login="bea"):
    made = Comment(id=world.world.next_id(), author=login, body="x", created_at=day(at), updated_at=day(at))
    world.world.repository(REPO).issues[number].comments.append(made)


def test_who_did_something_since():
    world = a_world(commits=COMMITS, issues=ISSUES)
    commented(world, 1, at=-3)
    commented(world, 2, at=-1, login="mallory")
    closed = TimelineEvent(id=10**6, event="closed", actor="ada", created_at=day(-1))
    world.world.repository(REPO).issues[1].events.append(closed)
    with connected(world) as ctx:
        assert ctx.write.stirred(day(-2)).people == {(2, "mallory"), (1, "ada")}
        assert ctx.write.stirred(day(-2) + timedelta(days=1)).people == {(2, "mallory"), (1, "ada")}, (
            "at that very moment"
        )
        assert ctx.write.stirred(NOW).people == frozenset()


def test_too_much_was_said_to_look_through():
    world = a_world(commits=COMMITS, issues=ISSUES)
    for _ in range(100 * MOST_PAGES + 1):
        commented(world, 1, at=-1)
    with connected(world) as ctx:
        assert ctx.write.stirred(day(-2)) is None
    assert len([entry for entry in world.requests if entry.path.endswith("/issues/comments")]) == MOST_PAGES + 1


def test_nobody_ever_closed_it(world):
    with connected(world) as ctx:
        assert ctx.write.handled(1) is None
        assert ctx.write.merged_pull(1) is None, "an issue is no pull request"
        assert ctx.write.pull_of(world.world.aliases[f"{REPO}:fix"]) is None, "it was pushed"
