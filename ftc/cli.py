"""The command line: one command for each module of the table below, which is imported only when it is chosen.

Rule: ``ftc --help`` imports nothing but the standard library; a bug ends in exit code 3 and a report without secrets.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, Protocol, TextIO, cast

from ftc import __version__
from ftc.core.errors import FtcError, UsageError

EXIT_BUG = 3
EXIT_INTERRUPTED = 130

COMMANDS: dict[str, tuple[str, str]] = {
    "scan": ("ftc.jobs.scan", "read failed CI runs, decide which failures are flaky tests, keep one issue for each"),
    "respond": ("ftc.jobs.respond", "answer what people said and did on one issue since it was last looked at"),
    "extract": (
        "ftc.jobs.extract",
        "print the failed tests in job logs, reports, folders and zip files; needs no token",
    ),
    "sweep": ("ftc.jobs.sweep", "close what is silent, prove what was merged, end what has run out"),
    "quarantine": (
        "ftc.jobs.quarantine",
        "list the tests that may fail for a while, tell a test runner, or judge the failures of a test step",
    ),
    "pr-answers": (
        "ftc.jobs.pr_answers",
        "say on pull requests which failures are known flakes; only where `pr-answers` is set",
    ),
    "report": ("ftc.jobs.report", "write the issues of one or several repositories as a folder of HTML pages"),
    "fix": (
        "ftc.jobs.fix.command",
        "carry out one job of a fix run: gate, reproduce, generate, verify, publish, settle",
    ),
    "heal": (
        "ftc.jobs.heal",
        "run the gates on each new commit of the base branch, and repair what fails in a pull request",
    ),
    "task": ("ftc.jobs.task", "carry out self-contained tasks from their files, each to a pull request of its own"),
    "state": ("ftc.jobs.state", "show the state that an issue holds, and what is wrong with it"),
    "simulator": ("ftc.simulator.command", "serve a stand-in for GitHub from a scenario file"),
    "scenario": (
        "ftc.jobs.scenario.command",
        "play scenario files against the simulator, and say which did not end as they expect",
    ),
    "demo": ("ftc.jobs.demo.command", "play the whole loop on a small repository against the simulator"),
}
"""Name to module and the line in ``ftc --help``. A module has ``add_arguments(parser)`` and ``run(args) -> int``."""


USAGE_CODES = {"scenario": 2}
"""What wrong usage ends with where it is not 64: the scenario runner promises 0, 1 and 2 to whoever calls it."""


class Command(Protocol):
    """What a command's module offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's arguments."""

    def run(self, args: argparse.Namespace) -> int:
        """Do it; the exit code."""


class _Parser(argparse.ArgumentParser):
    """argparse ends a wrong call with 2, which here means a partial result, and blames ``ftc`` for a command's flag."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse does, with the mistake named where it was made."""
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return found, unknown

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}\n{self.format_usage().strip()}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code (0 done, 1 failed, 2 partial, 3 bug, 64 wrong usage)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        _write_any_text(sys.stdout)
        return _run(arguments)
    except FtcError as error:
        _tell(f"ftc: {error}")
        return _exit_code(error, _command_of(arguments))
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else the flush at exit complains
        return 0
    except Exception as error:  # noqa: BLE001 - the edge: anything else is a bug and becomes a report
        reporter = importlib.import_module("ftc.jobs.bug_report")  # imported here: nobody else needs what it imports
        _tell(reporter.bug_report(error, command=arguments[:1], environment=os.environ))
        return EXIT_BUG


def _tell(text: str) -> None:
    """An error quotes servers, files and issues: without secrets, and with nothing a runner would carry out."""
    told = importlib.import_module("ftc.jobs.bug_report").tellable(text, environment=os.environ)
    print(told, file=sys.stderr)


def _run(arguments: list[str]) -> int:
    name = _command_of(arguments)
    command = load(name) if name in COMMANDS else None
    parser = build_parser({name: command} if command else {})
    args = parser.parse_args(arguments)
    if command is None:
        parser.print_help()
        return 0 if not arguments else UsageError.exit_code
    return command.run(args)


def _command_of(arguments: Sequence[str]) -> str:
    """The first word that is no flag; the empty text without one."""
    return next((item for item in arguments if not item.startswith("-")), "")


def _exit_code(error: FtcError, command: str) -> int:
    return USAGE_CODES.get(command, error.exit_code) if isinstance(error, UsageError) else error.exit_code


def load(name: str) -> Command:
    """The module of a command."""
    return cast("Command", importlib.import_module(COMMANDS[name][0]))


def build_parser(loaded: Mapping[str, Command]) -> argparse.ArgumentParser:
    """A parser that knows all commands by name and the arguments of those that are loaded."""
    parser = _Parser(prog="ftc", description="Finds flaky tests in CI logs and keeps one GitHub issue for each.")
    parser.add_argument("--version", action="version", version=f"ftc {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, (_, summary) in COMMANDS.items():
        sub = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        if name in loaded:
            loaded[name].add_arguments(sub)
    return parser


def _write_any_text(stream: TextIO) -> None:
    """A name from a log may hold what the terminal's encoding cannot."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")
