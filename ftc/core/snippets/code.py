"""A file's text with comments and strings blanked out, so that what looks like code is code.

Rule: every expression here is possessive or bounded, so a hostile file costs time linear in its length; masked text
has the same offsets and lines as the text.
"""

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

LONGEST_LINE = 5_000
"""Characters; a longer line means a generated or minified file, which nobody reads."""

_BLANK = re.compile(r"[^\n]")
_BRACKETS = re.compile(r"[()\[\]{}]")
_PARTNER = {")": "(", "]": "[", "}": "{"}

_LINE_COMMENT = r"//[^\n]*+"
_BLOCK_COMMENT = r"/\*(?:[^*]|\*(?!/))*+(?:\*/)?"
_DOUBLE = r'"(?:\\.|[^"\\\n])*+"?'
_SINGLE = r"'(?:\\.|[^'\\\n])*+'?"
_LINES = r'"(?:\\.|[^"\\])*+"?'
"""A text that may go on over several lines."""
_CHARACTER = r"'(?:\\[^\n']{1,10}'|[^'\\\n]')"
"""One character in quotes; a lone quote is a lifetime of Rust or a digit separator of C++."""
_TRIPLE = r'"""(?:[^"\\]|\\.|"(?!""))*+(?:""")?'
_TEMPLATE = r"`(?:\\.|\$\{(?:[^{}`]|\{[^{}`]*+\}|`[^`]*+`)*+\}|[^`\\])*+`?"
_REGEX = r"(?<=[(,=:\[!&|?;])[ \t]*+/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*+\]|[^/\\\n\[])++/"

SYNTAX: Mapping[str, re.Pattern[str]] = {
    name: re.compile("|".join(parts), re.DOTALL)
    for name, parts in {
        "go": (_LINE_COMMENT, _BLOCK_COMMENT, r"`[^`]*+`?", _DOUBLE, _SINGLE),
        "node": (_LINE_COMMENT, _BLOCK_COMMENT, _TEMPLATE, _REGEX, _DOUBLE, _SINGLE),
        "jvm": (_LINE_COMMENT, _BLOCK_COMMENT, _TRIPLE, _DOUBLE, _CHARACTER),
        "rust": (_LINE_COMMENT, _BLOCK_COMMENT, r'r(#{0,9})"(?:[^"]|"(?!\1))*+(?:"\1)?', _LINES, _CHARACTER),
        "cpp": (
            _LINE_COMMENT,
            _BLOCK_COMMENT,
            r'R"([^()\\\s"]{0,16})\((?:[^)]|\)(?!\1"))*+(?:\)\1")?',
            _DOUBLE,
            _CHARACTER,
        ),
        "python": (r"#[^\n]*+", _TRIPLE, r"'''(?:[^'\\]|\\.|'(?!''))*+(?:''')?", _DOUBLE, _SINGLE),
        "ruby": (r"(?m:^=begin\b(?:[^\n]|\n(?!=end\b))*+)", r"#(?!\{)[^\n]*+", _DOUBLE, _SINGLE),
    }.items()
}


@dataclass(frozen=True, slots=True)
class Code:
    """One file: the text, the text without comments and strings, and where lines and brackets are."""

    text: str = field(repr=False)
    masked: str = field(repr=False)
    starts: tuple[int, ...] = field(repr=False)
    pairs: Mapping[int, int] = field(repr=False)
    """Offset of every opening bracket to that of its partner."""

    def line(self, offset: int) -> int:
        """1-based line of an offset."""
        return bisect_right(self.starts, offset)

    def start(self, line: int) -> int:
        """Offset at which a line starts; that of the end for a line after the last one."""
        return self.starts[line - 1] if line <= len(self.starts) else len(self.text)

    def part(self, first: int, last: int) -> str:
        """Masked text of some lines, both included."""
        return self.masked[self.start(first) : self.start(last + 1)]

    def body(self, offset: int) -> int | None:
        """Offset of the ``}`` that ends the body of a declaration whose parameters end before ``offset``.

        None when there is no body: a semicolon comes first, or nothing.
        """
        while found := _BODY.search(self.masked, offset):
            if found.group() == ";":
                return None
            if found.group() == "{":
                return self.pairs.get(found.start())
            offset = found.end()
        return None


_BODY = re.compile(r"\b(?:interface|struct)\s*\{\s*\}|[{;]")
"""The next body or end of a declaration; the empty types of Go are neither."""


def read_code(text: str, syntax: str) -> Code:
    """Mask and index a text; ``syntax`` is a key of ``SYNTAX``."""
    masked = SYNTAX[syntax].sub(lambda found: _BLANK.sub(" ", found.group()), text)
    starts = (0, *(found.end() for found in re.finditer(r"\n", text)))
    return Code(text, masked, starts, _pairs(masked))


def readable(text: str) -> bool:
    """Whether a person could have written this file."""
    return len(text) < LONGEST_LINE or max(map(len, text.split("\n"))) <= LONGEST_LINE


def _pairs(masked: str) -> dict[int, int]:
    """Partners of brackets; one that was forgotten does not take the others down with it."""
    pairs: dict[int, int] = {}
    open_at: dict[str, list[int]] = {"(": [], "[": [], "{": []}
    for found in _BRACKETS.finditer(masked):
        sign = found.group()
        if sign in open_at:
            open_at[sign].append(found.start())
        elif open_at[_PARTNER[sign]]:
            pairs[open_at[_PARTNER[sign]].pop()] = found.start()
    return pairs
