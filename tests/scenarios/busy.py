"""Scenario texts of busy repositories, for the brakes of a scan and for benchmarks.

The rule they keep: everything is counted out, nothing is random, so a test can name what must come out.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

NOW = datetime(2026, 11, 19, 0, 30, tzinfo=UTC)
REPO = "busy-org/engine"
TOKEN = "busy-token"
JOBS = ("lint", "docs", "build (linux)", "build (darwin)", "test")
"""Five jobs a run, so that one red job stays below the quarter from which a commit counts as a broken environment."""


def backlog(flakes: int = 40) -> str:
    """A first scan that meets many old flakes at once: each failed and passed in a later attempt, in two runs or more.

    ``TestFlake00`` is the worst with five failures, ``TestFlake01`` has four, ``TestFlake02`` three, the others two;
    all of them began more than a day before the newest run.
    """
    reds = [
        flipped([name_of("Flake", index)], at=NOW - timedelta(days=5) + timedelta(minutes=11 * index, hours=20 * turn))
        for index in range(flakes)
        for turn in range(max(2, 5 - index))
    ]
    return scenario([*reds, green(at=NOW - timedelta(hours=1))])


def breakage(tests: int = 15) -> str:
    """Something broke within the last day: tests that never failed before fail now and then, each of them twice."""
    pairs = [
        [name_of("Broken", index) for index in range(start, min(start + 2, tests))] for start in range(0, tests, 2)
    ]
    reds = [
        flipped(pair, at=NOW - timedelta(hours=20) + timedelta(minutes=20 * index, hours=8 * turn))
        for index, pair in enumerate(pairs)
        for turn in range(2)
    ]
    return scenario([green(at=NOW - timedelta(days=4)), *reds, green(at=NOW - timedelta(hours=1))])


def steady(days: int = 7, runs_per_day: int = 300, red_per_day: int = 4) -> str:
    """A week of many green runs, with a few flakes on each day."""
    every = timedelta(days=1) / runs_per_day
    start = NOW - timedelta(days=days)
    greens = {**green(at=start), "times": days * runs_per_day, "every": f"{int(every.total_seconds())}s"}
    reds = [
        flipped([name_of("Steady", turn)], at=start + timedelta(days=day, hours=5 * turn, minutes=7))
        for day in range(days)
        for turn in range(red_per_day)
    ]
    return scenario([greens, *reds])


def scenario(runs: list[dict[str, Any]]) -> str:
    """The text of a scenario with one repository, one workflow and these runs."""
    permissions = {"actions": "read", "contents": "read", "issues": "write", "pull-requests": "read"}
    return json.dumps(
        {
            "now": f"{NOW:%Y-%m-%dT%H:%M:%SZ}",
            "tokens": {TOKEN: {"permissions": permissions}},
            "repositories": {
                REPO: {
                    "created": "2026-01-01T00:00:00Z",
                    "workflows": {"ci": ".github/workflows/ci.yml"},
                    "runs": sorted(runs, key=lambda run: run["at"]),
                }
            },
        },
        indent=1,
    )


def green(*, at: datetime) -> dict[str, Any]:
    """A run whose jobs all passed."""
    return {**_run(at), "jobs": dict.fromkeys(JOBS, "success")}


def flipped(tests: list[str], *, at: datetime) -> dict[str, Any]:
    """A run that failed in its first attempt with these tests, and passed in its second."""
    first = {**dict.fromkeys(JOBS, "success"), "test": {"failure": log(tests, at=at)}}
    return {**_run(at), "attempts": [first, {"test": "success"}]}


def _run(at: datetime) -> dict[str, Any]:
    return {"workflow": "ci", "at": f"{at:%Y-%m-%dT%H:%M:%SZ}", "sha": f"{int(at.timestamp()):040x}", "actor": "ada"}


def name_of(group: str, index: int) -> str:
    """A top-level Go test of a package of its own number."""
    return f"Test{group}{index:02d}"


def log(tests: list[str], *, at: datetime) -> str:
    """A job log in which these tests failed, as plain ``go test`` prints it on a runner."""
    return "".join(f"{at:%Y-%m-%dT%H:%M:%S}.0000000Z {line}\n" for line in _log_lines(tests))


def _log_lines(tests: list[str]) -> Iterator[str]:
    yield from ("##[group]Run go test ./...", "go test ./...", "##[endgroup]")
    yield "ok  \tgithub.com/busy-org/engine/clock\t0.004s"
    for name in tests:
        package = f"part{name[-2:]}"
        yield f"--- FAIL: {name} (0.02s)"
        yield f'    {package}_test.go:{20 + int(name[-2:])}: state of {package} is "starting", want "ready"'
        yield "FAIL"
        yield f"FAIL\tgithub.com/busy-org/engine/{package}\t0.031s"
    yield "FAIL"
    yield "##[error]Process completed with exit code 1."
