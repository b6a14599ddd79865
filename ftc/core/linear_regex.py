"""Regular expressions from people, matched in time linear in the text.

The rule it keeps: no expression can make a scan hang. Python's own engine tries one way after the other, and a short
expression can make it try for years; here all ways are followed at once (Thompson's construction), so what costs is
the length of the text times the size of the expression, and both are bounded. What cannot be done so, as
back-references and look-around, is refused.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

MAX_CHARS = 200
"""Of an expression; one that describes an error needs a fraction of it."""
MAX_STEPS = 600
"""Of a compiled expression, counted repetitions written out."""
MAX_COUNT = 50
"""In ``{m,n}``."""
MAX_DEPTH = 20
"""Of groups in groups."""
MAX_MEMORY = 5_000
"""Transitions that are remembered; forgotten together when there are more."""

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
class _Char:
    accepts: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Edge:
    kind: str


@dataclass(frozen=True, slots=True)
class _Sequence:
    items: tuple["_Node", ...]


@dataclass(frozen=True, slots=True)
class _Choice:
    options: tuple["_Node", ...]


@dataclass(frozen=True, slots=True)
class _Repeat:
    item: "_Node"
    low: int
    high: int | None


_Node = _Char | _Edge | _Sequence | _Choice | _Repeat


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One state of the machine: passed by a character, at an edge of a word or line, or freely."""

    to: tuple[int, ...]
    accepts: re.Pattern[str] | None = None
    edge: str = ""


_Transition = tuple[bool, frozenset[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearRegex:
    """A compiled expression; make one with ``compile_regex``."""

    source: str
    steps: tuple[_Step, ...] = field(compare=False, repr=False)
    first: int = field(compare=False, repr=False)
    memory: dict[tuple[frozenset[int], str, str], _Transition] = field(default_factory=dict, compare=False, repr=False)

    def end(self, line: str, start: int = 0) -> int:
        """Where the match that ends earliest ends, from this place on; -1 when nothing matches."""
        states: frozenset[int] = frozenset()
        for at in range(start, len(line) + 1):
            before = line[at - 1] if at else ""
            done, states = self._moved(states, before, line[at] if at < len(line) else "")
            if done:
                return at
        return -1

    def _moved(self, states: frozenset[int], before: str, here: str) -> _Transition:
        """Whether a match ends before ``here``, and the states after it; a match may begin anywhere."""
        known = (states, "w" if _is_word(before) else before and "-", here)
        if known not in self.memory:
            if len(self.memory) >= MAX_MEMORY:
                self.memory.clear()
            reached = self._reached((*states, self.first), before, here)
            passed = (step for step in map(self.steps.__getitem__, reached) if step.accepts is not None)
            onward = frozenset(step.to[0] for step in passed if step.accepts and here and step.accepts.fullmatch(here))
            self.memory[known] = (0 in reached, onward)
        return self.memory[known]

    def _reached(self, states: Iterable[int], before: str, here: str) -> set[int]:
        """The states with all that can be reached from them without a character."""
        reached: set[int] = set()
        waiting = list(states)
        while waiting:
            state = waiting.pop()
            step = self.steps[state]
            if state not in reached and (not step.edge or _is_at(step.edge, before, here)):
                reached.add(state)
                waiting.extend(() if step.accepts else step.to)
        return reached


def compile_regex(source: str, *, ignore_case: bool = False) -> LinearRegex:
    """The expression in Python's notation as far as it is supported; raises ``BadRegex``."""
    if len(source) > MAX_CHARS:
        raise BadRegex(RegexProblem.TOO_LARGE)
    reader = _Reader(source, re.IGNORECASE if ignore_case else re.NOFLAG)
    node = reader.choice(0)
    if reader.at < len(source):
        raise BadRegex(RegexProblem.INVALID)  # a bracket that closes nothing
    steps = [_Step(to=())]  # state 0 is the end
    first = _emit(node, steps, 0)
    made = LinearRegex(source=f"(?i){source}" if ignore_case else source, steps=tuple(steps), first=first)
    if made.end("") == 0:
        raise BadRegex(RegexProblem.MATCHES_ALL)
    return made


@dataclass(slots=True)
class _Reader:
    """Reads an expression from left to right."""

    text: str
    flags: re.RegexFlag
    at: int = 0

    def choice(self, depth: int) -> _Node:
        if depth > MAX_DEPTH:
            raise BadRegex(RegexProblem.TOO_LARGE)
        options = [self._sequence(depth)]
        while self._take("|"):
            options.append(self._sequence(depth))
        return options[0] if len(options) == 1 else _Choice(tuple(options))

    def _sequence(self, depth: int) -> _Node:
        items: list[_Node] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            items.append(self._repeated(self._atom(depth)))
        if not items:
            # Nothing at all matches everywhere, and repeated it would cost time without making a step.
            raise BadRegex(RegexProblem.INVALID)
        return _Sequence(tuple(items))

    def _repeated(self, item: _Node) -> _Node:
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
        return _Repeat(item, low, high)

    def _atom(self, depth: int) -> _Node:
        char = self.text[self.at]
        if char == "(":
            return self._group(depth)
        if char == "[":
            return self._set()
        self.at += 1
        if char == "\\":
            return self._escaped()
        if char in "^$":
            return _Edge(char)
        if char in "*+?":
            raise BadRegex(RegexProblem.INVALID)
        return self._char("." if char == "." else re.escape(char))

    def _group(self, depth: int) -> _Node:
        self.at += 1
        if self._take("?") and not self._take(":"):
            raise BadRegex(RegexProblem.UNSUPPORTED)
        inner = self.choice(depth + 1)
        if not self._take(")"):
            raise BadRegex(RegexProblem.INVALID)
        return inner

    def _set(self) -> _Node:
        found = _CLASS.match(self.text, self.at)
        if not found:
            raise BadRegex(RegexProblem.INVALID)
        if _NESTED_CLASS.search(found[0]):
            raise BadRegex(RegexProblem.UNSUPPORTED)
        self.at = found.end()
        return self._char(found[0])

    def _escaped(self) -> _Node:
        char = self.text[self.at : self.at + 1]
        self.at += 1
        if char == "b":
            return _Edge("b")
        if char and char in _ESCAPED_CLASS:
            return self._char(f"\\{char}")
        if char in _ESCAPED_CHAR:
            return self._char(re.escape(_ESCAPED_CHAR[char]))
        if not char or (char.isalnum() and char.isascii()):
            raise BadRegex(RegexProblem.UNSUPPORTED if char else RegexProblem.INVALID)
        return self._char(re.escape(char))

    def _char(self, pattern: str) -> _Node:
        """What one character must be; Python's own notation for a single one, which cannot take long."""
        try:
            return _Char(re.compile(pattern, self.flags | re.DOTALL))
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


def _emit(node: _Node, steps: list[_Step], after: int) -> int:
    """Write the states of a node, which lead to ``after``; gives the first of them."""
    match node:
        case _Char(accepts):
            return _add(steps, _Step(to=(after,), accepts=accepts))
        case _Edge(kind):
            return _add(steps, _Step(to=(after,), edge=kind))
        case _Sequence(items):
            for item in reversed(items):
                after = _emit(item, steps, after)
            return after
        case _Choice(options):
            return _add(steps, _Step(to=tuple(_emit(option, steps, after) for option in options)))
        case _Repeat():
            return _emit_repeat(node, steps, after)


def _emit_repeat(node: _Repeat, steps: list[_Step], after: int) -> int:
    target = after
    if node.high is None:
        target = _add(steps, _Step(to=()))
        steps[target] = _Step(to=(_emit(node.item, steps, target), after))
    for _ in range((node.high or node.low) - node.low):
        target = _add(steps, _Step(to=(_emit(node.item, steps, target), after)))
    for _ in range(node.low):
        target = _emit(node.item, steps, target)
    return target


def _add(steps: list[_Step], step: _Step) -> int:
    if len(steps) >= MAX_STEPS:
        raise BadRegex(RegexProblem.TOO_LARGE)
    steps.append(step)
    return len(steps) - 1


def _is_at(edge: str, before: str, here: str) -> bool:
    if edge == "b":
        return _is_word(before) != _is_word(here)
    return not before if edge == "^" else not here


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"
