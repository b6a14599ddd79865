"""New tests that prove nothing: without a claim, with one that always holds, or resting on the clock.

The rule it keeps: a doubt speaks for the test. What merely might be a claim, as a call of somebody's own ``check``, is
one; whether it notices broken code is measured elsewhere, by running it on broken code.
"""

import itertools
import re
from collections.abc import Iterator, Sequence

from ftc.core.diff import FileDiff, Hunk
from ftc.core.masking.finding import Finding, Masking
from ftc.core.masking.forms import LEAVES, LOOP
from ftc.core.masking.languages import SLEEP, Language
from ftc.core.masking.outline import MAX_LINE

MAX_BODY = 400
"""Lines of one test that are looked at."""
MAX_ANNOTATIONS = 20
"""Lines below the first annotation of a test in which its head is looked for."""

_CLAIM = re.compile(
    r"(?i)(?:assert|check|verify|expect|ensure|require|must|should|raises|throws|fail|compare|match|equal|panic)"
    r"\w{0,40}!?\s{0,3}[(\[.{]"
)
"""A call by whose name it may claim something: a helper, or a library that is not known here."""
_VALUE = r"(?:[Tt]rue|[Ff]alse|None|null|nil|\d{1,9}|\"\w{0,20}\"|'\w{0,20}')"
_ALWAYS = re.compile(
    rf"\s*(?:assert\s+(?:not\s+)?\(?{_VALUE}(?:\s+(?:==|is)\s+{_VALUE})?\)?"
    rf"|[\w.:]{{1,60}}!?\(\s*(?:t,\s*)?{_VALUE}(?:\s*,\s*{_VALUE})?\s*\)"
    rf"(?:\.(?:to|not\.to)\w{{1,40}}\(\s*(?:{_VALUE})?\s*\))?)\s*;?\s*(?:#.*|//.*)?"
)
"""A claim about constants alone."""
_UNCLAIMED = re.compile(r"(?:Benchmark|Fuzz|Example)")
"""Of Go: what is called a test and claims otherwise, or nothing."""
_CLOCK = re.compile(
    r"(?i)(?:elapsed|duration|took|time\.time\(\)|perf_counter\(\)|monotonic\(\)|time\.Since\(|performance\.now\(\)"
    r"|Date\.now\(\)|nanoTime\(\))"
)
_BOUND = re.compile(r"(?<![=-])[<>]=?|(?:Less|Greater|AtMost|AtLeast|WithinDuration|InDelta)")
_NO_TIME = re.compile(
    r"(?i)^\s*case (?:\w{1,40}(?:, \w{1,40})? :?= )?<-\s*time\.After\("
    r"|\bsleep\(\s*0(?:\.0)?\s*\)"
    r"|\bset(?:Timeout|Immediate)\(\s*(?:[^(),]{1,60}|\(\) => [^()]{1,60}\(\))(?:,\s*0\s*)?\)"
)
"""A time-out beside what is waited for, or only letting others run."""
_FAKED = re.compile(
    r"(?i)fake_?timers|fake_?clock|freeze_?time|time_machine|mock_?clock|test_?clock|advance_?time|virtual_?time"
    r"|synctest|time::pause|start_paused"
)
"""Time that a test lets pass itself."""
_CONDITION = re.compile(
    r"\bwhile\b(?! True:| \(?true)|^\s*for [^;:=]{1,200} \{$|^\s*for [^;]{0,80};[^;]{0,120}(?:&&|!)"
)
"""A loop whose head says when it is left."""
_CLOSERS = (")", "}", "]")


def weak_tests(diff: FileDiff, language: Language, *, known: frozenset[str]) -> Iterator[Finding]:
    """Findings in the tests that this file's diff adds.

    ``known`` are lines, and names of tests, that the patch takes away elsewhere: those were moved or altered.
    """
    for hunk in diff.hunks:
        for name, lines in _new_tests(hunk, language, known=known):
            if _UNCLAIMED.match(name):
                continue
            code = [line for line in lines if not language.comment.match(line)]
            first = next((line for line in code if line.strip()), "").strip()
            if not any(_claims(line, language) for line in code):
                yield Finding(masking=Masking.EMPTY_TEST, path=diff.path, line=first)
            yield from (
                Finding(masking=Masking.FRAGILE_TEST, path=diff.path, line=line.strip())
                for at, line in enumerate(code)
                if (SLEEP.search(line) and not _polls(code, at))
                or (_CLOCK.search(line) and _BOUND.search(line) and _claims(line, language))
            )


def _polls(code: Sequence[str], at: int) -> bool:
    """Whether a sleep is a step of waiting for something, a limit of it, or none at all."""
    if _NO_TIME.search(code[at]) or any(_FAKED.search(line) for line in code):
        return True
    depth = _width(code[at])
    for number in range(at - 1, -1, -1):
        head, width = code[number], _width(code[number])
        if width >= depth:
            continue
        depth = width
        if LOOP.search(head) and (_CONDITION.search(head) or any(map(LEAVES.search, _inside(code, number)))):
            return True
    return bool(LOOP.search(code[at]) and _CONDITION.search(code[at]))


def _inside(code: Sequence[str], at: int) -> Iterator[str]:
    """The lines that stand in one of them."""
    width = _width(code[at])
    return itertools.takewhile(lambda line: _width(line) > width, code[at + 1 :])


def _claims(line: str, language: Language) -> bool:
    body = language.test.sub("", line)
    if language.assertion.search(body):
        return not _ALWAYS.fullmatch(body)
    return bool(_CLAIM.search(body))


def _new_tests(hunk: Hunk, language: Language, *, known: frozenset[str]) -> Iterator[tuple[str, Sequence[str]]]:
    """Name and lines of each test whose definition is added, as far as the hunk shows them."""
    lines = [line[:MAX_LINE] for _, line in hunk.after]
    for at, (added, _) in enumerate(hunk.after):
        found = language.test.search(lines[at]) if added and not language.comment.match(lines[at]) else None
        if found is None:
            continue
        # A definition by annotation says no name; what was moved is told by its head.
        told = {found[1], lines[at].strip()} if found[1] else {_head(lines[at + 1 :])}
        if not told & known:
            yield found[1], _body(lines[at : at + MAX_BODY], language)


def _head(lines: Sequence[str]) -> str:
    """The head of a function below its first annotation."""
    below = (line.strip() for line in lines[:MAX_ANNOTATIONS])
    return next((line for line in below if "(" in line and not line.startswith(("@", "#[", "//"))), "")


def _body(lines: Sequence[str], language: Language) -> list[str]:
    """A test's own lines, by their indentation: the first is its definition."""
    outer, deeper = _width(lines[0]), False
    found = [lines[0]]
    for line in lines[1:]:
        if not line.strip():
            continue
        width = _width(line)
        if language.test.search(line) or width < outer:
            break
        if width == outer and deeper and not line.strip().startswith(_CLOSERS):
            break
        deeper = deeper or width > outer
        found.append(line)
    return found


def _width(line: str) -> int:
    return len(line.expandtabs()) - len(line.expandtabs().lstrip())
