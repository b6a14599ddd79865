"""The transition table, its diagram, the words of the other systems, and the labels."""

import itertools
import re

import pytest

from ftc.core.labels import BY_NAME, LABELS, PROJECTED, labels
from ftc.core.lifecycle import OPEN, TRANSITIONS, WORDS, TransitionRefused, allowed, mermaid, moved
from ftc.core.model import Grade, Status
from tests.builders import NOON, a_flake, a_verdict

S = Status


@pytest.mark.parametrize(
    ("path", "why"),
    [
        (
            "DISCOVERED ISSUE_OPEN TRIAGED WAITING_FOR_SIGNAL APPROVED_TO_FIX FIXING PR_OPEN MERGED VERIFIED",
            "the straight way of the specification",
        ),
        ("PR_OPEN PR_NEEDS_CHANGES PR_UPDATING PR_OPEN PR_NEEDS_CHANGES", "review rounds repeat"),
        ("MERGED DEPLOYED VERIFIED ISSUE_OPEN", "a deployment lies between, and the flake comes back"),
        ("WAITING_FOR_SIGNAL TRIAGED WAITING_FOR_SIGNAL", "discussion goes both ways"),
        ("APPROVED_TO_FIX WAITING_FOR_SIGNAL", "the approving comment was edited"),
        ("FIXING FIX_FAILED APPROVED_TO_FIX", "a failed fix can be restarted"),
        ("PR_OPEN CLOSED_WONTFIX APPROVED_TO_FIX", "a declined PR needs a new approval"),
        ("MERGED CLOSED_SILENT ISSUE_OPEN", "silent, unproven, and back again"),
        ("ISSUE_OPEN MERGED ISSUE_OPEN", "a person's PR closed it without help"),
        ("CLOSED_WONTFIX MERGED", "our PR was declined, and a person's was merged"),
    ],
)
def test_ways_that_are_open(path: str, why: str) -> None:
    states = [S(name) for name in path.split()]
    assert all(allowed(a, b) for a, b in itertools.pairwise(states)), why


@pytest.mark.parametrize(
    ("source", "target", "why"),
    [
        (S.APPROVED_TO_FIX, S.ISSUE_OPEN, "new occurrences move nothing back after approval"),
        (S.FIXING, S.TRIAGED, "nor while a fix runs"),
        (S.PR_OPEN, S.TRIAGED, "nor while a PR is open"),
        (S.DISCOVERED, S.APPROVED_TO_FIX, "nothing is fixed that has no issue"),
        (S.ISSUE_OPEN, S.FIXING, "nothing is fixed that nobody approved"),
        (S.CLOSED_WONTFIX, S.ISSUE_OPEN, "a person's no is not undone by a failure"),
        (S.DUPLICATE, S.ISSUE_OPEN, "its lead lives on instead"),
        (S.VERIFIED, S.VERIFIED, "staying is no move"),
    ],
)
def test_ways_that_are_shut(source: Status, target: Status, why: str) -> None:
    flake = a_flake(status=source)
    assert not allowed(source, target), why
    with pytest.raises(TransitionRefused, match=f"from {source} to {target}; allowed: "):
        moved(flake, target, at=NOON, actor="bot")


def test_a_move_leaves_its_trace() -> None:
    done = moved(a_flake(), S.ISSUE_OPEN, at=NOON, actor="bot", url="https://run")
    (entry,) = done.audit
    assert done.status == S.ISSUE_OPEN
    assert (entry.at, entry.actor, entry.action, entry.result, entry.url) == (
        NOON,
        "bot",
        "DISCOVERED → ISSUE_OPEN",
        "filed",
        "https://run",
    )


def test_each_move_is_listed_once() -> None:
    moves = [(move.source, move.target) for move in TRANSITIONS]
    assert len(moves) == len(set(moves))


@pytest.mark.parametrize("state", OPEN)
def test_every_open_state_can_be_ended_by_people(state: Status) -> None:
    assert all(allowed(state, end) for end in (S.MERGED, S.CLOSED_WONTFIX, S.DUPLICATE))


def test_every_state_can_be_reached() -> None:
    reached, grew = {S.DISCOVERED}, True
    while grew:
        more = {move.target for move in TRANSITIONS if move.source in reached}
        grew, reached = not more <= reached, reached | more
    assert reached == set(Status)


def test_the_diagram_is_the_table() -> None:
    arrows = re.findall(r"^    ([\w &]+) -->\|(.+)\| (\w+)$", mermaid(), flags=re.MULTILINE)
    drawn = {(S(source), S(target), event) for sources, event, target in arrows for source in sources.split(" & ")}
    assert drawn == {(move.source, move.target, move.event) for move in TRANSITIONS}
    assert len(mermaid().splitlines()) == len(arrows) + 1


def test_every_state_has_words_for_the_other_systems() -> None:
    assert set(WORDS) == set(Status)
    assert {word.repair for word in WORDS.values()} == {
        "NEW",
        "FIXING",
        "PENDING_REVIEW",
        "MERGED",
        "DEPLOYED",
        "FAILED",
    }
    assert {word.dispatch for word in WORDS.values()} == {
        "pending",
        "processing",
        "pending merge",
        "merged",
        "terminated",
    }
    assert all(re.fullmatch("[0-9a-f]{6}", word.color) for word in WORDS.values())


@pytest.mark.parametrize(
    ("status", "names"),
    [
        (S.DISCOVERED, ""),
        (S.ISSUE_OPEN, "ai-managed flaky-test needs-triage"),
        (S.WAITING_FOR_SIGNAL, "ai-managed flaky-test"),
        (S.APPROVED_TO_FIX, "ai-managed flaky-test ai-fix-approved"),
        (S.FIXING, "ai-managed flaky-test ai-fix-approved fix-in-progress"),
        (S.PR_UPDATING, "ai-managed flaky-test fix-in-progress ai-pr-open"),
        (S.FIX_FAILED, "ai-managed flaky-test fix-failed"),
        (S.VERIFIED, "ai-managed flaky-test verified"),
    ],
)
def test_labels_project_the_state(status: Status, names: str) -> None:
    assert labels(a_flake(status=status), "x") == tuple(f"x/{name}" for name in names.split())


def test_what_was_filed_on_an_opinion_keeps_asking_for_triage() -> None:
    flake = a_flake(status=S.TRIAGED, verdict=a_verdict(grade=Grade.D))
    assert "x/needs-triage" in labels(flake, "x")


def test_labels_that_people_set_are_never_projected() -> None:
    assert not PROJECTED & {"keep-open", "quarantined", "blocked", "fix-did-not-hold", "dashboard"}


def test_labels_fit_github() -> None:
    assert len(BY_NAME) == len(LABELS) == 13
    for label in LABELS:
        assert re.fullmatch("[0-9a-f]{6}", label.color)
        assert 0 < len(label.description) <= 100, "GitHub refuses longer descriptions"
        assert len(f"{'p' * 30}/{label.name}") <= 50, "GitHub refuses longer names"
