"""The same application over a socket, in process, and as a command."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
import zipfile
from io import BytesIO

import pytest
import requests
from github import Auth, Github, GithubException, UnknownObjectException

from ftc.simulator.server import serving

REPO = "/repos/acme/shop"


def pygithub(url, token="alice"):
    auth = Auth.Token(token)
    return Github(base_url=url, auth=auth, seconds_between_requests=0, seconds_between_writes=0, retry=None)


@pytest.fixture(params=["in process", "over HTTP", "enterprise"])
def base(request, simulator):
    """The address of the API, whichever way it is carried."""
    if request.param == "in process":
        with simulator.activate():
            yield "https://api.github.com"
        return
    with serving(simulator) as url:
        yield url if request.param == "over HTTP" else f"{url}/api/v3"


def test_pygithub_reads_and_writes(base):
    repo = pygithub(base).get_repo("acme/shop")
    issue = repo.create_issue("t", "b", labels=["flaky"])
    issue.create_comment("hello")
    assert [entry.number for entry in repo.get_issues(labels=["flaky"])] == [issue.number, 10]
    assert issue.url.startswith(base)
    run = repo.get_workflow_runs(status="failure", event="push")[0]
    assert [job.name for job in run.jobs()] == ["unit", "lint"]
    with pytest.raises(UnknownObjectException):
        repo.get_issue(99)


def test_the_requester_underneath(base):
    _, data = pygithub(base).requester.requestJsonAndCheck("GET", f"{REPO}/collaborators/carol/permission")
    assert data["role_name"] == "triage"
    _, data = pygithub(base).requester.graphql_query("{ viewer { login } }", {})
    assert data["data"]["viewer"]["login"] == "alice"


def test_requests_follows_the_log_link_without_the_token(base):
    session = requests.Session()
    session.headers["Authorization"] = "Bearer alice"
    run = session.get(f"{base}{REPO}/actions/runs", params={"event": "push"}).json()["workflow_runs"][0]
    job = session.get(run["jobs_url"]).json()["jobs"][0]
    assert session.get(f"{base}{REPO}/actions/jobs/{job['id']}/logs").text == "--- FAIL: TestCart\n"
    run = session.get(f"{base}{REPO}/actions/runs", params={"event": "pull_request"}).json()["workflow_runs"][0]
    artifact = session.get(run["artifacts_url"]).json()["artifacts"][0]
    data = session.get(artifact["archive_download_url"]).content
    assert zipfile.ZipFile(BytesIO(data)).namelist() == ["report.xml"]


def test_conditional_requests(base):
    first = requests.get(f"{base}{REPO}/labels", headers={"Authorization": "token alice"}, timeout=5)
    again = {"Authorization": "token alice", "If-None-Match": first.headers["ETag"]}
    assert requests.get(f"{base}{REPO}/labels", headers=again, timeout=5).status_code == 304


def test_a_cut_connection_is_a_connection_error(simulator, base):
    simulator.fail(method="POST", cut="after", nth=1)
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.post(f"{base}{REPO}/issues", json={"title": "t"}, headers={"Authorization": "token alice"}, timeout=5)
    titles = [issue.title for issue in pygithub(base).get_repo("acme/shop").get_issues()]
    assert "t" in titles


def test_a_delay_beyond_the_time_out_is_a_time_out(simulator, base):
    simulator.fail(path="/labels", delay=0.4, first=1)
    with pytest.raises(requests.exceptions.Timeout):
        requests.get(f"{base}{REPO}/labels", timeout=0.2)


def test_a_short_delay_in_process_moves_the_clock(simulator):
    simulator.fail(path="/labels", delay=30)
    before = simulator.world.now()
    with simulator.activate():
        assert requests.get(f"https://api.github.com{REPO}/labels", timeout=60).status_code == 200
    assert (simulator.world.now() - before).total_seconds() == 30


def test_server_errors_reach_pygithub(simulator, base):
    simulator.fail(path="/shop$", status=502, message="Bad Gateway")
    with pytest.raises(GithubException) as refused:
        pygithub(base).get_repo("acme/shop")
    assert refused.value.status == 502


def test_chunked_bodies_are_joined(simulator):
    with serving(simulator) as url:
        parts = iter([b'{"title": ', b'"chunked"}'])
        answer = requests.post(f"{url}{REPO}/issues", data=parts, headers={"Authorization": "token alice"}, timeout=5)
    assert answer.json()["title"] == "chunked"


def git(*args, cwd=None):
    env = {"PATH": os.environ["PATH"], "HOME": str(cwd or "/nonexistent"), "GIT_TERMINAL_PROMPT": "0"}
    env |= {f"GIT_{who}_{what}": "dev@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return subprocess.run(["git", *args], cwd=cwd, env=env, capture_output=True, text=True, check=False)


def test_clone_and_push_reach_the_pull_request(simulator, tmp_path):
    with serving(simulator) as url:
        address = url.replace("http://", "http://x:bob@") + "/acme/shop.git"
        assert git("clone", "-q", address, str(tmp_path / "shop"), cwd=tmp_path).returncode == 0
        work = tmp_path / "shop"
        git("checkout", "-q", "faster", cwd=work)
        (work / "pushed.txt").write_text("x\n")
        git("add", ".", cwd=work)
        git("commit", "-q", "-m", "Pushed", cwd=work)
        assert git("push", "-q", "origin", "faster", cwd=work).returncode == 0
        assert [file.filename for file in pygithub(url).get_repo("acme/shop").get_pull(1).get_files()] == [
            "cart/cart.go",
            "pushed.txt",
        ]
        stranger = address.replace("x:bob@", "x:mallory@")
        assert git("push", "-q", stranger, "HEAD:refs/heads/evil", cwd=work).returncode != 0
        job = address.replace("x:bob@", "x:job@")  # contents is not among its permissions
        assert git("push", "-q", job, "HEAD:refs/heads/evil", cwd=work).returncode != 0


def test_people_see_a_page(simulator):
    with serving(simulator) as url:
        answer = requests.get(f"{url}/acme/shop/issues/10", timeout=5)
    assert (answer.status_code, "One" in answer.text) == (200, True)


def post(url, value):
    data = json.dumps(value).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data=data, method="POST")) as answer:
        return json.load(answer)


def test_the_command_prints_its_address_serves_and_ends(tmp_path):
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_text("now: 2026-11-20T12:00:00Z\nrepositories: {acme/shop: {issues: [A]}}\n")
    second.write_text("repositories: {acme/shop: {issues: [B]}}\n")
    command = [sys.executable, "-m", "ftc", "simulator", "--port", "0", "--load", str(first)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        url = process.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:")
        post(f"{url}/_simulator/load", {"path": str(second)})
        post(f"{url}/_simulator/clock", {"advance": 3600})
        post(f"{url}/_simulator/faults", {"path": "/labels", "status": 500, "first": 1})
        assert requests.get(f"{url}{REPO}/labels", timeout=5).status_code == 500
        assert [issue["title"] for issue in requests.get(f"{url}{REPO}/issues", timeout=5).json()] == ["B", "A"]
        log = requests.get(f"{url}/_simulator/requests?since=1", timeout=5).json()
        assert [(entry["path"], entry["status"]) for entry in log] == [(f"{REPO}/issues", 200)]
        assert requests.get(f"{url}/_simulator/clock", timeout=5).json() == {"now": "2026-11-20T13:00:00Z"}
        bad = requests.post(f"{url}/_simulator/load", json={"yaml": "a: b"}, timeout=5)
        assert (bad.status_code, "unknown key 'a'" in bad.json()["message"]) == (422, True)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        (["--load", "nowhere.yaml"], "cannot read nowhere.yaml"),
        (["--now", "tomorrow"], "is no ISO 8601 time"),
        (["--port", "99999"], "cannot listen on port 99999"),
    ],
)
def test_wrong_calls_of_the_command(arguments, cause):
    command = [sys.executable, "-m", "ftc", "simulator", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout, cause in done.stderr) == (64, "", True)
