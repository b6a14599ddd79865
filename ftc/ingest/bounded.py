"""The first and the last lines of a text of unknown length, and names of a length that is known.

Rule: what a parser keeps of one failure never grows with the log.
"""

from collections import deque
from collections.abc import Iterable

NAME_LIMIT = 4_000
"""Characters kept of a name. A quarter of them is published, after secrets were taken out of all: a secret that this
limit cuts in two lies behind what anybody sees."""


def joined(titles: Iterable[str], *, by: str) -> str:
    """The titles as one name; a test of a log may have fifty long ones around it, which all of its tests share."""
    name = ""
    for number, title in enumerate(titles):
        if len(name) >= NAME_LIMIT:
            break
        name += (by if number else "") + title[:NAME_LIMIT]
    return name[:NAME_LIMIT]


class HeadTail:
    """Keeps ``head`` lines from the beginning and ``tail`` from the end, and how many fell between."""

    __slots__ = ("_head", "_limit", "_tail", "dropped")

    def __init__(self, *, head: int, tail: int) -> None:
        self._limit = head
        self._head: list[str] = []
        self._tail: deque[str] = deque(maxlen=tail)
        self.dropped = 0

    def add(self, text: str) -> None:
        """Take the next line."""
        if len(self._head) < self._limit:
            self._head.append(text)
            return
        if len(self._tail) == self._tail.maxlen:
            self.dropped += 1
        self._tail.append(text)

    def lines(self) -> tuple[str, ...]:
        """What was kept, with a line in the gap that says how much is missing."""
        gap = (f"... {self.dropped} lines left out ...",) if self.dropped else ()
        return (*self._head, *gap, *self._tail)
