"""``ftc simulator``: serve a world of scenario files over HTTP on this machine.

Rule: the first line of the output is the address and nothing else, so that a script can read it.
"""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from ftc.core.errors import UsageError
from ftc.simulator.server import run as serve


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare port, scenarios and clock."""
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 (default) takes a free one")
    parser.add_argument(
        "--load",
        action="append",
        default=[],
        metavar="SCENARIO",
        type=Path,
        help="a scenario file (format: docs/scenario-format.md); more than one are loaded one after another",
    )
    parser.add_argument("--now", metavar="TIME", help="stop the clock at this ISO 8601 time instead of the scenario's")


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT; a bad scenario, time or port is a UsageError."""
    return serve(port=args.port, load=args.load, now=_moment(args.now))


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--now: {text!r} is no ISO 8601 time such as 2026-11-20T12:00:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
