"""Finding a test by its names, for every language whose files declare tests one by one.

Rule: a test that is named by a word is found by that very word; one that is named by a sentence, by its sentence.
"""

import re
from collections.abc import Sequence

from ftc.core.model import TestId
from ftc.core.snippets.outline import Block, Found, Place, Role, Source
from ftc.core.snippets.titles import score

_PARAMETERS = re.compile(r"(?:\([^()]*\)|\{[^{}]*\})?(?:\s*\[[^\[\]]*\])?$")
"""What JUnit appends to a method: ``(int)``, ``{int}``, ``[2]``."""
_CASE = re.compile(r"::case_\d+\w*$|/\d+(?=\.|$)")
"""A case of rstest, and the number of a parameter or type of GoogleTest."""
_PARTS = re.compile(r"::|[./$#]")


def find_by_word(sources: Sequence[Source], test: TestId) -> Found | None:
    """The test whose identifier is a part of the name; of several the one whose class or module is named, too."""
    name = _CASE.sub("", _PARAMETERS.sub("", test.name).strip())
    parts = [part for part in _PARTS.split(name) if part]
    around = [part for part in _PARTS.split(_CASE.sub("", test.suite)) if part]
    best, most = None, 0
    for source in sources:
        for block in source.blocks:
            points = _points(block, parts=parts, around=around, test=test) if block.role is Role.TEST else 0
            if points > most:
                best, most = Place(source=source, block=block), points
    return Found(test=best, suite=_suite(sources, best)) if best else None


def find_by_title(sources: Sequence[Source], test: TestId) -> Found | None:
    """The test whose titles spell the most of the name."""
    best, most = None, 0
    for source in sources:
        for block in source.blocks:
            points = score(block, suite=test.suite, name=test.name) if block.role is Role.TEST else 0
            if points > most:
                best, most = Place(source=source, block=block), points
    return Found(test=best, suite=_suite(sources, best)) if best else None


def _points(block: Block, *, parts: Sequence[str], around: Sequence[str], test: TestId) -> int:
    """0 without the word itself; a title, as Kotlin, JUnit 5 and Catch2 have it, counts by its sentence."""
    owned = sum(owner in (*around, *parts) for owner in block.owner)
    if parts and block.name == parts[-1]:
        return 1_000 + owned
    sentence = not block.name.isidentifier() or block.aliases
    return score(block, suite=test.suite, name=test.name) + owned if sentence else 0


def _suite(sources: Sequence[Source], test: Place) -> tuple[Place, ...]:
    """Hooks of the groups and classes around the test, of their bases, and fixtures it names; nearest first."""
    bases = _bases(sources, test)
    mentioned = set(re.findall(r"\w+", test.source.code.part(test.block.first, test.block.last)))
    found: list[tuple[int, Place]] = []
    for source in sources:
        for block in source.blocks:
            distance = _distance(block, test, own=source is test.source, bases=bases, mentioned=mentioned)
            if distance is not None and block is not test.block:
                found.append((distance, Place(source=source, block=block)))
    return tuple(place for _, place in sorted(found, key=lambda item: item[0]))


def _distance(block: Block, test: Place, *, own: bool, bases: Sequence[str], mentioned: set[str]) -> int | None:
    """How far a hook stands from the test; None for what does not run for it."""
    if block.role is not Role.SETUP:
        return None
    around = test.block.owner
    if own and block.owner == around[: len(block.owner)]:
        return len(around) - len(block.owner) if block.name not in bases or block.owner else 0
    if block.name in bases or (block.owner[-1:] and block.owner[-1] in bases):
        return 10
    return 5 if block.name in mentioned and not block.owner and block.name.isidentifier() else None


def _bases(sources: Sequence[Source], test: Place) -> list[str]:
    """What the classes around the test are built on, two steps up, and a fixture class the test itself names."""
    types = {block.name: block for source in sources for block in source.blocks if block.uses}
    edge, chain = [*test.block.uses, *(b for o in test.block.owner if o in types for b in types[o].uses)], []
    for _ in range(2):
        chain += [name for name in edge if name not in chain]
        edge = [base for name in edge if name in types for base in types[name].uses]
    return chain
