"""The requests that touch every route of the simulator once.

Rule: they run in order on the world of `contract_world.py`; `{name}` in a path or body is what an earlier answer left.
"""

from dataclasses import dataclass
from typing import Any

from contract.contract_world import ADA, JOB, TOKEN

REPO = "/repos/acme/widgets"


@dataclass(frozen=True, slots=True)
class Ask:
    """A request and what to keep of its answer: `keep` names a value by a path like `0.id`."""

    method: str
    path: str
    body: Any = None
    status: int = 200
    keep: dict[str, str] | None = None
    token: str = TOKEN


def graphql(query: str, **variables: Any) -> dict[str, Any]:
    """The body of a GraphQL request."""
    return {"query": query, "variables": variables}


READS = (
    Ask("GET", "/rate_limit"),
    Ask("GET", "/user"),
    Ask("GET", "/users/ada"),
    Ask("GET", REPO, keep={"repo_id": "id"}),
    Ask("GET", "/repositories/{repo_id}"),
    Ask("GET", "/repos/acme/nothing", status=404),
    Ask("GET", f"{REPO}/branches"),
    Ask("GET", f"{REPO}/branches/main", keep={"main": "commit.sha", "tree": "commit.commit.tree.sha"}),
    Ask("GET", f"{REPO}/branches/none", status=404),
    Ask("GET", f"{REPO}/collaborators"),
    Ask("GET", f"{REPO}/collaborators/ada", status=204),
    Ask("GET", f"{REPO}/collaborators/nobody", status=404),
    Ask("GET", f"{REPO}/collaborators/ada/permission"),
    Ask("GET", f"{REPO}/assignees"),
    Ask("GET", f"{REPO}/commits?sha=main&per_page=2"),
    Ask("GET", f"{REPO}/commits/main"),
    Ask("GET", f"{REPO}/commits/{'0' * 40}", status=422),
    Ask("GET", f"{REPO}/commits/fix", keep={"fix": "sha"}),
    Ask("GET", f"{REPO}/compare/main...fix"),
    Ask("GET", f"{REPO}/contents"),
    Ask("GET", f"{REPO}/contents/pkg?ref=main"),
    Ask("GET", f"{REPO}/contents/pkg/a_test.go", keep={"blob": "sha"}),
    Ask("GET", f"{REPO}/contents/none", status=404),
    Ask("GET", f"{REPO}/git/ref/heads/main"),
    Ask("GET", f"{REPO}/git/matching-refs/heads/"),
    Ask("GET", f"{REPO}/git/commits/{{main}}"),
    Ask("GET", f"{REPO}/git/trees/main?recursive=1"),
    Ask("GET", f"{REPO}/git/blobs/{{blob}}"),
)
ACTIONS = (
    Ask("GET", f"{REPO}/actions/workflows"),
    Ask("GET", f"{REPO}/actions/workflows/ci.yml"),
    Ask("GET", f"{REPO}/actions/workflows/11/runs"),
    Ask("GET", f"{REPO}/actions/runs?status=success&per_page=1&created=2026-01-01..2026-12-31"),
    Ask("GET", f"{REPO}/actions/runs/21"),
    Ask("GET", f"{REPO}/actions/runs/21/attempts/1"),
    Ask("GET", f"{REPO}/actions/runs/21/attempts/1/jobs"),
    Ask("GET", f"{REPO}/actions/runs/21/jobs?filter=all"),
    Ask("GET", f"{REPO}/actions/jobs/31"),
    Ask("GET", f"{REPO}/actions/jobs/31/logs", status=302),
    Ask("GET", f"{REPO}/actions/jobs/99/logs", status=404),
    Ask("GET", f"{REPO}/actions/jobs/39/logs", status=410),
    Ask("GET", f"{REPO}/actions/runs/21/logs", status=302),
    Ask("GET", f"{REPO}/actions/runs/21/attempts/1/logs", status=302),
    Ask("GET", f"{REPO}/actions/artifacts"),
    Ask("GET", f"{REPO}/actions/runs/21/artifacts"),
    Ask("GET", f"{REPO}/actions/artifacts/41"),
    Ask("GET", f"{REPO}/actions/artifacts/41/zip", status=302),
    Ask("DELETE", f"{REPO}/actions/artifacts/41", status=204),
    Ask("POST", f"{REPO}/actions/runs/21/rerun-failed-jobs", status=201),
    Ask("POST", f"{REPO}/actions/runs/21/cancel", status=202),
    Ask("POST", f"{REPO}/actions/runs/21/rerun", status=201),
    Ask("POST", f"{REPO}/actions/runs/21/cancel", status=202),
    Ask("POST", f"{REPO}/actions/jobs/32/rerun", status=201),
    Ask("POST", f"{REPO}/actions/workflows/ci.yml/dispatches", {"ref": "main"}, status=204),
    Ask("POST", f"{REPO}/dispatches", {"event_type": "ftc-deployed", "client_payload": {"a": 1}}, status=204),
    Ask(
        "POST",
        f"{REPO}/check-runs",
        {"name": "lint", "head_sha": "{main}"},
        status=201,
        keep={"check": "id"},
        token=JOB,
    ),
    Ask(
        "PATCH",
        f"{REPO}/check-runs/{{check}}",
        {
            "status": "completed",
            "conclusion": "failure",
            "output": {
                "title": "t",
                "summary": "s",
                "annotations": [
                    {"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "warning", "message": "m"}
                ],
            },
        },
        token=JOB,
    ),
    Ask("GET", f"{REPO}/check-runs/{{check}}"),
    Ask("GET", f"{REPO}/check-runs/{{check}}/annotations"),
    Ask("GET", f"{REPO}/commits/main/check-runs"),
    Ask("POST", f"{REPO}/statuses/{{main}}", {"state": "success", "context": "ci/prow"}, status=201),
    Ask("GET", f"{REPO}/commits/main/statuses"),
    Ask("GET", f"{REPO}/commits/main/status"),
    Ask("POST", f"{REPO}/deployments", {"ref": "main", "required_contexts": []}, status=201, keep={"deploy": "id"}),
    Ask("GET", f"{REPO}/deployments"),
    Ask("GET", f"{REPO}/deployments/{{deploy}}"),
    Ask("POST", f"{REPO}/deployments/{{deploy}}/statuses", {"state": "success"}, status=201),
    Ask("GET", f"{REPO}/deployments/{{deploy}}/statuses"),
)
ISSUES = (
    Ask("GET", f"{REPO}/labels"),
    Ask("GET", f"{REPO}/labels/bug"),
    Ask("POST", f"{REPO}/labels", {"name": "flaky/test", "color": "00ff00"}, status=201),
    Ask("POST", f"{REPO}/labels", {"name": "flaky/test"}, status=422),
    Ask("PATCH", f"{REPO}/labels/bug", {"new_name": "Bug", "description": "d"}),
    Ask("POST", f"{REPO}/issues", {"title": "one", "body": "b", "labels": ["bug"]}, status=201, keep={"n": "number"}),
    Ask("POST", f"{REPO}/issues", {"title": "two", "body": "see #1"}, status=201),
    Ask("POST", f"{REPO}/issues", {"title": "x" * 257}, status=422),
    Ask("GET", f"{REPO}/issues?state=all&labels=bug&per_page=1"),
    Ask("GET", f"{REPO}/issues/{{n}}"),
    Ask(
        "PATCH",
        f"{REPO}/issues/{{n}}",
        {"title": "one!", "body": "c", "state": "closed", "state_reason": "not_planned"},
    ),
    Ask("PATCH", f"{REPO}/issues/{{n}}", {"state": "open", "assignees": ["ada"]}),
    Ask("POST", f"{REPO}/issues/{{n}}/assignees", {"assignees": ["bob"]}, status=201),
    Ask("DELETE", f"{REPO}/issues/{{n}}/assignees", {"assignees": ["bob"]}),
    Ask("GET", f"{REPO}/issues/{{n}}/labels"),
    Ask("POST", f"{REPO}/issues/{{n}}/labels", {"labels": ["flaky/test"]}),
    Ask("DELETE", f"{REPO}/issues/{{n}}/labels/flaky%2Ftest"),
    Ask("PUT", f"{REPO}/issues/{{n}}/labels", {"labels": ["flaky/test"]}),
    Ask("DELETE", f"{REPO}/issues/{{n}}/labels", status=204),
    Ask("POST", f"{REPO}/issues/{{n}}/labels", {"labels": ["bug"]}),
    Ask("POST", f"{REPO}/issues/{{n}}/comments", {"body": "hello"}, status=201, keep={"comment": "id"}),
    Ask("GET", f"{REPO}/issues/{{n}}/comments?since=2026-01-01T00:00:00Z"),
    Ask("GET", f"{REPO}/issues/comments"),
    Ask("GET", f"{REPO}/issues/comments/{{comment}}"),
    Ask("PATCH", f"{REPO}/issues/comments/{{comment}}", {"body": "hello!"}),
    Ask("POST", f"{REPO}/issues/{{n}}/reactions", {"content": "eyes"}, status=201, keep={"reaction": "id"}),
    Ask("POST", f"{REPO}/issues/{{n}}/reactions", {"content": "eyes"}),
    Ask("GET", f"{REPO}/issues/{{n}}/reactions"),
    Ask("DELETE", f"{REPO}/issues/{{n}}/reactions/{{reaction}}", status=204),
    Ask("POST", f"{REPO}/issues/comments/{{comment}}/reactions", {"content": "+1"}, status=201, keep={"cr": "id"}),
    Ask("GET", f"{REPO}/issues/comments/{{comment}}/reactions"),
    Ask("DELETE", f"{REPO}/issues/comments/{{comment}}/reactions/{{cr}}", status=204),
    Ask("PUT", f"{REPO}/issues/{{n}}/lock", {"lock_reason": "spam"}, status=204),
    Ask("DELETE", f"{REPO}/issues/{{n}}/lock", status=204),
    Ask("GET", f"{REPO}/issues/{{n}}/timeline?per_page=100"),
    Ask("GET", f"{REPO}/issues/{{n}}/events", keep={"event": "0.id"}),
    Ask("GET", f"{REPO}/issues/events"),
    Ask("GET", f"{REPO}/issues/events/{{event}}"),
    Ask("DELETE", f"{REPO}/issues/comments/{{comment}}", status=204),
    Ask("DELETE", f"{REPO}/labels/flaky%2Ftest", status=204),
)
PULLS = (
    Ask(
        "POST",
        f"{REPO}/pulls",
        {"title": "Fix", "head": "fix", "base": "main", "body": "Fixes #2", "draft": True},
        status=201,
        keep={"p": "number"},
    ),
    Ask("POST", f"{REPO}/pulls", {"title": "Side", "head": "side", "base": "main"}, status=201, keep={"s": "number"}),
    Ask("PUT", f"{REPO}/pulls/{{s}}/merge", {"merge_method": "squash"}),
    Ask("PUT", f"{REPO}/pulls/{{s}}/merge", status=405),
    Ask("GET", f"{REPO}/pulls/{{s}}/merge", status=204),
    Ask("GET", f"{REPO}/pulls/{{s}}"),
    Ask("POST", f"{REPO}/pulls", {"title": "Fix", "head": "fix", "base": "main"}, status=422),
    Ask("GET", f"{REPO}/pulls?state=all"),
    Ask("GET", f"{REPO}/pulls/{{p}}"),
    Ask("GET", f"{REPO}/issues/{{p}}"),
    Ask("PATCH", f"{REPO}/pulls/{{p}}", {"title": "Fix it", "body": "Fixes #2."}),
    Ask("GET", f"{REPO}/pulls/{{p}}/files"),
    Ask("GET", f"{REPO}/pulls/{{p}}/commits"),
    Ask("GET", f"{REPO}/commits/{{fix}}/pulls"),
    Ask("GET", f"{REPO}/pulls/{{p}}/requested_reviewers"),
    Ask("POST", f"{REPO}/pulls/{{p}}/requested_reviewers", {"reviewers": ["ada"]}, status=201),
    Ask("DELETE", f"{REPO}/pulls/{{p}}/requested_reviewers", {"reviewers": ["ada"]}),
    Ask("POST", f"{REPO}/pulls/{{p}}/reviews", {"body": "hm", "event": "COMMENT"}, keep={"review": "id"}),
    Ask("POST", f"{REPO}/pulls/{{p}}/reviews", {"body": "later"}, keep={"pending": "id"}),
    Ask("PUT", f"{REPO}/pulls/{{p}}/reviews/{{pending}}", {"body": "later!"}),
    Ask("POST", f"{REPO}/pulls/{{p}}/reviews/{{pending}}/events", {"event": "COMMENT", "body": "now"}),
    Ask("POST", f"{REPO}/pulls/{{p}}/reviews", {"body": "again"}, keep={"pending": "id"}),
    Ask("DELETE", f"{REPO}/pulls/{{p}}/reviews/{{pending}}"),
    Ask("GET", f"{REPO}/pulls/{{p}}/reviews"),
    Ask("GET", f"{REPO}/pulls/{{p}}/reviews/{{review}}"),
    Ask(
        "POST",
        f"{REPO}/pulls/{{p}}/comments",
        {"body": "here", "commit_id": "{fix}", "path": "pkg/a_test.go", "line": 1, "side": "RIGHT"},
        status=201,
        keep={"remark": "id"},
    ),
    Ask("POST", f"{REPO}/pulls/{{p}}/comments/{{remark}}/replies", {"body": "there"}, status=201),
    Ask("GET", f"{REPO}/pulls/comments"),
    Ask("GET", f"{REPO}/pulls/{{p}}/comments"),
    Ask("GET", f"{REPO}/pulls/{{p}}/reviews/{{review}}/comments"),
    Ask("GET", f"{REPO}/pulls/comments/{{remark}}"),
    Ask("PATCH", f"{REPO}/pulls/comments/{{remark}}", {"body": "here!"}),
    Ask("POST", f"{REPO}/pulls/comments/{{remark}}/reactions", {"content": "rocket"}, status=201, keep={"rr": "id"}),
    Ask("GET", f"{REPO}/pulls/comments/{{remark}}/reactions"),
    Ask("DELETE", f"{REPO}/pulls/comments/{{remark}}/reactions/{{rr}}", status=204),
    Ask("GET", f"{REPO}/issues/{{p}}/timeline"),
    Ask("DELETE", f"{REPO}/pulls/comments/{{remark}}", status=204),
    Ask("GET", f"{REPO}/pulls/{{p}}/merge", status=404),
    Ask("PUT", f"{REPO}/pulls/{{p}}/update-branch", status=202),
    Ask("POST", f"{REPO}/pulls/{{p}}/reviews", {"event": "APPROVE"}, keep={"approval": "id"}, token=ADA),
    Ask("PUT", f"{REPO}/pulls/{{p}}/reviews/{{approval}}/dismissals", {"message": "stale"}),
)
GIT = (
    Ask(
        "PUT",
        f"{REPO}/contents/n.txt",
        {"message": "m", "content": "bg==", "branch": "side"},
        status=201,
        keep={"c": "content.sha"},
    ),
    Ask("DELETE", f"{REPO}/contents/n.txt", {"message": "m", "sha": "{c}", "branch": "side"}),
    Ask("POST", f"{REPO}/git/blobs", {"content": "x", "encoding": "utf-8"}, status=201, keep={"blob": "sha"}),
    Ask(
        "POST",
        f"{REPO}/git/trees",
        {"base_tree": "{tree}", "tree": [{"path": "x", "mode": "100644", "type": "blob", "sha": "{blob}"}]},
        status=201,
        keep={"new_tree": "sha"},
    ),
    Ask(
        "POST",
        f"{REPO}/git/commits",
        {"message": "m", "tree": "{new_tree}", "parents": ["{main}"]},
        status=201,
        keep={"new": "sha"},
    ),
    Ask("POST", f"{REPO}/git/refs", {"ref": "refs/heads/ai/fix/1-x", "sha": "{main}"}, status=201),
    Ask("POST", f"{REPO}/git/refs", {"ref": "refs/heads/ai/fix/1-x", "sha": "{main}"}, status=422),
    Ask("PATCH", f"{REPO}/git/refs/heads/ai/fix/1-x", {"sha": "{new}"}),
    Ask("DELETE", f"{REPO}/git/refs/heads/ai/fix/1-x", status=204),
)
THREAD_QUERY = """
query ($number: Int!) {
  viewer { login }
  rateLimit { cost remaining resetAt }
  repository(owner: "acme", name: "widgets") {
    nameWithOwner
    viewerPermission
    defaultBranchRef { name target { oid __typename ... on Commit { message } } }
    pullRequest(number: $number) {
      id state isDraft headRefOid author { login __typename ... on User { databaseId } }
      userContentEdits(first: 5) { totalCount nodes { id diff editedAt editor { login } } }
      reviewThreads(first: 5) {
        nodes { id isResolved comments(first: 5) { nodes { fullDatabaseId body path line } pageInfo { hasNextPage } } }
      }
      comments(first: 1) { edges { cursor node { body } } }
    }
    issues(first: 2, states: [OPEN], orderBy: {field: CREATED_AT, direction: ASC}) {
      nodes { number title stateReason labels(first: 5) { nodes { name color } } }
    }
  }
}
"""
RESOLVE = (
    "mutation ($t: ID!) { resolveReviewThread(input: {threadId: $t}) { thread { isResolved resolvedBy { login } } } }"
)
THREAD = "data.repository.pullRequest.reviewThreads.nodes.0.id"
GRAPHQL = (
    Ask(
        "POST",
        f"{REPO}/pulls/{{p}}/comments",
        {"body": "again", "commit_id": "{fix}", "path": "pkg/a_test.go", "line": 1},
        status=201,
    ),
    Ask("POST", "/graphql", graphql(THREAD_QUERY, number="{p}"), keep={"thread": THREAD}),
    Ask("POST", "/graphql", graphql(RESOLVE, t="{thread}")),
    Ask("POST", "/graphql", graphql("{ viewer { shoe_size } }")),
    Ask("POST", "/graphql", graphql('{ repository(owner: "acme", name: "none") { id } }')),
)
REFUSED = (
    Ask("GET", f"{REPO}/issues/1234", status=404),
    Ask("POST", f"{REPO}/issues", {}, status=422),
    Ask("GET", "/no/such/endpoint", status=404),
    Ask("GET", f"{REPO}/issues", status=401, token="revoked"),
    Ask("POST", f"{REPO}/deployments", {"ref": "main"}, status=403, token=JOB),
    Ask("HEAD", f"{REPO}/issues"),
)
EXCHANGES = (*READS, *ACTIONS, *ISSUES, *PULLS, *GRAPHQL, *GIT, *REFUSED)
