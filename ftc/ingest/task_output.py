"""What the tools of a task's gates print, read into counts, names and findings.

The rule it keeps: a name or a finding says what it is and not where in the file, so that what was there before an edit
is known again after it; what cannot be read is None and never nothing.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ftc.core.markdown import strip_control
from ftc.core.task_judging import Suite

MAX_ITEMS = 2_000
"""Findings or failures read of one run; more cannot be told from one another by anybody."""
MAX_ITEM_CHARS = 300

_PYTEST_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S.*?)(?: - .*)?$", re.MULTILINE)
_PYTEST_COUNTS = re.compile(r"\b(\d+) (passed|failed|errors?)\b")
_GENERIC_COUNTS = (
    re.compile(r"^# (?P<what>pass|fail) (?P<count>\d+)$", re.MULTILINE),  # node --test
    re.compile(r"^ℹ (?P<what>pass|fail) (?P<count>\d+)$", re.MULTILINE),
)
_JS_FAILED = re.compile(r"^\s*(?:✕|✖|×|not ok \d+ -|FAIL\s) ?(.+?)(?: \(?[\d.]+ ?m?s\)?)?$", re.MULTILINE)
_JS_SUMMARY = re.compile(r"^\s*Tests:?\s+(.*)$", re.MULTILINE)
_JS_COUNT = re.compile(r"(\d+) (passed|failed)")
_PERCENT = re.compile(r"(?<![\d.])(\d{1,3}(?:\.\d+)?)%")
_FINDING = re.compile(r"^(?P<path>[^\s:][^:\n]*):\d+(?::\d+)?:\s*(?P<said>\S.*)$", re.MULTILINE)
_NOT_ERRORS = ("note:", "warning:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """How a tool ended and what it said."""

    code: int
    text: str


def pytest_tests(output: Output) -> Suite | None:
    """The result of a pytest session; None when there was none, as after a wrong option."""
    text = strip_control(output.text)
    last = text.strip().rpartition("\n")[2]
    counts: dict[str, int] = {}
    for count, what in _PYTEST_COUNTS.findall(last):
        counts[what.removesuffix("s")] = int(count)
    if output.code == 5:  # pytest: no tests were collected
        return Suite(passed=0, failures=frozenset())
    if output.code not in (0, 1, 2) or (output.code and not counts):
        return None
    names = frozenset(name[:MAX_ITEM_CHARS] for name in _PYTEST_FAILED.findall(text)[:MAX_ITEMS])
    return _tests(output, passed=counts.get("passed", 0), failures=names)


def go_tests(output: Output) -> Suite | None:
    """The result of ``go test -json``."""
    ended: dict[str, str] = {}
    for event in _events(output.text):
        name = "/".join(str(event[key]) for key in ("Package", "Test") if event.get(key))
        if event.get("Action") in ("pass", "fail") and name:
            ended[name[:MAX_ITEM_CHARS]] = str(event["Action"]) if event.get("Test") else f"package {event['Action']}"
    if not ended and output.code:
        return None
    failed = {name for name, how in ended.items() if how == "fail"}
    # A package fails by itself when it does not build; else its tests say it.
    alone = {name for name, how in ended.items() if how == "package fail"}
    failed |= {name for name in alone if not any(test.startswith(f"{name}/") for test in failed)}
    passed = sum(how == "pass" for how in ended.values())
    return _tests(output, passed=passed, failures=frozenset(failed))


def _events(text: str) -> Iterator[dict[str, object]]:
    for line in text.splitlines():
        if line.startswith("{"):
            try:
                event = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(event, dict):
                yield event


def other_tests(output: Output) -> Suite | None:
    """The result of any other runner: what it counts where we know its summary, else its exit code alone."""
    text = strip_control(output.text)
    counts = {"passed": 0, "failed": 0}
    for pattern in _GENERIC_COUNTS:
        for match in pattern.finditer(text):
            counts[f"{match['what']}ed"] = int(match["count"])
    for summary in _JS_SUMMARY.findall(text):
        counts |= {what: int(count) for count, what in _JS_COUNT.findall(summary)}
    names = frozenset(name.strip()[:MAX_ITEM_CHARS] for name in _JS_FAILED.findall(text)[:MAX_ITEMS])
    return _tests(output, passed=counts["passed"], failures=names)


def _tests(output: Output, *, passed: int, failures: frozenset[str]) -> Suite:
    """A bad end that names no test is a failure of its own."""
    if output.code and not failures:
        failures = frozenset({f"exit code {output.code}"})
    return Suite(passed=passed, failures=failures if output.code else frozenset())


def coverage_json(output: Output) -> float | None:
    """Percent of ``coverage json``."""
    try:
        return float(json.loads(output.text)["totals"]["percent_covered"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def coverage_percent(output: Output) -> float | None:
    """The last percentage that a tool printed, which is the total of every coverage tool we know."""
    found = _PERCENT.findall(strip_control(output.text))
    return float(found[-1]) if found and output.code == 0 and float(found[-1]) <= 100 else None


def findings(output: Output) -> tuple[str, ...] | None:
    """Findings as ``path: what``; None when the tool failed and named none."""
    text = strip_control(output.text)
    found = [
        f"{match['path'].removeprefix('./')}: {match['said']}"[:MAX_ITEM_CHARS]
        for match in _FINDING.finditer(text)
        if not match["said"].startswith(_NOT_ERRORS)
    ]
    if output.code and not found:
        return None
    return tuple(sorted(found[:MAX_ITEMS])) if output.code else ()
