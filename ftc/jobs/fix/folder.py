"""The documents that the jobs of one run hand on: which job writes what, where, and that it is what was written.

The rule it keeps: every job has a part of its own, which alone it uploads, and a document counts only in the part of
the job that may write it, so that a job which runs foreign code cannot replace what the gate froze. Digests travel as
job outputs, which no other job can change.
"""

import argparse
import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from ftc.core import fix
from ftc.core.errors import UsageError
from ftc.core.fix import Fix, Publication, Refusal, Reproduction, Task, Verification
from ftc.core.records import RecordUnreadable, from_text, to_text

Record = TypeVar("Record")

ARTIFACTS = "artifacts"
"""Where the folders of runs lie, one named after each task."""
MAX_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Document:
    """One kind of document: its file, its schema, and the jobs in whose part it counts, the usual one first."""

    name: str
    schema: str
    jobs: tuple[str, ...]


_DOCUMENTS: dict[type, _Document] = {
    Task: _Document("task.json", fix.TASK, ("gate",)),
    Refusal: _Document("refusal.json", fix.REFUSAL, ("gate",)),
    Reproduction: _Document("reproduction.json", fix.REPRODUCTION, ("reproduce",)),
    # A pull request that is to be proven brings its change along, and the gate writes it down.
    Fix: _Document("fix.json", fix.FIX, ("generate", "gate")),
    Verification: _Document("verification.json", fix.VERIFICATION, ("verify",)),
    Publication: _Document("publication.json", fix.PUBLICATION, ("publish",)),
}
_TASK_ID = re.compile(r"[0-9]+-[A-Za-z0-9][A-Za-z0-9._-]{0,60}")
_LEG = re.compile(r"[a-z0-9][a-z0-9-]{0,20}")
_DIGEST = re.compile(r"([a-z]+\.json)=([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Folder:
    """One run's folder, as one of its jobs sees it; build it with ``open_folder`` or ``folder_of``."""

    path: Path
    job: str = ""
    """The job that writes here; empty: each document goes to its usual job's part."""
    expected: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 by file name, as far as earlier jobs have told them."""
    written: dict[str, str] = field(default_factory=dict)
    """The same of what was written through this object."""

    def part(self, job: str = "") -> Path:
        """The part of a job, this one by default, made if need be; it is uploaded under its own name."""
        found = self.path / f"fix-{self.path.name}-{job or self.job}"
        found.mkdir(parents=True, exist_ok=True)
        return found

    def read(self, kind: type[Record]) -> Record | None:
        """The document of this kind; None when no job has written it. Raises ``RecordUnreadable``."""
        document = _DOCUMENTS[kind]
        for job in document.jobs:
            found: Record | None = self._read(kind, document, self.path / f"fix-{self.path.name}-{job}")
            if found is not None:
                return found
        return None

    def need(self, kind: type[Record], *, of: str) -> Record:
        """As ``read``; a missing document is an error that names the job which should have written it."""
        found = self.read(kind)
        if found is None:
            raise RecordUnreadable(f"{self.path.name}: `ftc fix {of}` has not written {_DOCUMENTS[kind].name}")
        return found

    def verifications(self) -> tuple[Verification, ...]:
        """What every leg handed on, in the order of their names."""
        document = _DOCUMENTS[Verification]
        found = []
        for folder in sorted(self.path.glob(f"fix-{self.path.name}-verify-*")):
            read: Verification | None = self._read(Verification, document, folder)
            if read is not None and folder.name == f"fix-{self.path.name}-verify-{read.leg}":
                found.append(read)
        return tuple(found)

    def write(self, record: Any) -> Path:
        """Write one document into the job's part, whole or not at all; a job run again writes it over."""
        document = _DOCUMENTS[type(record)]
        job = self.job or document.jobs[0]
        folder = self.part(f"verify-{checked_leg(record.leg)}" if isinstance(record, Verification) else job)
        text = to_text(record, schema=document.schema).encode()
        half = folder / f"{document.name}.part"
        half.write_bytes(text)
        os.replace(half, folder / document.name)
        self.written[document.name] = hashlib.sha256(text).hexdigest()
        return folder / document.name

    def digests(self) -> str:
        """What was written, as ``--expect`` of later jobs takes it."""
        return ",".join(f"{name}={digest}" for name, digest in sorted(self.written.items()))

    def _read(self, kind: type[Record], document: _Document, folder: Path) -> Record | None:
        file = folder / document.name
        if not os.path.lexists(file):
            return None
        if file.is_symlink() or not file.is_file() or file.stat().st_size > MAX_BYTES:
            raise RecordUnreadable(f"{document.name}: no ordinary file, or larger than {MAX_BYTES} bytes")
        data = file.read_bytes()
        if hashlib.sha256(data).hexdigest() != self.expected.get(document.name, hashlib.sha256(data).hexdigest()):
            raise RecordUnreadable(f"{document.name} is not what its job wrote; run the workflow again from the start")
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            raise RecordUnreadable(f"{document.name}: {error}") from None
        return from_text(kind, text, schema=document.schema)


def open_folder(args: argparse.Namespace) -> Folder:
    """The folder that the arguments of ``ftc fix`` name; raises ``UsageError`` for what is no name or digest."""
    job = f"verify-{checked_leg(args.leg)}" if args.job == "verify" else args.job
    return folder_of(args.task, artifacts=Path(args.artifacts), job=job, expected=expectations(args.expect))


def folder_of(task: str, *, artifacts: Path, job: str = "", expected: Mapping[str, str] | None = None) -> Folder:
    """The folder of a task; ``UsageError`` for a name that is none."""
    if not _TASK_ID.fullmatch(task):
        raise UsageError(f"--task: {task[:80]!r} names no task; it is `<issue>-<turn>`, as in the matrix of fixes")
    return Folder(artifacts / task, job=job, expected=expected or {})


def expectations(text: str) -> dict[str, str]:
    """Digests by file name from ``task.json=<sha256>,…``; empty parts, of jobs that wrote nothing, are passed over."""
    found = {}
    for item in filter(None, text.split(",")):
        match = _DIGEST.fullmatch(item.strip())
        if match is None:
            raise UsageError(f"--expect: {item[:80]!r} is no digest; it is `task.json=<64 hex digits>`")
        found[match[1]] = match[2]
    return found


def checked_leg(leg: str) -> str:
    """The name of a leg; ``UsageError`` for what is none."""
    if not _LEG.fullmatch(leg):
        raise UsageError(f"--leg: {leg[:40]!r} is no leg's name; it is one of the task's")
    return leg
