"""The documents that the jobs of one run hand on: which job writes what, where, and that it is what was written.

The rule it keeps: every job has a part of its own, which alone it uploads, and a document counts only in the part of
the job that may write it, so that a job which runs foreign code cannot replace what the gate froze. Digests travel as
job outputs, which no other job can change; any job may upload under any name, so on a runner what has no digest was
written by nobody. Only the legs of the proof have none: a matrix has one output for all, and nothing of theirs is
believed beyond counts.
"""

import argparse
import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from ftc.agent.locking import remove_tree
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
    vouched: bool = False
    """Whether documents of other jobs count only with such a digest, as on a runner."""
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
            folder = self.path / f"fix-{self.path.name}-{job}"
            if os.path.lexists(folder / document.name):
                self._vouched(document, job)
                found: Record = self._read(kind, document, folder)
                return found
        return None

    def need(self, kind: type[Record], *, of: str) -> Record:
        """As ``read``; a missing document is an error that names the job which should have written it."""
        found = self.read(kind)
        if found is None:
            raise RecordUnreadable(f"{self.path.name}: `ftc fix {of}` has not written {_DOCUMENTS[kind].name}")
        return found

    def verifications(self, legs: Sequence[str]) -> tuple[tuple[Verification, ...], tuple[str, ...]]:
        """What these legs handed on, in their order, and what cannot be read: such a leg is one that gave no answer."""
        found, damaged = [], []
        for leg in legs:
            try:
                read = self._leg(checked_leg(leg))
            except RecordUnreadable as error:
                damaged.append(f"leg {leg}: {error}")
                continue
            found += [read] if read else []
        return tuple(found), tuple(damaged)

    def _leg(self, leg: str) -> Verification | None:
        document, folder = _DOCUMENTS[Verification], self.path / f"fix-{self.path.name}-verify-{leg}"
        if not os.path.lexists(folder / document.name):
            return None
        found = self._read(Verification, document, folder)
        if found.leg != leg:
            raise RecordUnreadable(f"{document.name} is about leg {found.leg[:40]!r}")
        return found

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

    def _vouched(self, document: _Document, job: str) -> None:
        """Raise ``RecordUnreadable`` for a file that may be anybody's; what this job left before is its own."""
        if self.vouched and job != self.job and document.name not in self.expected:
            raise RecordUnreadable(
                f"{document.name} does not count: the job {job} did not say that it wrote it; it died, or it is forged"
            )

    def _read(self, kind: type[Record], document: _Document, folder: Path) -> Record:
        file = folder / document.name
        if file.is_symlink() or not file.is_file() or file.stat().st_size > MAX_BYTES:
            raise RecordUnreadable(f"{document.name}: no ordinary file, or larger than {MAX_BYTES} bytes")
        data = file.read_bytes()
        expected = self.expected.get(document.name)
        if expected is not None and hashlib.sha256(data).hexdigest() != expected:
            raise RecordUnreadable(f"{document.name} is not what its job wrote; run the workflow again from the start")
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            raise RecordUnreadable(f"{document.name}: {error}") from None
        return from_text(kind, text, schema=document.schema)


def open_folder(args: argparse.Namespace, *, environ: Mapping[str, str] = os.environ) -> Folder:
    """The folder that the arguments of ``ftc fix`` name; raises ``UsageError`` for what is no name or digest.

    In the first attempt of a run the job's own part is emptied: it has left nothing yet, so what lies there came from
    another job.
    """
    job = f"verify-{checked_leg(args.leg)}" if args.job == "verify" else args.job
    found = folder_of(args.task, artifacts=Path(args.artifacts), job=job, expected=expectations(args.expect))
    if environ.get("GITHUB_ACTIONS") != "true":
        return found
    if environ.get("GITHUB_RUN_ATTEMPT", "1") == "1":
        remove_tree(found.path / f"fix-{found.path.name}-{job}")
    return replace(found, vouched=True)


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
