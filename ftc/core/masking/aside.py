"""Finds assertions of a test that were put into a function of it which perhaps nobody calls, or waits for.

The rule it keeps: a function with a name is idle where the test says its name nowhere else, and one that runs beside
the test where the test waits for nothing after it. More code cannot tell.
"""

import re
from collections.abc import Iterator

from ftc.core.masking.forms import CONTROL
from ftc.core.masking.side import Side

_NAMED = re.compile(
    r"^(?:async )?def (\w{1,60})\(|^(\w{1,60}) :?= (?:async )?(?:func\(|function\b|\()"
    r"|^(?:const|let|var|auto|val|final|Runnable|Callable<\w{1,40}>)(?: mut)? (\w{1,60})(?:: [^=]{1,80})? = "
    r"(?:async )?(?:move )?(?:function\b|\(|\w{1,40} (?:=>|->)|\||\[|\{)|^(?:async )?function (\w{1,60})\("
)
"""The head of a function with a name of its own."""
_BESIDE = re.compile(
    r"^(?:go|defer) func\(|\b(?:runAsync|supplyAsync|submit|execute|launch)[( ]|\bnew Thread\(|\bspawn\w{0,20}\("
    r"|\bstd::(?:thread|async|jthread)\b|\.(?:on|once|addEventListener|addListener|subscribe)\("
)
"""The head of a function that runs beside the test, or when something happens."""
_WAITS = re.compile(r"(?i)\bjoin|\.get\(|\bwait|<-|\bawait|\.result\(|allOf\(|\bdone\(|\bresolve\(|eventually")
_THROWN = re.compile(r"^(?:_ = |void |\(void\) ?|let _ = &?)")


def aside(before: Side, after: Side) -> Iterator[int]:
    """Such lines; only as long as there are fewer assertions in the body of a test than before."""
    gone = sum(_direct(before, number) for number in before.changed())
    gone -= sum(_direct(after, number) for number in after.changed())
    for number in after.changed() if gone > 0 else ():
        if after.asserts(number) and any(_idle(after, at) for at in _functions(after, number)):
            yield number


def _direct(side: Side, number: int) -> bool:
    return side.asserts(number) and side.course(number) is not None


def _functions(side: Side, number: int) -> Iterator[int]:
    """The heads of new functions that a line stands in, up to its test."""
    for at in side.outline.above(number):
        head = side.outline.head(at)
        if side.forms.body.search(head):
            return
        if side.outline.lines[at].changed and not CONTROL.search(head):
            yield at


def _idle(side: Side, number: int) -> bool:
    head = side.outline.head(number)
    found = _NAMED.match(head)
    test = next((at for at in side.outline.above(number) if not CONTROL.search(side.outline.head(at))), None)
    if test is None:
        return False
    rest = [*range(test + 1, number), *range(side.outline.ends[number], side.outline.ends[test])]
    if found:
        name = re.compile(rf"\b{next(filter(None, found.groups()))}\b")
        return not any(name.search(side.text(at)) and not _THROWN.match(side.text(at)) for at in rest)
    later = (side.text(at) for at in range(number + 1, side.outline.ends[test]))
    return bool(_BESIDE.search(head)) and not any(map(_WAITS.search, later))
