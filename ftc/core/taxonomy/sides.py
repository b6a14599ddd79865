"""The two values that a failed comparison printed, and what tells them apart.

Rule: a reading of text that anybody may have shaped; sizes are bounded, and what cannot be read says nothing.
"""

import math
import re
from collections.abc import Iterator

READ_CHARS = 4_000
"""Characters of a message that are searched; the comparison stands at its beginning."""
NEAR = 1e-6
"""Relative difference below which two decimal fractions are one number computed in two ways."""
SECOND, MOMENT = 10.0, 1e9
"""Numbers above ``MOMENT`` less than ``SECOND`` apart, in seconds or milliseconds, are two readings of a clock."""

_SIDE = "[^\\n]{1,300}"
"""One side; a longer one is no plain value."""
_FORMS = tuple(
    re.compile(form.replace("SIDE", _SIDE))
    for form in (
        r"[Ee]xpected\s?:?\s?<(?P<a>SIDE?)>\s?but was\s?:?\s?<(?P<b>SIDE?)>",
        r"[Ee]xpected\s?:\s?(?P<a>SIDE?)\s{1,24}(?:[Aa]ctual|[Rr]eceived)\s{0,4}:\s?(?P<b>SIDE)",
        r"\bassert\s(?P<a>SIDE?)\s==\s(?P<b>SIDE)",
        r"\bleft:\s?`?(?P<a>SIDE?)`?,?\s{1,24}right:\s?`?(?P<b>SIDE)",
    )
)
_TOKEN = re.compile(r"[A-Za-z0-9_.-]+")
_NUMBER = re.compile(r"-?\d{1,20}(?:\.\d{1,25})?(?:e[-+]?\d{1,3})?")


def sides(text: str) -> Iterator[tuple[str, str]]:
    """Pairs of expected and actual value, in the forms of the frameworks we know."""
    for form in _FORMS:
        match = form.search(text[:READ_CHARS])
        if match:
            yield match["a"].strip(), match["b"].strip()


def reordered(text: str) -> bool:
    """Whether both sides hold the same words in another order."""
    return any(len(a) > 1 and a != b and sorted(a) == sorted(b) for a, b in _tokens(text))


def _tokens(text: str) -> Iterator[tuple[list[str], list[str]]]:
    for a, b in sides(text):
        yield _words(a), _words(b)


def _words(side: str) -> list[str]:
    """Words of a printed value, in which line ends and tabs are written as escapes."""
    return _TOKEN.findall(re.sub(r"\\[nrt]", " ", side))


def nearly_equal(text: str) -> bool:
    """Whether both sides are numbers that differ by rounding alone."""
    return any(a != b and math.isclose(a, b, rel_tol=NEAR) and _fraction(a, b) for a, b in _numbers(text))


def _fraction(a: float, b: float) -> bool:
    return not (a.is_integer() and b.is_integer())


def moments(text: str) -> bool:
    """Whether both sides are times, shortly after one another."""
    for a, b in _numbers(text):
        unit = 1000 if min(a, b) > MOMENT * 100 else 1
        if min(a, b) > MOMENT and 0 < abs(a - b) <= SECOND * unit:
            return True
    return False


def _numbers(text: str) -> Iterator[tuple[float, float]]:
    for a, b in sides(text):
        first, second = _NUMBER.fullmatch(a.rstrip("., ")), _NUMBER.fullmatch(b.rstrip("., "))
        if first and second:
            yield float(first[0]), float(second[0])
