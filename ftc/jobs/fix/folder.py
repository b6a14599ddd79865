"""The folder in which the jobs of one run hand on their documents: which file holds what, written whole, read strictly.

The rule it keeps: a job reads what earlier jobs wrote only through here, so that nothing unchecked goes from one to the
next; what a job wrote before it died is written over by the same job run again.
"""

import os
import re
from dataclasses import dataclass
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
_NAMES = {
    Task: ("task.json", fix.TASK),
    Refusal: ("refusal.json", fix.REFUSAL),
    Reproduction: ("reproduction.json", fix.REPRODUCTION),
    Fix: ("fix.json", fix.FIX),
    Publication: ("publication.json", fix.PUBLICATION),
}
_TASK_ID = re.compile(r"[0-9]+-[A-Za-z0-9][A-Za-z0-9._-]{0,60}")
_LEG = re.compile(r"[a-z0-9][a-z0-9-]{0,20}")


@dataclass(frozen=True, slots=True)
class Folder:
    """One run's folder; build it with ``folder_of``."""

    path: Path

    def read(self, kind: type[Record]) -> Record | None:
        """The document of this kind; None when no job has written it. Raises ``RecordUnreadable``."""
        name, schema = _NAMES[kind]
        return self._read(kind, name, schema)

    def need(self, kind: type[Record], *, of: str) -> Record:
        """As ``read``; a missing document is an error that names the job which should have written it."""
        found = self.read(kind)
        if found is None:
            raise RecordUnreadable(
                f"{_NAMES[kind][0]} is missing in {self.path.name}: `ftc fix {of}` has not written it"
            )
        return found

    def write(self, record: Any) -> Path:
        """Write one document, whole or not at all."""
        if isinstance(record, Verification):
            return self._write(record, f"verification-{_checked_leg(record.leg)}.json", fix.VERIFICATION)
        name, schema = _NAMES[type(record)]
        return self._write(record, name, schema)

    def verifications(self) -> tuple[Verification, ...]:
        """What every leg handed on, in the order of their names."""
        files = sorted(self.path.glob("verification-*.json"))
        found = (self._read(Verification, file.name, fix.VERIFICATION) for file in files)
        return tuple(item for item in found if item is not None)

    def _read(self, kind: type[Record], name: str, schema: str) -> Record | None:
        file = self.path / name
        if not file.exists():
            return None
        if file.is_symlink() or file.stat().st_size > MAX_BYTES:
            raise RecordUnreadable(f"{name}: a link, or larger than {MAX_BYTES} bytes")
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise RecordUnreadable(f"{name}: {error}") from None
        return from_text(kind, text, schema=schema)

    def _write(self, record: Any, name: str, schema: str) -> Path:
        self.path.mkdir(parents=True, exist_ok=True)
        part = self.path / f".{name}.part"
        part.write_text(to_text(record, schema=schema), encoding="utf-8")
        os.replace(part, self.path / name)
        return self.path / name


def folder_of(task: str, *, artifacts: Path) -> Folder:
    """The folder of a task; ``UsageError`` for a name that is none."""
    if not _TASK_ID.fullmatch(task):
        raise UsageError(f"--task: {task[:80]!r} names no task; it is `<issue>-<turn>`, as in the matrix of fixes")
    return Folder(artifacts / task)


def _checked_leg(leg: str) -> str:
    if not _LEG.fullmatch(leg):
        raise UsageError(f"--leg: {leg[:40]!r} is no leg's name; it is one of the task's")
    return leg
