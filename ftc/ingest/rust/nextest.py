"""What `cargo nextest run` prints: a line for each test, and behind a failed one what it printed, indented.

Rule: a status stands in a column of twelve characters, and what tests print is indented by four, so that the same
words in output are output. Older versions do not indent it, nor does ``--no-capture``: what the list at the end does
not repeat counts as output, if there is such a list.
"""

import re
from dataclasses import dataclass

from ftc.core.model import Kind, TestId
from ftc.ingest.base import Line
from ftc.ingest.bounded import HeadTail
from ftc.ingest.generic import UNTOLD
from ftc.ingest.golang import reasons
from ftc.ingest.rust.binary import HEAD_LINES, TAIL_LINES
from ftc.ingest.rust.failing import rust_failure
from ftc.ingest.rust.report import Report, test_id

FRAMEWORK = "nextest"
_COLUMN = 12
_STATUS = re.compile(
    r" {0,10}(?P<status>(?:TRY \d{1,3} )?(?:FAIL \+ LEAK|[A-Z][A-Z0-9+-]{2,20})(?: \d{1,3}/\d{1,3})?) "
    r"\[[>\d.s ]{1,40}\] {0,4}(?:\([^)\n]{1,40}\) {1,4})?(?P<suite>\S{1,500}) {1,4}(?P<name>\S.{0,2000})$"
)
_TRY = re.compile(r"TRY \d{1,3} ")
_PASSED = frozenset(("PASS", "LEAK", "TMPASS", "TIMEOUT-PASS", "FLAKY"))
_FAILED = frozenset(("FAIL", "XFAIL", "LEAK-FAIL", "LKFAIL", "FAIL+LEAK", "FL+LK", "TIMEOUT", "TMT", "ABORT"))
_SIGNALS = frozenset(
    ("HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "SEGV", "PIPE", "ALRM", "TERM")
)
"""As a try names them, for want of room; where there is one try only they begin with ``SIG``."""
_KINDS = {
    "TIMEOUT": Kind.TIMEOUT,
    "TMT": Kind.TIMEOUT,
    "ABORT": Kind.CRASH,
    "XFAIL": Kind.ERROR,
    "LEAK-FAIL": Kind.LEAK,
    "LKFAIL": Kind.LEAK,
}
WORDS = {
    Kind.TIMEOUT: "test timed out",
    Kind.ERROR: "test could not be started",
    Kind.LEAK: "test passed and left handles open",
}
"""What a failure is called that says nothing itself."""
_HEADING = re.compile(r" {0,2}(?:stdout|stderr|output) ─{3}|--- (?:STDOUT|STDERR|OUTPUT): .{0,3000} ---$")
_RULER = re.compile(r"─{4,}$| {2,5}Cancel")
_LIMIT = 10_000
_LINE = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failed:
    """A try that failed."""

    status: str
    line: int
    text: HeadTail


class Nextest:
    """Follows one run of nextest, from ``Starting N tests`` on."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._failed: dict[tuple[str, str], _Failed] = {}
        self._passed: dict[tuple[str, str], None] = {}
        self._listed: set[tuple[str, str]] = set()
        self._open: HeadTail | None = None
        self._begun: tuple[tuple[str, str], HeadTail] | None = None
        """With ``--no-capture`` a test prints before its result, and ``START`` says which one does."""
        self._summed_up = False

    def feed(self, line: Line) -> None:
        """Take a line of the run."""
        text = line.text[:_LINE]
        if text.startswith("     Summary ["):
            self._summed_up, self._open = True, None
        elif self._summed_up and text.startswith(("error: ", "warning: ")):
            self._open = None  # of nextest itself, behind the last text
        elif " [" in text[3:40] and (found := _STATUS.match(text)) and self._own(found):
            self._read(found, line.number)
        elif _RULER.match(text):
            self._open = None
        elif self._open is not None and not _HEADING.match(text):
            self._open.add(line.text.removeprefix("    "))

    def finish(self) -> None:
        """Report the run; also one that was cut off."""
        for key, failed in self._failed.items():
            test = test_id(*key)
            if self._listed and key not in self._listed and key not in self._passed:
                self._report.excluded(test, reasons.QUOTED)
                continue
            kind = _kind(failed.status)
            fallback = WORDS.get(kind, f"test ended with {failed.status}") if kind else UNTOLD
            self._report.failed(
                rust_failure(
                    test, failed.text.lines(), framework=FRAMEWORK, line=failed.line, kind=kind, fallback=fallback
                )
            )
        for key in self._passed:
            self._report.passed(test_id(*key))

    def _own(self, found: re.Match[str]) -> bool:
        """Whether a status is nextest's: it ends in its column, and is of the test that runs where only one does."""
        under_way = self._begun[0] if self._begun and not self._summed_up else None
        return _placed(found) and under_way in (None, _key(found))

    def _read(self, found: re.Match[str], number: int) -> None:
        self._open = None
        status, key = _word(found), _key(found)
        if status == "START":
            self._open = HeadTail(head=HEAD_LINES, tail=TAIL_LINES)
            self._begun = (key, self._open)
        elif status in _PASSED:
            self._begun = None
            if key in self._failed:
                self._passed[key] = None
        elif _bad(status):
            self._fail(key, status, number)

    def _fail(self, key: tuple[str, str], status: str, number: int) -> None:
        """A try: the last one speaks, as in nextest's report. The list at the end only repeats, or brings the text."""
        if self._summed_up:
            self._listed.add(key)
        known = self._failed.get(key)
        if known is not None and self._summed_up:
            self._open = known.text
        elif known is not None or len(self._failed) < _LIMIT:
            self._passed.pop(key, None)
            begun = self._begun if self._begun and self._begun[0] == key else None
            self._open = begun[1] if begun else HeadTail(head=HEAD_LINES, tail=TAIL_LINES)
            self._begun = None
            self._failed[key] = _Failed(status=status, line=number, text=self._open)


def _word(found: re.Match[str]) -> str:
    """The first word of a status behind the number of the try, in which a signal is named as in a run without tries."""
    word = _TRY.sub("", found["status"]).split(" ")[0]
    return f"SIG{word}" if word in _SIGNALS else word


def _bad(status: str) -> bool:
    return status in _FAILED or status.startswith("SIG")


def nextest_result(line: str) -> tuple[TestId, bool] | None:
    """The test of a line with a result, and whether it passed; nothing for any other line."""
    found = _STATUS.match(line[:_LINE]) if " [" in line[3:40] else None
    if found is None or not _placed(found):
        return None
    status = _word(found)
    return (test_id(*_key(found)), status in _PASSED) if status in _PASSED or _bad(status) else None


def _placed(found: re.Match[str]) -> bool:
    """Whether a status ends in its column."""
    return found.start("status") + len(found["status"]) == max(_COLUMN, len(found["status"]))


def _key(found: re.Match[str]) -> tuple[str, str]:
    return found["suite"], found["name"]


def _kind(status: str) -> Kind | None:
    return Kind.CRASH if status.startswith("SIG") else _KINDS.get(status)
