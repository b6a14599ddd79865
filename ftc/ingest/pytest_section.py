"""One section of pytest's FAILURES or ERRORS: the text between ``____ name ____`` and the next such line.

Rule: captured output is excerpt only; message and frames come from the traceback, of which the last of a chain counts.
"""

import re

from ftc.core.model import Frame, Kind
from ftc.ingest.bounded import HeadTail
from ftc.ingest.pytest_names import DOCTEST

_FRAME = re.compile(r"(?P<path>[^\s:][^:]*(?::\\[^:]*)?):(?P<line>\d+): ?(?:in (?P<function>\S+)|(?P<error>[\w.]*))$")
_NATIVE_FRAME = re.compile(r'\s*File "(?P<path>[^"]+)", line (?P<line>\d+)(?:,? in (?P<function>.+))?$')
_CAPTURED = re.compile(r"-{3,} Captured .+ -{3,}$")
_CHAIN = ("The above exception was the direct cause", "During handling of the above exception")
_CRASHED = re.compile(r"worker '\w+' crashed while running '(?P<node>.+)'$")

HEAD_LINES = 70
TAIL_LINES = 50
"""Together one excerpt's worth (120 lines)."""

_GROUP_TITLE, _GROUP_EDGE = "  + Exception Group ", "  | "
"""What stands in front of the lines of an exception group's own traceback."""

_GROUP_MEMBERS = "  +-+---"
"""Where that ends and the tracebacks of its members begin."""

_DOCTEST_REPORT = ("Expected", "Got", "Differences (", "UNEXPECTED EXCEPTION: ")
"""How the lines begin with which doctest says what went wrong; the difference is indented below them."""

_MESSAGE_LINES = 40
_FRAME_LIMIT = 50

_ASSERTIONS = ("assert ", "AssertionError", "Failed: DID NOT", "AssertionFailed", "Expected:", "Expected nothing")


def frame_of(text: str) -> Frame | None:
    """The place named by a line of a pytest or Python traceback."""
    if text.lstrip()[:6] == 'File "':
        found = _NATIVE_FRAME.match(text)
    elif ":" in text and text[:1] not in (" ", ">", ""):
        found = _FRAME.match(text)
    else:
        return None
    if found is None:
        return None
    return Frame(path=found["path"], line=int(found["line"]), function=found["function"] or "")


def kind_of(message: str, *, fixture: bool = False) -> Kind:
    """How a Python test failed, from its message; an error in set-up or tear-down is never an assertion."""
    if message.startswith("Failed: Timeout"):
        return Kind.TIMEOUT
    if message.startswith("worker '"):
        return Kind.CRASH
    if not fixture and message.startswith(_ASSERTIONS):
        return Kind.ASSERTION
    return Kind.ERROR


class Section:
    """The text of one failed test, read line by line."""

    def __init__(self, *, title: str, line: int, phase: str) -> None:
        self.title = title
        self.line = line
        self.phase = phase
        """``call``, ``setup``, ``teardown`` or ``collecting``."""
        self.crashed = ""
        """Node id of the test during which a worker of xdist died."""
        self.captured = False
        self._lines = HeadTail(head=HEAD_LINES, tail=TAIL_LINES)
        self._message: list[str] = []
        self._printed: list[str] = []
        """The lines of ``_message`` as pytest printed them."""
        self._place = ""
        """The line that names the innermost frame, as printed."""
        self._frames: list[Frame] = []
        self._first: Frame | None = None
        self._in_message = False
        self._native = False

    def add(self, text: str) -> None:
        """Take the next line of the section."""
        self._lines.add(text)
        if self.captured:
            return
        if text[:4] == "----" and _CAPTURED.match(text):
            self.captured = True
        elif text.startswith(_CHAIN):
            self._frames.clear()
            self._in_message = False
        elif text[:2] == "E " or text == "E":
            self._add_message(text[1:], printed=text)
        else:
            self._read_traceback(text)

    def _add_message(self, text: str, *, printed: str) -> None:
        if not self._in_message:
            self._message, self._printed, self._in_message = [], [], True
        if len(self._message) < _MESSAGE_LINES:
            self._message.append(text)
            self._printed.append(printed)

    def _read_traceback(self, printed: str) -> None:
        text = printed.removeprefix(_GROUP_TITLE).removeprefix(_GROUP_EDGE)
        if text.startswith(("Traceback (most recent call last)", _GROUP_MEMBERS)):
            self._native, self._in_message = not text.startswith(_GROUP_MEMBERS), False
            return
        frame = frame_of(text)
        if self.title.startswith(DOCTEST) and text.startswith(_DOCTEST_REPORT):
            self._native = True
            self._add_message(text, printed=printed)
        elif frame:
            self._add_frame(frame)
            self._place = printed
            self._in_message = False
        elif text.startswith("worker '"):
            crashed = _CRASHED.match(text)
            self.crashed = crashed["node"] if crashed else ""
            self._message, self._printed = [text], [text]
        elif self._native and text and (self._in_message or text[0] != " "):
            self._add_message(text, printed=printed)
        elif not self._native:
            self._in_message = False

    def _add_frame(self, frame: Frame) -> None:
        if self._first is None and "/site-packages/" not in frame.path:  # ``--tb=native`` begins with pytest's own
            self._first = frame
        if len(self._frames) < _FRAME_LIMIT:
            self._frames.append(frame)
        else:
            self._frames[-1] = frame

    @property
    def message(self) -> str:
        """What the exception says, several lines, without the ``E`` and its indentation."""
        lines = [line for line in self._message if line.strip()]
        if not lines:
            return ""
        indent = min(len(line) - len(line.lstrip()) for line in lines[:1])
        return "\n".join(line[indent:] if line[:indent].isspace() or not indent else line for line in lines)

    @property
    def frames(self) -> tuple[Frame, ...]:
        """Places of the last exception of the chain, innermost first."""
        return tuple(reversed(self._frames))

    @property
    def test_file(self) -> str:
        """The file of the outermost frame, which for a test that ran is the test itself."""
        return self._first.path if self._first else ""

    @property
    def lines(self) -> tuple[str, ...]:
        """The section for the excerpt."""
        return self._lines.lines()

    @property
    def key_lines(self) -> tuple[str, ...]:
        """Message and place of the error, as printed."""
        return (*self._printed, *([self._place] if self._place else []))
