"""The reports of a test step, for the judgement about it.

The rule it keeps: a path that names no file is told, never passed over; what is not read cannot be green.
"""

import glob
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from ftc.core.errors import UsageError
from ftc.core.model import Extraction
from ftc.jobs.extract import STDIN, check_readable, extractions
from ftc.jobs.settings import Settings


def read_reports(named: Sequence[str], settings: Settings) -> tuple[tuple[Extraction, ...], tuple[str, ...]]:
    """What the files say, and what could not be read; ``named`` are paths, folders and globs."""
    paths: list[str] = []
    unread: list[str] = [] if named else ["no report is named; give --report, once for each file, folder or glob"]
    for name in named:
        found = sorted(_files(name))
        paths += found
        unread += [] if found else [f"the report {name} does not exist; did the test step get as far as writing it?"]
    for path in paths:
        try:
            check_readable(path)
        except UsageError as error:
            unread.append(str(error))
    if unread:
        paths = [path for path in paths if not any(repr(path) in why for why in unread)]
    return tuple(extractions(dict.fromkeys(paths), stdin=io.BytesIO(), sanitizer=settings.sanitizer)), tuple(unread)


def _files(name: str) -> Iterator[str]:
    """The path itself, or what a glob finds; standard input is none, since it was not written by the test step."""
    if name != STDIN and Path(name).exists():
        yield name
    elif name != STDIN:
        yield from glob.glob(name, recursive=True)
