"""What can be broken in a line of code, by language: comparisons, logic, arithmetic, numbers, results, statements.

The rule it keeps: comments and strings are left alone, since they are blanked before anything is looked for; one mutant
differs from the file in one place. Whether it still builds is seen where it is built; what Python's own parser or the
brackets refuse is none. Every expression has bounded repetitions, so that hostile code costs linear time.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from ftc.core.snippets.code import Code
from ftc.core.snippets.languages import language_of, read_source
from ftc.core.snippets.outline import Source
from ftc.core.syntax import syntax_problem

LONGEST_LINE = 300
"""Characters of a line that is broken; people's code has shorter ones."""
MOST_IN_A_FILE = 400
"""Places of one file; more are never tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A file with one place changed."""

    path: str
    line: int
    was: str
    now: str
    rank: int
    """What it is: 0 for a comparison, and the more, the likelier it ends in an error instead of a wrong result."""
    text: str
    """The whole file."""

    @property
    def place(self) -> str:
        """File and line."""
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """An expression over masked text, and what stands in the place of its match; None where that is nothing."""

    pattern: re.Pattern[str]
    instead: Callable[[re.Match[str]], str | None]


_OPPOSITES = {
    one: other
    for first, second in (
        *(("==", "!="), ("===", "!=="), ("<=", ">"), ("<", ">="), ("is not", "is"), ("not in", "in")),
        *(("True", "False"), ("true", "false"), ("and", "or"), ("&&", "||")),
        *(("+", "-"), ("*", "/"), ("++", "--"), ("+=", "-="), ("*=", "/=")),
    )
    for one, other in ((first, second), (second, first))
} | {"%": "*", "//": "*", "**": "*"}


def _swap(pattern: str) -> _Rule:
    return _Rule(pattern=re.compile(pattern, re.MULTILINE), instead=lambda found: _OPPOSITES.get(found[0]))


def _write(pattern: str, text: str) -> _Rule:
    return _Rule(pattern=re.compile(pattern, re.MULTILINE), instead=lambda found: text)


_COMPARED = _swap(r"(?<![=!<>])(?:===|!==|==|!=|<=|>=)(?![=>])|(?<=[ \t])[<>](?=[ \t])")
_ADDED = _swap(r"(?<=[\w)\]][ \t])[-+*/%](?=[ \t]+[\w(\[.\-])|(?<=[ \t])[-+*/]=(?=[ \t])")
_TIGHT = _swap(r"(?<=[\w)])[-+*/%](?=[\w(])|(?<=[\w)\]])(?:\+\+|--)")
"""Without blanks, as gofmt writes what binds more tightly."""
_NUMBER = _Rule(pattern=re.compile(r"(?<![\w.])\d{1,9}(?![\w.])"), instead=lambda found: str(int(found[0]) + 1))
_C_LOGIC = _swap(r"&&|\|\||\b(?:true|false)\b")
_C_NOT = _write(r"(?<![\w!=<>])!(?=[\w(])", "")
_C_STATEMENT = r"^(?!.*\b(?:return|throw|await)\b)[ \t]+(?:[\w$]+(?:\.|->|::))*[\w$]+\([^\n]*\);[ \t]*$"
_C_FIELD = r"^[ \t]+(?:[\w$]+(?:\.|->)[\w$.]+|[\w$.]+\[[^\]\n]*\])[ \t]*[-+*/|&]?=(?!=)[^\n]*;[ \t]*$"

_PYTHON = (
    (_COMPARED, _swap(r"\b(?:is not|not in|is|in)\b")),
    (_swap(r"\b(?:and|or|True|False)\b"), _write(r"(?<!is )\bnot[ \t]+(?!in\b)", "")),
    (_ADDED, _swap(r"(?<=[\w)\]][ \t])(?://|\*\*)(?=[ \t])")),
    (_NUMBER,),
    (_write(r"(?<=return)[ \t]+(?!None\b)\S[^\n]*$", " None"),),
    (
        _write(r"(?<=[ \t])(?!return\b|raise\b|yield\b|await\b|assert\b|del\b)\b[\w.]+\([^\n]*\)[ \t]*$", "pass"),
        _write(r"(?<=[ \t])(?:\w+\.[\w.]+|[\w.]+\[[^\]\n]*\])[ \t]*[-+*/|&]?=(?!=)[^\n]*$", "pass"),
    ),
)
_GO = (
    (_COMPARED,),
    (_C_LOGIC, _C_NOT),
    (_ADDED, _TIGHT),
    (_NUMBER,),
    (_write(r"(?<=return)[ \t]+(?!nil\b)[\w.&*\[\]]+(?:\([^,\n]*\))?(?:\{[^\n]*\})?[ \t]*$", " nil"),),
    (
        _write(r"^(?=[ \t])(?!.*\b(?:return|defer|go)\b)[ \t]+(?:\w+\.)*\w+\([^\n]*\)[ \t]*$", ""),
        _write(r"^[ \t]+(?:\w+\.[\w.]+|[\w.]+\[[^\]\n]*\])[ \t]*[-+*/|&]?=(?!=)[^\n]*$", ""),
    ),
)
_NODE = (
    (_COMPARED,),
    (_C_LOGIC, _C_NOT),
    (_ADDED, _TIGHT),
    (_NUMBER,),
    (_write(r"(?<=return)[ \t]+(?!undefined\b)[^;\s{(\[][^;\n]*(?=;)", " undefined"),),
    (_write(_C_STATEMENT, ""), _write(_C_FIELD, "")),
)
_JVM = (
    (_COMPARED,),
    (_C_LOGIC, _C_NOT),
    (_ADDED, _TIGHT),
    (_NUMBER,),
    (_write(r"(?<=return)[ \t]+(?!null\b)[^;\s][^;\n]*(?=;)", " null"),),
    (_write(_C_STATEMENT, ""), _write(_C_FIELD, "")),
)
_RUST = (
    (_COMPARED,),
    (_C_LOGIC, _C_NOT),
    (_ADDED, _TIGHT),
    (_NUMBER,),
    (_write(r"(?<=return)[ \t]+[^;\s][^;\n]*(?=;)", " Default::default()"),),
    (_write(_C_STATEMENT, ""), _write(_C_FIELD, "")),
)
_CPP = (
    (_COMPARED,),
    (_C_LOGIC, _C_NOT),
    (_ADDED, _TIGHT),
    (_NUMBER,),
    (_write(r"(?<=return)[ \t]+(?!\{\})[^;\s][^;\n]*(?=;)", " {}"),),
    (_write(_C_STATEMENT, ""), _write(_C_FIELD, "")),
)
RULES: Mapping[str, tuple[tuple[_Rule, ...], ...]] = {
    "python": _PYTHON,
    "go": _GO,
    "node": _NODE,
    "jvm": _JVM,
    "rust": _RUST,
    "cpp": _CPP,
}
"""By the name of a ``snippets`` language; the place of a group in its list is the rank of its mutants."""
_LEFT_ALONE = {
    "python": re.compile(r"\s*(?:@|(?:async )?def |class |import |from |global |nonlocal |assert\b)"),
    "go": re.compile(r"\s*(?:import|package|type)\b"),
    "node": re.compile(r"\s*(?:import|export \*|export \{|interface |type )"),
    "jvm": re.compile(r"\s*(?:import|package|@)"),
    "rust": re.compile(r"\s*(?:use |mod |#|debug_assert)"),
    "cpp": re.compile(r"\s*(?:#|using |template|assert\()"),
}
"""Lines that declare, or that claim something themselves: breaking them breaks the build, or says little."""


def mutants(path: str, text: str, lines: Collection[int]) -> tuple[Mutant, ...]:
    """Every mutant of these lines (from 1), by line, rank and column; none for a language that is not known."""
    file = breakable(path, text)
    made = (file.broken(place) for place in file.places(lines)) if file else ()
    return tuple(mutant for mutant in made if mutant)


@dataclass(frozen=True, slots=True)
class Place:
    """What can be broken: where, and what would stand there instead. A whole file is made of few of them."""

    line: int
    rank: int
    """As of the mutant."""
    first: int
    last: int
    """Offsets in the text."""
    instead: str


def breakable(path: str, text: str) -> "Breakable | None":
    """The file to be broken; None for a language that is not known."""
    language, source = language_of(path), read_source(path, text)
    if language is None or source is None or language.name not in RULES:
        return None
    return Breakable(language=language.name, source=source)


@dataclass(slots=True, kw_only=True)
class Breakable:
    """One file: its places are cheap, and a mutant costs a copy of the text and a look at its syntax."""

    language: str
    source: Source
    _readable: bool | None = None
    """Whether the file as it is can be read; known once somebody had to ask."""

    def places(self, lines: Collection[int]) -> Iterator[Place]:
        """Those of these lines (from 1), by line, rank and column; the first ones of very many."""
        return islice(_places(self.source.code, self.language, lines), MOST_IN_A_FILE)

    def broken(self, place: Place) -> Mutant | None:
        """The file with this place changed; None if it can no longer be read and could before."""
        path, text = self.source.path, self.source.code.text
        was = text[place.first : place.last]
        end = "\n" if was.endswith("\n") and not place.instead.endswith("\n") else ""
        now = f"{place.instead}{end}"
        changed = text[: place.first] + now + text[place.last :]
        if syntax_problem(path, changed) and self._was_readable():
            return None
        return Mutant(path=path, line=place.line, was=was.strip(), now=now.strip(), rank=place.rank, text=changed)

    def _was_readable(self) -> bool:
        if self._readable is None:
            self._readable = not syntax_problem(self.source.path, self.source.code.text)
        return self._readable


def _places(code: Code, language: str, lines: Collection[int]) -> Iterator[Place]:
    for line in sorted(lines):
        if _LEFT_ALONE[language].match(code.part(line, line)):
            continue
        found = _places_of(code, RULES[language], line)
        yield from sorted(found, key=lambda place: (place.rank, place.first))


def _places_of(code: Code, groups: tuple[tuple[_Rule, ...], ...], line: int) -> Iterator[Place]:
    start, end = code.start(line), code.start(line + 1)
    if not 1 < end - start <= LONGEST_LINE:
        return
    for rank, group in enumerate(groups):
        for rule in group:
            for found in rule.pattern.finditer(code.masked, start, end):
                instead = rule.instead(found)
                if instead is not None and _balanced(code, found.start(), found.end()):
                    yield Place(line, rank, found.start(), found.end(), instead)


def _balanced(code: Code, first: int, last: int) -> bool:
    """Whether every bracket of the part has its partner in it."""
    part = range(first, last)
    opened = [code.pairs[at] for at in part if at in code.pairs]
    brackets = sum(char in "()[]{}" for char in code.masked[first:last])
    return all(end in part for end in opened) and brackets == 2 * len(opened)
