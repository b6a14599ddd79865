"""Who may do what: tokens, roles, and the permissions of job tokens."""

import pytest

from ftc.simulator.simulator import Simulator

REPO = "/repos/acme/shop"


@pytest.mark.parametrize(
    ("token", "path", "status", "why"),
    [
        (None, REPO, 200, "everybody reads a public repository"),
        (None, "/repos/acme/secret", 404, "a private one does not exist for strangers"),
        ("mallory", "/repos/acme/secret", 404, "nor for people without a role"),
        ("alice", "/repos/acme/secret", 200, "it does for those with one"),
        ("job", "/repos/acme/secret", 404, "a job's token sees its own repository only"),
        ("nonsense", REPO, 401, "a wrong token is refused even where none is needed"),
        ("old", REPO, 401, "and so is a revoked one"),
        ("alice", "/repos/acme/nothing", 404, "no such repository"),
        ("alice", f"{REPO}/nothing", 404, "no such endpoint"),
        (None, "/user", 401, "nobody is no user"),
        ("job", "/user", 403, "a job is no user either"),
        ("alice", "/user", 200, "a person is"),
    ],
)
def test_reading(call, token, path, status, why):
    answer = call("GET", path, token=token)
    assert (answer.status, why) == (status, why)
    if status >= 400:
        assert answer.json()["message"]
        assert answer.json()["documentation_url"]
        assert answer.json()["status"] == str(status)


@pytest.mark.parametrize(
    ("token", "method", "path", "status"),
    [
        ("job", "GET", f"{REPO}/actions/runs", 200),
        ("job", "GET", f"{REPO}/issues", 200),
        ("job", "POST", f"{REPO}/issues", 201),
        ("job", "GET", f"{REPO}/contents/go.mod", 403),
        ("job", "GET", f"{REPO}/pulls", 403),
        ("job", "GET", f"{REPO}/commits/main/status", 403),
        ("job", "POST", f"{REPO}/git/refs", 403),
        ("job", "GET", REPO, 200),  # metadata: read is implied
        ("all", "GET", f"{REPO}/pulls", 200),
    ],
)
def test_job_tokens_carry_exactly_their_permissions(call, token, method, path, status):
    answer = call(method, path, {"title": "t"} if method == "POST" else None, token=token)
    assert answer.status == status
    if status == 403:
        assert answer.json()["message"] == "Resource not accessible by integration"
        assert "=" in answer.headers["x-accepted-github-permissions"]


def test_a_job_token_is_a_stranger_elsewhere(call):
    world = Simulator.load("""
tokens: {job: {permissions: write-all, repository: acme/own}}
repositories:
  acme/own: {}
  other/open: {runs: [{jobs: {unit: {failure: "x\\n"}}}], issues: [A]}
""")
    call = type(call)(world)
    job = call.json("/repos/other/open/actions/runs", token="job")["workflow_runs"][0]["jobs_url"]
    job_id = call.json(job.removeprefix("https://api.github.com"), token="job")["jobs"][0]["id"]
    assert call("GET", "/repos/other/open/issues", token="job").status == 200
    assert call("GET", f"/repos/other/open/actions/jobs/{job_id}/logs", token="job").status == 403
    assert call("POST", "/repos/other/open/issues", {"title": "t"}, token="job").status == 403


@pytest.mark.parametrize(
    ("token", "role", "permission"),
    [
        ("alice", "admin", "admin"),
        ("bob", "write", "write"),
        ("carol", "triage", "read"),  # the old word hides triage
        ("erin", "maintain", "write"),  # and maintain
        ("dave", "read", "read"),
    ],
)
def test_permission_look_up_tells_the_real_role(call, token, role, permission):
    shown = call.json(f"{REPO}/collaborators/{token}/permission", token="job")
    assert (shown["role_name"], shown["permission"], shown["user"]["login"]) == (role, permission, token)


def test_permission_of_an_unknown_user_is_404(call):
    assert call("GET", f"{REPO}/collaborators/nobody/permission").status == 404


@pytest.mark.parametrize(
    ("token", "status"), [("alice", 200), ("bob", 200), ("carol", 200), ("dave", 403), (None, 401)]
)
def test_labelling_needs_triage(call, token, status):
    answer = call("POST", f"{REPO}/issues/10/labels", {"labels": ["bug"]}, token=token)
    assert answer.status == status


def test_basic_authentication_carries_the_token_as_password(call):
    headers = {"authorization": "Basic eDphbGljZQ=="}  # x:alice
    assert call("GET", "/user", token=None, headers=headers).json()["login"] == "alice"


def test_collaborators_need_write(call):
    shown = call.json(f"{REPO}/collaborators", token="bob")
    assert {user["login"]: user["role_name"] for user in shown} == {
        "acme": "admin",
        "alice": "admin",
        "bob": "write",
        "carol": "triage",
        "erin": "maintain",
    }
    assert call("GET", f"{REPO}/collaborators", token="dave").status == 403
