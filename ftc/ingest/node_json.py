"""What ``jest --json`` and ``vitest --reporter=json`` say of each test, as cases.

Rule: a report of another shape is a problem with words, never an exception.
"""

import json
from typing import Any

from ftc.ingest.actions_log import clean
from ftc.ingest.synthetic import SourceCase

_OUTCOMES = {"passed": "passed", "failed": "failed"}
_MESSAGES = 20
"""Failure texts of one test; a retried one has several."""


def jest_cases(data: bytes) -> tuple[list[SourceCase], list[str]]:
    """The cases, and what could not be read; whatever neither passed nor failed did not run."""
    try:
        suites = json.loads(data)["testResults"]
        cases = [_case(item) for suite in suites for item in suite["assertionResults"]]
        broken = [suite for suite in suites if not suite["assertionResults"] and suite["status"] == "failed"]
        return cases, [f"a file could not be run: {str(suite.get('message', ''))[:300]}" for suite in broken]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return [], [f"no report of jest: {type(error).__name__}"]


def _case(item: dict[str, Any]) -> SourceCase:
    messages = [str(text) for text in (item.get("failureMessages") or [])[:_MESSAGES]]
    return SourceCase(
        suite=" ".join(str(part) for part in item.get("ancestorTitles", [])),
        name=str(item["fullName"]).strip(),
        outcome=_OUTCOMES.get(str(item["status"]), "skipped"),
        text="\n".join(clean(line) for text in messages for line in text.split("\n")),
    )
