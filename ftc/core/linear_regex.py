"""Regular expressions from people, matched in time linear in the text.

The rule it keeps: no expression can make a scan hang. Python's own engine tries one way after the other, and a short
expression can make it try for years; RE2 (https://github.com/google/re2) follows all ways at once and has no
back-references and no look-around. It is the one library that core uses: matching is a pure function.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

MAX_CHARS = 200
"""Of an expression; one that describes an error needs a fraction of it."""
MAX_MEMORY = 1 << 20
"""Bytes of a compiled expression; counted repetitions are written out in it."""


class RegexProblem(StrEnum):
    """Why an expression is refused."""

    INVALID = "regex-invalid"
    UNSUPPORTED = "regex-unsupported"
    TOO_LARGE = "regex-too-large"
    MATCHES_ALL = "regex-matches-all"


_PROBLEMS = {
    "invalid perl operator": RegexProblem.UNSUPPORTED,
    "invalid escape sequence": RegexProblem.UNSUPPORTED,
    "invalid repetition size": RegexProblem.TOO_LARGE,
    "pattern too large": RegexProblem.TOO_LARGE,
    "expression nests too deeply": RegexProblem.TOO_LARGE,
}
"""How RE2's words begin; any other is a mistake in the expression."""


class BadRegex(ValueError):
    """An expression is refused for this reason."""

    def __init__(self, problem: RegexProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearRegex:
    """A compiled expression; make one with ``compile_regex``."""

    source: str
    compiled: Any = field(compare=False, repr=False)

    def end(self, line: str, start: int = 0) -> int:
        """Where the first match from this place on ends, as short as it can be; -1 when nothing matches."""
        found = self.compiled.search(line.encode("utf-8", "replace").decode(), start)
        return int(found.end()) if found else -1


def compile_regex(source: str, *, ignore_case: bool = False) -> LinearRegex:
    """The expression in RE2's notation, which is Python's without what takes forever; raises ``BadRegex``."""
    import re2  # noqa: PLC0415 - only where somebody wrote a rule

    if len(source) > MAX_CHARS:
        raise BadRegex(RegexProblem.TOO_LARGE)
    options = re2.Options()
    options.log_errors, options.max_mem, options.case_sensitive = False, MAX_MEMORY, not ignore_case
    try:
        # Short matches: in a list, what comes after ``.*`` is looked for on the same line, too.
        compiled = re2.compile(f"(?U){source}", options)
    except re2.error as error:
        raise BadRegex(_problem(error.args[0])) from None
    if compiled.search(""):
        raise BadRegex(RegexProblem.MATCHES_ALL)
    return LinearRegex(source=f"(?i){source}" if ignore_case else source, compiled=compiled)


def _problem(said: bytes) -> RegexProblem:
    words = said.decode("utf-8", "replace")
    return next((problem for start, problem in _PROBLEMS.items() if words.startswith(start)), RegexProblem.INVALID)
