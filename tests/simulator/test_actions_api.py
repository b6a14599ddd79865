"""Runs, attempts, jobs, logs, artifacts and dispatches."""

import io
import zipfile
from datetime import UTC, datetime

import pytest

from ftc.simulator.http import Request
from ftc.simulator.rest.runs import created_matches
from ftc.simulator.simulator import Simulator

REPO = "/repos/acme/shop"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def runs(call, query=""):
    return call.json(f"{REPO}/actions/runs{query}")["workflow_runs"]


@pytest.mark.parametrize(
    ("query", "events"),
    [
        ("", ["schedule", "pull_request", "push"]),
        ("?event=push", ["push"]),
        ("?status=failure", ["schedule", "push"]),
        ("?status=success", ["pull_request"]),  # the newest attempt counts
        ("?branch=faster", ["pull_request"]),
        ("?actor=acme&status=completed", ["schedule", "pull_request", "push"]),
        ("?actor=bob", []),
        ("?created=>=2026-11-20T10:00:00Z", ["schedule", "pull_request"]),
        ("?created=2026-11-19..2026-11-20", ["schedule", "pull_request", "push"]),
        ("?created=<2026-11-20T09:00:00Z", []),
    ],
)
def test_filters(call, query, events):
    assert [run["event"] for run in runs(call, query)] == events


@pytest.mark.parametrize(
    ("expression", "matches"),
    [
        ("2026-11-20", True),  # a day is the whole day
        ("2026-11-19", False),
        (">2026-11-20", False),  # after the day, not after its first second
        (">=2026-11-20", True),
        ("<=2026-11-20", True),
        ("<2026-11-20", False),
        ("*..2026-11-20T11:59:59Z", False),
        ("2026-11-20T12:00:00Z..*", True),
        (">=2026-11-20T13:00:00+01:00", True),  # the same moment elsewhere
    ],
)
def test_created_expressions(expression, matches):
    assert created_matches(expression, NOON) is matches


def test_a_filtered_query_ends_at_a_thousand_results(call):
    scenario = "tokens: {alice: alice}\nrepositories: {acme/shop: {runs: [{times: 1005, every: 1m}]}}\n"
    call = type(call)(Simulator.load(scenario))
    filtered = call("GET", f"{REPO}/actions/runs?event=push&per_page=100&page=10")
    assert (len(filtered.json()["workflow_runs"]), filtered.json()["total_count"]) == (100, 1005)
    assert 'rel="next"' not in filtered.headers["link"]
    assert call.json(f"{REPO}/actions/runs?event=push&per_page=100&page=11")["workflow_runs"] == []
    assert len(call.json(f"{REPO}/actions/runs?per_page=100&page=11")["workflow_runs"]) == 5


def test_attempts_keep_sha_and_creation(call):
    newest = runs(call, "?event=pull_request")[0]
    first = call.json(f"{REPO}/actions/runs/{newest['id']}/attempts/1")
    assert (newest["run_attempt"], newest["conclusion"], first["conclusion"]) == (2, "success", "failure")
    assert (first["head_sha"], first["created_at"]) == (newest["head_sha"], newest["created_at"])
    assert newest["previous_attempt_url"].endswith("/attempts/1")
    assert first["previous_attempt_url"] is None
    assert call("GET", f"{REPO}/actions/runs/{newest['id']}/attempts/3").status == 404


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/attempts/1/jobs", [("unit", "failure", 1), ("lint", "success", 1)]),
        ("/attempts/2/jobs", [("unit", "success", 2)]),
        ("/jobs", [("unit", "success", 2), ("lint", "success", 1)]),
        ("/jobs?filter=all", [("unit", "success", 2), ("unit", "failure", 1), ("lint", "success", 1)]),
    ],
)
def test_jobs_of_attempts(call, path, names):
    run = runs(call, "?event=pull_request")[0]
    jobs = call.json(f"{REPO}/actions/runs/{run['id']}{path}")["jobs"]
    assert [(job["name"], job["conclusion"], job["run_attempt"]) for job in jobs] == names


def failed_job(call, event="push"):
    run = runs(call, f"?event={event}")[0]
    return next(
        job for job in call.json(f"{REPO}/actions/runs/{run['id']}/jobs")["jobs"] if job["conclusion"] == "failure"
    )


def fetch(simulator, url, **headers):
    return simulator.handle(Request.of("GET", url, headers=headers))


def test_a_log_is_a_redirect_to_another_host(simulator, call):
    answer = call("GET", f"{REPO}/actions/jobs/{failed_job(call)['id']}/logs")
    assert answer.status == 302
    log = fetch(simulator, answer.headers["location"])
    assert (log.status, log.body, log.headers["content-type"]) == (
        200,
        b"--- FAIL: TestCart\n",
        "text/plain; charset=utf-8",
    )


def test_the_storage_refuses_a_forwarded_token(simulator, call):
    location = call("GET", f"{REPO}/actions/jobs/{failed_job(call)['id']}/logs").headers["location"]
    refused = fetch(simulator, location, authorization="Bearer alice")
    assert (refused.status, b"InvalidAuthenticationInfo" in refused.body) == (400, True)


def test_a_link_is_valid_one_minute(simulator, call):
    location = call("GET", f"{REPO}/actions/jobs/{failed_job(call)['id']}/logs").headers["location"]
    simulator.world.clock.advance(60)
    assert fetch(simulator, location).status == 200
    simulator.world.clock.advance(1)
    assert fetch(simulator, location).status == 403


def test_expired_logs_are_gone(call):
    assert call("GET", f"{REPO}/actions/jobs/{failed_job(call, 'schedule')['id']}/logs").status == 410


def test_logs_need_somebody_signed_in(call):
    assert call("GET", f"{REPO}/actions/jobs/{failed_job(call)['id']}/logs", token=None).status == 403


def test_run_logs_are_a_zip(simulator, call):
    run = runs(call, "?event=push")[0]
    location = call("GET", f"{REPO}/actions/runs/{run['id']}/logs").headers["location"]
    names = zipfile.ZipFile(io.BytesIO(fetch(simulator, location).body)).namelist()
    assert names == ["0_unit.txt", "1_lint.txt"]


def test_artifacts_are_zips(simulator, call):
    run = runs(call, "?event=pull_request")[0]
    (artifact,) = call.json(f"{REPO}/actions/runs/{run['id']}/artifacts")["artifacts"]
    data = fetch(
        simulator,
        call("GET", artifact["archive_download_url"].removeprefix("https://api.github.com")).headers["location"],
    ).body
    assert (artifact["name"], artifact["size_in_bytes"]) == ("junit", len(data))
    assert zipfile.ZipFile(io.BytesIO(data)).read("report.xml") == b"<testsuite/>\n"


def test_artifacts_expire_after_ninety_days(simulator, call):
    run = runs(call, "?event=pull_request")[0]
    simulator.world.clock.advance(91 * 86400)
    (artifact,) = call.json(f"{REPO}/actions/runs/{run['id']}/artifacts")["artifacts"]
    assert artifact["expired"] is True
    assert call("GET", f"{REPO}/actions/artifacts/{artifact['id']}/zip").status == 410


@pytest.mark.parametrize(("what", "names"), [("rerun", ["unit", "lint"]), ("rerun-failed-jobs", ["unit"])])
def test_a_rerun_is_a_new_attempt(call, what, names):
    run = runs(call, "?event=push")[0]
    assert call("POST", f"{REPO}/actions/runs/{run['id']}/{what}").status == 201
    again = call.json(f"{REPO}/actions/runs/{run['id']}")
    assert (again["run_attempt"], again["status"], again["conclusion"], again["created_at"]) == (
        2,
        "queued",
        None,
        run["created_at"],
    )
    jobs = call.json(f"{REPO}/actions/runs/{run['id']}/attempts/2/jobs")["jobs"]
    assert [job["name"] for job in jobs] == names
    assert call("POST", f"{REPO}/actions/runs/{run['id']}/{what}").status == 403


@pytest.mark.parametrize("name", ["ci.yml", None])
def test_workflows_by_id_or_file(call, name):
    workflow = call.json(f"{REPO}/actions/workflows")["workflows"][0]
    key = name or workflow["id"]
    assert call.json(f"{REPO}/actions/workflows/{key}")["name"] == "CI"
    assert call.json(f"{REPO}/actions/workflows/{key}/runs")["total_count"] == 2


def test_dispatches_are_kept(simulator, call):
    assert (
        call("POST", f"{REPO}/actions/workflows/ci.yml/dispatches", {"ref": "main", "inputs": {"a": "b"}}).status == 204
    )
    assert call("POST", f"{REPO}/dispatches", {"event_type": "ftc-deployed", "client_payload": {"x": 1}}).status == 204
    assert call("POST", f"{REPO}/actions/workflows/ci.yml/dispatches", {"ref": "nowhere"}).status == 422
    kept = [(entry.event, entry.workflow, entry.inputs) for entry in simulator.world.repository("acme/shop").dispatches]
    assert kept == [
        ("workflow_dispatch", ".github/workflows/ci.yml", {"a": "b"}),
        ("ftc-deployed", None, {"x": 1}),
    ]
