"""Which lines to show of what was found: ranked by reason and distance, merged where they overlap, at most six.

Rule: the test's own definition always has a place, however many stack frames there are.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ftc.core.analysis import Reason
from ftc.core.snippets.outline import Block, Found, Place, Role, Source

SNIPPETS = 6
"""As many as a person reads; S1 to S6."""
LINES = 60
"""Lines of one snippet: a screen, and most functions."""
STACKS = 3
"""Places of stacks shown at most while there is something else to show."""
SUITES = 2
"""Likewise for what runs around the test."""
MARGIN = 8
"""Lines shown around a place that lies in no function."""

_ORDER = list(Reason)
_CALLED = re.compile(r"(?<![\w$])([A-Za-z_$][\w$]*)[!?]?[ \t]*(?:<[^<>()\n]{0,100}>)?\(")
_WORD = re.compile(r"[A-Za-z_]\w*[!?]?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Lines of a file and why they are shown; ``distance`` counts from the test or the top of the stack."""

    path: str
    first: int
    last: int
    reason: Reason
    distance: int
    test: bool = False
    """Whether the test's own definition is among them."""

    @property
    def lines(self) -> int:
        """How many."""
        return self.last - self.first + 1


def stack_spans(places: Iterable[tuple[Source, int]]) -> Iterator[Span]:
    """The function around each place of a stack, newest first, or some lines around it."""
    for distance, (source, line) in enumerate(places):
        total = len(source.code.starts)
        if not 1 <= line <= total:
            continue  # the file was another one when the test failed
        block = enclosing(source, line)
        if block is None:
            first, last = max(1, line - MARGIN), min(total, line + MARGIN)
        else:
            first, last = window(block, focus=line)
        yield Span(path=source.path, first=first, last=last, reason=Reason.STACK, distance=distance)


def enclosing(source: Source, line: int) -> Block | None:
    """The innermost function or test around a line."""
    around = [block for block in source.blocks if block.holds(line) and block.role is not Role.TYPE]
    return min(around, key=lambda block: block.last - block.first, default=None)


def window(block: Block, *, focus: int = 0) -> tuple[int, int]:
    """All of a block, or the ``LINES`` around the line that matters, or from its start."""
    if block.last - block.first < LINES:
        return block.first, block.last
    focus = focus or block.focus or block.first
    first = max(block.first, min(focus - LINES // 2, block.last - LINES + 1))
    return first, first + LINES - 1


def found_spans(found: Found, sources: Sequence[Source]) -> Iterator[Span]:
    """The test, what runs around it, and what it calls one step away."""
    yield _span(found.test, Reason.TEST, 0)
    for distance, place in enumerate(found.suite):
        yield _span(place, Reason.SUITE, distance)
    for distance, place in enumerate(helpers(found.test, sources)):
        yield _span(place, Reason.HELPER, distance)


def _span(place: Place, reason: Reason, distance: int) -> Span:
    first, last = window(place.block)
    test = reason is Reason.TEST
    return Span(path=place.source.path, first=first, last=last, reason=reason, distance=distance, test=test)


def helpers(test: Place, sources: Sequence[Source]) -> list[Place]:
    """Functions that the test calls, in the order of their calls; of one name the one nearest to the test.

    A name with many definitions elsewhere says nothing about which is meant.
    """
    text = test.source.code.part(test.block.first, test.block.last)
    ruby = test.source.path.endswith(".rb")  # calls need no brackets there
    names = dict.fromkeys((_WORD if ruby else _CALLED).findall(text))
    order = sorted(sources, key=lambda source: source is not test.source)
    defined: dict[str, list[Place]] = {}
    for source in order:
        for block in source.blocks:
            if block.role is Role.FUNCTION and block.name in names:
                defined.setdefault(block.name, []).append(Place(source=source, block=block))
    return [place for name in names if name in defined and (place := _meant(defined[name], test)) is not None]


def _meant(places: Sequence[Place], test: Place) -> Place | None:
    own = [place for place in places if place.source is test.source]
    sibling = [place for place in own if place.block.owner == test.block.owner]
    chosen = [*sibling, *own] or (list(places) if len(places) <= 2 else [])
    return next((place for place in chosen if place.block is not test.block), None)


def choose(spans: Iterable[Span]) -> tuple[Span, ...]:
    """At most ``SNIPPETS`` spans, most telling first; stack and suite leave room for the others if there are any."""
    ranked = sorted(merged(spans), key=_rank)
    limits = {Reason.STACK: STACKS, Reason.SUITE: SUITES}
    first: list[Span] = []
    later: list[Span] = []
    taken = dict.fromkeys(Reason, 0)
    for span in ranked:
        taken[span.reason] += 1
        over = taken[span.reason] > limits.get(span.reason, SNIPPETS) and not span.test
        (later if over else first).append(span)
    kept = [*first[:SNIPPETS], *later][:SNIPPETS]
    return tuple(sorted(kept, key=_rank))


def _rank(span: Span) -> tuple[int, int, str, int]:
    return (_ORDER.index(span.reason), span.distance, span.path, span.first)


def merged(spans: Iterable[Span]) -> list[Span]:
    """Overlapping spans of a file as one while that stays short; of what overlaps a longer one the rest is kept."""
    kept: list[Span] = []
    for span in sorted(spans, key=_rank):
        rest: Span | None = span
        for number, other in enumerate(kept):
            if rest is None or other.path != rest.path or other.last < rest.first or rest.last < other.first:
                continue
            first, last = min(other.first, rest.first), max(other.last, rest.last)
            if last - first < LINES:
                kept[number] = replace(other, first=first, last=last, test=other.test or rest.test)
                rest = None
            else:
                rest = _outside(rest, other)
        if rest is not None:
            kept.append(rest)
    return kept


def _outside(span: Span, other: Span) -> Span | None:
    """The larger part of a span that another does not cover, if it is worth showing."""
    before = replace(span, last=other.first - 1)
    after = replace(span, first=other.last + 1)
    rest = max(before, after, key=lambda part: part.lines)
    return rest if rest.lines >= MARGIN else None
