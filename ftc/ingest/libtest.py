"""Which tests Rust's own runner and nextest say they ran; why one failed is read by the parser of the scan.

Rule: only a result that the runner announced counts. Rust's runner says ``running N tests`` before N results, and shows
what tests printed after them; nextest keeps its results in a column that what tests print reaches only on purpose, and
says first how many tests it starts.
"""

import re
from collections.abc import Iterable

from ftc.core.fix import Executed
from ftc.ingest.actions_log import clean
from ftc.ingest.rust.nextest import nextest_result

_RUNNING = re.compile(r"running (\d{1,7}) tests?$")
_RESULT = re.compile(r"test (.+?)(?: - should panic)? \.\.\. (ok|FAILED|ignored(?:, .*)?)$")
_NEXTEST = re.compile(r"    Starting (\d{1,7}) tests? across \d{1,7} binar(?:y|ies)")
_OUTCOMES = {"ok": "passed", "FAILED": "failed"}
"""What Rust's own runner calls otherwise was ``ignored``."""


def libtest_executed(text: str) -> tuple[list[Executed], list[str], bool]:
    """What ran, what looks wrong, and whether every announced test came to its end."""
    lines = [clean(line) for line in text.split("\n")]
    if begun := next(filter(None, map(_NEXTEST.match, lines)), None):
        return _nextest(lines, int(begun[1]))
    results, announced = _results(lines)
    problems = _forged(len(results), announced)
    ran = [Executed(name=name, outcome=_OUTCOMES.get(said, "skipped")) for name, said in results[: max(announced, 0)]]
    return ran, problems, len(results) >= announced


def _nextest(lines: Iterable[str], announced: int) -> tuple[list[Executed], list[str], bool]:
    """Its list at the end says again what failed."""
    lines = list(lines)
    found = dict.fromkeys(result for line in lines if (result := nextest_result(line)) is not None)
    ran = [Executed(name=test.name, outcome="passed" if passed else "failed") for test, passed in found]
    over = any(line.startswith("     Summary [") for line in lines)
    return ran, _forged(len({test for test, _ in found}), announced), over


def _forged(results: int, announced: int) -> list[str]:
    told = f"{results} results of {announced} announced tests: a test printed some of them"
    return [told] if results > announced else []


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
