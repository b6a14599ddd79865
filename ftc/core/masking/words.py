"""Finds what one added line shows by its words: skips, retries, errors that nobody hears of.

The rule it keeps: an error of what only tidies up or begins to log is nobody's masking, and a result that is thrown
away counts only where a removed line did something with it. A comment or a text of several lines counts as code.
"""

import re
from collections.abc import Iterator, Sequence

from ftc.core.diff import FileDiff
from ftc.core.masking.finding import Finding, Masking
from ftc.core.masking.forms import CALL, TIDIES
from ftc.core.masking.languages import Language
from ftc.core.masking.outline import MAX_LINE, TAB, is_code

MAX_TRIED = 50
"""Lines above a handler of errors in which its ``try`` is looked for."""
_DISCARDS = re.compile(r"^\s*(?:_(?:, _)* = |let _ = |\(void\)|static_cast<void>\()")
_HANDLES = re.compile(r"^[}\s]*(?:except|catch)\b")
_TRIES = re.compile(r"^\s*try\b")
_CLOSER = re.compile(r"^[\s})\];,]*$")


def words(diff: FileDiff, language: Language) -> Iterator[Finding]:
    """Findings in the lines that are added and did not only move."""
    removed = [line for line in diff.removed if is_code(line, language)]
    kept = {line[:MAX_LINE].strip() for line in removed}
    calls = {call for line in removed for call in CALL.findall(line[:MAX_LINE])}
    for hunk in diff.hunks:
        lines = [(added, line[:MAX_LINE]) for added, line in hunk.after]
        for at, (added, line) in enumerate(lines):
            if not added or not is_code(line, language) or line.strip() in kept:
                continue
            for kind, pattern in language.added.items():
                errors = kind is Masking.SWALLOWED_ERROR
                if pattern.search(line) and not (errors and _harmless(lines, at, pattern=pattern, calls=calls)):
                    yield Finding(masking=kind, path=diff.path, line=line.strip())


def _harmless(lines: Sequence[tuple[bool, str]], at: int, *, pattern: re.Pattern[str], calls: set[str]) -> bool:
    """Whether the error of a line is of nothing that could fail before, or of tidying up."""
    line = lines[at][1]
    if _DISCARDS.match(line):
        rest = _DISCARDS.sub("", line)
        said = set(CALL.findall(rest))
        return bool(said) and not said & calls and not pattern.search(rest)
    return bool(_HANDLES.match(line)) and _tidies(lines, at)


def _tidies(lines: Sequence[tuple[bool, str]], at: int) -> bool:
    """Whether everything that a handler belongs to is new, and tidies up."""
    tried: list[str] = []
    for added, line in reversed(lines[max(0, at - MAX_TRIED) : at]):
        if not added:
            return False
        if _width(line) <= _width(lines[at][1]) and _TRIES.match(line):
            return bool(tried) and all(TIDIES.search(text) for text in tried)
        tried += [] if _CLOSER.match(line) else [line]
    return False


def _width(line: str) -> int:
    return len(line.expandtabs(TAB)) - len(line.expandtabs(TAB).lstrip())
