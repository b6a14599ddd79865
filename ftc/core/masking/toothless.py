"""Finds assertions that nothing can fail: without a check, told to no test, or a wait for what is true.

The rule it keeps: what an assertion is about is not looked at, only whether anything of it could fail the test.
"""

import re
from collections.abc import Iterator

from ftc.core.masking.awake import unquoted
from ftc.core.masking.outline import MAX_LINE
from ftc.core.masking.side import Side

_SUBJECT = re.compile(r"^(?:await )?(?:assertThat|assert_that|expect|Expect)\(")
"""Begins an assertion that says nothing without what follows it."""
_WHOLE = re.compile(r"^[\s;]*$")
_NO_TEST = re.compile(r"&testing\.T\{\}|\bnew\(testing\.T\)")
_WAITS = r"(?i:eventually|condition|wait|until|poll)\w{0,20}\("
_TRUE_WAIT = re.compile(
    _WAITS + r"(?:[^()]{0,60}, ?)?"
    r"(?:(?:async )?(?:\(\w{0,20}\)|\w{0,20}) ?(?:=>|->) ?|lambda\b[^:]{0,20}: ?|(?:move )?\|\w{0,20}\| ?)"
    r"[tT]rue\b(?! ?(?:[=!&|.]|and|or|if))"
)
"""A condition that holds, in one line."""
_PICKS = re.compile(
    r"(?i)wait_?for_?(?:event|response|request)\w{0,20}\("
    r"|wait_?for\((?=[^()]{1,60}, ?(?:lambda \w|(?:async )?(?:\(\w{1,20}\)|\w{1,20}) ?=>))"
)
"""Waits for any of the events of a kind: the condition says only which one."""
_GO_WAIT = re.compile(_WAITS + r".{0,200}(?:\) bool \{|=> \{|-> \{|\{)$")
_ONE_LINE = re.compile(_WAITS + r".{0,200}\{(.{0,200}?)\breturn true;? ?\}")
_RETURNS_TRUE = re.compile(r"(?:^|; ?)return true;?$")
_RETURNS = re.compile(r"\breturn\b")


def toothless(before: Side, after: Side) -> Iterator[int]:
    """Such lines, of those that the patch adds."""
    held = before.texts()
    fresh = [number for number in after.changed() if not held[after.text(number)]]
    yield from (number for number in fresh if _unchecked(after, number) or _waits_for_true(after, number))
    if any(map(after.language.assertion.search, held)):
        yield from after.in_tests([number for number in fresh if _NO_TEST.search(after.text(number))], before)


def _unchecked(side: Side, number: int) -> bool:
    """Whether a line is nothing but the subject of an assertion, and the next one does not go on with it."""
    text = side.text(number)
    found = _SUBJECT.match(text)
    if not found or not side.course(number):
        return False
    end, commas = _closing(text, found.end())
    goes_on = number + 1 < len(side.outline.lines) and side.text(number + 1).startswith(".")
    return end > 0 and not commas and bool(_WHOLE.match(text[end:])) and not goes_on


def _closing(text: str, begin: int) -> tuple[int, int]:
    """Behind the bracket that closes the one before ``begin``, 0 where none does; and the commas between."""
    depth, commas = 1, 0
    for at, char in enumerate(text[begin:MAX_LINE], start=begin):
        depth += (char in "([{") - (char in ")]}")
        commas += depth == 1 and char == ","
        if not depth:
            return at + 1, commas
    return 0, commas


def _waits_for_true(side: Side, number: int) -> bool:
    text = side.text(number)
    if unquoted(_TRUE_WAIT, _PICKS.sub("(", text), side.language):
        return True
    once = _ONE_LINE.search(text)
    if once:
        return not _RETURNS.search(once[1]) and not _PICKS.search(once[0])
    if not _RETURNS_TRUE.search(text):
        return False
    above = next(side.outline.above(number), None)
    if above is None or not _GO_WAIT.search(side.text(above)) or _PICKS.search(side.text(above)):
        return False
    others = (side.text(at) for at in side.outline.within(above) if at != number)
    return not any(map(_RETURNS.search, others)) and len(_RETURNS.findall(text)) == 1
