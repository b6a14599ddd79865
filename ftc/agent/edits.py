"""The gate that every edit passes: the file must still be readable as its language.

The rule it keeps: only parsers look at the text, those of Python's own library and ``gofmt`` where it is installed;
nothing of the repository is run.
"""

import os
from pathlib import Path

from ftc.clients import shell
from ftc.core.errors import CommandFailed
from ftc.core.syntax import broken_by

GOFMT_SECONDS = 10.0
ROOT = Path("/")
"""``gofmt`` reads its input alone; no folder of a repository is its own."""


def broken(path: str, before: str | None, after: str) -> str:
    """What an edit broke; empty for nothing. A ``files.Gate``."""
    if problem := broken_by(path, before=before, after=after):
        return problem
    if not path.endswith(".go"):
        return ""
    problem = _gofmt(after)
    return "" if problem and before is not None and _gofmt(before) else problem


def _gofmt(text: str) -> str:
    """What the parser of Go says; empty when it is content or not there."""
    try:
        done = shell.run(
            ["gofmt", "-e"],
            cwd=ROOT,
            env={"PATH": os.environ.get("PATH", shell.PATH)},
            timeout=GOFMT_SECONDS,
            stdin=text.encode("utf-8", "replace"),
        )
    except CommandFailed:
        return ""
    return "" if done.ok or done.timed_out else done.err.strip().split("\n")[0].removeprefix("<standard input>:")[:200]
