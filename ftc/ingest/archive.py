"""Zip files of logs and reports, read member by member as streams.

Rule: sizes in a zip are claims, so what is bounded is what was really unpacked; nothing is ever written to disk.
"""

import re
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath
from typing import IO

from ftc.ingest.lines import CHUNK_SIZE

MAX_MEMBER = 1 << 30
"""Bytes unpacked of one member: ten times the largest job log in the wild; a bomb stops here."""

MAX_TOTAL = 4 << 30
"""Bytes unpacked of one archive."""

MAX_MEMBERS = 10_000

READABLE = frozenset({".log", ".txt", ".xml", ".json", ".jsonl", ".ndjson", ".out", ""})
"""Suffixes of files that may hold a log or a report; others in folders and archives are passed over."""

_JOB_LOG = re.compile(r"-?\d+_(?P<job>.+)\.txt$")
_STEP_LOG = re.compile(r"\d+_.+\.txt$")


class Budget:
    """How much may still be unpacked of one archive, and what was cut."""

    def __init__(self, *, member: int = MAX_MEMBER, total: int = MAX_TOTAL) -> None:
        self._member = member
        self._total = total
        self.problem = ""
        """Why the member read last is not whole; empty when it is."""

    def chunks(self, open_member: Callable[[], IO[bytes]]) -> Iterator[bytes]:
        """The content of one member, until a limit or a defect ends it."""
        self.problem = ""
        left = min(self._member, self._total)
        try:
            with open_member() as stream:
                while left > 0 and (chunk := stream.read(min(CHUNK_SIZE, left))):
                    left -= len(chunk)
                    self._total -= len(chunk)
                    yield chunk
                if left <= 0 and stream.read(1):
                    self.problem = f"cut after {self._member if self._total > 0 else MAX_TOTAL} bytes unpacked"
        except RuntimeError:
            self.problem = "encrypted: this member cannot be read"
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
            self.problem = f"damaged: {error}"


def members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Members worth reading, in the order of their names; at most ``MAX_MEMBERS``.

    GitHub's run-log archive holds each job twice, whole and step by step; its steps are left out then.
    """
    infos = [info for info in archive.infolist() if not info.is_dir() and is_readable(info.filename)]
    chosen = set(without_steps(info.filename for info in infos))
    return sorted((info for info in infos if info.filename in chosen), key=lambda info: info.filename)[:MAX_MEMBERS]


def is_readable(name: str) -> bool:
    """Whether a file of this name may hold a log or a report."""
    path = PurePosixPath(name)
    return path.suffix.lower() in READABLE and not path.name.startswith(".")


def without_steps(names: Iterable[str]) -> list[str]:
    """The names without ``job/1_step.txt`` wherever ``0_job.txt`` stands beside the folder ``job``."""
    names = list(names)
    whole: dict[str, set[str]] = defaultdict(set)
    for name in names:
        parent, _, base = name.rpartition("/")
        found = _JOB_LOG.match(base)
        if found:
            whole[parent].add(found["job"])
    return [name for name in names if not _is_step(name, whole)]


def _is_step(name: str, whole: dict[str, set[str]]) -> bool:
    folder, _, base = name.rpartition("/")
    parent, _, job = folder.rpartition("/")
    steps = _STEP_LOG.match(base) or base == "system.txt"
    return bool(folder) and bool(steps) and job in whole.get(parent, ())
