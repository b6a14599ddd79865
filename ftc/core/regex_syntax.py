"""The notation of regular expressions that people may write in a signature rule, read into a tree.

The rule it keeps: what is read here can be matched in linear time; what cannot, as back-references and look-around, is
refused, and so is what would grow without bound.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

MAX_CHARS = 200
"""Of an expression; one that describes an error needs a fraction of it."""
MAX_COUNT = 50
"""In ``{m,n}``."""
MAX_DEPTH = 20
"""Of groups in groups."""
_ESCAPED_CLASS = "dwsDWS"
_ESCAPED_CHAR = {"t": "\t", "n": "\n", "r": "\r"}
_COUNT = re.compile(r"\{(\d{0,4})(,?)(\d{0,4})\}")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\\\]])*\]")
_NESTED_CLASS = re.compile(r"\[\^?\[|--|&&|\|\||~~")
"""What a later Python may read as a set in a set."""


class RegexProblem(StrEnum):
    """Why an expression is refused."""

    INVALID = "regex-invalid"
    UNSUPPORTED = "regex-unsupported"
    TOO_LARGE = "regex-too-large"
    MATCHES_ALL = "regex-matches-all"


class BadRegex(ValueError):
    """An expression is refused for this reason."""

    def __init__(self, problem: RegexProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Char:
    """One character, as Python's own notation for a single one says."""

    accepts: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Edge:
    """The edge of a line (``^``, ``$``) or of a word (``b``)."""

    kind: str


@dataclass(frozen=True, slots=True)
class InOrder:
    """One after the other; never empty."""

    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Any one of these."""

    options: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """At least and at most so often; None is any number."""

    item: "Node"
    low: int
    high: int | None


Node = Char | Edge | InOrder | Choice | Repeat


def parsed(source: str, flags: re.RegexFlag) -> Node:
    """The tree of an expression in Python's notation as far as it is supported; raises ``BadRegex``."""
    if len(source) > MAX_CHARS:
        raise BadRegex(RegexProblem.TOO_LARGE)
    reader = _Reader(source, flags)
    node = reader.choice(0)
    if reader.at < len(source):
        raise BadRegex(RegexProblem.INVALID)  # a bracket that closes nothing
    return node


@dataclass(slots=True)
class _Reader:
    """Reads an expression from left to right."""

    text: str
    flags: re.RegexFlag
    at: int = 0

    def choice(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise BadRegex(RegexProblem.TOO_LARGE)
        options = [self._sequence(depth)]
        while self._take("|"):
            options.append(self._sequence(depth))
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _sequence(self, depth: int) -> Node:
        items: list[Node] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            items.append(self._repeated(self._atom(depth)))
        if not items:
            # Nothing at all matches everywhere, and repeated it would cost time without making a step.
            raise BadRegex(RegexProblem.INVALID)
        return InOrder(tuple(items))

    def _repeated(self, item: Node) -> Node:
        counts = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        char = self.text[self.at : self.at + 1]
        found = _COUNT.match(self.text, self.at) if char == "{" else None
        if char in counts and char:
            self.at += 1
            low, high = counts[char]
        elif found and (found[1] or found[3]):
            self.at = found.end()
            low, high = _counts(found)
        else:
            return item
        self._take("?")  # greedy or not is the same to the question whether it matches
        if self.text[self.at : self.at + 1] in ("*", "+", "?"):
            raise BadRegex(RegexProblem.INVALID)
        return Repeat(item, low, high)

    def _atom(self, depth: int) -> Node:
        char = self.text[self.at]
        if char == "(":
            return self._group(depth)
        if char == "[":
            return self._set()
        self.at += 1
        if char == "\\":
            return self._escaped()
        if char in "^$":
            return Edge(char)
        if char in "*+?":
            raise BadRegex(RegexProblem.INVALID)
        return self._char("." if char == "." else re.escape(char))

    def _group(self, depth: int) -> Node:
        self.at += 1
        if self._take("?") and not self._take(":"):
            raise BadRegex(RegexProblem.UNSUPPORTED)
        inner = self.choice(depth + 1)
        if not self._take(")"):
            raise BadRegex(RegexProblem.INVALID)
        return inner

    def _set(self) -> Node:
        found = _CLASS.match(self.text, self.at)
        if not found:
            raise BadRegex(RegexProblem.INVALID)
        if _NESTED_CLASS.search(found[0]):
            raise BadRegex(RegexProblem.UNSUPPORTED)
        self.at = found.end()
        return self._char(found[0])

    def _escaped(self) -> Node:
        char = self.text[self.at : self.at + 1]
        self.at += 1
        if char == "b":
            return Edge("b")
        if char and char in _ESCAPED_CLASS:
            return self._char(f"\\{char}")
        if char in _ESCAPED_CHAR:
            return self._char(re.escape(_ESCAPED_CHAR[char]))
        if not char or (char.isalnum() and char.isascii()):
            raise BadRegex(RegexProblem.UNSUPPORTED if char else RegexProblem.INVALID)
        return self._char(re.escape(char))

    def _char(self, pattern: str) -> Node:
        """What one character must be; Python's own notation for a single one, which cannot take long."""
        try:
            return Char(re.compile(pattern, self.flags | re.DOTALL))
        except re.error as error:
            raise BadRegex(RegexProblem.INVALID) from error

    def _take(self, char: str) -> bool:
        found = self.text.startswith(char, self.at)
        self.at += len(char) if found else 0
        return found


def _counts(found: re.Match[str]) -> tuple[int, int | None]:
    """Least and most of ``{m}``, ``{m,}``, ``{,n}`` or ``{m,n}``."""
    low = int(found[1] or 0)
    high = (int(found[3]) if found[3] else None) if found[2] else low
    if max(low, high or 0) > MAX_COUNT:
        raise BadRegex(RegexProblem.TOO_LARGE)
    if high is not None and (high < low or high == 0):
        raise BadRegex(RegexProblem.INVALID)
    return low, high
