"""The output of one running test, kept with bounded memory: its beginning, its end, and the lines that tell most.

A test may print gigabytes; what is kept is enough for a message and an excerpt, never more.
"""

from collections import deque

from ftc.ingest.base import Line

HEAD_LINES = 20  # a test's first words: what it set up
TAIL_LINES = 60  # its last words, where most failures speak
LOG_HEAD_LINES = 40  # indented lines (t.Log, t.Error) are the framework's own and rarer, so more are kept
LOG_TAIL_LINES = 80
PINNED_LINES = 40  # longest part of one testify report that is kept wherever it stands
RECENT = 6  # lines in front of a goroutine dump that may hold its panic
PINS = 4  # reports per test; the first one is the cause
BRIEF_LINES = 6  # of each kind, once so much is kept that this test's share has to shrink
LINE_CHARS = 2000  # longer lines are data, not messages


class Output:
    """Lines of one test in log order, at most some two hundred of them."""

    __slots__ = (
        "_brief",
        "_head",
        "_log_head",
        "_log_tail",
        "_pinned",
        "_pins_left",
        "_report_at",
        "_tail",
        "_to_pin",
        "named",
    )

    def __init__(self) -> None:
        self._brief = False
        self._head: list[Line] = []
        self._tail: deque[Line] | None = None
        self._log_head: list[Line] = []
        self._log_tail: deque[Line] | None = None
        self._pinned: list[Line] = []
        self._to_pin = 0
        self._pins_left = PINS
        self._report_at = 0
        self.named = ""
        """The test that the testify report just read says it is about; whoever asks resets it."""

    def add(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if len(text) > LINE_CHARS:
            line = Line(line.number, text[:LINE_CHARS], line.step)
        if text[:4] == "    ":
            self._add_log(line, text)
        elif self._tail is not None:
            self._tail.append(line)
        elif len(self._head) < HEAD_LINES and not self._brief:
            self._head.append(line)
        else:
            self._tail = deque((line,), maxlen=BRIEF_LINES if self._brief else TAIL_LINES)

    def _add_log(self, line: Line, text: str) -> None:
        if self._to_pin:
            self._to_pin -= 1
            self._pinned.append(line)
            if "\tTest:" in text:
                self.named = text.rpartition("\t")[2].strip()
        elif "Error Trace:" in text and self._pins_left:
            self._pins_left -= 1
            self._to_pin = PINNED_LINES
            self._report_at = len(self._pinned)
            self._pinned.append(line)
        if len(self._log_head) < LOG_HEAD_LINES and not self._brief:
            self._log_head.append(line)
        elif self._log_tail is not None:
            self._log_tail.append(line)
        else:
            self._log_tail = deque((line,), maxlen=BRIEF_LINES if self._brief else LOG_TAIL_LINES)

    def shorten(self) -> None:
        """Keep little from now on, and little of what is here: many tests failed, or run at once."""
        if self._brief:
            return
        self._brief = True
        del self._head[BRIEF_LINES:]
        del self._log_head[2 * BRIEF_LINES :]
        self._tail = deque(self._tail or (), maxlen=BRIEF_LINES)
        self._log_tail = deque(self._log_tail or (), maxlen=BRIEF_LINES)
        self._pins_left = 0

    def recent(self) -> list[Line]:
        """The last few lines that are not indented, newest first."""
        return [*reversed(self._tail or ()), *reversed(self._head)][:RECENT]

    def last_report(self) -> list[Line]:
        """The testify report read last, up to here."""
        return self._pinned[self._report_at :]

    def lines(self) -> list[Line]:
        """What was kept, in log order, each line once."""
        kept = [*self._head, *(self._tail or ()), *self._log_head, *(self._log_tail or ()), *self._pinned]
        # JSON events carry several lines under one number; a stable sort keeps their order
        unique = {id(line): line for line in kept}
        return sorted(unique.values(), key=lambda line: line.number)

    def __bool__(self) -> bool:
        return bool(self._head or self._log_head)
