"""Issues, labels, comments, timelines and reactions, with PyGithub as the client where it shows enough."""

import pytest
from github import Auth, Github, GithubException

REPO = "/repos/acme/shop"


@pytest.fixture
def repo(simulator):
    with simulator.activate():
        client = Github(auth=Auth.Token("alice"), seconds_between_requests=0, seconds_between_writes=0, retry=None)
        yield client.get_repo("acme/shop")


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [10, 1]),  # newest first; pull requests are issues too
        ("?state=all&direction=asc", [1, 10, 12]),  # deleted ones are nowhere
        ("?state=closed", [12]),
        ("?labels=flaky", [10]),
        ("?labels=FLAKY", [10]),
        ("?labels=flaky,bug", []),
        ("?creator=dave&state=all", [12, 10]),
        ("?assignee=none", [10, 1]),
        ("?assignee=alice", []),
        ("?since=2026-11-20T12:00:01Z", []),
    ],
)
def test_listing(call, query, numbers):
    assert [issue["number"] for issue in call.json(f"{REPO}/issues{query}")] == numbers


def test_only_pull_requests_carry_pull_links(call):
    shown = {issue["number"]: "pull_request" in issue for issue in call.json(f"{REPO}/issues")}
    assert shown == {1: True, 10: False}


@pytest.mark.parametrize(("number", "status"), [(10, 200), (11, 410), (99, 404), ("x", 404)])
def test_missing_and_deleted(call, number, status):
    assert call("GET", f"{REPO}/issues/{number}").status == status


def test_a_life_of_an_issue_leaves_a_timeline(repo):
    issue = repo.create_issue("Flaky TestCart", "see log", labels=["flaky", "brand new"], assignees=["bob"])
    issue.edit(title="[flaky] TestCart")
    issue.create_comment("hello")
    issue.remove_from_labels("flaky")
    issue.edit(state="closed", state_reason="not_planned")
    issue.edit(state="open")
    issue.lock("resolved")
    events = [(event.event, event.actor.login) for event in issue.get_timeline()]
    names = ["labeled", "labeled", "assigned", "renamed", "commented", "unlabeled", "closed", "reopened", "locked"]
    assert events == [(name, "alice") for name in names]
    fresh = repo.get_issue(issue.number)
    assert (fresh.title, fresh.state, fresh.state_reason, fresh.locked) == (
        "[flaky] TestCart",
        "open",
        "reopened",
        True,
    )
    assert [label.name for label in fresh.labels] == ["brand new"]
    assert repo.get_label("brand new").color == "ededed"
    assert [event.event for event in issue.get_events()].count("labeled") == 2


@pytest.mark.parametrize(
    ("fields", "field", "status"),
    [
        ({"title": "t" * 256, "body": "b" * 65536}, None, 201),
        ({"title": "t" * 257}, "title", 422),
        ({"title": "t", "body": "b" * 65537}, "body", 422),
        ({"title": "t", "body": "😀" * 65536}, None, 201),  # characters, not bytes
        ({"body": "b"}, "title", 422),
        ({"title": "t", "assignees": ["nobody-knows"]}, "assignees", 422),
    ],
)
def test_limits_of_title_and_body(call, fields, field, status):
    answer = call("POST", f"{REPO}/issues", fields)
    assert answer.status == status
    if field:
        assert answer.json()["errors"][0]["field"] == field


def test_a_comment_beyond_the_limit_is_refused(call):
    assert call("POST", f"{REPO}/issues/10/comments", {"body": "b" * 65537}).status == 422
    assert call("POST", f"{REPO}/issues/10/comments", {"body": " "}).status == 422


def test_without_triage_labels_are_dropped_silently(call):
    made = call("POST", f"{REPO}/issues", {"title": "t", "labels": ["bug"], "assignees": ["bob"]}, token="mallory")
    assert (made.status, made.json()["labels"], made.json()["assignees"]) == (201, [], [])
    edited = call("PATCH", f"{REPO}/issues/{made.json()['number']}", {"labels": ["bug"], "body": "b"}, token="mallory")
    assert (edited.status, edited.json()["labels"], edited.json()["body"]) == (200, [], "b")


def test_labels_in_a_patch_replace_the_whole_set(call):
    call("POST", f"{REPO}/issues/10/labels", {"labels": ["bug"]})
    edited = call("PATCH", f"{REPO}/issues/10", {"labels": ["new"]}).json()
    assert [label["name"] for label in edited["labels"]] == ["new"]


@pytest.mark.parametrize(
    ("token", "status"), [("dave", 200), ("carol", 200), ("job", 200), ("mallory", 403), (None, 401)]
)
def test_who_edits_an_issue(call, token, status):
    assert call("PATCH", f"{REPO}/issues/10", {"title": "new"}, token=token).status == status


def test_an_edit_by_others_keeps_the_author_and_the_history(simulator, call):
    made = call("POST", f"{REPO}/issues", {"title": "t", "body": "one"}, token="job").json()
    call("PATCH", f"{REPO}/issues/{made['number']}", {"body": "two"}, token="bob")
    assert made["user"]["login"] == "github-actions[bot]"
    assert made["user"]["type"] == "Bot"
    assert call.json(f"{REPO}/issues/{made['number']}")["user"]["login"] == "github-actions[bot]"
    edits = simulator.world.repository("acme/shop").issues[made["number"]].edits
    assert [(edit.editor, edit.text) for edit in edits] == [("github-actions[bot]", "one"), ("bob", "two")]


@pytest.mark.parametrize(
    ("token", "status"), [("bob", 200), ("alice", 200), ("job", 200), ("carol", 403), ("dave", 403)]
)
def test_who_edits_a_comment(call, token, status):
    (comment,) = call.json(f"{REPO}/issues/10/comments")
    assert call("PATCH", f"{REPO}/issues/comments/{comment['id']}", {"body": "x"}, token=token).status == status


def test_comments_of_the_repository_since_a_moment(simulator, call):
    simulator.world.clock.advance(60)
    call("POST", f"{REPO}/issues/1/comments", {"body": "on a pull request"})
    since = "2026-11-20T12:00:30Z"
    assert [c["body"] for c in call.json(f"{REPO}/issues/comments")] == ["first", "on a pull request"]
    assert [c["body"] for c in call.json(f"{REPO}/issues/comments?since={since}")] == ["on a pull request"]
    assert call.json(f"{REPO}/issues/10/comments?since={since}") == []


def test_a_deleted_comment_is_gone_but_noted(call):
    (comment,) = call.json(f"{REPO}/issues/10/comments")
    assert call("DELETE", f"{REPO}/issues/comments/{comment['id']}").status == 204
    assert call("GET", f"{REPO}/issues/comments/{comment['id']}").status == 404
    assert call.json(f"{REPO}/issues/10")["comments"] == 0


def test_a_locked_conversation_takes_comments_of_writers_only(call):
    call("PUT", f"{REPO}/issues/10/lock", {"lock_reason": "spam"})
    assert call("POST", f"{REPO}/issues/10/comments", {"body": "x"}, token="dave").status == 403
    assert call("POST", f"{REPO}/issues/10/comments", {"body": "x"}, token="bob").status == 201


def test_label_life(repo):
    label = repo.create_label("wip", "FFAA00", "in work")
    with pytest.raises(GithubException) as refused:
        repo.create_label("WIP", "000000")
    assert (refused.value.status, refused.value.data["errors"][0]["code"]) == (422, "already_exists")
    issue = repo.get_issue(10)
    issue.add_to_labels("wip")
    label.edit("done", "00aa00")
    assert [entry.name for entry in repo.get_issue(10).labels] == ["flaky", "done"]
    repo.get_label("done").delete()
    assert [entry.name for entry in repo.get_issue(10).labels] == ["flaky"]


def test_taking_off_a_label_that_is_not_there_is_404(call):
    assert call("DELETE", f"{REPO}/issues/10/labels/bug").status == 404
    assert call("DELETE", f"{REPO}/issues/10/labels/FLAKY").json() == []


def test_label_names_may_hold_slashes(call):
    name = "flaky-test-cleaner/ai-managed"
    call("POST", f"{REPO}/labels", {"name": name, "color": "0e8a16"})
    assert call.json(f"{REPO}/labels/flaky-test-cleaner%2Fai-managed")["name"] == name
    call("POST", f"{REPO}/issues/10/labels", {"labels": [name]})
    assert [issue["number"] for issue in call.json(f"{REPO}/issues?labels=flaky-test-cleaner/ai-managed")] == [10]
    assert call("DELETE", f"{REPO}/issues/10/labels/flaky-test-cleaner%2Fai-managed").status == 200


def test_reactions(repo):
    issue = repo.get_issue(10)
    first, second = issue.create_reaction("eyes"), issue.create_reaction("eyes")
    assert first.id == second.id
    (comment,) = issue.get_comments()
    comment.create_reaction("rocket")
    assert [reaction.content for reaction in comment.get_reactions()] == ["rocket"]
    assert repo.get_issue(10).reactions["eyes"] == 1
    issue.delete_reaction(first.id)
    assert list(issue.get_reactions()) == []


def test_mentions_leave_a_cross_reference_once(call):
    call("POST", f"{REPO}/issues", {"title": "t", "body": "like #10, and again #10"})
    call("POST", f"{REPO}/issues/13/comments", {"body": "acme/shop#10 once more"})
    events = call.json(f"{REPO}/issues/10/timeline")
    sources = [event["source"]["issue"]["number"] for event in events if event["event"] == "cross-referenced"]
    assert sources == [13]
    assert "cross-referenced" not in [event["event"] for event in call.json(f"{REPO}/issues/10/events")]


def test_a_job_with_pull_rights_only_cannot_touch_issues(simulator, call):
    simulator.world.tokens["job"].permissions = {"pull_requests": "write"}
    assert call("POST", f"{REPO}/issues/1/comments", {"body": "x"}, token="job").status == 201
    assert call("POST", f"{REPO}/issues/10/comments", {"body": "x"}, token="job").status == 403


def test_issues_switched_off_are_gone(call):
    assert call.json(f"{REPO}")["has_issues"] is True
    call.simulator.world.repository("acme/shop").has_issues = False
    assert call("POST", f"{REPO}/issues", {"title": "t"}).status == 410
