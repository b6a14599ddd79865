"""A zip file of logs and reports, as one extraction for each member worth reading.

Rule: a damaged or oversized member is a problem of its extraction, never the end of the archive.
"""

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import IO

from ftc.core.model import Extraction
from ftc.core.sanitize import Sanitizer
from ftc.ingest.archive import Budget, members
from ftc.ingest.extract import extract_stream


def extract_zip(
    file: IO[bytes], *, path: str, sanitizer: Sanitizer, budget: Budget | None = None
) -> Iterator[Extraction]:
    """The extractions of a zip file, named ``path!member``; raises ``zipfile.BadZipFile`` when it is none."""
    budget = budget or Budget()
    with zipfile.ZipFile(file) as archive:
        for info in members(archive):
            opened = partial(archive.open, info)
            yield bounded(opened, path=f"{path}!{info.filename}", sanitizer=sanitizer, budget=budget)


def bounded(open_member: Callable[[], IO[bytes]], *, path: str, sanitizer: Sanitizer, budget: Budget) -> Extraction:
    """The extraction of a packed stream, with what the budget cut off as a problem."""
    found = extract_stream(budget.chunks(open_member), path=path, sanitizer=sanitizer)
    return replace(found, problems=(*found.problems, budget.problem)) if budget.problem else found
