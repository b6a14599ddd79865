"""``ftc demo``: the loop on a small repository, against a GitHub of its own; needs no token and no network.

The rule it keeps: every scan is the real command in a process of its own, so what is shown is what a user gets.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from ftc.core.errors import CommandFailed, UsageError
from ftc.core.scan_block import candidates
from ftc.simulator.server import serving
from ftc.simulator.simulator import Simulator
from ftc.simulator.world import Issue

HISTORY = Path(__file__).parent.parent.parent / "examples" / "demo" / "history"
REPO = "demo-org/ledger"
TOKEN = "demo-token"  # noqa: S105 - opens nothing but the simulator of this process
SCAN_LIMIT = 300
"""Seconds after which a scan of the demo hangs; it takes two or three."""
FOREIGN = ("GITHUB_", "FTC_", "INPUT_", "ACTIONS_")
"""Variables that would point the demo's scans at something real."""
EXAMPLE_ADDRESS = "https://github.example"
"""Stands for the simulator's address in a saved issue, as its port is another one each time."""

Say = Callable[[str], None]
Verdict = Mapping[str, Any]
"""One entry of ``verdicts`` in the scan's JSON report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One part of the story: what is loaded (nothing, if empty), and what the scan after it is called."""

    title: str
    scenario: str = ""


CHAPTERS = (
    Chapter(title="First scan: six days of CI, recorded from real tests", scenario="first.yaml"),
    Chapter(title="Second scan: a day later, after ten newer runs", scenario="newer.yaml"),
    Chapter(title="Third scan: nothing new"),
)


def _say(line: str) -> None:
    print(line, flush=True)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--keep", action="store_true", help="keep the pages open until Ctrl-C")
    parser.add_argument("--save-issue", metavar="PATH", help="write the first issue, as it was filed, to PATH")


def run(args: argparse.Namespace, *, say: Say = _say) -> int:
    """Tell the story; raises ``UsageError`` without the recorded history, ``CommandFailed`` when a scan fails."""
    if not HISTORY.is_dir():
        raise UsageError(f"the demo plays a history that lies beside the sources; there is none at {HISTORY}")
    simulator = Simulator.load(HISTORY / CHAPTERS[0].scenario)
    with serving(simulator) as url:
        say(f"A GitHub of its own runs at {url}, with one repository: {REPO}")
        for chapter, _ in zip(CHAPTERS, tell(simulator, url=url, say=say), strict=True):
            if args.save_issue and chapter is CHAPTERS[0]:
                Path(args.save_issue).write_text(example_issue(simulator, url=url), encoding="utf-8")
        say(_farewell(url, keep=args.keep))
        if args.keep:
            _wait()
    return 0


def tell(simulator: Simulator, *, url: str, say: Say) -> Iterator[dict[str, Any]]:
    """Play the chapters: load, scan, say what was found, why, and what was written; gives each scan's report."""
    seen: dict[str, int] = {}
    for chapter in CHAPTERS:
        if chapter.scenario and chapter is not CHAPTERS[0]:
            simulator.add(HISTORY / chapter.scenario)
        say(f"\n{chapter.title}\n{'─' * len(chapter.title)}")
        report = scan(url, now=simulator.world.now())
        for line in story(report, issues=issues(simulator), seen=seen):
            say(line)
        seen |= {verdict["key"]: verdict["occurrences"] for verdict in report["verdicts"]}
        yield report


def issues(simulator: Simulator) -> dict[int, Issue]:
    """The repository's issues by number, without its pull requests."""
    repository = simulator.world.repository(REPO)
    assert repository is not None, "the scenario describes it"
    return {number: issue for number, issue in repository.issues.items() if issue.pull is None}


def scan(url: str, *, now: datetime) -> dict[str, Any]:
    """The JSON report of ``ftc scan`` as the workflow would run it, at a moment of the recorded past."""
    flags = ["--repo", REPO, "--api-url", url, "--now", now.isoformat(), "--write-interval-seconds", "0", "--json"]
    child = subprocess.run(
        [sys.executable, "-m", "ftc", "scan", *flags],
        env=_environment(os.environ),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SCAN_LIMIT,
        check=False,
    )
    if child.returncode:
        raise CommandFailed(f"ftc scan ended with {child.returncode}:\n{child.stderr.strip()}")
    report: dict[str, Any] = json.loads(child.stdout)
    return report


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in ours.items() if not name.startswith(FOREIGN)}
    return {**kept, "FTC_TOKEN": TOKEN, "NO_PROXY": "127.0.0.1,localhost", "PYTHONIOENCODING": "utf-8"}


def story(report: Mapping[str, Any], *, issues: Mapping[int, Issue], seen: Mapping[str, int]) -> Iterator[str]:
    """A scan's report in the words of the demo; ``seen`` are the occurrences earlier scans knew, by key."""
    runs, jobs = report["runs"]["listed"], report["failed_jobs"]
    yield f"Listed {runs} runs, read the logs of {jobs} failed jobs, with {report['requests']} requests."
    verdicts = [(_number(verdict, issues), verdict) for verdict in report["verdicts"]]
    changed = [(number, verdict) for number, verdict in verdicts if seen.get(verdict["key"]) != verdict["occurrences"]]
    opened = _opened(verdicts)
    yield from _section("New issues", [line for number, verdict in opened for line in _issue_lines(number, verdict)])
    silent = [(number, verdict) for number, verdict in changed if number and (number, verdict) not in opened]
    yield from _section("Known issues with new failures", [_silent_line(number, verdict) for number, verdict in silent])
    unfiled = [verdict for number, verdict in changed if not number]
    yield from _section("Seen and not filed", _unfiled_lines(unfiled, report["waiting"]))
    yield from _section("Not counted", _excluded_lines(report["excluded"]))
    yield from _section("Wrote", report["effects"])
    if not report["effects"]:
        yield "Wrote nothing."


def _section(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"\n{title}"
        yield from (f"  {line}" for line in lines)


def _number(verdict: Verdict, issues: Mapping[int, Issue]) -> int:
    """The number of the verdict's issue, 0 without one; new issues had none yet when the report was made."""
    name = verdict["test"]["name"]
    return next((number for number, issue in issues.items() if issue.title.startswith(f"[flaky] {name} ")), 0)


def _opened(verdicts: Sequence[tuple[int, Verdict]]) -> list[tuple[int, Verdict]]:
    """The verdicts whose issue this scan made, in the order of their numbers."""
    return sorted(
        ((number, verdict) for number, verdict in verdicts if number and not verdict["issue"]),
        key=lambda entry: entry[0],
    )


def _issue_lines(number: int, verdict: Verdict) -> list[str]:
    """Which test, how sure, and the strongest reason."""
    reason = max(verdict["evidence"], key=lambda entry: entry["weight"], default={"text": ""})["text"]
    return [
        f"#{number}  {_name(verdict)}",
        f"     {verdict['confidence']:.1%} flaky, grade {verdict['grade']}, seen {_times(verdict)}",
        f"     {reason}",
    ]


def _silent_line(number: int, verdict: Verdict) -> str:
    return f"#{number}  {_name(verdict)}: now seen {_times(verdict)}; the body was rewritten, nobody was notified"


def _unfiled_lines(verdicts: Sequence[Verdict], waiting: Sequence[Mapping[str, str]]) -> list[str]:
    """What was found and not filed, each with why not."""
    reasons = {entry["test"]: entry["reason"] for entry in waiting}
    return [f"{_name(verdict)}: {_why_not(verdict, reasons)}" for verdict in verdicts]


def _why_not(verdict: Verdict, waiting: Mapping[str, str]) -> str:
    if _name(verdict) in waiting:
        return f"grade {verdict['grade']}, waits: {waiting[_name(verdict)]}"
    if verdict["class"] == "likely-regression":
        return f"a regression, broken by {verdict['suspect'][:7]}"
    return f"grade {verdict['grade']}, seen {_times(verdict)}, on the watch list"


def _name(verdict: Verdict) -> str:
    return f"{verdict['test']['suite']} {verdict['test']['name']}"


def _times(verdict: Verdict) -> str:
    return "once" if verdict["occurrences"] == 1 else f"{verdict['occurrences']} times"


def _excluded_lines(excluded: Sequence[Mapping[str, Any]]) -> list[str]:
    """How often each reason to leave something out applied; of a detail only what comes before its first colon."""
    reasons = Counter(entry["detail"].partition(":")[0] if entry["test"] else entry["reason"] for entry in excluded)
    return [f"{count} × {reason}" for reason, count in reasons.most_common()]


def example_issue(simulator: Simulator, *, url: str) -> str:
    """Title, labels and body of the issue that was filed first, at an address that stays the same."""
    issue = next(issue for issue in issues(simulator).values() if issue.title.startswith("[flaky] "))
    labels = ", ".join(f"`{name}`" for name in sorted(issue.labels))
    text = f"# {issue.title}\n\nLabels: {labels}\n\n{issue.body}".replace("\r\n", "\n").replace(url, EXAMPLE_ADDRESS)
    for block in candidates(text):
        text = text.replace(block.checksum, sha256(block.payload.encode()).hexdigest())
    return text.rstrip() + "\n"


def _farewell(url: str, *, keep: bool) -> str:
    if keep:
        return f"\nLook around: {url}/{REPO}/issues (Ctrl-C ends it)"
    return f"\nThe issues stood at {url}/{REPO}/issues; `make demo KEEP=1` keeps them open."


def _wait() -> None:
    """Until somebody presses Ctrl-C."""
    with suppress(KeyboardInterrupt):
        while True:
            time.sleep(3600)
