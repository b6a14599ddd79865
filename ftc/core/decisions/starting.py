"""Starting a task from any issue, also one that a person wrote about something else entirely.

Rule: what is started is what stood on the page when it was ordered: title, body and instruction, with their hash; a
text that somebody else changed since starts nothing, nor does an order of which it is known that it cannot begin.
"""

import hashlib
import json
from dataclasses import dataclass, replace

from ftc.core.commands import Command, Name
from ftc.core.decision import Decision, Situation, audited, reply
from ftc.core.fix import TaskKind
from ftc.core.fix_agents import FixAgent
from ftc.core.model import Flake, Status
from ftc.core.orders import Order, branch_name, task_id
from ftc.core.progress import RunRecord, RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that a start needs; the words for it are in the templates."""

    name: str
    """``fixes``, ``model``, ``command`` or ``runner``."""
    passed: bool


BUSY = (Status.FIXING, Status.PR_OPEN, Status.PR_NEEDS_CHANGES, Status.PR_UPDATING)
"""States in which something is at work on the flake already."""


def start(situation: Situation) -> Decision:
    """Freeze a task, and say whether it can start and under which branch."""
    return begun(situation, situation.command)


def restarted(situation: Situation) -> Decision:
    """The earlier order once more, with what the issue says now."""
    if situation.earlier is None or situation.earlier.command is None:
        raise AssertionError(f"nothing was started on issue {situation.number}")
    return begun(situation, situation.earlier.command)


def begun(situation: Situation, order: Command) -> Decision:
    """A started task, unless something is at work here already."""
    flake = situation.flake
    if situation.is_pull:
        return Decision(reply=reply("start_on_pull"))
    if flake is not None and flake.status in BUSY:
        return Decision(reply=reply("not_now", status=flake.status, pull=flake.progress.pull, of=0))
    if situation.changed:
        return Decision(reply=reply("changed_since"))
    failed = tuple(check for check in checks(situation) if not check.passed)
    if failed:
        return Decision(reply=reply("cannot_start", failed=failed, label=_runner(flake)))
    task = start_task(situation, order)
    said = reply("started", task=task, checks=checks(situation))
    return Decision(flake=_with_run(situation, flake, task), reply=said, task=task)


def waiting_start(situation: Situation, order: Command, *, digest: str) -> Order | None:
    """The task that an earlier turn ordered, exactly as it was ordered; None where it may not begin, or began already.

    ``digest`` is that of what was ordered. On a managed flake the record of the order says whether it waits.
    """
    flake, task = situation.flake, start_task(situation, order)
    run = next((run for run in flake.progress.runs if run.id == task.id), None) if flake else None
    if flake is not None:
        free = flake.progress.lease is None and flake.status not in BUSY
        if run is None or run.status is not RunStatus.QUEUED or not free:
            return None
        task = replace(task, runner=run.runner)
    able = all(check.passed for check in checks(situation))
    same = order_digest(task) == digest
    return task if able and same and not situation.is_pull and not situation.changed else None


def order_digest(task: Order) -> str:
    """SHA-256 of what an order asks for, by which an answer tells later what exactly was ordered."""
    parts = [task.id, task.digest, task.instruction, task.by, task.runner]
    return hashlib.sha256(json.dumps(parts).encode("ascii")).hexdigest()


def waiting_starts(flake: Flake) -> bool:
    """Whether a task was ordered here that nobody has taken yet."""
    return any(run.status is RunStatus.QUEUED and run.command == Name.START.value for run in flake.progress.runs)


def start_task(situation: Situation, order: Command) -> Order:
    """The issue and the instruction as they are now."""
    flake, turn = situation.flake, situation.turn
    name = task_id(situation.number, turn.key)
    return Order(
        id=name,
        kind=TaskKind.START,
        repo=situation.house.repo,
        issue=situation.number,
        title=situation.title,
        body=situation.body,
        instruction=order.text,
        by=turn.login,
        ordered=turn.at,
        turn=turn.key,
        branch=branch_name(situation.number, name),
        runner=_runner(flake),
        key=flake.key if flake else "",
    )


def _with_run(situation: Situation, flake: Flake | None, task: Order) -> Flake | None:
    """The managed flake with the record of the order; an issue that is not managed has no place for one."""
    if flake is None or any(run.id == task.id for run in flake.progress.runs):
        return flake
    run = RunRecord(
        id=task.id,
        command=Name.START.value,  # also of one that is repeated: what it is, not the word that was typed
        status=RunStatus.QUEUED,
        created=situation.turn.at,
        updated=situation.turn.at,
        runner=task.runner,
        branch=task.branch,
        url=situation.house.run_url,
    )
    return audited(
        situation,
        replace(flake, progress=flake.progress.with_run(run)),
        "ordered a task",
        result=f"task {task.id}, branch {task.branch}",
    )


def checks(situation: Situation) -> tuple[Check, ...]:
    """What a start needs, as far as it is known now.

    Whether the tokens of the fix run may push and open a pull request only that run can see, so it is no check.
    """
    house, chosen = situation.house, _runner(situation.flake)
    by_model = house.agent is FixAgent.BUILTIN
    return (
        Check(name="fixes", passed=house.fixes),
        *((Check(name="model", passed=bool(house.model)),) if by_model else ()),
        *((Check(name="command", passed=house.has_command),) if house.agent is FixAgent.COMMAND else ()),
        Check(name="runner", passed=not chosen or chosen in house.runners),
    )


def _runner(flake: Flake | None) -> str:
    """The label that people chose for this issue; empty where the default serves."""
    return flake.progress.runner if flake else ""


def waiting_fixes(flake: Flake) -> tuple[RunRecord, ...]:
    """The approved fixes that nobody has taken yet; an ordered task beside them is none."""
    runs = flake.progress.runs
    return tuple(run for run in runs if run.status is RunStatus.QUEUED and run.command != Name.START.value)


def in_queue(situation: Situation) -> int:
    """The place of this issue among the approved ones, from 1, by the time of the orders."""
    own = (situation.turn.at, situation.number)
    ahead = 0
    for other in situation.others:
        queued = [run.created for run in waiting_fixes(other)]
        if other.status is Status.APPROVED_TO_FIX and other.issue and queued:
            ahead += (min(queued), other.issue.issue) < own
    return ahead + 1
