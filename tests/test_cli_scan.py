"""``python -m ftc scan`` as people call it, over HTTP: what cannot work ends with one clear message and no write."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import pytest
from scans import writes
from small import REPO, TOKEN, flipped, go_log, issues, red, run, scenario

from ftc.core.observe import Reason
from ftc.simulator.server import serving
from ftc.simulator.simulator import Simulator

ROOT = Path(__file__).parents[1]
SCHEMA = jsonschema_rs.validator_for(json.loads((ROOT / "docs" / "scan-report.schema.json").read_text()))
RUNS = [flipped(30, go_log("TestAdd")), flipped(20, go_log("TestAdd")), run(9, jobs=red("no test\n"))]


@pytest.fixture
def world():
    data = json.loads(scenario(RUNS))
    data["tokens"] |= {
        "no-actions": {"permissions": {"issues": "write"}, "repository": REPO},
        "no-issues": {"permissions": {"actions": "read"}, "repository": REPO},
        "read-issues": {"permissions": {"actions": "read", "issues": "read"}, "repository": REPO},
        "revoked": {"login": "ada", "revoked": True},
    }
    return Simulator.load(json.dumps(data, indent=1))


def ftc(world, *flags, token=TOKEN, env=None, cwd=ROOT):
    """The finished process."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FTC_", "GITHUB_"))}
    with serving(world) as url:
        variables = {**kept, "PYTHONPATH": str(ROOT), "FTC_API_URL": url, "FTC_WRITE_INTERVAL_SECONDS": "0"}
        if token:
            variables["FTC_TOKEN"] = token
        argv = [sys.executable, "-m", "ftc", "scan", "--now", "2026-11-20T12:00:00Z", *flags]
        return subprocess.run(
            argv, env={**variables, **(env or {})}, cwd=cwd, capture_output=True, text=True, timeout=60, check=False
        )


REFUSED = {
    # name: (flags, token, environment, exit code, words of the message)
    "wrong token": ((), "nobody", {}, 1, ["refused the token", "FTC_TOKEN"]),
    "revoked token": ((), "revoked", {}, 1, ["refused the token"]),
    "no token": ((), "", {}, 64, ["no token", "FTC_TOKEN"]),
    "job without actions: read": ((), "no-actions", {}, 1, ["actions", "permission"]),
    "job without issues": ((), "no-issues", {}, 1, ["issues", "permission"]),
    "unknown repository": (("--repo", "acme/missing"), TOKEN, {}, 1, ["acme/missing", "name"]),
    "no repository": (("--repo", ""), TOKEN, {}, 64, ["--repo"]),
    "repository without an owner": (("--repo", "shop"), TOKEN, {}, 64, ["shop", "owner/name"]),
    "unknown key": ((), TOKEN, {"FTC_WINDOW_DAYZ": "3"}, 64, ["FTC_WINDOW_DAYZ", "FTC_WINDOW_DAYS"]),
    "unknown flag": (("--windw-days", "3"), TOKEN, {}, 64, ["--windw-days"]),
    "wrong value": (("--window-days", "seven"), TOKEN, {}, 64, ["window-days", "seven", "from 1 to 90"]),
    "wrong choice": (("--mode", "brave"), TOKEN, {}, 64, ["mode", "brave", "observe"]),
    "wrong time": (("--now", "yesterday"), TOKEN, {}, 64, ["--now", "yesterday"]),
    "unknown run": (("--run-id", "999999"), TOKEN, {}, 1, ["999999"]),
    "wrong dashboard": (("--dashboard-issue", "77"), TOKEN, {}, 64, ["dashboard-issue", "77"]),
    "missing file": (("--config-file", "nowhere.yml"), TOKEN, {}, 64, ["nowhere.yml"]),
}


@pytest.mark.parametrize(("flags", "token", "env", "code", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_work_is_said_once_and_nothing_is_written(world, flags, token, env, code, words):
    done = ftc(world, "--repo", REPO, *flags, token=token, env=env)
    refused(world, done, code=code, words=words)


def refused(world, done, *, code, words):
    said = [line for line in done.stderr.splitlines() if line.startswith("ftc: ")]
    assert len(said) == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == code, done.stderr
    for word in words:
        assert word in done.stderr
    assert writes(world) == []
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("windows: 3\n", ["windows", "window-days"]),
        ("window-days: often\n", ["window-days", "often"]),
        ("mode: [observe\n", ["YAML"]),
        ("- mode\n", ["mapping"]),
        ("mode: file\nmode: observe\n", ["twice"]),
    ],
)
def test_a_bad_configuration_is_refused_with_key_and_reason(world, tmp_path, text, words):
    (tmp_path / "ftc.yml").write_text(text)
    done = ftc(world, "--repo", REPO, "--config-file", str(tmp_path / "ftc.yml"))
    refused(world, done, code=64, words=words)
    assert world.requests == []


def test_a_token_that_may_only_read_issues_writes_nothing_half(world):
    # The first write fails, so nothing is there that only a part of a scan would have made.
    done = ftc(world, "--repo", REPO, token="read-issues")
    assert done.returncode == 1
    assert "permission" in done.stderr
    assert issues(world) == []
    assert world.world.repository(REPO).labels == []


def test_a_scan_over_http_writes_and_reports_as_the_schema_says(world, tmp_path):
    summary = tmp_path / "summary.md"
    env = {"RUNNER_TEMP": str(tmp_path), "GITHUB_STEP_SUMMARY": str(summary), "GITHUB_OUTPUT": str(tmp_path / "out")}
    done = ftc(world, "--repo", REPO, "--json", env=env)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    SCHEMA.validate(report)
    assert report["runs"] == {"listed": 3, "counted": 5, "unread": 0}
    assert [item["grade"] for item in report["verdicts"]] == ["A+"]
    assert "red job without a failing test" in {item["reason"] for item in report["excluded"]}
    assert report["requests"] == len([entry for entry in world.requests if ".git/" not in entry.path])
    [issue] = issues(world)
    assert "Most likely cause" in issue.comments[0].body or "Cause not known" in issue.comments[0].body
    assert json.loads((tmp_path / "flaky-test-cleaner" / "report.json").read_text()) == report
    assert "| `example.com/shop/cart TestAdd` | flaky-test | A+ |" in summary.read_text()
    assert "opened<<" in (tmp_path / "out").read_text()


@pytest.mark.parametrize("flags", [("--dry-run",), ("--run-id", "RUN")])
def test_dry_reports_fit_the_schema_too(world, flags):
    run_id = str(min(world.world.repository(REPO).runs))
    done = ftc(world, "--repo", REPO, "--json", *[flag.replace("RUN", run_id) for flag in flags])
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    SCHEMA.validate(report)
    assert report["dry_run"]
    assert writes(world) == []


def test_people_read_what_was_found_and_written(world):
    done = ftc(world, "--repo", REPO)
    assert done.returncode == 0, done.stderr
    assert "flaky-test, 99" in done.stdout
    assert "new issue" in done.stdout
    assert "watch list" not in done.stdout
    assert "open an issue for example.com/shop/cart TestAdd" in done.stdout
    assert "Dashboard: http" in done.stdout


def test_the_kill_switch_asks_nothing(world):
    done = ftc(world, "--repo", REPO, env={"FTC_DISABLED": "true"})
    assert done.returncode == 0
    assert "Disabled" in done.stdout
    assert world.requests == []


def test_the_schema_knows_every_reason():
    schema = json.loads((ROOT / "docs" / "scan-report.schema.json").read_text())
    known = schema["properties"]["excluded"]["items"]["properties"]["reason"]["enum"]
    assert known == [reason.value for reason in Reason]
