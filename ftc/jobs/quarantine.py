"""``ftc quarantine``: print the list of tests that may fail, say it to a test runner, or judge a finished test step.

The rule it keeps: red stays red unless everything is known. A list or report that cannot be read, or a GitHub that
does not answer, leaves the result of the test step as it is, and the output says why.
"""

import argparse
import os
import sys
from datetime import datetime
from pathlib import Path

from ftc.clients.runner import harmless, harmless_json
from ftc.core.errors import FtcError, UsageError
from ftc.core.markdown import strip_control
from ftc.core.quarantine import InForce, QuarantineList, in_force
from ftc.core.quarantine_arguments import DIALECTS, arguments
from ftc.core.quarantine_document import to_json
from ftc.core.tolerance import Tolerance, judged
from ftc.ingest.golang import reasons
from ftc.jobs.context import moment, open_context
from ftc.jobs.quarantine_list import derived_list, lasting, reviewed_list
from ftc.jobs.quarantine_reports import read_reports
from ftc.jobs.quarantine_tell import tell_runner, told
from ftc.jobs.settings import Settings, add_config_flags, flag_values, load_settings

HARMLESS = frozenset({reasons.PARENT, reasons.AGGREGATE})
"""Lines that say FAIL because a test that is named for itself failed; any other may hide one that is not."""
OUTCOMES = ("success", "failure", "cancelled", "skipped")
"""What GitHub says in ``steps.<id>.outcome``."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of the command beside those of the configuration."""
    parser.add_argument(
        "action", choices=tuple(ACTIONS), help="show the list, print arguments for a test runner, or judge a test step"
    )
    parser.add_argument("--list", metavar="FILE", default="", help="read the list from FILE and ask GitHub for nothing")
    parser.add_argument("--json", action="store_true", help="list: print the list as JSON")
    parser.add_argument("--file", metavar="PATH", default="", help="list: write the list to PATH as JSON")
    parser.add_argument("--framework", choices=tuple(DIALECTS), help="arguments: the test runner they are for")
    parser.add_argument(
        "--report",
        metavar="PATH",
        action="append",
        default=[],
        help="check: report, log, folder or glob of the test step; may be repeated",
    )
    parser.add_argument("--outcome", default="failure", help="check: outcome of the test step, as GitHub says it")
    parser.add_argument("--now", metavar="TIME", default="", help="decide as if it were this moment (ISO, UTC)")
    add_config_flags(parser)


def run(args: argparse.Namespace) -> int:
    """Do what ``action`` says; the exit code."""
    settings = load_settings(environ=os.environ, flags=flag_values(args))
    if settings.config.disabled and args.action != "check":
        print("Disabled by configuration (FTC_DISABLED); nothing is in quarantine.", file=sys.stderr)
        return 0
    return ACTIONS[args.action](args, settings)


def _found(args: argparse.Namespace, settings: Settings, now: datetime) -> QuarantineList:
    """The list from the file that was named, else from GitHub."""
    if args.list:
        return reviewed_list(Path(args.list), repo=settings.config.repo)
    return derived_list(open_context(settings, os.environ, now=now))


def show(args: argparse.Namespace, settings: Settings) -> int:
    """``ftc quarantine list``."""
    now = moment(args.now)
    found = _found(args, settings, now)
    counting = in_force(found.entries, now=now, most=settings.config.quarantine_max)
    kept = QuarantineList(repo=found.repo, generated=found.generated, entries=counting.entries)
    if args.file:
        Path(args.file).write_text(to_json(kept), encoding="ascii")
    if args.json:
        print(harmless_json(to_json(kept)), end="")
        return 0
    for entry in kept.entries:
        where = f", issue {entry.issue}" if entry.issue else ""
        _print(f"{entry.test}: until {entry.until:%Y-%m-%d %H:%M} UTC, {lasting(entry, now)}{where}")
    for entry, why in counting.lapsed:
        _print(f"does not count ({why}): {entry.test}, until {entry.until:%Y-%m-%d %H:%M} UTC")
    if not found.entries:
        print("No test is in quarantine.")
    return 0


def say_arguments(args: argparse.Namespace, settings: Settings) -> int:
    """``ftc quarantine arguments``: on standard output only what a shell may read; notes go to standard error."""
    if not args.framework:
        raise UsageError(f"arguments: name the test runner with --framework: {', '.join(DIALECTS)}")
    now = moment(args.now)
    counting = in_force(_found(args, settings, now).entries, now=now, most=settings.config.quarantine_max)
    said = arguments(counting.entries, framework=args.framework)
    for line in said.lines:
        print(line.replace("##[", "##''["))  # always inside of quotes: to a shell the same word, to a runner no command
    for note in said.notes:
        _print(f"note: {note}", error=True)
    return 0


def check(args: argparse.Namespace, settings: Settings) -> int:
    """``ftc quarantine check``: 0 when the step passed, or every failure of it is tolerated; else 1."""
    outcome = args.outcome.strip().lower()
    if outcome in ("success", "skipped"):
        print(f"The test step's outcome is {outcome}; there is nothing to tolerate.")
        return 0
    decision = decide(args, settings, outcome)
    for line in told(decision):
        _print(line)
    tell_runner(os.environ, decision)
    return 0 if decision.passes else 1


def decide(args: argparse.Namespace, settings: Settings, outcome: str) -> Tolerance:
    """The decision about a step that did not pass; whatever could not be read is a doubt in it."""
    doubts = _outcome_doubts(outcome, disabled=settings.config.disabled)
    views, unread = read_reports(args.report, settings)
    listed = InForce(entries=())
    try:
        now = moment(args.now)
        found = QuarantineList(repo="", generated=now) if doubts else _found(args, settings, now)
        listed = in_force(found.entries, now=now, most=settings.config.quarantine_max)
    except FtcError as error:
        doubts.append(f"the list of tests in quarantine is not known: {error}")
    decision = judged(views, listed, harmless=HARMLESS)
    return Tolerance(tolerated=decision.tolerated, failed=decision.failed, doubts=(*doubts, *unread, *decision.doubts))


def _outcome_doubts(outcome: str, *, disabled: bool) -> list[str]:
    if disabled:
        return ["the program is disabled by configuration (FTC_DISABLED)"]
    if outcome not in OUTCOMES:
        return [
            f"the outcome {outcome!r} is none of {', '.join(OUTCOMES)}; has the test step the id that is asked for?"
        ]
    return ["the test step was cancelled"] if outcome == "cancelled" else []


def _print(line: str, *, error: bool = False) -> None:
    """Names come from reports: nothing of them is carried out by the runner that shows this."""
    print(harmless(strip_control(line)), file=sys.stderr if error else sys.stdout)


ACTIONS = {"list": show, "arguments": say_arguments, "check": check}
