"""Worlds in which people wrote issues about flaky tests, and the watch over what the bot may never touch in them.

The rule they keep: after every request, the title and the body of each issue that a person opened are what the person
wrote, and so is each comment of a person.
"""

from collections.abc import Mapping
from typing import Any

from small import REPO, a_world, flipped, go_log

from ftc.core.marks import purpose_of
from ftc.core.model import Flake
from ftc.core.state import decode
from ftc.simulator.application import LoggedRequest
from ftc.simulator.simulator import Simulator
from ftc.simulator.world import Comment, Issue

BOT = "github-actions[bot]"
TEMPLATE = """## Flaky Test

### Which jobs are failing

`TestAdd` in unit-test-next-gen-2

### CI link

https://prow.example.com/view/1

### Reason for failure (if possible)

### Anything else
"""
"""The form that people fill in at tikv/pd."""


def an_issue(title: str = "TestAdd is unstable", body: str = TEMPLATE, **over: Any) -> dict[str, Any]:
    """An issue that bea, who may write, opened a month ago."""
    return {"title": title, "body": body, "author": "bea", "at": "-30d", **over}


def a_world_with(*written: Mapping[str, Any], runs: tuple[Mapping[str, Any], ...] | None = None) -> Simulator:
    """TestAdd failed and passed twice, and people had written these issues; guarded."""
    runs = runs if runs is not None else (flipped(30, go_log("TestAdd")), flipped(20, go_log("TestAdd")))
    return guarded(a_world(*runs, issues=list(written)))


def texts(simulator: Simulator) -> dict[object, str]:
    """Everything that people wrote."""
    repository = simulator.world.repository(REPO)
    assert repository is not None
    found: dict[object, str] = {}
    for number, issue in repository.issues.items():
        if issue.author != BOT:
            found[number] = f"{issue.title}\n{issue.body}\n{issue.state}"
        found |= {comment.id: comment.body for comment in issue.comments if comment.author != BOT}
    return found


def guarded(simulator: Simulator) -> Simulator:
    """The world, in which from now on every request is checked to have left people's words alone."""
    before = texts(simulator)

    def unchanged(entry: LoggedRequest) -> None:
        now = texts(simulator)
        assert {key: now.get(key) for key in before} == before, f"{entry.method} {entry.path}"

    simulator.after_request = unchanged
    return simulator


def issue(simulator: Simulator, number: int) -> Issue:
    """An issue by its number."""
    repository = simulator.world.repository(REPO)
    assert repository is not None
    return repository.issues[number]


def said(found: Issue, purpose: str) -> list[Comment]:
    """The bot's comments for a purpose."""
    return [item for item in found.comments if item.author == BOT and purpose_of(item.body).startswith(purpose)]


def state_of(found: Issue) -> Flake:
    """The state in the bot's one comment for it."""
    [comment] = said(found, "state")
    block = decode(comment.body)
    assert block.flake is not None
    assert block.where is not None
    assert (block.where.issue, block.where.comment) == (found.number, comment.id)
    return block.flake
