"""Pull requests, reviews, contents, references, comparisons and checks, over real git."""

import base64

import pytest
from github import Auth, Github, GithubException

REPO = "/repos/acme/shop"


@pytest.fixture
def repo(simulator):
    with simulator.activate():
        client = Github(auth=Auth.Token("alice"), seconds_between_requests=0, seconds_between_writes=0, retry=None)
        yield client.get_repo("acme/shop")


def test_a_pull_request_from_branch_to_merge(repo):
    main = repo.get_branch("main").commit.sha
    repo.create_git_ref("refs/heads/fix/10", main)
    repo.create_file("cart/fix.go", "Fix the cart", "package cart\n", branch="fix/10")
    pull = repo.create_pull(base="main", head="fix/10", title="Fix", body="Resolves #10")
    assert (pull.mergeable, pull.commits, pull.changed_files, pull.additions) == (True, 1, 1, 1)
    assert [file.filename for file in pull.get_files()] == ["cart/fix.go"]
    assert [commit.commit.message for commit in pull.get_commits()] == ["Fix the cart"]
    result = pull.merge(merge_method="squash")
    assert (result.merged, repo.get_branch("main").commit.sha) == (True, result.sha)
    assert repo.get_issue(10).state == "closed"
    closing = [event for event in repo.get_issue(10).get_events() if event.event == "closed"]
    assert closing[0].commit_id == result.sha
    assert repo.get_pull(pull.number).merged_by.login == "alice"
    assert repo.get_contents("cart/fix.go").decoded_content == b"package cart\n"


def test_a_push_moves_the_head_of_a_pull_request(repo):
    before = repo.get_pull(1)
    repo.create_file("more.txt", "More", "more\n", branch="faster")
    after = repo.get_pull(1)
    assert (after.head.sha != before.head.sha, after.commits) == (True, 2)
    assert repo.get_git_ref("pull/1/head").object.sha == after.head.sha


def test_conflicts_are_not_mergeable(repo):
    file = repo.get_contents("cart/cart.go")
    repo.update_file("cart/cart.go", "Elsewhere", "package other\n", file.sha)
    pull = repo.get_pull(1)
    assert (pull.mergeable, pull.mergeable_state) == (False, "dirty")
    with pytest.raises(GithubException) as refused:
        pull.merge()
    assert refused.value.status == 405


def test_a_branch_that_goes_closes_its_pull_request(repo):
    repo.get_git_ref("heads/faster").delete()
    assert repo.get_pull(1).state == "closed"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"head": "faster"}, "A pull request already exists for acme:faster."),
        ({"head": "main"}, "No commits between main and main"),
        ({"head": "nowhere"}, None),
        ({"head": "stranger:main"}, None),
    ],
)
def test_pull_requests_that_cannot_be(call, fields, message):
    answer = call("POST", f"{REPO}/pulls", {"title": "t", "base": "main", **fields})
    assert (answer.status, answer.json()["message"]) == (422, "Validation Failed")
    assert answer.json()["errors"][0].get("message") == message


def test_the_setting_that_keeps_jobs_from_opening_pull_requests(simulator, call):
    simulator.world.repository("acme/shop").actions_can_approve_pull_requests = False
    answer = call("POST", f"{REPO}/pulls", {"title": "t", "base": "main", "head": "faster"}, token="all")
    assert answer.status == 403
    assert "not permitted to create or approve" in answer.json()["message"]


def test_a_merge_with_a_stale_sha_is_refused(call):
    assert call("PUT", f"{REPO}/pulls/1/merge", {"sha": "0" * 40}).status == 409
    assert call("PUT", f"{REPO}/pulls/1/merge", {}, token="carol").status == 403


@pytest.mark.parametrize(
    ("query", "count"),
    [("", 1), ("?state=closed", 0), ("?head=acme:faster", 1), ("?head=bob:faster", 0), ("?base=dev", 0)],
)
def test_listing(call, query, count):
    assert len(call.json(f"{REPO}/pulls{query}")) == count


def test_reviews_and_threads(repo):
    pull = repo.get_pull(1)
    pull.create_review_request(reviewers=["alice"])
    review = pull.create_review(
        body="please", event="REQUEST_CHANGES", comments=[{"path": "cart/cart.go", "line": 1, "body": "why?"}]
    )
    assert (review.state, [user.login for user in pull.get_review_requests()[0]]) == ("CHANGES_REQUESTED", [])
    (comment,) = pull.get_review_comments()
    answer = pull.create_review_comment_reply(comment.id, "because")
    assert (answer.in_reply_to_id, answer.path) == (comment.id, "cart/cart.go")
    assert [entry.body for entry in pull.get_review_comments()] == ["why?", "because"]
    review.dismiss("fine now")
    assert [entry.state for entry in pull.get_reviews()] == ["DISMISSED", "COMMENTED"]


def test_nobody_approves_what_they_wrote(call):
    answer = call("POST", f"{REPO}/pulls/1/reviews", {"event": "APPROVE"}, token="bob")
    assert (answer.status, answer.json()["errors"]) == (422, ["Can not approve your own pull request"])


def test_pending_reviews_show_to_their_author_only(call):
    made = call("POST", f"{REPO}/pulls/1/reviews", {"body": "draft"}).json()
    assert made["state"] == "PENDING"
    assert len(call.json(f"{REPO}/pulls/1/reviews")) == 1
    assert call.json(f"{REPO}/pulls/1/reviews", token="bob") == []
    call("POST", f"{REPO}/pulls/1/reviews/{made['id']}/events", {"event": "APPROVE"})
    assert call.json(f"{REPO}/pulls/1/reviews", token="bob")[0]["state"] == "APPROVED"


@pytest.mark.parametrize(
    ("path", "kind", "names"),
    [("", "dir", ["a.txt", "cart", "go.mod"]), ("/cart", "dir", ["cart.go"]), ("/go.mod", "file", "go.mod")],
)
def test_contents(call, path, kind, names):
    shown = call.json(f"{REPO}/contents{path}")
    assert ([entry["name"] for entry in shown] if kind == "dir" else shown["name"]) == names


def test_a_file_at_a_commit_and_raw(call):
    assert call("GET", f"{REPO}/contents/a.txt?ref=nowhere").status == 404
    assert call("GET", f"{REPO}/contents/nothing.txt").status == 404
    raw = call("GET", f"{REPO}/contents/go.mod", headers={"accept": "application/vnd.github.raw+json"})
    assert raw.body == b"module example.com/shop\n"


@pytest.mark.parametrize(
    ("path", "sha", "status"),
    [("new.txt", None, 201), ("a.txt", None, 422), ("a.txt", "0" * 40, 409), ("a.txt", "right", 200)],
)
def test_writing_a_file_wants_the_sha_of_what_it_replaces(call, path, sha, status):
    fields = {"message": "m", "content": base64.b64encode(b"x\n").decode(), "branch": "main"}
    if sha:
        fields["sha"] = call.json(f"{REPO}/contents/a.txt")["sha"] if sha == "right" else sha
    assert call("PUT", f"{REPO}/contents/{path}", fields).status == status


def test_references(call):
    main = call.json(f"{REPO}/git/ref/heads/main")["object"]["sha"]
    first = call.json(f"{REPO}/commits?sha=main")[-1]["sha"]
    made = call("POST", f"{REPO}/git/refs", {"ref": "refs/heads/x/y", "sha": first})
    assert (made.status, made.json()["ref"]) == (201, "refs/heads/x/y")
    assert call("POST", f"{REPO}/git/refs", {"ref": "refs/heads/x/y", "sha": first}).status == 422
    assert call("PATCH", f"{REPO}/git/refs/heads/x/y", {"sha": main}).status == 200
    assert (
        call("PATCH", f"{REPO}/git/refs/heads/x/y", {"sha": first}).json()["message"] == "Update is not a fast forward"
    )
    assert call("PATCH", f"{REPO}/git/refs/heads/x/y", {"sha": first, "force": True}).status == 200
    assert call("DELETE", f"{REPO}/git/refs/heads/x/y").status == 204
    assert call("GET", f"{REPO}/git/ref/heads/x/y").status == 404
    assert call("GET", f"{REPO}/branches/main").json()["commit"]["sha"] == main


@pytest.mark.parametrize(
    ("range_", "status", "ahead", "behind"),
    [("main...faster", "diverged", 1, 1), ("main...main", "identical", 0, 0), ("nowhere...main", None, 0, 0)],
)
def test_compare(call, range_, status, ahead, behind):
    answer = call("GET", f"{REPO}/compare/{range_}")
    if status is None:
        assert answer.status == 404
        return
    shown = answer.json()
    assert (shown["status"], shown["ahead_by"], shown["behind_by"]) == (status, ahead, behind)
    assert len(shown["commits"]) == ahead


def test_a_commit_and_its_pull_requests(call):
    head = call.json(f"{REPO}/pulls/1")["head"]["sha"]
    assert [pull["number"] for pull in call.json(f"{REPO}/commits/{head}/pulls")] == [1]
    assert call.json(f"{REPO}/commits/{head}")["files"][0]["filename"] == "cart/cart.go"
    assert call("GET", f"{REPO}/commits/{'0' * 40}").status == 422
    sha = call("GET", f"{REPO}/commits/main", headers={"accept": "application/vnd.github.sha"})
    assert len(sha.body) == 40


def test_check_runs_are_those_of_jobs_and_of_apps(call):
    head = call.json(f"{REPO}/pulls/1")["head"]["sha"]
    made = call("POST", f"{REPO}/check-runs", {"name": "ftc", "head_sha": head, "conclusion": "neutral"}, token="all")
    assert (made.status, made.json()["status"]) == (201, "completed")
    shown = call.json(f"{REPO}/commits/{head}/check-runs")["check_runs"]
    assert [(run["name"], run["conclusion"]) for run in shown] == [
        ("ftc", "neutral"),
        ("unit", "success"),
        ("lint", "success"),
    ]
    assert call("POST", f"{REPO}/check-runs", {"name": "x", "head_sha": head}).status == 403  # people may not


def test_statuses_sum_up_the_newest_of_each_context(call):
    for context, state in (("a", "failure"), ("b", "success"), ("a", "success")):
        assert call("POST", f"{REPO}/statuses/faster", {"state": state, "context": context}).status in (201, 422)
    head = call.json(f"{REPO}/git/ref/heads/main")["object"]["sha"]
    for context, state in (("a", "failure"), ("b", "success"), ("a", "success")):
        assert call("POST", f"{REPO}/statuses/{head}", {"state": state, "context": context}).status == 201
    combined = call.json(f"{REPO}/commits/main/status")
    assert (combined["state"], combined["total_count"]) == ("success", 2)
    assert len(call.json(f"{REPO}/commits/{head}/statuses")) == 3


def test_deployments(call):
    made = call("POST", f"{REPO}/deployments", {"ref": "main", "environment": "production", "required_contexts": []})
    assert made.status == 201
    number = made.json()["id"]
    assert call("POST", f"{REPO}/deployments/{number}/statuses", {"state": "success"}).status == 201
    assert call.json(f"{REPO}/deployments/{number}/statuses")[0]["state"] == "success"
    assert len(call.json(f"{REPO}/deployments?environment=production")) == 1
