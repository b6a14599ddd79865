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
from ftc.core.masking.outline import MAX_LINE, TAB, is_code, outline

MAX_TRIED = 50
"""Lines above a handler of errors in which its ``try`` is looked for."""
_DISCARDS = re.compile(r"^\s*(?:_(?:, _)* = |let _ = |\(void\)|static_cast<void>\()")
_HANDLES = re.compile(r"^[}\s]*(?:except|catch)\b")
_TRIES = re.compile(r"^\s*try\b")
_CLOSER = re.compile(r"^[\s})\];,]*$")
_CATCHES = re.compile(r"\.catch\(")
_AFTER = re.compile(r"^(?:\w{1,20}\.)?(?:after(?:Each|All)?|(?:suiteT|t)eardown)\(|^[}\s]*finally\b")
"""Begins what is done when a test is over."""
_ENDS = re.compile(
    r"(?i:all|allSettled|close|stop|shut|shutdown|cancel|kill|terminate|clean|cleanup|remove|delete|unlink|rm|rmdir|reset|clear|release"
    r"|dispose|destroy|free|restore|disconnect|quit|end|rollback|drop|unlock|unmount|logout)(?:[A-Z_]\w{0,60})?\($"
)
"""The last name of a call that ends what a test began, or of one that waits for several."""
_NAME = re.compile(r"\w{1,200}\($")


def words(diff: FileDiff, language: Language) -> Iterator[Finding]:
    """Findings in the lines that are added and did not only move."""
    removed = [line for line in diff.removed if is_code(line, language)]
    kept = {line[:MAX_LINE].strip() for line in removed}
    calls = {call for line in removed for call in CALL.findall(line[:MAX_LINE])}
    over = _when_over(diff, language)
    for hunk in diff.hunks:
        lines = [(added, line[:MAX_LINE]) for added, line in hunk.after]
        for at, (added, line) in enumerate(lines):
            if not added or not is_code(line, language) or line.strip() in kept:
                continue
            for kind, pattern in language.added.items():
                errors = kind is Masking.SWALLOWED_ERROR
                tidied = errors and (line.strip() in over or _harmless(lines, at, pattern=pattern, calls=calls))
                if pattern.search(line) and not tidied:
                    yield Finding(masking=kind, path=diff.path, line=line.strip())


def _when_over(diff: FileDiff, language: Language) -> set[str]:
    """Added lines that catch the error of what only tidies up, and stand nowhere but where a test is over."""
    if language.name != "javascript" or not any(map(_CATCHES.search, diff.added)):
        return set()
    after = outline(diff.lines, language, side="+")
    catching = [at for at, line in enumerate(after.lines) if line.changed and _CATCHES.search(line.text)]
    over: set[str] = set()
    others: set[str] = set()
    for at in catching:
        text = after.lines[at].text.strip()
        ended = _AFTER.search(text) or any(_AFTER.search(after.head(head)) for head in after.above(at))
        (over if ended and _only_ends(text) else others).add(text)
    return over - others


def _only_ends(text: str) -> bool:
    """Whether every call before a ``.catch(`` ends something, and none is made of what it gives."""
    *before, last = _CATCHES.split(text)
    parts = [_AFTER.sub("", part) for part in before]
    named = [_NAME.search(call) for part in parts for call in CALL.findall(part)]
    return bool(named) and not CALL.search(last) and all(found and _ENDS.match(found[0]) for found in named)


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
