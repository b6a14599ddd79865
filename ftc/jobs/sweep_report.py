"""What a sweep found, decided and wrote, as data for ``--json`` and as lines for people.

The rule it keeps: everything a person needs to question a closing is here, and nothing that is secret.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ftc.clients.runner import harmless
from ftc.core.markdown import strip_control
from ftc.core.model import Status
from ftc.core.orders import Order, matrix_entry

SCHEMA = 1
"""Version of the JSON report; fields are only ever added within one version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One issue whose state changed, or would change."""

    issue: int
    test: str
    source: Status
    target: Status
    told: tuple[str, ...]
    """What its comments are about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepReport:
    """One sweep from listing to writing."""

    repo: str
    dry_run: bool
    issues: int
    """Managed issues that were looked at."""
    requests: int
    moved: tuple[Moved, ...]
    answered: tuple[int, ...]
    """Issues in which people had said something that no job had answered yet."""
    tasks: tuple[Order, ...]
    """What the answers ordered from the fix workflow."""
    later: tuple[int, ...]
    """Issues that wait for the next sweep, since the comments of this one are used up."""
    done: tuple[str, ...]
    """One line for each write that was made, or in a dry run would be made."""
    notes: tuple[str, ...]

    def count(self, target: Status) -> int:
        """How many issues went into a state."""
        return sum(item.target is target for item in self.moved)


def as_json(report: SweepReport) -> dict[str, Any]:
    """The report as JSON-ready data."""
    return {
        "schema": SCHEMA,
        "repo": report.repo,
        "dry_run": report.dry_run,
        "issues": report.issues,
        "requests": report.requests,
        "moved": [
            {
                "issue": item.issue,
                "test": item.test,
                "from": item.source.value,
                "to": item.target.value,
                "told": list(item.told),
            }
            for item in report.moved
        ],
        "answered": list(report.answered),
        "tasks": [matrix_entry(task) for task in report.tasks],
        "later": list(report.later),
        "effects": list(report.done),
        "notes": list(report.notes),
    }


def as_text(report: SweepReport) -> Iterator[str]:
    """The report as lines, none of which can act as a workflow command."""
    for line in _lines(report):
        yield harmless(strip_control(line))


def _lines(report: SweepReport) -> Iterator[str]:
    yield f"{report.repo}: {report.issues} issues looked at, {len(report.moved)} moved, {report.requests} requests"
    for item in report.moved:
        yield f"  issue {item.issue}, {item.test}: {item.source} → {item.target}"
    if report.answered:
        yield f"Answered: issues {', '.join(map(str, report.answered))}"
    if report.later:
        yield f"Waiting for the next sweep: issues {', '.join(map(str, report.later))}"
    yield ("Would write:" if report.dry_run else "Wrote:") if report.done else "Nothing to write."
    yield from (f"  {line}" for line in report.done)
    yield from (f"Note: {note}" for note in report.notes)
