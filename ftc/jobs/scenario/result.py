"""What playing scenarios gave: as a line on the terminal, as JSON for programs, as Markdown for a job summary.

The rule it keeps: whatever did not pass comes with its message in every form.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ftc.core.markdown import strip_control

SCHEMA = 1
"""Version of the JSON report; fields are only ever added within one version."""


class Status(StrEnum):
    """How a scenario ended; ``error``: its file is wrong, so it says nothing about the system."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One scenario's end; ``message`` has a line for each thing that was wrong."""

    name: str
    file: str
    status: Status
    why: str = ""
    seconds: float = 0.0
    message: str = ""


def as_line(result: Result) -> str:
    """One line, and below it the message, indented."""
    head = f"{result.status.value:8}{result.name} ({result.seconds:.1f} s)"
    return "\n".join([head, *(f"        {strip_control(line)}" for line in result.message.splitlines())])


def as_json(results: Sequence[Result]) -> dict[str, Any]:
    """Schema, how many ended how, and each scenario with name, file, status, seconds and message."""
    return {
        "schema": SCHEMA,
        "counts": {status.value: count for status, count in _counts(results)},
        "scenarios": [
            {
                "name": result.name,
                "file": result.file,
                "why": result.why,
                "status": result.status.value,
                "seconds": round(result.seconds, 3),
                "message": result.message,
            }
            for result in results
        ],
    }


def as_markdown(results: Sequence[Result]) -> str:
    """A heading with the counts, a table, and below it the messages of what did not pass."""
    said = ", ".join(f"{count} {status.value}" for status, count in _counts(results) if count)
    rows = [
        f"| {_cell(result.name)} | {result.status.value} | {result.seconds:.1f} s | {_cell(result.why)} |"
        for result in results
    ]
    lines = [f"## Scenarios: {said}", "", "| Scenario | Status | Time | Why |", "| --- | --- | ---: | --- |", *rows]
    for result in results:
        if result.status in (Status.FAILED, Status.ERROR):
            lines += ["", f"### {_cell(result.name)}: {result.status.value}", ""]
            lines += [f"    {strip_control(line)}" for line in result.message.splitlines()]
    return "\n".join(lines) + "\n"


def _counts(results: Sequence[Result]) -> list[tuple[Status, int]]:
    counted = Counter(result.status for result in results)
    return [(status, counted[status]) for status in Status]


def _cell(text: str) -> str:
    """One line that cannot end its cell."""
    return " ".join(strip_control(text).split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
