"""Where the demo plays: the recorded history, the real commands in processes of their own, and people who speak.

The rule it keeps: every step is the command that a workflow runs, and people do through the API what their role lets
them; nothing is put into the world by hand.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from ftc.core.errors import CommandFailed
from ftc.jobs.scenario.person import act, parse_deed
from ftc.simulator.simulator import Simulator
from ftc.simulator.world import Comment, Issue, Repository

HISTORY = Path(__file__).parents[3] / "examples" / "demo" / "history"
REPO = "demo-org/ledger"
TOKEN = "demo-token"  # noqa: S105 - opens nothing but the simulator of this process
LIMIT = 300
"""Seconds after which a command of the demo hangs; it takes two or three."""
FOREIGN = ("GITHUB_", "FTC_", "INPUT_", "ACTIONS_")
"""Variables that would point the demo's commands at something real."""
LOOPBACK = "127.0.0.1,localhost"
MINUTE = timedelta(minutes=1).total_seconds()

Report = dict[str, Any]
"""What a command prints with ``--json``."""


def repository(simulator: Simulator) -> Repository:
    """The one that the demo is about."""
    found = simulator.world.repository(REPO)
    assert found is not None, "the scenario describes it"
    return found


def issues(simulator: Simulator) -> dict[int, Issue]:
    """Its issues by number, without its pull requests."""
    return {number: issue for number, issue in repository(simulator).issues.items() if issue.pull is None}


def number_of(simulator: Simulator, test: str) -> int:
    """The issue about a test, as the scans titled it; 0 without one."""
    titled = f"[flaky] {test} "
    return next((number for number, issue in issues(simulator).items() if issue.title.startswith(titled)), 0)


def ftc(simulator: Simulator, url: str, *words: str) -> Report:
    """The report of a command as the workflow would run it, at the moment of the recorded past that the world is in.

    Raises ``CommandFailed`` with its own words when it fails.
    """
    now = simulator.world.now().isoformat()
    flags = ["--repo", REPO, "--api-url", url, "--now", now, "--write-interval-seconds", "0", "--json"]
    env = {**environment(os.environ), "FTC_TOKEN": TOKEN}
    report: Report = json.loads(process(words, flags, env=env, timeout=LIMIT))
    return report


def process(words: Sequence[str], flags: Sequence[str], *, env: Mapping[str, str], timeout: float) -> str:
    """What a command of ours prints in a process of its own; ``CommandFailed`` with its own words when it fails."""
    child = subprocess.run(
        [sys.executable, "-m", "ftc", *words, *flags],
        env=env,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
    )
    if child.returncode:
        raise CommandFailed(f"ftc {' '.join(words[:2])} ended with {child.returncode}:\n{child.stderr.strip()}")
    return child.stdout


def environment(ours: Mapping[str, str]) -> dict[str, str]:
    """Ours without anything that leads elsewhere; a proxy is for the network, which is not used."""
    kept = {name: value for name, value in ours.items() if not name.startswith(FOREIGN)}
    return {**kept, "NO_PROXY": LOOPBACK, "no_proxy": LOOPBACK, "PYTHONIOENCODING": "utf-8"}


def speak(simulator: Simulator, who: str, number: int, text: str) -> Comment:
    """Somebody comments on an issue, with a token of their own; a minute later it is time for an answer."""
    simulator.world.clock.advance(MINUTE)
    act(simulator, repository(simulator), parse_deed({"who": who, "issue": str(number), "comment": text}, "demo"))
    simulator.world.clock.advance(MINUTE)
    return issues(simulator)[number].comments[-1]
