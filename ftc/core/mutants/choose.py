"""Which few of many mutants are worth a run of a test.

The rule it keeps: code that the test names goes first, then what lies near it by name; within that the mutants are
spread over functions and lines. The order depends on nothing but the texts.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from posixpath import basename, dirname
from typing import TypeVar

from ftc.core.mutants.rules import Breakable, Mutant, Place, breakable
from ftc.core.snippets.outline import Block, Role, Source

MOST_FILES = 12
"""Files that are read for one test."""
_WORD = re.compile(r"\w+")
One = TypeVar("One")


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """A file that a test executes, and which of its lines."""

    path: str
    text: str
    lines: frozenset[int]


def chosen(
    files: Sequence[Covered], *, test_path: str, test_text: str, most: int, over: Callable[[], bool] = lambda: False
) -> tuple[Mutant, ...]:
    """At most so many mutants of what a test executes, best first; fewer if it is ``over`` before they are found."""
    words = frozenset(_WORD.findall(test_text))
    groups: list[_Group] = []
    for file in near_first(files, test_path)[:MOST_FILES]:
        if over():
            break
        groups += _groups(file, words, test_path)
    ranks = sorted({group.closeness for group in groups})
    turns = (_turns([_made(group, over) for group in groups if group.closeness == closeness]) for closeness in ranks)
    return tuple(islice(chain.from_iterable(turns), most))


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
    """What can be broken in one function, or in what lies in none."""

    closeness: tuple[int, int]
    file: Breakable
    lines: Sequence[Sequence[Place]]
    """The places of each line, best first."""


def _groups(covered: Covered, words: frozenset[str], test_path: str) -> Iterator[_Group]:
    file = breakable(covered.path, covered.text)
    if file is None:
        return
    blocks = [block for block in file.source.blocks if block.role in (Role.FUNCTION, Role.SETUP)]
    by_block: dict[Block | None, list[Place]] = {}
    for place in file.places(covered.lines):
        inner = max((block for block in blocks if block.holds(place.line)), key=lambda one: one.first, default=None)
        if _counts(file.source, place.line, inner, words):
            by_block.setdefault(inner, []).append(place)
    for block, found in by_block.items():
        yield _Group((_named(block, words), _distance(covered.path, test_path)), file, _by_line(found))


def _counts(source: Source, line: int, inner: Block | None, words: frozenset[str]) -> bool:
    """Whether a test can be asked about it: not its own code, and outside of functions only what the test names.

    What lies outside is executed by everybody who imports the file.
    """
    if any(block.role is Role.TEST and block.holds(line) for block in source.blocks):
        return False
    first = _WORD.search(source.code.part(line, line))
    return inner is not None or (first is not None and first[0] in words)


def _named(block: Block | None, words: frozenset[str]) -> int:
    """0 for what the test says by its own name, 1 for a function whose type it says, 2 for others."""
    if block is None or block.name in words:
        return 0
    return 1 if words & set(block.owner) else 2


def _by_line(found: Sequence[Place]) -> list[list[Place]]:
    lines: dict[int, list[Place]] = {}
    for place in sorted(found, key=lambda item: item.rank):
        lines.setdefault(place.line, []).append(place)
    return list(lines.values())


def _made(group: _Group, over: Callable[[], bool]) -> Iterator[Mutant]:
    """Round the lines of a function: of each its first, then of each its second; made when they are asked for."""

    def of_line(places: Sequence[Place]) -> Iterator[Mutant]:
        for place in places:
            if not over() and (mutant := group.file.broken(place)):
                yield mutant

    return _turns([of_line(places) for places in group.lines])


def _turns(groups: Sequence[Iterable[One]]) -> Iterator[One]:
    """One of each, and again of each that has more."""
    under_way = [iter(group) for group in groups]
    while under_way:
        going: list[Iterator[One]] = []
        for group in under_way:
            for item in islice(group, 1):
                going.append(group)
                yield item
        under_way = going
