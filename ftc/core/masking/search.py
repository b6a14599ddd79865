"""Looks through the diffs of a patch for changes that hide a flake.

The rule it keeps: a finding is a line that anybody can look at. What was moved is no masking: something that a removed
line said and an added line of the same patch says as well does not count.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ftc.core.diff import FileDiff
from ftc.core.masking.awake import awake
from ftc.core.masking.bounds import bounds
from ftc.core.masking.course import course
from ftc.core.masking.fewer import fewer
from ftc.core.masking.finding import Finding, Masking
from ftc.core.masking.hooks import hooks
from ftc.core.masking.languages import Language, language_of
from ftc.core.masking.new_tests import weak_tests
from ftc.core.masking.orders import orders
from ftc.core.masking.outline import MAX_LINE, is_code
from ftc.core.masking.waits import only_waits
from ftc.core.masking.words import words

MAX_CHANGED = 2_000
"""Changed lines of a file that are looked at together, since each of them may cost as much as all; a fix has fewer."""

_APPROXIMATELY = re.compile(r"\b(?:pytest\.)?approx\((-?\d{1,20}\.\d{1,20})\)")
_CLOSE = re.compile(r"\.toBeCloseTo\((-?\d{1,20}\.\d{1,20})\)")
_SAME = re.compile(r"\.to(?:Strict)?Equal\(")


def masking(diffs: Sequence[FileDiff]) -> tuple[Finding, ...]:
    """Everything in the patch that masks, file by file; those of unknown languages by waits and words to runners."""
    code = [awake(diff) for diff in diffs]
    waits = only_waits(code)
    told = [finding for diff in diffs if (known := language_of(diff.path)) for finding in words(diff, known)]
    found = [finding for diff in code for finding in _in_file(diff, everywhere=code)]
    ordered = [finding for diff in diffs if not language_of(diff.path) for finding in orders(diff)]
    return tuple(dict.fromkeys([*told, *found, *ordered, *waits]))


def _in_file(diff: FileDiff, *, everywhere: Sequence[FileDiff]) -> Iterator[Finding]:
    language = language_of(diff.path)
    if language is None:
        return
    removed, added = _code(diff.removed, language), _code(diff.added, language)
    for kind, pattern in language.removed.items():
        gone = [line for line in removed if pattern.search(line)]
        if len(gone) > sum(bool(pattern.search(line)) for line in added):
            yield Finding(masking=kind, path=diff.path, line=gone[0].strip())
    yield from _deleted_tests(diff, language, everywhere=everywhere)
    yield from fewer(diff, language)
    yield from hooks(diff, language)
    yield from _weaker(diff, language)
    if len(diff.added) + len(diff.removed) <= MAX_CHANGED:
        yield from bounds(diff, language)
        yield from course(diff, language)
    yield from weak_tests(diff, language, known=_gone(everywhere, language))


def _gone(everywhere: Sequence[FileDiff], language: Language) -> frozenset[str]:
    """Lines, and names of tests, that the patch takes away somewhere: with one of them a test is not new."""
    lines = {line.strip() for diff in everywhere for line in diff.removed}
    names = {name for diff in everywhere for name, _ in _tests(diff.removed, language)}
    return frozenset(lines | names) - {""}


def _code(lines: Iterable[str], language: Language) -> tuple[str, ...]:
    """The lines that are no comment, cut to a length."""
    return tuple(line[:MAX_LINE] for line in lines if is_code(line, language))


def _deleted_tests(diff: FileDiff, language: Language, *, everywhere: Sequence[FileDiff]) -> Iterator[Finding]:
    """Tests that are defined nowhere any more; a renamed test is one, since its history ends with its name."""
    there = Counter(name for other in everywhere for name, _ in _tests(other.added, language))
    for name, line in _tests(diff.removed, language):
        if not there[name]:
            yield Finding(masking=Masking.DELETED_TEST, path=diff.path, line=line.strip())
        there[name] -= 1


def _tests(lines: Iterable[str], language: Language) -> list[tuple[str, str]]:
    matches = ((language.test.search(line), line) for line in _code(lines, language))
    return [(match[1], line) for match, line in matches if match]


def _weaker(diff: FileDiff, language: Language) -> Iterator[Finding]:
    """In one hunk an assertion that says less than the one that it replaces."""
    for hunk in diff.hunks:
        before, after = (
            [line.strip() for line in _code(lines, language) if language.assertion.search(line)]
            for lines in (hunk.removed, hunk.added)
        )
        before, after = _unlike(before, after), _unlike(after, before)
        for old, fresh in zip(_strictest(before, language), _strictest(after, language), strict=False):
            if _looseness(fresh, language) > _looseness(old, language):
                kind = Masking.NEW_TOLERANCE if _exactly(fresh) in map(_exactly, before) else Masking.LOOSENED_ASSERTION
                yield Finding(masking=kind, path=diff.path, line=fresh)


def _exactly(line: str) -> str:
    """The line with numbers with a point in the place of what is about them."""
    return _APPROXIMATELY.sub(r"\1", _CLOSE.sub(r".toBe(\1)", _SAME.sub(".toBe(", line)))


def _unlike(lines: list[str], others: list[str]) -> list[str]:
    """The lines that the others do not hold as well."""
    return list((Counter(lines) - Counter(others)).elements())


def _strictest(lines: list[str], language: Language) -> list[str]:
    return sorted(lines, key=lambda line: _looseness(line, language))


def _looseness(line: str, language: Language) -> int:
    """0 for a strict assertion; the more, the less it says."""
    return max((rank for rank, pattern in enumerate(language.loose, start=1) if pattern.search(line)), default=0)
