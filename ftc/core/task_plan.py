"""The plan of a task that goes beyond the tests, and how an approval is bound to it.

The rule it keeps: an approval counts for one text of one task and one list of files; any change of either voids it.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from ftc.core.errors import ConfigError

DIGEST_CHARS = 12
SCHEMA = "task-plan/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFile:
    """A file that would be changed, and why, in a generator's words."""

    path: str
    reason: str = ""


def plan_digest(task_text: str, paths: Sequence[str]) -> str:
    """What an approval names: hash of the task as it was parsed and of the files."""
    parts = [task_text, *sorted(paths)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:DIGEST_CHARS]


def plan_document(digest: str, paths: Sequence[str]) -> str:
    """``plan.json``."""
    return json.dumps({"schema": SCHEMA, "digest": digest, "files": sorted(paths)}, indent=1) + "\n"


def approved_files(document: str, *, task_text: str, approval: str) -> frozenset[str]:
    """The files that an approval allows; ``ConfigError`` when the plan is another one than was approved."""
    try:
        plan = json.loads(document)
        files = tuple(str(path) for path in plan["files"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ConfigError("--approve: the task has posted no plan yet; run it without --approve first") from None
    if approval != plan_digest(task_text, files):
        raise ConfigError(
            "--approve: the task or the list of files changed since this plan; look at plan.md and approve that one"
        )
    return frozenset(files)
