"""The first and the last lines of a text of unknown length.

Rule: what a parser keeps of one failure never grows with the log.
"""

from collections import deque


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
