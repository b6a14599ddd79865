"""The tools by which a model works on a batch of a task: those of a fix that read and edit, and ways to end.

The rule it keeps: a batch ends with edits, with the files that wait for an approval, or with a reason, and what it ends
with is made from the draft and from checked arguments, never from what the model says it did.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ftc.agent.leaving import GaveUp, Refused, Submitted
from ftc.agent.task_change import policy_of
from ftc.agent.tools import REASON_CHARS, TOOLS, Table, Toolset, candidate_of
from ftc.core.forms import choice, flag, items, record, words
from ftc.core.patch import path_problem
from ftc.core.risk import Risk
from ftc.core.task_batches import is_test, targets
from ftc.core.task_file import TaskFile
from ftc.core.task_work import Answer, Edits, FileText, GiveUp, Plan

PLANNED_FILES = 40
UNSAID = "no reason was given"


class _Risk(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(slots=True, kw_only=True)
class TaskTools(Toolset):
    """The tools of one attempt at one batch; ``answer`` is what it ended with, None while it has not."""

    task: TaskFile
    answer: Answer | None = None


def _finish(tools: TaskTools, given: Mapping[str, Any]) -> str:
    candidate = candidate_of(tools, given["summary"])
    changed = tools.workspace.draft.changed
    tools.answer = Edits(
        files=tuple(FileText(path=path, text=changed[path]) for path in sorted(changed)),
        summary=given["summary"],
        risk=Risk[given["risk"].name],
    )
    raise Submitted(candidate)


def _plan(tools: TaskTools, given: Mapping[str, Any]) -> str:
    files = tuple(dict.fromkeys(given["files"]))
    policy = policy_of(frozenset(files))
    for path in files:
        if problem := path_problem(path, policy):
            raise Refused(f"{path} can never be changed: {problem}")
    free = [path for path in files if is_test(path) or path in tools.workspace.policy.planned]
    if free:
        raise Refused(f"{free[0]} may be changed already: edit it")
    beyond = sorted(set(files) - set(targets(files, tools.task.target)))
    if beyond:
        raise Refused(f"{beyond[0]} is not among the files that the task is about")
    tools.answer = Plan(files=files, reason=given["reason"])
    raise GaveUp(given["reason"] or UNSAID)


def _give_up(tools: TaskTools, given: Mapping[str, Any]) -> str:
    reason = given["reason"] or UNSAID
    tools.answer = GiveUp(reason=reason, idle=given["idle"])
    raise GaveUp(reason)


_REASON = words("why", most=REASON_CHARS)
TASK_TOOLS: Table = {
    **{name: TOOLS[name] for name in ("list", "read", "search", "history", "edit")},
    "plan": (
        "End with files beyond the tests that would have to change; people are asked before anything is edited there.",
        record(
            files=items(words("path from the root of the repository", most=300), least=1, most=PLANNED_FILES),
            reason=_REASON,
        ),
        _plan,
    ),
    "finish": (
        "Hand in the change as it is now.",
        record(
            summary=words("what was changed, in one sentence", most=300),
            risk=choice("how carefully people should look", _Risk),
        ),
        _finish,
    ),
    "give_up": (
        "End without a change.",
        record(reason=_REASON, idle=flag("whether there is nothing left to do in this part")),
        _give_up,
    ),
}
