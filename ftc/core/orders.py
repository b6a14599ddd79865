"""An order to the fix workflow: what was wished, frozen at that moment; the gate makes a ``core.fix.Task`` of it.

Rule: the texts in an order are what they were when somebody who may ordered it, and their hash says so; whoever carries
it out compares and asks again. docs/order.schema.json describes the file.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ftc.core.fix import TaskKind

SCHEMA = 1
"""Version of the file; a member that changes its meaning raises it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order; ``title`` and ``body`` are the issue's at that moment and as hostile as ever."""

    id: str
    kind: TaskKind
    repo: str
    issue: int
    title: str
    body: str
    instruction: str
    by: str
    ordered: datetime
    """When the wish was made known, not when it was read."""
    turn: str
    """Key of the comment or event that ordered it."""
    branch: str
    runner: str = ""
    key: str = ""
    """Of the flake, where there is one."""
    scope: str = ""
    """Hash of what was approved; empty for a start."""
    nonce: str = ""
    """Names the lease under which it runs; empty where there is none."""
    slot: int = 0
    """Which of the places for runs it takes, once it starts; no part of the file."""

    @property
    def digest(self) -> str:
        """SHA-256 of the texts."""
        return text_digest(self.title, self.body)


def text_digest(title: str, body: str) -> str:
    """SHA-256 of an issue's title and body, by which a later change is noticed; line ends do not count."""
    parts = [title, body.replace("\r\n", "\n")]
    return hashlib.sha256(json.dumps(parts).encode("ascii")).hexdigest()


def task_id(issue: int, turn: str) -> str:
    """The task's name, unique within the repository: the same order gives the same task however often it is read."""
    return f"{issue}-{turn}"


def task_turn(task: str) -> str:
    """The key of the turn that ordered a task, from the task's name."""
    return task.partition("-")[2]


def answers_too(reported: str, task: str) -> bool:
    """Whether the report of one proof serves for another order on the same pull request: its own, or an older one."""
    here, there = reported.partition("-")[0], task.partition("-")[0]
    turns = task_turn(reported), task_turn(task)
    if here != there or not all(turn.isascii() and turn.isdigit() for turn in turns):
        return False
    return int(turns[0]) >= int(turns[1])


def branch_name(issue: int, task: str) -> str:
    """``ai/fix/<issue>-<short>``; a restart gets a branch of its own."""
    return f"ai/fix/{issue}-{hashlib.sha256(task.encode()).hexdigest()[:8]}"


def document(order: Order) -> Mapping[str, object]:
    """The order as the file has it."""
    return {
        "schema": SCHEMA,
        "id": order.id,
        "kind": order.kind.value,
        "repository": order.repo,
        "issue": order.issue,
        "title": order.title,
        "body": order.body,
        "digest": order.digest,
        "instruction": order.instruction,
        "by": order.by,
        "ordered": order.ordered.isoformat(),
        "turn": order.turn,
        "branch": order.branch,
        "runner": order.runner,
        "key": order.key,
        "scope": order.scope,
        **({"nonce": order.nonce} if order.nonce else {}),
    }


def matrix_entry(order: Order) -> Mapping[str, object]:
    """What the matrix of the fix workflow says of an order: names only, no text of anybody."""
    named = {"task": order.id, "kind": order.kind.value, "issue": order.issue, "branch": order.branch}
    return {**named, "runner": order.runner, "slot": order.slot}
