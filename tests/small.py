"""Small scenarios for tests of whole scans: a few runs of one workflow, each said in a line.

The rule they keep: a test sees in its own lines what happened in CI, and everything else is ordinary.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from scans import managed_issues, run_scan, state_text

from ftc.core.model import Flake
from ftc.core.state import decode
from ftc.jobs.scan_report import ScanReport
from ftc.simulator.simulator import Simulator
from ftc.simulator.world import Issue

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
REPO = "acme/shop"
TOKEN = "job-token-of-acme"
READER = "reader-token-of-acme"
GRANTS = {"actions": "read", "contents": "read", "issues": "write", "pull-requests": "write"}
PACKAGE = "example.com/shop/cart"


def go_log(*tests: str, message: str = 'state is "starting", want "ready"', extra: Sequence[str] = ()) -> str:
    """The log of a job in which these Go tests failed."""
    lines = ["##[group]Run go test ./...", "go test ./...", "##[endgroup]"]
    for name in tests:
        lines += [f"--- FAIL: {name} (0.02s)", f"    cart_test.go:21: {message}", *(f"    {line}" for line in extra)]
    lines += ["FAIL", f"FAIL\t{PACKAGE}\t0.031s", "FAIL", "##[error]Process completed with exit code 1."]
    return "".join(f"2026-11-19T08:00:00.0000000Z {line}\n" for line in lines)


def junit(*cases: str) -> str:
    """A report with these ``<testcase>`` elements."""
    return f"<testsuite name='cart' tests='{len(cases)}'>{''.join(cases)}</testsuite>\n"


def red(log: str, *, job: str = "test", **over: Any) -> dict[str, Any]:
    """The jobs of an attempt in which one job failed with this log; three others passed."""
    return {
        "lint": "success",
        "docs": "success",
        "build": "success",
        job: {"conclusion": "failure", "log": log, **over},
    }


def flipped(hours: float, log: str, **over: Any) -> dict[str, Any]:
    """A run, so many hours ago, that failed and passed when its job was run again."""
    return run(hours, attempts=[red(log), {"test": "success"}], **over)


def run(hours: float, **over: Any) -> dict[str, Any]:
    """A run of so many hours ago, on a commit of its own."""
    at = NOW - timedelta(hours=hours)
    return {"at": f"{at:%Y-%m-%dT%H:%M:%SZ}", "sha": f"{int(at.timestamp()):040x}", "actor": "ada", **over}


def scenario(runs: Sequence[Mapping[str, Any]] = (), *, repo: str = REPO, **repository: Any) -> str:
    """The text of a world with one repository and a job's token."""
    return json.dumps(
        {
            "now": f"{NOW:%Y-%m-%dT%H:%M:%SZ}",
            "users": {"ada": {}, "mallory": {}, "bea": {}},
            "tokens": {TOKEN: {"permissions": GRANTS}, READER: {"permissions": {"actions": "read"}}, "bea": "bea"},
            "repositories": {
                repo: {
                    "created": "2026-01-01T00:00:00Z",
                    "workflows": {"CI": ".github/workflows/ci.yml", "Nightly": ".github/workflows/nightly.yml"},
                    "roles": {"bea": "write"},
                    "runs": sorted(runs, key=lambda item: item["at"]),
                    **repository,
                }
            },
        },
        indent=1,
    )


def a_world(*runs: Mapping[str, Any], **repository: Any) -> Simulator:
    """That world, loaded."""
    return Simulator.load(scenario(runs, **repository))


def a_scan(simulator: Simulator, *, hours: float = 0, **over: Any) -> ScanReport:
    """A scan so many hours after NOW."""
    return run_scan(simulator, repo=REPO, token=TOKEN, now=NOW + timedelta(hours=hours), **over)


def issues(simulator: Simulator, repo: str = REPO) -> list[Issue]:
    """The managed issues without the dashboard."""
    found = managed_issues(_repository(simulator, repo))
    return [issue for issue in found if not is_dashboard(issue) and not issue.deleted]


def dashboards(simulator: Simulator, repo: str = REPO) -> list[Issue]:
    """The dashboards, open or closed."""
    return [issue for issue in managed_issues(_repository(simulator, repo)) if is_dashboard(issue)]


def is_dashboard(issue: Issue) -> bool:
    return any(name.endswith("/dashboard") for name in issue.labels)


def flake_of(issue: Issue) -> Flake:
    """The state in an issue's body, or of an adopted one in the bot's comment."""
    found = decode(state_text(issue)).flake
    assert found is not None
    return found


def watched(simulator: Simulator) -> list[Flake]:
    """The watch list."""
    comments = [comment for issue in dashboards(simulator) for comment in issue.comments]
    return [flake for comment in comments for flake in decode(comment.body).flakes]


def _repository(simulator: Simulator, name: str) -> Any:
    found = simulator.world.repository(name)
    assert found is not None, name
    return found
