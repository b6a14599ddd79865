"""What Rust's own test runner and nextest print, as cases.

Rule: only a result that the runner announced counts. Rust's runner says ``running N tests`` before N results, and shows
what tests printed after them; nextest keeps what tests print out of its lines, which stand on its own stream.
"""

import re
from collections.abc import Iterable, Iterator

from ftc.ingest.actions_log import clean
from ftc.ingest.synthetic import SourceCase

_RUNNING = re.compile(r"running (\d{1,7}) tests?$")
_RESULT = re.compile(r"test (.+?)(?: - should panic)? \.\.\. (ok|FAILED|ignored(?:, .*)?)$")
_BLOCK = re.compile(r"---- (.+) stdout ----$")
_NEXTEST = re.compile(r"\s+(PASS|FAIL|SIGABRT|SIGSEGV|ABORT|TIMEOUT|LEAK|SKIP) \[[^\]]*\] (?:\([^)]*\) )?(\S+) (\S+)$")
_NEXTEST_OUTPUT = re.compile(r"\s*(?:─+|-+)?\s*(?:STDOUT|STDERR|stdout|stderr)(?: ─+|:?).*$")
_PANICKED = re.compile(r"thread '[^']*'(?: \(\d+\))? panicked at .*")
_OUTCOMES = {"ok": "passed", "FAILED": "failed"}
_TEXT_LINES = 400
"""Lines kept of what one failing test printed."""


def libtest_cases(stdout: bytes, stderr: bytes) -> tuple[list[SourceCase], list[str], bool]:
    """The cases, what looks wrong, and whether every announced test came to its end."""
    lines = [clean(line) for line in stdout.decode("utf-8", "replace").split("\n")]
    found = [match for line in stderr.decode("utf-8", "replace").split("\n") if (match := _NEXTEST.match(clean(line)))]
    if found:
        return _nextest(found, [clean(line) for line in stderr.decode("utf-8", "replace").split("\n")]), [], True
    results, announced = _results(lines)
    texts = _texts(lines)
    problems = []
    if len(results) > announced:
        problems.append(f"{len(results)} results of {announced} announced tests: a test printed some of them")
    cases = [_case(name, outcome, texts.get(name, [])) for name, outcome in results[: max(announced, 0)]]
    return cases, problems, len(results) >= announced


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


def _texts(lines: Iterable[str]) -> dict[str, list[str]]:
    """What each failing test printed, by its name."""
    texts: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in lines:
        if block := _BLOCK.match(line):
            current = texts.setdefault(block[1], [])
        elif line.startswith(("failures:", "test result: ")):
            current = None
        elif current is not None and len(current) < _TEXT_LINES:
            current.append(line)
    return texts


def _case(name: str, outcome: str, text: list[str]) -> SourceCase:
    text = list(_told(text))
    message = next((line for line in text if _PANICKED.match(line)), "")
    return SourceCase(
        suite="", name=name, outcome=_OUTCOMES.get(outcome, "skipped"), message=message, text="\n".join(text)
    )


def _told(lines: Iterable[str]) -> Iterator[str]:
    """Without the number of the thread, which differs in each process, and the advice about backtraces."""
    for line in lines:
        if line.strip() and not line.startswith("note: run with `RUST_BACKTRACE"):
            yield re.sub(r"^(thread '[^']*') \(\d+\) panicked", r"\1 panicked", line)


def _nextest(found: Iterable[re.Match[str]], lines: list[str]) -> list[SourceCase]:
    """The results; a failing test's text stands once, under a heading behind its line, indented."""
    texts = _nextest_texts(lines)
    words = {"PASS": "passed", "LEAK": "passed", "SKIP": "skipped"}
    cases: dict[tuple[str, str], SourceCase] = {}
    for match in found:
        outcome, crate, name = words.get(match[1], "failed"), match[2], match[3]
        text = list(_told(texts.get(name, [])))
        message = next((line for line in text if _PANICKED.match(line)), "")
        cases[crate, name] = SourceCase(suite=crate, name=name, outcome=outcome, message=message, text="\n".join(text))
    return list(cases.values())


def _nextest_texts(lines: Iterable[str]) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {}
    name = ""
    for line in lines:
        result = _NEXTEST.match(line)
        if result:
            name = result[3] if result[1] not in ("PASS", "SKIP", "LEAK") else ""
        elif name and not _NEXTEST_OUTPUT.match(line) and line.startswith("    "):
            kept = texts.setdefault(name, [])
            if len(kept) < _TEXT_LINES:
                kept.append(line.strip())
    return texts
