"""Finds what test files say to a runner: hooks that decide how a test ended, and shelters in which no race is met.

The rule it keeps: what users run is no test. There only a name that nothing but a runner knows is told, as a doubt.
"""

import functools
import re
from collections.abc import Iterator, Sequence

from ftc.core.diff import FileDiff
from ftc.core.masking.awake import unquoted
from ftc.core.masking.finding import Finding, Masking
from ftc.core.masking.hook_forms import HOOK_FORMS, TESTS, WRAPPER, Form
from ftc.core.masking.languages import Language
from ftc.core.masking.outline import MAX_LINE, is_code, outline
from ftc.core.masking.side import Side

MAX_DEPTH = 12
"""Heads above a line that are looked at; tests nest less deeply."""
_RUN = re.compile(r"\bm\.Run\(\)")
_EXIT = re.compile(r"\bos\.Exit\(0\)")
_PASSED = re.compile(r"\bif \w{1,20} == 0\b")
_MAIN = re.compile(r"^func TestMain\(")


def hooks(diff: FileDiff, language: Language) -> Iterator[Finding]:
    """Hooks and shelters that a file of tests gets, unless the patch only moves them within it."""
    kept = {line[:MAX_LINE].strip() for line in diff.removed if is_code(line, language)}
    after = Side(outline=outline(diff.lines, language, side="+"), language=language)
    parents = _parents(after)
    head = functools.cache(after.outline.head)
    tests = _of_tests(diff, after)
    for number in after.changed():
        text = after.text(number)
        for form in HOOK_FORMS[language.name] if text not in kept else ():
            if (form.files and not form.files.search(diff.path)) or not (tests or form.known):
                continue
            if unquoted(form.says, _wrapping(after, number), language):
                above = _above(after, parents, number) if form.within else ()
                if kind := _kind(form, [head(at) if at >= 0 else "" for at in above], tests=tests):
                    yield Finding(masking=kind, path=diff.path, line=text)
                    break


def _of_tests(diff: FileDiff, side: Side) -> bool:
    """Whether it is a file of tests, or of what sets up their runner: by its path, or by what stands in it."""
    return bool(TESTS.search(diff.path)) or any(side.language.test.search(line.text) for line in side.outline.lines)


def _wrapping(side: Side, number: int) -> str:
    """A line; one that makes a hook a wrapper which the hook was not, with the hook."""
    text, lines = side.text(number), side.outline.lines
    below = number + 1 < len(lines) and not lines[number + 1].changed and WRAPPER.search(text)
    return f"{text} {side.text(number + 1)}" if below else text


def _parents(side: Side) -> list[int]:
    """Of each line the number of the nearest one before it that is indented less, -1 for none."""
    found: list[int] = []
    stack: list[int] = []
    for number, line in enumerate(side.outline.lines):
        while stack and side.outline.lines[stack[-1]].indent >= line.indent:
            stack.pop()
        found.append(stack[-1] if stack else -1)
        stack.append(number)
    return found


def _above(side: Side, parents: Sequence[int], number: int) -> Iterator[int]:
    """What a line stands in, from the innermost one; -1 last where the outermost is not known."""
    for _ in range(MAX_DEPTH):
        if number < 0 or not side.outline.lines[number].indent:
            return
        number = parents[number]
        yield number


def _kind(form: Form, heads: Sequence[str], *, tests: bool) -> Masking | None:
    """What a line is that says what the form says; a doubt where nobody can see in what it stands."""
    if form.within is None or any(map(form.within.search, heads)):
        return form.kind if tests else Masking.RUNNER_CODE
    return Masking.RUNNER_CODE if tests and "" in heads else None


def decided(before: Side, after: Side) -> Iterator[int]:
    """Lines of Go's ``TestMain`` that run all tests once more, or end as if none had failed after they ran."""
    held = before.texts()
    runs = sum(len(_RUN.findall(line.text)) for line in before.outline.lines)
    mains = (at for at, line in enumerate(after.outline.lines) if _MAIN.search(line.text))
    for main in mains if after.language.name == "go" else ():
        ran = 0
        for number in after.outline.within(main):
            text = after.text(number)
            ran += len(_RUN.findall(text))
            again = _RUN.search(text) and ran > max(1, runs)
            changed = after.outline.lines[number].changed and not held[text]
            if changed and (again or (ran and _EXIT.search(text) and not _passed(after, number))):
                yield number


def _passed(side: Side, number: int) -> bool:
    """Whether a line of ``TestMain`` stands where no test has failed."""
    return any(_PASSED.search(side.text(at)) for at in side.outline.above(number))
