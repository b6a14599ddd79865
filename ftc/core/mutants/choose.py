"""Which few of many mutants are worth a run of a test.

The rule it keeps: code that the test names goes first, then what lies near it by name; within that the mutants are
spread over functions and lines. The order depends on nothing but the texts.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from posixpath import basename, dirname

from ftc.core.mutants.rules import Mutant, mutants
from ftc.core.snippets.languages import read_source
from ftc.core.snippets.outline import Block, Role, Source

MOST_FILES = 12
"""Files that are read for one test."""
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """A file that a test executes, and which of its lines."""

    path: str
    text: str
    lines: frozenset[int]


def chosen(files: Sequence[Covered], *, test_path: str, test_text: str, most: int) -> tuple[Mutant, ...]:
    """At most so many mutants of what a test executes, best first."""
    words = frozenset(_WORD.findall(test_text))
    groups = [group for file in near_first(files, test_path)[:MOST_FILES] for group in _groups(file, words, test_path)]
    found: list[Mutant] = []
    for closeness in sorted({group.closeness for group in groups}):
        found += _spread([group.mutants for group in groups if group.closeness == closeness])
    return tuple(found[:most])


def near_first(files: Sequence[Covered], test_path: str) -> list[Covered]:
    """The files whose name is that of the test's file, then those of its folder, then the others, by path."""
    return sorted(files, key=lambda file: (_distance(file.path, test_path), file.path))


def _distance(path: str, test_path: str) -> int:
    stem = basename(path).partition(".")[0].lower()
    if len(stem) > 2 and stem in basename(test_path).lower():
        return 0
    return 1 if dirname(path) == dirname(test_path) else 2


@dataclass(frozen=True, slots=True)
class _Group:
    """The mutants of one function, or of what lies in none."""

    closeness: tuple[int, int]
    mutants: Sequence[Mutant]


def _groups(file: Covered, words: frozenset[str], test_path: str) -> Iterator[_Group]:
    source = read_source(file.path, file.text)
    blocks = [block for block in (source.blocks if source else ()) if block.role in (Role.FUNCTION, Role.SETUP)]
    by_block: dict[Block | None, list[Mutant]] = {}
    for mutant in mutants(file.path, file.text, file.lines):
        inner = max((block for block in blocks if block.holds(mutant.line)), key=lambda one: one.first, default=None)
        if _counts(file, source, mutant, inner, words):
            by_block.setdefault(inner, []).append(mutant)
    for block, found in by_block.items():
        yield _Group((_named(block, words), _distance(file.path, test_path)), _spread_lines(found))


def _counts(file: Covered, source: Source | None, mutant: Mutant, inner: Block | None, words: frozenset[str]) -> bool:
    """Whether a test can be asked about it: not its own code, and outside of functions only what the test names.

    What lies outside is executed by everybody who imports the file.
    """
    if source is None or any(block.role is Role.TEST and block.holds(mutant.line) for block in source.blocks):
        return False
    first = _WORD.search(source.code.part(mutant.line, mutant.line))
    return inner is not None or (first is not None and first[0] in words)


def _named(block: Block | None, words: frozenset[str]) -> int:
    """0 for what the test says by its own name, 1 for a function whose type it says, 2 for others."""
    if block is None or block.name in words:
        return 0
    return 1 if words & set(block.owner) else 2


def _spread_lines(found: Sequence[Mutant]) -> list[Mutant]:
    """Round the lines of a function: of each its first, then of each its second."""
    lines: dict[int, list[Mutant]] = {}
    for mutant in sorted(found, key=lambda item: item.rank):
        lines.setdefault(mutant.line, []).append(mutant)
    return _spread(list(lines.values()))


def _spread(groups: Sequence[Sequence[Mutant]]) -> list[Mutant]:
    return [mutant for row in zip_longest(*groups) for mutant in row if mutant is not None]
