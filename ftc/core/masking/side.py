"""One side of a change with the eyes of its language: which line is in which test, and what it is there for.

The rule it keeps: a line belongs to a test only when nothing but conditions, loops and blocks stands between them.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from ftc.core.masking.forms import ALTERNATIVE, CALL, CONTROL, FAILS, FORMS, TIDIES, Forms
from ftc.core.masking.languages import Language
from ftc.core.masking.outline import Outline

CLOSER = re.compile(r"^[\s})\];,]*$")
_TRY = re.compile(r"^[}\s]*try\b")
_WHERE = re.compile(
    r"^(?!.*\b(?:await|return)\b).*(?:\.then|\bsetTimeout|\bsetImmediate)\("
    r"|&&|\|\||\?\s|\band\b|\bor\b|^[}\s]*(?:else\s+)?if\b.{0,400}[)}{:]\s*$"
)
"""Before an assertion in its own line: it is made only where this holds, or nobody waits for it."""

MAX_CHAIN = 12
"""Lines of a chain of calls that are looked at."""
_LATER = re.compile(r"\.(?:then|catch|finally)\(|\b(?:setTimeout|setImmediate|setInterval|queueMicrotask|nextTick)\(")
"""Before a function that is called some time."""
_HEARD = re.compile(
    r"\b(?:await|return|yield)\b|^(?:const |let |var )?[\w.\[\]]{1,80} (?:=|\+=) |\.push\(|\bPromise\.\w"
    r"|=> [\w.]{1,60}\([^()]{0,60}\)\s?\.then\("
)
"""Somebody waits for it, or may do so by its name."""
_QUOTED, _FUNCTION = re.compile(r"\"[^\"]{1,200}\"|'[^']{1,200}'|`[^`]{1,200}`"), re.compile(r"(\w{1,200})\s?\(")
"""The name of a test in its head: a text, or the function."""
_TOLD = re.compile(r"\b(?:done|resolve|res|cb|callback|next|ok)\(")
"""It tells a test, or a promise, when it was called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of the change of a file."""

    outline: Outline
    language: Language

    @property
    def forms(self) -> Forms:
        """How its language writes things."""
        return FORMS[self.language.name]

    def text(self, number: int) -> str:
        """The code of a line, without the blanks around it."""
        return self.outline.lines[number].text.strip()

    def changed(self) -> Iterator[int]:
        """The lines that the patch removed or added."""
        return (number for number, line in enumerate(self.outline.lines) if line.changed)

    def texts(self) -> Counter[str]:
        """The changed ones, counted."""
        return Counter(self.text(number) for number in self.changed())

    def course(self, number: int) -> list[int] | None:
        """What a line stands in up to its test, which is last; None outside of any test."""
        found: list[int] = []
        for at in self.outline.above(number):
            head = self.outline.head(at)
            found.append(at)
            if self._is_test(at, head):
                return found
            if not CONTROL.search(head):
                return None
        return None

    def _is_test(self, number: int, head: str) -> bool:
        if self.forms.body.search(head):
            return True
        indent, lines = self.outline.lines[number].indent, self.outline.lines
        marks = (lines[at] for at in range(number - 1, max(-1, number - 8), -1))
        for mark in marks if self.forms.marked else ():
            if mark.indent != indent or not mark.text.strip().startswith(("@", "#[")):
                return False
            if self.language.test.search(mark.text):
                return True
        return False

    def in_tests(self, numbers: Sequence[int], other: Self) -> Iterator[int]:
        """Those of the lines that stand in a test which the other side has as well, by its name."""
        heads = {at: other.outline.head(at) for at in range(len(other.outline.lines))} if numbers else {}
        known = {self._name(head) for at, head in heads.items() if other._is_test(at, head)} - {""}
        names: dict[int, str] = {}
        for number in numbers:
            way = self.course(number)
            if way and names.setdefault(way[-1], self._name(self.outline.head(way[-1]))) in known:
                yield number

    def _name(self, head: str) -> str:
        found = self.language.test.search(head)
        named = (found[1] if found else "") or next(iter(_QUOTED.findall(head) or _FUNCTION.findall(head)), "")
        return named.strip("'\"`")

    def asserts(self, number: int) -> bool:
        """Whether the line is an assertion that says what should be."""
        text = self.outline.lines[number].text
        return bool(self.language.assertion.search(text)) and not FAILS.search(text)

    def solid(self, number: int) -> bool:
        """Whether it is one whatever else is the case in its line."""
        text = self.outline.lines[number].text
        found = self.language.assertion.search(text)
        here = text[: found.start()] if found else ""
        return self.asserts(number) and bool(found) and not _WHERE.search(here) and not self._unwaited(number)

    def _unwaited(self, number: int) -> bool:
        """Whether it stands in a function that is called some time, and nobody waits for that."""
        for at in self.outline.above(number):
            head = self.statement(at)
            if self.forms.body.search(head):
                return False
            if _LATER.search(head):
                inside = (self.text(line) for line in self.outline.within(at))
                return not _HEARD.search(head) and not any(map(_TOLD.search, inside)) and not self._heard_above(at)
        return False

    def _heard_above(self, number: int) -> bool:
        heads = itertools.takewhile(
            lambda head: not self.forms.body.search(head), map(self.statement, self.outline.above(number))
        )
        return any(map(_HEARD.search, heads))

    def statement(self, number: int) -> str:
        """The head of a block with the lines of a chain of calls before it."""
        parts = [self.text(number)]
        for at in range(number - 1, max(-1, number - MAX_CHAIN), -1):
            if not parts[0].startswith((".", "}", ")")):
                break
            if self.outline.lines[at].indent <= self.outline.lines[number].indent:
                parts.insert(0, self.text(at))
        return " ".join(parts)

    def matters(self, number: int) -> bool:
        """Whether it is an assertion, or a call that may be the one under test."""
        text = self.outline.lines[number].text
        if self.language.assertion.search(text):
            return True
        heads = CONTROL.search(text) or ALTERNATIVE.search(text) or self.forms.imports.search(text)
        return not heads and bool(CALL.search(text)) and not TIDIES.search(text)

    def alternatives(self, number: int) -> Iterator[int]:
        """The heads of what is run instead of what stands in this line."""
        lines = self.outline.lines
        at = self.outline.ends[number]
        while at < len(lines) and lines[at].indent == lines[number].indent:
            if ALTERNATIVE.search(lines[at].text):
                yield at
            elif not CLOSER.search(lines[at].text):
                return
            at = self.outline.ends[at]

    def before(self, number: int) -> Iterator[int]:
        """The heads of what this line is an alternative to, from the nearest one."""
        lines = self.outline.lines
        for at in range(number - 1, -1, -1):
            if not ALTERNATIVE.search(self.text(number)) or lines[at].indent < lines[number].indent:
                return
            if lines[at].indent == lines[number].indent and not CLOSER.search(lines[at].text):
                yield at
                if not ALTERNATIVE.search(lines[at].text):
                    return

    def tried(self, number: int) -> int | None:
        """The head of what a handler of errors belongs to."""
        indent = self.outline.lines[number].indent
        same = (at for at in range(number - 1, -1, -1) if self.outline.lines[at].indent == indent)
        return next((at for at in same if _TRY.search(self.text(at))), None)

    def fails_otherwise(self, number: int) -> bool:
        """Whether what is run instead of a block fails, or asserts something itself."""
        others = [*self.alternatives(number), *self.before(number)]
        return any(
            FAILS.search(self.text(at)) or (self.asserts(at) and not says_nothing(self.text(at)))
            for other in others
            for at in (other, *self.outline.within(other))
        )


def says_nothing(text: str) -> bool:
    """Whether an assertion is of what is true as it is written."""
    return bool(re.search(r"(?i)\bassert\w{0,10}!?[ (]true\b", text))
