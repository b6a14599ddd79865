"""A generator that asks a model once for a batch: files in, edits out.

The rule it keeps: an edit names the text that it replaces, and that text stands in the file exactly once; what does not
fit is said back as the next attempt's feedback and never applied by guess.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any

from ftc.agent.asking import ask
from ftc.agent.task_batch import Workspace
from ftc.core.dialogue import Model
from ftc.core.errors import ModelFailed, ModelMisconfigured, ModelUnavailable
from ftc.core.forms import Form, Malformed, Part, choice, flag, items, record, verbatim, words
from ftc.core.ledger import Purpose
from ftc.core.risk import Risk
from ftc.core.task_batches import Batch, is_test
from ftc.core.task_work import Answer, Edits, FileText, GiveUp, Plan
from ftc.render.prompt import messages

FILES = 12
"""Files of a batch whose text the model is shown."""
TESTS = 3
"""Test files shown beside them: those that name the file they are about."""
LISTED = 60
FILE_BYTES = 60_000
EDIT_CHARS = 40_000


class _Risk(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelGenerator:
    """Asks ``model``; a ``Generator``."""

    model: Model

    def __call__(self, batch: Batch, workspace: Workspace, feedback: str) -> Answer:
        """One question for one attempt. Raises ``ModelUnavailable``, ``ModelMisconfigured``, ``BudgetExceeded``."""
        paid = len(self.model.charges)
        asked = messages("task", _values(batch, workspace, feedback))
        purpose = f"{Purpose.FIX}:{workspace.task.id}-{batch.number}"
        try:
            answer = ask(self.model, asked, _form(workspace.folder), purpose=purpose, issue=0)
        except (ModelUnavailable, ModelMisconfigured):
            raise
        except ModelFailed as error:  # it was paid for all the same
            answer = GiveUp(reason=str(error))
        return _priced(answer, sum(charge.usd for charge in self.model.charges[paid:]))


def _priced(answer: Answer, usd: float) -> Answer:
    if isinstance(answer, GiveUp):
        return GiveUp(reason=answer.reason, idle=answer.idle, usd=usd)
    if isinstance(answer, Plan):
        return Plan(files=answer.files, reason=answer.reason, usd=usd)
    return Edits(files=answer.files, summary=answer.summary, risk=answer.risk, usd=usd)


def _values(batch: Batch, workspace: Workspace, feedback: str) -> Mapping[str, object]:
    tests = _tests_of(workspace.folder)
    stems = {PurePosixPath(path).stem for path in batch.files}
    near = [path for path in tests if any(stem in path for stem in stems)][:TESTS]
    shown = dict.fromkeys([*batch.files[:FILES], *near])
    texts = [(path, text) for path in shown if (text := _read(workspace.folder, path)) is not None]
    return {
        "objective": workspace.task.objective,
        "files": batch.files,
        "approved": sorted(workspace.approved),
        "texts": texts,
        "tests": ", ".join(tests[:LISTED]),
        "feedback": feedback,
        "schema": _form(workspace.folder).schema,
    }


def _tests_of(folder: Path) -> list[str]:
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if is_test(path) and not path.startswith(".git/"))


def _read(folder: Path, path: str) -> str | None:
    place = folder / path
    try:
        if place.is_symlink() or place.stat().st_size > FILE_BYTES:
            return None
        return place.read_text("utf-8")
    except (OSError, UnicodeDecodeError, ValueError):
        return None


def _form(folder: Path) -> Form[Answer]:
    """The form of an answer about the worktree in ``folder``."""
    edit = record(
        path=words("path of the file from the root of the repository", most=300),
        before=verbatim("text that stands in the file exactly once, or nothing for a new file", most=EDIT_CHARS),
        after=verbatim("what stands there instead", most=EDIT_CHARS),
    )
    whole: Part[Mapping[str, Any]] = record(
        summary=words("what was changed, in one sentence", most=300),
        risk=choice("how carefully people should look", _Risk),
        edits=items(edit, most=40),
        plan=items(words("path of a file beyond the tests that would have to change", most=300), most=40),
        give_up=words("why there are no edits; empty when there are some", most=500),
        idle=flag("whether there is nothing left to do in this part"),
    )

    def made(answer: Mapping[str, Any]) -> Answer:
        if answer["plan"] and not answer["edits"]:
            return Plan(files=tuple(answer["plan"]), reason=answer["summary"])
        if not answer["edits"]:
            return GiveUp(reason=answer["give_up"] or "no reason was given", idle=answer["idle"])
        files = _edited(folder, answer["edits"])
        return Edits(files=files, summary=answer["summary"], risk=Risk[answer["risk"].name])

    return Form(name="task", record=whole, made=made)


def _edited(folder: Path, edits: Sequence[Mapping[str, str]]) -> tuple[FileText, ...]:
    """The files after all edits; raises ``Malformed`` for the first that does not fit."""
    texts: dict[str, str] = {}
    for edit in edits:
        path = edit["path"]
        if path.startswith("/") or ".." in path.split("/"):
            raise Malformed(f"{path} is no path inside of the repository")
        text = texts.get(path, _read(folder, path))
        texts[path] = _replaced(path, text, before=edit["before"], after=edit["after"])
    return tuple(FileText(path=path, text=text) for path, text in texts.items())


def _replaced(path: str, text: str | None, *, before: str, after: str) -> str:
    if not before:
        if text:
            raise Malformed(f"{path} is there already: its edit must say in `before` what it replaces")
        return after
    count = text.count(before) if text else 0
    if count != 1 or text is None:
        raise Malformed(f"in {path} the text of `before` stands {count} times, and must stand there exactly once")
    return text.replace(before, after)
