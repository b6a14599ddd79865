"""Source code as the rules read it: without comments, and with or without what stands in strings.

Rule: a line keeps its number, and hostile text costs linear time. It is a reading for signs, not a parser.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ftc.core.analysis import Snippet
from ftc.core.languages import PYTHON, RUBY, RUST, language_of_path

MAX_LINES, MAX_CHARS = 400, 400
"""Lines of a snippet and characters of a line that are read; code that people wrote is shorter."""

_C_COMMENT = r"(?P<comment>//[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/)?)"
_C_STRING = r'"(?:[^"\\\n]|\\.)*+"?|`(?:[^`\\]|\\.)*+`?'
_CHARS = r"|'(?:[^'\\\n]|\\.)*+'?"
_RUST_CHARS = r"|'(?:[^'\\\n]|\\[^\n]{1,8}?)'"
_PYTHON_STRING = (
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:""")?|' + r"'''(?:[^'\\]|\\.|'(?!''))*+(?:''')?|" + r'"(?:[^"\\\n]|\\.)*+"?'
)
_C = re.compile(f"{_C_COMMENT}|{_C_STRING}{_CHARS}", re.DOTALL)
_RUST = re.compile(f"{_C_COMMENT}|{_C_STRING}{_RUST_CHARS}", re.DOTALL)
_HASH = re.compile(rf"(?P<comment>#[^\n]*+)|{_PYTHON_STRING}{_CHARS}", re.DOTALL)
_TOKENS = {PYTHON: _HASH, RUBY: _HASH, RUST: _RUST}
_VISIBLE = re.compile(r"[^\s]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One snippet in two views of equally many lines."""

    snippet: Snippet
    bare: tuple[str, ...]
    """Without comments and without the insides of strings."""
    literal: tuple[str, ...]
    """Without comments."""
    whole_test: bool = False
    """Whether this is the definition of the test, so that what is missing from it is missing."""


def read(snippet: Snippet, *, whole_test: bool = False) -> Code:
    """The views of a snippet, read in the language of its file."""
    lines = snippet.text.split("\n")[:MAX_LINES]
    text = "\n".join(line[:MAX_CHARS] for line in lines)
    tokens = _TOKENS.get(language_of_path(snippet.path), _C)
    bare = tokens.sub(lambda match: _blank(match, keep_strings=False), text)
    literal = tokens.sub(lambda match: _blank(match, keep_strings=True), text)
    return Code(
        snippet=snippet, bare=tuple(bare.split("\n")), literal=tuple(literal.split("\n")), whole_test=whole_test
    )


def _blank(match: re.Match[str], *, keep_strings: bool) -> str:
    if match["comment"] is not None:
        return _VISIBLE.sub(" ", match[0])
    if keep_strings or len(match[0]) < 2:
        return match[0]
    return match[0][0] + _VISIBLE.sub(" ", match[0][1:-1]) + match[0][-1]


def indent(line: str) -> int:
    """Characters before the first one that is visible."""
    return len(line) - len(line.lstrip())


def blocks(lines: tuple[str, ...], opener: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Index of each line that the pattern finds, and of the last line of the block it opens, by indentation."""
    for start, line in enumerate(lines):
        if opener.search(line):
            yield start, _end(lines, start)


def _end(lines: tuple[str, ...], start: int) -> int:
    depth = indent(lines[start])
    for index in range(start + 1, len(lines)):
        if lines[index].strip() and indent(lines[index]) <= depth:
            return index
    return len(lines) - 1
