"""Which tests Rust's own runner and nextest say they ran; why one failed is read by the parser of the scan.

Rule: only a result that the runner announced counts. Rust's runner says ``running N tests`` before N results, and shows
what tests printed after them; nextest keeps its results in a column that what tests print does not reach.
"""

import re
from collections.abc import Iterable

from ftc.core.fix import Executed
from ftc.ingest.actions_log import clean

_RUNNING = re.compile(r"running (\d{1,7}) tests?$")
_RESULT = re.compile(r"test (.+?)(?: - should panic)? \.\.\. (ok|FAILED|ignored(?:, .*)?)$")
_NEXTEST = re.compile(r"    Starting \d{1,7} tests? across \d{1,7} binar(?:y|ies)")
_NEXTEST_RESULT = re.compile(
    r"(?=.{12} \[) {3,8}(PASS|FAIL|SIG[A-Z]{2,6}|ABORT|TIMEOUT|LEAK|SKIP|XFAIL) \[[^\]]*\] (?:\([^)]*\) )?(\S+) (\S+)$"
)
_OUTCOMES = {"ok": "passed", "FAILED": "failed", "PASS": "passed", "LEAK": "passed", "SKIP": "skipped"}
"""What neither runner calls so: for Rust's own it is ``ignored``, for nextest it failed in one way or another."""


def libtest_executed(text: str) -> tuple[list[Executed], list[str], bool]:
    """What ran, what looks wrong, and whether every announced test came to its end."""
    lines = [clean(line) for line in text.split("\n")]
    if any(_NEXTEST.match(line) for line in lines):
        over = any(line.startswith("     Summary [") for line in lines)
        found = [match for line in lines if (match := _NEXTEST_RESULT.match(line))]
        return [Executed(name=match[3], outcome=_OUTCOMES.get(match[1], "failed")) for match in found], [], over
    results, announced = _results(lines)
    problems = []
    if len(results) > announced:
        problems.append(f"{len(results)} results of {announced} announced tests: a test printed some of them")
    ran = [Executed(name=name, outcome=_OUTCOMES.get(said, "skipped")) for name, said in results[: max(announced, 0)]]
    return ran, problems, len(results) >= announced


def _results(lines: Iterable[str]) -> tuple[list[tuple[str, str]], int]:
    """Results between an announcement and the summary behind it, and how many were announced in all."""
    results: list[tuple[str, str]] = []
    announced, left = 0, 0
    for line in lines:
        if running := _RUNNING.match(line):
            announced += int(running[1])
            left = int(running[1])
        elif line.startswith(("failures:", "test result: ")):
            left = 0
        elif left and (result := _RESULT.match(line)):
            results.append((result[1], result[2]))
    return results, announced
