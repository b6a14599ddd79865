"""What ``node --test`` prints as TAP, its reporter where no terminal is until Node 22, to failed tests.

Rule: only a result with Node's own diagnostics counts. What tests print stands behind a ``#`` there, and other tools
write TAP, too.
"""

import re

from ftc.ingest.base import Findings, Line
from ftc.ingest.bounded import HeadTail
from ftc.ingest.javascript.frames import frames_of
from ftc.ingest.javascript.node_error import told, unquoted
from ftc.ingest.javascript.node_tests import DEPTH, ECOSYSTEM, NodeTests
from ftc.ingest.pytest_section import HEAD_LINES, TAIL_LINES

_BEGIN = "TAP version "
_STEP = 4
"""Blanks before what stands in a test."""
_SUBTEST = "# Subtest: "
_RESULT = re.compile(r"not ok \d{1,9} - (?P<title>.*)")
_TODO = re.compile(r"(?<!\\) # (?:TODO|SKIP)\b.*$", re.IGNORECASE)
_KEY = re.compile(r"(?P<key>\w{1,40}):(?: (?P<value>.*))?")
_PLACE = re.compile(r"(?P<path>.{1,400}):\d{1,7}:\d{1,7}")
_PARENT = "subtestsFailed"
_LINE_LIMIT = 4_000
_TEXT_LINES = 200
"""Lines kept of one value, and lines of a diagnosis that are looked at for each of them."""


class NodeTapParser:
    """Follows one log; a failure is a result and the diagnosis that follows it."""

    ecosystem = ECOSYSTEM

    def __init__(self) -> None:
        self._found = NodeTests()
        self._begun = False
        self._around: list[str] = []
        """Titles of the tests that are under way, the outermost first."""
        self._result: tuple[int, str] | None = None
        """Depth and title of a failure whose diagnosis has not begun."""
        self._diagnosis: _Diagnosis | None = None

    def feed(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if self._diagnosis is not None:
            self._continue(text)
        elif text[:12] == _BEGIN:
            self._begun, self._around = True, []
        elif self._begun and ("# Subtest: " in text or "not ok " in text or self._result) and len(text) < _LINE_LIMIT:
            self._read(text, line.number)

    def finish(self) -> Findings:
        """What was found; a failure that a log breaks off in is left out, for half of one has another signature."""
        return self._found.findings()

    def _read(self, text: str, number: int) -> None:
        inner = text.lstrip(" ")
        blanks = len(text) - len(inner)
        depth = blanks // _STEP
        if self._result is not None and inner == "---" and blanks == self._result[0] * _STEP + 2:
            self._diagnosis = _Diagnosis(*self._result, line=number - 1, margin=blanks)
        self._result = None
        if blanks % _STEP or depth > DEPTH:
            return
        if inner.startswith(_SUBTEST):
            self._around = [*self._around[:depth], _plain(inner.removeprefix(_SUBTEST))]
        elif (found := _RESULT.fullmatch(inner)) and not _TODO.search(found["title"]):
            self._result = (depth, _plain(found["title"]))

    def _continue(self, text: str) -> None:
        assert self._diagnosis is not None
        if self._diagnosis.add(text):
            return
        diagnosis, self._diagnosis = self._diagnosis, None
        self._take(diagnosis)

    def _take(self, diagnosis: "_Diagnosis") -> None:
        values = {key: "\n".join(lines) for key, lines in diagnosis.values.items()}
        kind = unquoted(values.get("failureType", ""))
        if not kind or kind == _PARENT:
            return
        found = _PLACE.fullmatch(unquoted(values.get("location", "")))
        message = values.get("error", "")
        error = told(
            unquoted(values.get("name", "")) or "Error",
            message if "error" in diagnosis.blocks else unquoted(message),
            frames=frames_of(diagnosis.values.get("stack", ())),
        )
        titles = (*self._around[: diagnosis.depth], diagnosis.title)
        lines = (diagnosis.title, *diagnosis.lines.lines())
        self._found.take(titles, error, path=found["path"] if found else "", line=diagnosis.line, lines=lines)


class _Diagnosis:
    """The block of values behind one result."""

    def __init__(self, depth: int, title: str, *, line: int, margin: int) -> None:
        self.depth, self.title, self.line = depth, title, line
        self.values: dict[str, list[str]] = {}
        self.blocks: set[str] = set()
        """Keys whose value is a text of several lines."""
        self.lines = HeadTail(head=HEAD_LINES, tail=TAIL_LINES)
        self._margin = " " * margin
        self._key = ""
        self._seen = 0

    def add(self, text: str) -> bool:
        """Take a line; False for the first one that is none of the block."""
        inner = text[len(self._margin) :]
        if not text.startswith(self._margin) and text.strip():
            return False
        if inner == "...":
            return False
        self._seen += 1
        self.lines.add(inner)
        found = _KEY.fullmatch(inner) if len(inner) < _LINE_LIMIT else None
        if found:
            self._open(found["key"], found["value"] or "")
        elif self._key and inner[:2] in ("", "  ") and len(self.values[self._key]) < _TEXT_LINES:
            self.values[self._key].append(inner[2:])
        return True

    def _open(self, key: str, value: str) -> None:
        if key in self.values or len(self.values) > DEPTH:
            self._key = ""
            return
        self._key = key
        self.values[key] = [] if value == "|-" else [value]
        if value == "|-":
            self.blocks.add(key)


def _plain(title: str) -> str:
    r"""A title without the backslashes before ``#`` and ``\``."""
    return re.sub(r"\\([\\#])", r"\1", title).strip()
