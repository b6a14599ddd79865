"""What a task says: its pull request, its plan, and the account of its failure.

The rule it keeps: whatever a tool, a model or a file said stands in code spans and fences.
"""

from collections.abc import Sequence

from ftc.core.markdown import subject
from ftc.core.task_block import TaskRecord
from ftc.core.task_file import TaskFile
from ftc.core.task_judging import State
from ftc.core.task_report import Account, Assessment, Failure, Status
from ftc.core.task_work import BatchResult
from ftc.render.environment import render

TITLE_CHARS = 120
PLANNED_SHOWN = 50
"""Files of a plan that its issue lists; the others are counted."""


def pull_title(task: TaskFile, *, number: int = 1, of: int = 1) -> str:
    """Prefix and the first line of the objective; with the part's number where there are several."""
    first = subject(task.objective.strip().partition("\n")[0]).rstrip(".")
    text = f"{task.pr.title_prefix} {first}".strip()
    ending = f" ({number}/{of})" if of > 1 else ""
    cut = text if len(text) + len(ending) <= TITLE_CHARS else f"{text[: TITLE_CHARS - len(ending) - 1].rstrip()}…"
    return cut + ending


def pull_text(
    task: TaskFile, status: Status, assessment: Assessment, account: Account, *, part: tuple[int, int] = (1, 1)
) -> str:
    """``pr.md``: the result, the gates, what became of each batch, and how to repeat the measurement."""
    values = {
        "task": task,
        "status": status,
        "gates": account.gates,
        "met": all(gate.state == State.PASSED or not gate.wanted for gate in account.gates),
        "results": account.results,
        "reasons": assessment.reasons,
        "commands": tuple(dict.fromkeys(account.commands)),
        "isolation": account.isolation,
        "part": {"number": part[0], "of": part[1]},
    }
    return render("task/pr.md.j2", values)


def failure_text(task: TaskFile, failure: Failure, *, base_sha: str, results: Sequence[BatchResult]) -> str:
    """``FAILURE.md``: task, phase, code, summary and what to do next."""
    return render("task/failure.md.j2", {"task": task, "failure": failure, "base_sha": base_sha, "results": results})


def plan_text(task: TaskFile, files: Sequence[tuple[str, str]], *, digest: str) -> str:
    """The files beyond the tests with the reason for each, and how to approve them."""
    return render("task/plan.md.j2", {"task": task, "files": files, "digest": digest})


def issue_text(task: TaskFile, record: TaskRecord, files: Sequence[tuple[str, str]], *, label: str) -> str:
    """The issue of a task: the files that wait, each with its reason, how to approve them, and how it ended last."""
    shown = files[:PLANNED_SHOWN]
    values = {"task": task, "record": record, "files": shown, "more": len(files) - len(shown), "label": label}
    return render("task/issue.md.j2", values)
