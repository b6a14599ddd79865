"""What became of the new tests of a patch when the code that they cover was broken.

The rule it keeps: a test is called blind only after several real chances to notice; where it had none, that is said and
is no pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

GATE = "new tests"
"""Name of the gate."""
MUTANTS = 8
"""Ways to break what one test covers that are tried at most; of tests that notice anything, most notice the first."""
CHANCES = 3
"""Mutants that a test must let pass to be called blind: one may change nothing that anybody could see."""
TESTS = 5
"""New tests of one patch that are tried; a fix has seldom more than one."""
NAMED = 3


class Notice(StrEnum):
    """How one test fared, the worst first."""

    BLIND = "blind"
    """It passes although the code is broken, or fails although it is not."""
    UNTOLD = "not measured"
    NOTICED = "noticed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """One new test with what was seen of it; ``detail`` may quote tools."""

    test: str
    notice: Notice
    detail: str


def whole(found: Sequence[Noticed]) -> Notice:
    """How they fared together: as the worst of them."""
    return next((notice for notice in Notice if any(item.notice is notice for item in found)), Notice.NOTICED)


def told(found: Sequence[Noticed]) -> str:
    """In words, about those that decide."""
    state = whole(found)
    deciding = [item for item in found if item.notice is state]
    if state is Notice.NOTICED:
        many = "each of " if len(found) > 1 else ""
        return f"{many}{len(found)} new {'tests' if len(found) > 1 else 'test'} fails when the code it covers is broken"
    said = "; ".join(f"{item.test}: {item.detail}" for item in deciding[:NAMED])
    more = f"; and {len(deciding) - NAMED} more" if len(deciding) > NAMED else ""
    return f"{'not measured: ' if state is Notice.UNTOLD else ''}{said}{more}"


def blind(places: Sequence[str]) -> str:
    """A test that let all of these pass; each is ``file:line``."""
    named = ", ".join(f"`{place}`" for place in dict.fromkeys(places))
    return f"the new test passes although {named} was broken in {len(places)} ways; let it claim what the code gives"
