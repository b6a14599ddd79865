"""The Rust parser: which of the two runners is at work, and what stands between its runs.

Rule: outside of a run only cargo speaks; a line that means nothing to it costs a look at its beginning. Where cargo
seems to go on to the next binary before one is over, that one was no binary, or died unseen: the next one is read, and
the older one is believed only if its own summary comes after all, since then the next one was output of a test.
"""

import re

from ftc.ingest.base import Findings, Line
from ftc.ingest.rust.binary import Binary
from ftc.ingest.rust.nextest import Nextest
from ftc.ingest.rust.report import Report

_RUNNING = re.compile(r"     Running (?P<what>.{0,2000}?) ?\(?(?P<path>[^\s()]{1,2000}-[0-9a-f]{16}(?:\.exe)?)\)?$")
_DOC_TESTS = re.compile(r"   Doc-tests (?P<crate>\S{1,500})$")
_ANNOUNCED = re.compile(r"running (?P<count>\d{1,7}) tests?$")
_STARTING = re.compile(r"    Starting \d{1,7} tests? across \d{1,7} binar(?:y|ies)")
_ERROR = re.compile(r"error(?:\[E\d{4}\])?: (?P<said>.{1,500})")
_UNBUILT = re.compile(r"error: could not compile `(?P<what>[^`]{1,500})`(?P<target>(?: \([^()]{1,500}\))?)")
_OWN_WORDS = ("could not compile", "test failed", "doctest failed", "test run failed", "aborting due to")
_BEGINNINGS = ("     Running ", "   Doc-tests ", "running ", "    Starting ", "error")
_LINE = 4_096
_DOUBTS = 100
"""Binaries of one log that may turn out to be still alive; each costs a copy of what is known."""


class RustParser:
    """One parse of one file; a binary or a run of nextest that is under way reads its lines itself."""

    ecosystem = "rust"

    def __init__(self) -> None:
        self._report = Report()
        self._suite = ""
        self._binary: Binary | None = None
        self._doubted: Binary | None = None
        """One that cargo seems to have left, with a report of its own that knows nothing of what came since."""
        self._doubts = 0
        self._next: tuple[str, bool] | None = None
        """The suite that cargo seems to go on to, and whether the empty line behind its name was there."""
        self._nextest: Nextest | None = None
        self._error = ""
        """The first error of a build; what could not be compiled is said after it."""

    def feed(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if self._binary is not None and self._goes_on(text, line.number):
            return
        if self._binary is not None and self._binary.feed(line):
            self._binary = None
            return
        if self._doubted is not None and self._is_alive(self._doubted, line):
            return
        if self._binary is not None:
            return
        if text.startswith(_BEGINNINGS) and self._between(text[:_LINE], line.number):
            return
        if self._nextest is not None:
            self._nextest.feed(line)

    def finish(self) -> Findings:
        """What was found."""
        if self._binary is not None:
            self._binary.cut()
        self._close_nextest()
        return self._report.findings()

    def _between(self, text: str, number: int) -> bool:
        """Take what cargo says of what it runs next; whether it was that."""
        if running := _RUNNING.match(text) or _DOC_TESTS.match(text):
            self._close_nextest()
            self._suite = _suite(running)
        elif self._nextest is not None:
            return False
        elif announced := _ANNOUNCED.match(text):
            self._binary = Binary(self._report, suite=self._suite, announced=int(announced["count"]), line=number)
        elif _STARTING.match(text):
            self._nextest = Nextest(self._report)
        else:
            self._read_error(text)
        return True

    def _goes_on(self, text: str, number: int) -> bool:
        """Whether the next run begins with this line: of cargo by a name, an empty line and an announcement."""
        assert self._binary is not None
        known, self._next = self._next, None
        if text.startswith(_BEGINNINGS[3]) and _STARTING.match(text[:_LINE]) and not self._binary.in_section:
            self._binary.cut()  # and not followed: nextest's own binaries may print summaries of any count
            self._binary, self._doubted, self._nextest = None, None, Nextest(self._report)
            return True
        if known is None:
            if text.startswith(_BEGINNINGS[:2]) and not self._binary.in_section:
                running = _RUNNING.match(text[:_LINE]) or _DOC_TESTS.match(text[:_LINE])
                self._next = (_suite(running), False) if running else None
        elif not known[1]:
            self._next = None if text else (known[0], True)
        elif announced := _ANNOUNCED.match(text[:_LINE]):
            self._doubt(self._binary)
            self._suite = known[0]
            self._binary = Binary(self._report, suite=self._suite, announced=int(announced["count"]), line=number)
            return True
        return False

    def _doubt(self, binary: Binary) -> None:
        """One at a time is followed further; any other one is over."""
        known = self._report.copy() if self._doubted is None and self._doubts < _DOUBTS else None
        binary.cut()
        if known is not None:
            binary.report, self._doubted = known, binary
            self._doubts += 1

    def _is_alive(self, binary: Binary, line: Line) -> bool:
        """Whether the older binary ends here as it announced: all that came in between was printed by its tests.

        That it died is no sign of it: cargo says the same of the next one.
        """
        if (self._binary is not None and self._binary.in_section) or not binary.feed(line):
            return False
        self._doubted = None
        if not line.text.startswith("test result: "):
            return False
        self._report, self._suite = binary.report, binary.suite
        self._binary = self._nextest = self._next = None
        return True

    def _close_nextest(self) -> None:
        if self._nextest is not None:
            self._nextest.finish()
            self._nextest = None

    def _read_error(self, text: str) -> None:
        """Errors of the compiler count when cargo says that a package could not be compiled."""
        if unbuilt := _UNBUILT.match(text):
            what = unbuilt["what"] + unbuilt["target"]
            self._report.build_failed(f"{what}: {self._error}" if self._error else what)
            self._error = ""
        elif not self._error and (error := _ERROR.match(text)) and not error["said"].startswith(_OWN_WORDS):
            self._error = text[:500]


def _suite(found: re.Match[str]) -> str:
    """The file of an integration test as cargo names it; of a crate's own tests the crate, which has one file in all.

    The name of the binary ends in a number that differs with every change of the compiler.
    """
    named = found.groupdict()
    if "crate" in named:
        return named["crate"]
    what = named["what"]
    if what and not what.startswith("unittests"):
        return what.replace("\\", "/")
    return re.sub(r"-[0-9a-f]{16}(?:\.exe)?$", "", re.split(r"[\\/]", named["path"])[-1])
