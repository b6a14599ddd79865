"""What a task leaves on its issue and its pull request for other jobs to read: a hidden block beside the words.

Rule: a block counts only in a text that the bot wrote, once in it, undamaged and, where states are signed, with its
signature; everything else is no block. It says how the task ended last, and which plan waits for an approval.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ftc.core.documents import from_json, to_json
from ftc.core.errors import StateUnreadable
from ftc.core.records import RecordUnreadable, from_text, to_text
from ftc.core.sealed_block import lone_block, seal
from ftc.core.task_report import Status
from ftc.core.task_totals import Finished, Totals, totals
from ftc.core.task_work import BatchResult, End

MARK = "flaky-test-cleaner:task"
SCHEMA = "task-record/1"
JUDGED = (End.DONE, End.KEPT, End.ABORTED)
"""Ends of batches that were measured, for the share that passes at the first try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRecord:
    """How a task ended, and its plan; the figures are those of ``status.json``."""

    id: str
    code: int
    """Exit code."""
    batches: int
    """Those that were measured."""
    first_try: int
    """Of them, those that passed at once."""
    commits: int
    risk_level: str
    risk_labels: tuple[str, ...]
    coverage_before: float | None
    coverage_after: float | None
    cost: float
    started_at: str
    finished_at: str
    url: str = ""
    """Of its pull request."""
    digest: str = ""
    """Of the plan that waits for an approval; empty for none."""
    files: tuple[str, ...] = ()
    since: datetime | None = None
    """From when on people could read this plan."""

    @property
    def finished(self) -> Finished:
        """For the figures over several tasks."""
        names = ("coverage_before", "coverage_after", "risk_labels", "cost", "started_at", "finished_at")
        status = {name: getattr(self, name) for name in names}
        return Finished(status=status, code=self.code, batches=self.batches, first_try=self.first_try)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskShown:
    """A record with the issue or pull request that carries it."""

    number: int
    is_open: bool
    record: TaskRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskBoard:
    """What the dashboard says of tasks: figures over all of them, and each with its last run."""

    totals: Totals
    shown: tuple[TaskShown, ...]
    """Newest first."""

    @property
    def waiting(self) -> int:
        """Those whose plan waits for a person."""
        return sum(bool(item.record.digest) and item.is_open for item in self.shown)


def task_board(shown: Sequence[TaskShown]) -> TaskBoard | None:
    """The board of these tasks; None when no task ever left a record."""
    return TaskBoard(totals=totals([item.record.finished for item in shown]), shown=tuple(shown)) if shown else None


def record_of(status: Status, results: Sequence[BatchResult], *, code: int) -> TaskRecord:
    """The record of a task at its end, without a plan."""
    return TaskRecord(
        id=status.id,
        code=code,
        batches=sum(result.end in JUDGED for result in results),
        first_try=sum(result.end == End.DONE and result.attempts == 1 for result in results),
        commits=len(status.commits),
        risk_level=status.risk_level,
        risk_labels=status.risk_labels,
        coverage_before=status.coverage_before,
        coverage_after=status.coverage_after,
        cost=status.cost,
        started_at=status.started_at,
        finished_at=status.finished_at,
        url=status.pr_url,
    )


def encode_task(record: TaskRecord, *, hmac_key: bytes | None = None) -> str:
    """The block; it begins a line and holds no line of anybody else."""
    payload = to_json(json.loads(to_text(record, schema=SCHEMA)))
    return f"<!-- {MARK}\n{payload}\n{seal(MARK, payload, key=hmac_key)}"


def decode_task(body: str, *, hmac_key: bytes | None = None) -> TaskRecord | None:
    """The record in a text of ours; None when there is none that counts."""
    try:
        document = lone_block(body, MARK, key=hmac_key).document
        return from_text(TaskRecord, json.dumps(from_json(document)), schema=SCHEMA)
    except (StateUnreadable, RecordUnreadable):
        return None
