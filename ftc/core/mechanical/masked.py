"""Files in languages with braces by their masked text: what stands around a place, and edits by offset.

The rule it keeps: only what the masked text shows is code; comments and texts prove nothing.
"""

import re
from collections.abc import Iterable

from ftc.core.snippets.code import SYNTAX, Code

Place = tuple[int, int, str]
"""From, to, and what takes the place of what stands there."""


def replaced(text: str, places: Iterable[Place]) -> str:
    """The text with the places, which do not overlap, replaced."""
    for start, end, new in sorted(places, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def brackets(code: Code, offset: int) -> list[int]:
    """The brackets that are open at an offset, the innermost last."""
    return sorted(start for start, end in code.pairs.items() if start < offset < end)


def head(code: Code, offset: int) -> str:
    """The masked line up to an offset: of a bracket what it belongs to."""
    return code.masked[code.start(code.line(offset)) : offset]


def indent(code: Code, offset: int) -> str:
    """The blanks before the first letter of the line of an offset."""
    line = code.text[code.start(code.line(offset)) : code.start(code.line(offset) + 1)]
    return line[: len(line) - len(line.lstrip())]


def literals(code: Code, syntax: str) -> dict[int, int]:
    """Of every text in quotes where it begins and ends, both quotes included."""
    found = SYNTAX[syntax].finditer(code.text)
    return {match.start(): match.end() for match in found if match[0][0] in "\"'"}


def word(name: str) -> re.Pattern[str]:
    """The name as a variable: not as the field of something, nor as part of another name."""
    return re.compile(rf"(?<![\w$.]){re.escape(name)}(?![\w$])")
