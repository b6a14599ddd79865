"""The documents of one run as its last job reads them: whichever exist, with no secret in them.

The rule it keeps: a document that is damaged counts as missing and is said; so does one of another task or base.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar

from ftc.core.concluding import conclude
from ftc.core.config import Config
from ftc.core.endings import Papers
from ftc.core.errors import FtcError
from ftc.core.fix import Fix, Publication, Refusal, Reproduction, Task
from ftc.core.records import RecordUnreadable
from ftc.core.sanitize import Sanitizer
from ftc.jobs.fix.folder import Folder

Record = TypeVar("Record")


def papers_of(folder: Folder, *, config: Config, sanitizer: Sanitizer, results: str = "") -> Papers:
    """Everything a run left; ``results`` is the workflow's ``needs`` as JSON, where it is known."""
    damaged: list[str] = []
    task = _read(folder, Task, damaged)
    base = task.base_sha if task else ""
    verifications, unread = folder.verifications(task.legs if task else ())
    found = Papers(
        task=task,
        refusal=_read(folder, Refusal, damaged),
        reproduction=_read(folder, Reproduction, damaged, base=base),
        fix=_read(folder, Fix, damaged, base=base),
        verifications=verifications,
        conclusion=conclude(task, verifications, masking=config.masking, pull_on=config.pull_on, unread=unread)
        if task and verifications
        else None,
        publication=_read(folder, Publication, damaged),
        damaged=(*damaged, *unread),
        results=results_of(results),
    )
    cleaned: Papers = mapped(found, sanitizer.clean)
    return cleaned


def _read(folder: Folder, kind: type[Record], damaged: list[str], *, base: str = "") -> Record | None:
    try:
        found = folder.read(kind)
        of: str = getattr(found, "id" if kind is Task else "task", folder.path.name)
        if of != folder.path.name:
            raise RecordUnreadable(f"{kind.__name__.lower()}.json is about task {of[:80]!r}")
        if base and getattr(found, "base_sha", base) != base:
            raise RecordUnreadable(f"{kind.__name__.lower()}.json is about another base than the task")
    except FtcError as error:
        damaged.append(str(error))
        return None
    return found


def results_of(text: str) -> Mapping[str, str]:
    """The result of each job, from GitHub's ``needs`` or from a plain mapping; nothing where it is neither."""
    try:
        values = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    if not isinstance(values, dict):
        return {}
    told = {name: value.get("result") if isinstance(value, dict) else value for name, value in values.items()}
    return {name: value for name, value in told.items() if isinstance(value, str)}


def mapped(value: Any, clean: Callable[[str], str]) -> Any:
    """The value with every text in it cleaned; words of a closed set stay."""
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, tuple):
        return tuple(mapped(item, clean) for item in value)
    if isinstance(value, frozenset):
        return frozenset(mapped(item, clean) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{item.name: mapped(getattr(value, item.name), clean) for item in fields(value)})
    return value
