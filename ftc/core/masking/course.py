"""Finds tests that do not take their whole course any more: they end early, under a condition, or try until they pass.

The rule it keeps: only what stands in the body of a test counts, by the outline of its file. A closure or a helper
inside of it, and the functions that a test calls, may end as they like.
"""

import re
from collections import Counter
from collections.abc import Iterator

from ftc.core.diff import FileDiff
from ftc.core.masking.aside import aside
from ftc.core.masking.finding import Finding, Masking
from ftc.core.masking.forms import ALTERNATIVE, AWAITS, CALL, CONTROL, COUNTED, FAILS, GUARD, LEAVES, LOOP, TIDIES
from ftc.core.masking.hooks import decided
from ftc.core.masking.languages import Language
from ftc.core.masking.outline import outline
from ftc.core.masking.side import CLOSER, Side, says_nothing
from ftc.core.masking.toothless import toothless
from ftc.core.masking.values import unasked, values

SHORTEST = 5
"""Characters of a line that is worth finding again within another one."""
_CHOOSES = re.compile(r"\b(?:or|and|if)\b|&&|\|\||\?")
_WHEN = re.compile(
    r"(?:\b(?:or|and)|&&|\|\||\s\?)\s*(?:\w{1,40} = |await |\()?$|^(?:\} else )?if\b.{1,300}[):{]\s*(?:await )?$"
)
"""What stands in a line before a part that is not always reached."""
_IF_ELSE = re.compile(r"^\s*if\b.{1,200}\belse\b")
_SUPPRESSES = re.compile(r"^\s*with (?:contextlib\.)?suppress\(")
_UNTIL = re.compile(r"^(?:while\b(?! True:| \(?true)|for [^;]{0,80};[^;]{0,120}(?:&&|!)|for [^;:=]{1,200} \{$)")
"""A loop whose head says when it is left."""
_NEVER = re.compile(r"^\s*(?:async )?for \w{1,40} in (?:\[\]|\(\)|\{\}|''|\"\"|range\(0\)|0\.\.0)\s*[:{]$")
"""The head of a loop over nothing."""
_GOES_ON = re.compile(r"(?:^|[\s:{)])continue\b\s*(?:'\w+)?;?\s*\}?$")


def course(diff: FileDiff, language: Language) -> Iterator[Finding]:
    """What a change does to the course of the tests in a file."""
    lines = diff.lines
    before, after = (Side(outline=outline(lines, language, side=side), language=language) for side in "-+")
    yield from (_finding(Masking.EARLY_END, diff, after, at) for at in _early_ends(before, after))
    yield from (_finding(Masking.PASSED_OVER, diff, after, at) for at in _passed_over(before, after))
    yield from (_finding(Masking.GUARDED, diff, after, at) for at in _guarded(before, after))
    yield from (_finding(Masking.SET_ASIDE, diff, after, at) for at in aside(before, after))
    yield from (_finding(Masking.SWALLOWED_ERROR, diff, after, at) for at in _swallowed(before, after))
    yield from (_finding(Masking.HOOK, diff, after, at) for at in decided(before, after))
    yield from (_finding(Masking.ALWAYS_TRUE, diff, after, at) for at in toothless(before, after))
    yield from (_finding(Masking.OTHER_VALUE, diff, after, at) for at in values(before, after))
    yield from (_finding(Masking.SWALLOWED_ERROR, diff, after, at) for at in unasked(before, after))
    for kind, at in _loops(before, after):
        yield _finding(kind, diff, after, at)


def _finding(kind: Masking, diff: FileDiff, side: Side, number: int) -> Finding:
    return Finding(masking=kind, path=diff.path, line=side.text(number))


# --- ends


def _early_ends(before: Side, after: Side) -> Iterator[int]:
    """Returns that a test did not have, unless nothing but a failure, or the other ways, is left of it."""
    moved = before.texts()
    for number in after.changed():
        text = after.text(number)
        if not after.forms.end.search(text):
            continue
        moved[text] -= 1
        if moved[text] >= 0:
            continue
        way = after.course(number)
        if way and not _rests(after, number, way):
            yield number


def _rests(side: Side, number: int, way: list[int]) -> bool:
    """Whether a test may end there: it has failed, or nothing comes after it, or nothing but what makes it fail."""
    if len(way) > 1 and _has_failed(side, number, way[0]):
        return True
    loops = [at for at in way if LOOP.search(side.text(at)) and side.outline.lines[at].changed]
    rest = [at for at in _later(side, loops[-1] if loops else number, way) if not CLOSER.search(side.text(at))]
    if all(FAILS.search(side.text(at)) for at in rest):
        return True
    waits = any(AWAITS.search(side.text(at)) for loop in loops for at in (loop, *side.outline.within(loop)))
    return waits and all(side.language.assertion.search(side.text(at)) for at in rest)


def _has_failed(side: Side, number: int, block: int) -> bool:
    """Whether the condition of a block is an assertion that did not hold, or a failure stands before its end."""
    head = side.outline.head(block)
    asserts = side.language.assertion.search(head) and not says_nothing(head)
    return bool(asserts) or any(FAILS.search(side.text(at)) for at in range(block + 1, number))


def _later(side: Side, number: int, way: list[int]) -> Iterator[int]:
    """What would be run after a block, up to the end of its test: the first lines of statements, no other ways."""
    lines, end = side.outline.lines, side.outline.ends[way[-1]]
    at, indent = side.outline.ends[number], lines[number].indent
    while at < end:
        if lines[at].indent > indent:
            at += 1  # the rest of a statement of several lines, or of a block that was named already
        elif ALTERNATIVE.search(lines[at].text):
            indent = min(indent, lines[at].indent)
            at = side.outline.ends[at]
        else:
            indent = lines[at].indent
            yield at
            at += 1


def _passed_over(before: Side, after: Side) -> Iterator[int]:
    """Loops of a test that leave out the rest of a round, where the rest asserts something."""
    moved = before.texts()
    for number in after.changed():
        text = after.text(number)
        way = after.course(number) if _GOES_ON.search(text) and not moved[text] else None
        loop = next((at for at in way or () if LOOP.search(after.text(at))), None)
        if loop is None or (after.outline.lines[loop].changed and not moved[after.text(loop)]):
            continue  # a loop that is new holds what it likes
        if any(after.asserts(at) for at in after.outline.within(loop) if at > number):
            yield number


# --- conditions


def _guarded(before: Side, after: Side) -> Iterator[int]:
    """Assertions, and calls that stood there before, under a condition that is new."""
    held = before.texts()
    was = [number for number in before.changed() if not any(_guards(before, number, Counter()))]
    free = {before.text(number) for number in was}
    solid, loose = sum(map(before.solid, was)), []
    for number in after.changed():
        guards = [*_guards(after, number, held)]
        if after.asserts(number):
            loose += [] if after.solid(number) and not guards else [number]
            solid -= after.solid(number) and not guards
        elif guards and after.text(number) in free and after.matters(number) and after.course(number):
            yield guards[0]
    yield from _inline(after, free)
    if solid > 0:
        yield from loose
    yield from (
        number for number in after.changed() if after.asserts(number) and _dropped_wait(after.text(number), held)
    )
    yield from _around(before, after)


def _dropped_wait(text: str, held: Counter[str]) -> bool:
    """Whether an assertion is one that was waited for, or returned to who waits for it."""
    return any(held[f"{word} {text}"] for word in ("await", "return", "return await")) and not held[text]


def _inline(after: Side, free: set[str]) -> Iterator[int]:
    """Calls and assertions that stood there before, made a part of a line that says when they are made."""
    whole = [
        text.rstrip(";") for text in free if len(text) > SHORTEST and CALL.search(text) and not TIDIES.search(text)
    ]
    for number in after.changed():
        text = after.text(number)
        if text in free or not _CHOOSES.search(text):
            continue
        parts = (text.partition(part) for part in whole)
        if any(part and (_WHEN.search(head) or _IF_ELSE.search(tail)) for head, part, tail in parts) and after.course(
            number
        ):
            yield number


def _guards(side: Side, number: int, held: Counter[str]) -> Iterator[int]:
    """New conditions above a line, whose other way does not fail."""
    for at in side.outline.above(number):
        head = side.outline.lines[at]
        guards = GUARD.search(head.text) or _NEVER.search(head.text)
        if head.changed and guards and not held[head.text.strip()] and not side.fails_otherwise(at):
            yield at
        if not CONTROL.search(head.text):
            return


def _around(before: Side, after: Side) -> Iterator[int]:
    """Braces put around lines that were left as they stand: the condition is no deeper than what it holds."""
    held = before.texts()
    lines = after.outline.lines
    for number in after.changed():
        text = after.text(number)
        if not (GUARD.search(text) and text.endswith("{")) or held[text] or number + 1 >= len(lines):
            continue
        if lines[number + 1].changed or lines[number + 1].indent > lines[number].indent:
            continue
        rest = range(number + 1, len(lines))
        close = next((at for at in rest if lines[at].changed and CLOSER.search(after.text(at))), len(lines))
        if any(after.matters(at) for at in range(number + 1, close)):
            yield number


# --- errors


def _swallowed(before: Side, after: Side) -> Iterator[int]:
    """Handlers that do nothing about an error of what was there before, and was not handled."""
    held = before.texts()
    for number in after.changed():
        text = after.text(number)
        handles = after.forms.handler.search(text) or _SUPPRESSES.search(text)
        way = after.course(number) if handles and not held[text] else None
        if way is None or any(LOOP.search(after.text(at)) for at in way):
            continue  # in a loop it is judged as one
        inside = _forgiven(after, number)
        if any(after.matters(at) and (held[after.text(at)] or not after.outline.lines[at].changed) for at in inside):
            yield number


def _forgiven(side: Side, number: int) -> range:
    """The lines whose errors end in this handler; none where it fails all the same."""
    if _SUPPRESSES.search(side.text(number)):
        return side.outline.within(number)
    tried = side.tried(number)
    if tried is None or any(_does(side, at) for at in (number, *side.outline.within(number))):
        return range(0)
    return range(tried + 1, number)


def _does(side: Side, number: int) -> bool:
    text = side.text(number)
    return bool(FAILS.search(text) or side.language.assertion.search(text))


# --- loops


def _loops(before: Side, after: Side) -> Iterator[tuple[Masking, int]]:
    """Loops around what stood there before that can be left when it went well."""
    held = before.texts()
    for number in after.changed():
        text = after.text(number)
        if not LOOP.search(text) or held[text] or not after.course(number):
            continue
        inside = after.outline.within(number)
        leaves = any(LEAVES.search(after.text(at)) for at in inside)
        if not leaves and not (
            _UNTIL.search(text) and any(held[after.text(at)] and after.matters(at) for at in inside)
        ):
            continue
        again = any(_again(after.text(at), held) for at in inside if after.matters(at) or "if" in after.text(at))
        if not again:
            continue
        waits = any(AWAITS.search(after.text(at)) for at in (number, *inside))
        tries = any(after.forms.handler.search(after.text(at)) for at in inside)
        if COUNTED.search(text) and not waits:
            yield Masking.RETRY, number
        elif tries or not waits:
            yield Masking.REPEATED, number


def _again(text: str, held: Counter[str]) -> bool:
    """Whether a line is, or calls, what a removed line was or called."""
    if held[text]:
        return True
    calls = set(CALL.findall(text))
    return any(calls & set(CALL.findall(line)) for line in held if not TIDIES.search(line))
