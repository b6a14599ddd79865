"""What ``node --test`` prints with its reporter ``spec``, the usual one since Node 23, to failed tests.

Rule: only the list behind the counts of a run tells of failures, and only of tests that were named before it with the
very same time; the same words in what a test prints stand before the counts.
"""

import re

from ftc.ingest.base import Findings, Line
from ftc.ingest.bounded import HeadTail
from ftc.ingest.javascript.node_error import inspected
from ftc.ingest.javascript.node_tests import DEPTH, ECOSYSTEM, NodeTests
from ftc.ingest.pytest_section import HEAD_LINES, TAIL_LINES

_LIST = "✖ failing tests:"
_COUNT = re.compile(r"ℹ (?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+")
_PLACE = re.compile(r"test at (?P<path>.{1,400}):\d{1,7}:\d{1,7}")
_TIMED = re.compile(r"(?P<title>.*) \([\d.]{1,20}ms\)")
_TODO = re.compile(r".* \([\d.]{1,20}ms\) # .*")
_LINE_LIMIT = 4_000
_TEXT_LINES = 400
"""Lines of one error that are read."""
_NAMED_LIMIT = 10_000
_ALIKE_LIMIT = 10
"""Tests of one name that took the very same time."""


class NodeSpecParser:
    """Follows one log; titles around a test are those under which it was announced."""

    ecosystem = ECOSYSTEM

    def __init__(self) -> None:
        self._found = NodeTests()
        self._around: list[str] = []
        self._named: dict[str, list[tuple[str, ...]]] = {}
        """Titles of failed tests by the last one with its time, as the list repeats it."""
        self._counted = self._listing = False
        self._place = ""
        self._entry: _Entry | None = None

    def feed(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if self._listing:
            self._list(text, line.number)
        elif text.isascii() and not self._counted:
            return  # none of the signs is, and nearly all lines are
        elif text[:1] == "ℹ":
            self._counted = self._counted or _COUNT.fullmatch(text) is not None
        elif self._counted and text.strip():
            self._listing, self._counted = text == _LIST, False
            if not self._listing:
                self._begin_anew(text)
        elif "▶ " in text or "✖ " in text:
            self._announce(text)

    def finish(self) -> Findings:
        """What was found."""
        self._close()
        return self._found.findings()

    def _begin_anew(self, text: str) -> None:
        """A run is over; what comes next, from this line on, is told by another one."""
        self._close()
        self._around, self._named, self._listing, self._place = [], {}, False, ""
        self._announce(text)

    def _announce(self, text: str) -> None:
        inner = text.lstrip(" ")
        depth, odd = divmod(len(text) - len(inner), 2)
        if odd or depth > min(len(self._around), DEPTH) or len(text) > _LINE_LIMIT:
            return
        sign, title = inner[:2], inner[2:]
        if sign == "▶ ":
            self._around = [*self._around[:depth], title]
        elif sign == "✖ " and len(self._named) < _NAMED_LIMIT:
            known = self._named.setdefault(title, [])
            if len(known) < _ALIKE_LIMIT:
                known.append((*self._around[:depth], _untimed(title)))

    def _list(self, text: str, number: int) -> None:
        """A place, the title below it, and the error, two blanks in; anything else ends the list."""
        if self._place and text[:2] == "✖ ":
            self._open(text[2:], number)
        elif found := _PLACE.fullmatch(text) if text[:8] == "test at " else None:
            self._close()
            self._place = found["path"]
        elif self._entry is not None and (text[:2] == "  " or not text.strip()):
            self._entry.add(text)
        elif self._place and text[:2] in ("⚠ ", "﹣ "):
            self._place = ""
        elif text.strip() and text[:2] != "  ":
            self._begin_anew(text)

    def _open(self, title: str, number: int) -> None:
        known = self._named.get(title)
        place, self._place = self._place, ""
        if not known or _TODO.fullmatch(title):
            return
        titles = known.pop(0) if len(known) > 1 else known[0]
        self._entry = _Entry(titles, path=place, line=number)

    def _close(self) -> None:
        entry, self._entry = self._entry, None
        if entry is not None and any(line.strip() for line in entry.lines):
            shown = (entry.titles[-1], *entry.shown.lines())
            self._found.take(entry.titles, inspected(entry.lines), path=entry.path, line=entry.line, lines=shown)


class _Entry:
    """One failure of the list."""

    def __init__(self, titles: tuple[str, ...], *, path: str, line: int) -> None:
        self.titles, self.path, self.line = titles, path, line
        self.lines: list[str] = []
        self.shown = HeadTail(head=HEAD_LINES, tail=TAIL_LINES)

    def add(self, text: str) -> None:
        """A line of its error."""
        if len(self.lines) < _TEXT_LINES:
            self.lines.append(text)
        self.shown.add(text[2:])


def _untimed(title: str) -> str:
    found = _TIMED.fullmatch(title)
    return found["title"] if found else title
