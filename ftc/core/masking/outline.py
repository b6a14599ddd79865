"""The outline of a file: which line stands within which, by how far it is indented.

The rule it keeps: it is read in one pass, in linear time, and nothing is parsed. Where people indent otherwise than
they nest, a line counts as standing higher up, and less is found.
"""

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ftc.core.masking.languages import Language

MAX_LINE = 500
"""Characters of a line that are looked at; people's code has shorter ones, and a minified file is no test."""
MAX_DEPTH = 60
"""Lines above one, each indented less than the one before it, of which one may open what it stands in."""
TAB = 4
"""Columns of a tab; only more and less counts."""
_OPENS = re.compile(r"(?:[{(\[:]|=>|\bthen|\bdo)\s*$|^\s*(?:\}\s*)?(?:if|for|while|else|try)\b[^;]{0,400}$")
_JOINED = re.compile(r"^\s*(?:[)\]].{0,200})?[{:]$|^\s*[)\]].{0,200}[{:(]$")
"""The end of a head of several lines, or a brace on a line of its own."""
_BUILD = ("//go:build", "// +build")
"""Comments of Go that decide whether a test runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of code, and whether the patch has changed it: removed it in the old file, added it in the new one."""

    text: str
    changed: bool
    indent: int


@dataclass(slots=True, kw_only=True)
class Outline:
    """The code of one side of a change, without comments and empty lines."""

    lines: tuple[Line, ...]
    parents: list[int] = field(default_factory=list)
    """Of each line the number of the one that it stands in; -1 at the top."""
    ends: list[int] = field(default_factory=list)
    """Of each line the number of the first that does not stand in it any more."""

    def __post_init__(self) -> None:
        self.ends = [len(self.lines)] * len(self.lines)
        stack: list[int] = []
        for number, line in enumerate(self.lines):
            while stack and self.lines[stack[-1]].indent >= line.indent:
                self.ends[stack.pop()] = number
            opener = next(
                (at for at in itertools.islice(reversed(stack), MAX_DEPTH) if _OPENS.search(self.lines[at].text)), -1
            )
            self.parents.append(opener)
            stack.append(number)

    def head(self, number: int) -> str:
        """The text of a line that others stand in, with the lines before it where it only ends them."""
        line, parts = self.lines[number], [self.lines[number].text]
        for at in range(number - 1, max(-1, number - 12), -1):
            if not _JOINED.search(parts[0]) or self.lines[at].indent < line.indent:
                break
            if self.lines[at].indent == line.indent:
                parts.insert(0, self.lines[at].text)
        return " ".join(part.strip() for part in parts)[:MAX_LINE]

    def above(self, number: int) -> Iterator[int]:
        """The lines that this one stands in, from the innermost one."""
        while (number := self.parents[number]) >= 0:
            yield number

    def within(self, number: int) -> range:
        """The numbers of the lines that stand in this one."""
        return range(number + 1, self.ends[number])


def outline(lines: Iterable[tuple[str, str]], language: Language, *, side: str) -> Outline:
    """One side of a diff: ``side`` is the sign of its lines, "-" for before and "+" for after."""
    here = ((sign, line[:MAX_LINE].rstrip()) for sign, line in lines if sign in (side, " "))
    code = ((sign, line) for sign, line in here if line.strip() and is_code(line, language))
    return Outline(lines=tuple(Line(text=line, changed=sign == side, indent=_indent(line)) for sign, line in code))


def is_code(line: str, language: Language) -> bool:
    """Whether it is no comment."""
    return not language.comment.match(line) or line.startswith(_BUILD)


def _indent(line: str) -> int:
    return len(line[: len(line) - len(line.lstrip())].expandtabs(TAB))
