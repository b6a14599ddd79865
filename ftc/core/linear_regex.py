"""Regular expressions from people, matched in time linear in the text.

The rule it keeps: no expression can make a scan hang. Python's own engine tries one way after the other, and a short
expression can make it try for years; here all ways are followed at once (Thompson's construction), so what costs is
the length of the text times the size of the expression, and both are bounded.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from ftc.core.regex_syntax import BadRegex, Char, Choice, Edge, InOrder, Node, RegexProblem, Repeat, parsed

MAX_STEPS = 600
"""Of a compiled expression, counted repetitions written out."""
MAX_MEMORY = 5_000
"""Transitions that are remembered; forgotten together when there are more."""


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
    node = parsed(source, re.IGNORECASE if ignore_case else re.NOFLAG)
    steps = [_Step(to=())]  # state 0 is the end
    first = _emit(node, steps, 0)
    made = LinearRegex(source=f"(?i){source}" if ignore_case else source, steps=tuple(steps), first=first)
    if made.end("") == 0:
        raise BadRegex(RegexProblem.MATCHES_ALL)
    return made


def _emit(node: Node, steps: list[_Step], after: int) -> int:
    """Write the states of a node, which lead to ``after``; gives the first of them."""
    match node:
        case Char(accepts):
            return _add(steps, _Step(to=(after,), accepts=accepts))
        case Edge(kind):
            return _add(steps, _Step(to=(after,), edge=kind))
        case InOrder(items):
            for item in reversed(items):
                after = _emit(item, steps, after)
            return after
        case Choice(options):
            return _add(steps, _Step(to=tuple(_emit(option, steps, after) for option in options)))
        case Repeat():
            return _emit_repeat(node, steps, after)


def _emit_repeat(node: Repeat, steps: list[_Step], after: int) -> int:
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
