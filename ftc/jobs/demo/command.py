"""``ftc demo``: the loop on a small repository, against a GitHub of its own; needs no token and no network."""

import argparse
import time
from contextlib import suppress
from pathlib import Path

from ftc.core.errors import UsageError
from ftc.jobs.demo.chapters import CHAPTERS, tell
from ftc.jobs.demo.examples import example_conversation, example_issue, example_pull
from ftc.jobs.demo.stage import HISTORY, REPO, Report
from ftc.jobs.demo.words import Tell
from ftc.simulator.server import serving
from ftc.simulator.simulator import Simulator


def _say(line: str) -> None:
    print(line, flush=True)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--keep", action="store_true", help="keep the pages open until Ctrl-C")
    parser.add_argument("--save-issue", metavar="PATH", help="write the first issue, as it was filed, to PATH")
    parser.add_argument("--save-conversation", metavar="PATH", help="write what was said on that issue to PATH")
    parser.add_argument("--save-pull", metavar="PATH", help="write the pull request of the fix to PATH")


def run(args: argparse.Namespace) -> int:
    """Tell the story; raises ``UsageError`` without the recorded history, ``CommandFailed`` when a command fails."""
    if not HISTORY.is_dir():
        raise UsageError(f"the demo plays a history that lies beside the sources; there is none at {HISTORY}")
    play(Simulator.load(HISTORY / CHAPTERS[0].scenario), args, say=_say)
    return 0


def play(simulator: Simulator, args: argparse.Namespace, *, say: Tell) -> tuple[Report, ...]:
    """The story in a world that holds the first chapter; gives the report of each command."""
    reports: list[Report] = []
    with serving(simulator) as url:
        say(f"A GitHub of its own runs at {url}, with one repository: {REPO}")
        for report in tell(simulator, url=url, say=say):
            reports.append(report)
            if args.save_issue and len(reports) == 1:
                Path(args.save_issue).write_text(example_issue(simulator, url=url), encoding="utf-8")
        if args.save_conversation:
            Path(args.save_conversation).write_text(example_conversation(simulator, url=url), encoding="utf-8")
        if args.save_pull:
            Path(args.save_pull).write_text(example_pull(simulator, url=url), encoding="utf-8")
        say(_farewell(url, keep=args.keep))
        if args.keep:
            _wait()
    return tuple(reports)


def _farewell(url: str, *, keep: bool) -> str:
    if keep:
        return f"\nLook around: {url}/{REPO}/issues (Ctrl-C ends it)"
    return f"\nThe issues stood at {url}/{REPO}/issues; `make demo KEEP=1` keeps them open."


def _wait() -> None:
    """Until somebody presses Ctrl-C."""
    with suppress(KeyboardInterrupt):
        while True:
            time.sleep(3600)
