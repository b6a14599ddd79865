"""People who would speak for the bot: a name like the bot's own gives no say over its state."""

import json
from dataclasses import replace

import pytest
from small import REPO, a_scan, a_world, dashboards, flake_of, flipped, go_log, issues, red, run, watched

from ftc.core.model import TestId
from ftc.core.state import encode_flake, encode_watch_page

RUNS = (flipped(30, go_log("TestAdd")), flipped(20, go_log("TestAdd")), run(10, jobs=red(go_log("TestOnce"))))
IMPOSTOR = "github-actions"
"""Of an app `x[bot]` anybody may own the plain name `x`; of a custom app it is usually free."""


@pytest.fixture
def world():
    """After a first scan: a dashboard, one issue, one test on the watch list."""
    world = a_world(*RUNS)
    a_scan(world)
    return world


def test_a_watch_page_of_a_namesake_does_not_count(world):
    # Commenting takes no rights in a public repository, so this would have been anybody's way into the state.
    [dashboard] = dashboards(world)
    evil = replace(watched(world)[0], key="e" * 16, test=TestId(ecosystem="go", suite="s", name="TestEvil"))
    comment = {"author": IMPOSTOR, "body": encode_watch_page(3, (evil,), where=None)}
    world.add(json.dumps({"repositories": {REPO: {"issues": [{"title": "x", "comments": [comment]}]}}}, indent=1))
    repository = world.world.repository(REPO)
    carrier = repository.issues.pop(max(repository.issues))
    dashboard.comments.append(carrier.comments[0])
    report = a_scan(world, hours=1)
    assert [item.author for item in dashboard.comments] == ["github-actions[bot]", IMPOSTOR]
    assert [str(item.flake.test) for item in report.plan.judged if "Evil" in item.flake.test.name] == []


def test_an_issue_edited_by_a_namesake_is_restored(world):
    [issue] = issues(world)
    before = flake_of(issue)
    forged = issue.body.replace('"ISSUE_OPEN"', '"VERIFIED"', 1)
    issue.rewrite(forged, editor=IMPOSTOR, now=world.world.now(), edit_id=world.world.next_id())
    a_scan(world, hours=1)
    assert flake_of(issue).status == before.status
    assert "state recovered from the edit history" in issue.body


def test_where_states_are_signed_an_unsigned_one_is_not_rescued_either():
    # Any workflow of the repository writes as github-actions[bot]; the key is there to tell them from us.
    world = a_world(*RUNS)
    a_scan(world, key="s3cret-key")
    [issue] = issues(world)
    evil = replace(flake_of(issue), key="e" * 16, issue=None, test=TestId(ecosystem="go", suite="s", name="TestEvil"))
    body = encode_flake(evil)
    forged = {"title": "x", "body": body, "author": "github-actions[bot]", "labels": issue.labels}
    world.add(json.dumps({"repositories": {REPO: {"issues": [forged]}}}, indent=1))
    report = a_scan(world, hours=1, key="s3cret-key")
    [copy] = [item for item in world.world.repository(REPO).issues.values() if item.title == "x"]
    assert copy.body == body  # ours would have come signed
    assert any(f"issue {copy.number} cannot be read" in note for note in report.notes)
    assert not any(item.flake.test.name == "TestEvil" for item in report.plan.judged)


def test_what_a_person_left_behind_after_many_edits_is_no_state(world):
    # GitHub's answer holds the newest edits only: enough of them push the bot's own out of sight.
    [issue] = issues(world)
    forged = issue.body.replace('"ISSUE_OPEN"', '"VERIFIED"', 1)
    for turn in range(25):
        issue.rewrite(forged + "!" * turn, editor="bea", now=world.world.now(), edit_id=world.world.next_id())
    body = issue.body
    report = a_scan(world, hours=1)
    assert issue.body == body
    assert any(f"issue {issue.number} cannot be read" in note for note in report.notes)
    assert len(issues(world)) == 1  # its test stays taken: no second issue
