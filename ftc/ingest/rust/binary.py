"""One test binary of Rust's own runner: what it announced, what became of it, and what its failing tests printed.

Rule: tests print what they like between the runner's own lines. The binary is over only when a summary adds up to what
it announced; who failed stands in the list right before that summary, and output that only looks so is output.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ftc.core.model import Kind
from ftc.ingest.base import Line
from ftc.ingest.bounded import HeadTail
from ftc.ingest.golang import reasons
from ftc.ingest.rust.failing import MAIN, rust_failure
from ftc.ingest.rust.report import Report, test_id

FRAMEWORK = "cargo-test"
_RESULT = re.compile(r"test (?P<name>\S.{0,2000}?)(?: - should panic)? \.\.\. (?P<said>ok|FAILED|ignored(?:, .*)?)$")
_UNDER_WAY = re.compile(r"test (?P<name>\S.{0,2000}?)(?: - should panic)? \.\.\. ")
_HUNG = re.compile(r"test (?P<name>\S.{0,2000}?)(?: - should panic)? has been running for over \d{1,6} seconds$")
_SECTION = re.compile(r"---- (?P<name>\S.{0,2000}) (?:stdout|stderr) ----$")
_OVER = re.compile(
    r"test result: (?:ok|FAILED)\. (?P<passed>\d{1,7}) passed; (?P<failed>\d{1,7}) failed; "
    r"(?P<ignored>\d{1,7}) ignored; (?P<measured>\d{1,7}) measured; \d{1,7} filtered out(?:; finished in .{1,40})?$"
)
_THREAD = re.compile(r"thread '(?P<name>[^'\n]{1,1000})'(?: \(\d{1,20}\))? (?:panicked at |has overflowed its stack$)")
_RERUN = re.compile(r"error: (?:doc)?test failed, to rerun pass ")
_DIED = re.compile(r"  process didn't exit successfully: .{1,8000} \((?P<how>.{1,200})\)$")
_LINE = 4_096
"""Characters of a line in which one of the runner's own is looked for."""

HEAD_LINES, TAIL_LINES = 70, 50
HELD_LINES = 2_000
"""Lines of a list that may be output."""
RESULTS = 100_000
"""Tests of one binary whose results are kept."""
_SECTIONS = 2_000
"""Failing tests of one binary whose text is kept."""


class Binary:
    """Follows one binary from ``running N tests`` to its summary, or to cargo's word that it died."""

    def __init__(self, report: Report, *, suite: str, announced: int, line: int) -> None:
        self.report = report
        """Where all is told; only what ends tells anything."""
        self.suite = suite
        self._announced = announced
        self._results: dict[str, tuple[str, int]] = {}
        """What was said of each test, and in which line."""
        self._sections: dict[str, HeadTail] = {}
        self._begun: dict[str, int] = {}
        self._text: HeadTail | None = None
        self._listed: list[str] | None = None
        """Names behind the latest ``failures:``, and in ``held`` the lines of that list."""
        self._held: list[str] = []
        self._under_way = ""
        self._hung: dict[str, int] = {}
        self._loose = HeadTail(head=HEAD_LINES, tail=TAIL_LINES)
        """Lines outside of a section; a process that dies leaves its last words there."""
        self._thread = ""
        """The thread that panicked last, outside of a section."""
        self._threads: dict[str, tuple[str, ...]] | None = None
        self._line = line
        self._cargo_spoke = False

    def feed(self, line: Line) -> bool:
        """Take a line; whether the binary is over with it."""
        text = line.text[:_LINE]
        if text.startswith("test result: ") and self._ends(text):
            return True
        if "to rerun pass " in text and _RERUN.search(text):
            self._cargo_spoke = True
            if begun := _UNDER_WAY.match(text):  # with one thread the test's name comes before it has run
                self._under_way = begun["name"]
        elif self._cargo_spoke and text.startswith("  process didn") and (died := _DIED.match(text)):
            self._died(died["how"])
            return True
        elif text == "failures:":
            self._flush()
            self._listed, self._held = [], [line.text]
        elif text.startswith("---- ") and (section := _SECTION.match(text)) and self._may_have_failed(section["name"]):
            self._open(section["name"], line.number)
        elif self._listed is not None and (not text or text.startswith("    ")):
            self._list(text.strip(), line)
        else:
            self._flush()
            self._read_output(line, text)
        return False

    @property
    def in_section(self) -> bool:
        """Whether a line is what a failed test printed."""
        return self._text is not None

    def cut(self) -> None:
        """The log ends before the binary does, or cargo goes on to the next one."""
        for name, (said, number) in self._results.items():
            if said == "FAILED":
                self._fail(name, number)
        self._threads = None  # it may be read further
        running = [*self._hung, *([self._under_way] if self._under_way else [])]
        for name in running:
            self.report.problem(f"the log ends while {name} was running")
        if not running and len(self._results) < min(self._announced, RESULTS):
            told, suite = len(self._results), f" of {self.suite}" if self.suite else ""
            self.report.problem(f"{self._announced} tests{suite} were announced, and {told} of them have a result")

    def _open(self, name: str, number: int) -> None:
        if len(self._sections) < _SECTIONS or name in self._sections:
            self._flush()
            self._text = self._sections[name] = HeadTail(head=HEAD_LINES, tail=TAIL_LINES)
            self._begun[name] = number

    def _list(self, name: str, line: Line) -> None:
        """A line of what may be the list of all that failed; it becomes output when something else follows it."""
        assert self._listed is not None
        if name and len(self._listed) < min(self._announced, RESULTS):
            self._listed.append(name)
        if len(self._held) < HELD_LINES:
            self._held.append(line.text)

    def _flush(self) -> None:
        if self._text is not None:
            for text in self._held:
                self._text.add(text)
        self._listed, self._held = None, []

    def _may_have_failed(self, name: str) -> bool:
        """Where every result was printed, only a test that failed has a section."""
        return len(self._results) < self._announced or self._results.get(name, ("", 0))[0] == "FAILED"

    def _read_output(self, line: Line, text: str) -> None:
        """A line of the section that is open; outside of one, results and what was printed past the runner."""
        if self._text is not None:
            self._text.add(line.text)
            return
        if text.startswith("test ") and len(self._results) < min(self._announced, RESULTS):
            self._read_result(text, line.number)
        elif text.startswith("thread '") and (thread := _THREAD.match(text)):
            self._thread = thread["name"]
        self._loose.add(line.text)

    def _read_result(self, text: str, number: int) -> None:
        if result := _RESULT.match(text):
            self._results[result["name"]] = (result["said"], number)
            self._hung.pop(result["name"], None)
            self._under_way = ""
        elif hung := _HUNG.match(text):
            self._hung[hung["name"]] = number
        elif begun := _UNDER_WAY.match(text):
            self._under_way = begun["name"]

    def _ends(self, text: str) -> bool:
        """Whether this summary is the binary's own; if so, all is reported."""
        over = _OVER.match(text)
        if not over or sum(map(int, over.groups())) != self._announced:
            return False
        listed = list(dict.fromkeys(self._listed or ()))
        failed = listed if len(listed) == int(over["failed"]) else [*self._failed()]
        for name in failed:
            self._fail(name, self._begun.get(name) or self._results.get(name, ("", self._line))[1])
        for name, (said, _) in self._results.items():
            if name in failed:
                continue
            if said == "ok":
                self.report.passed(test_id(self.suite, name))
            elif said == "FAILED":
                self.report.excluded(test_id(self.suite, name), reasons.QUOTED)
        return True

    def _failed(self) -> Iterator[str]:
        return (name for name, (said, _) in self._results.items() if said == "FAILED")

    def _fail(self, name: str, number: int) -> None:
        section = self._sections.get(name)
        lines = section.lines() if section else self._spoken(name)
        test = test_id(self.suite, name)
        self.report.failed(rust_failure(test, lines, framework=FRAMEWORK, line=number))

    def _died(self, how: str) -> None:
        """The process ended by a signal or an exit of its own: the test that ran or spoke last did it, if one did."""
        for name in self._failed():
            self._fail(name, self._results[name][1])
        known = self._results.get(self._thread, ("", 0))[0]
        culprit = self._under_way or (self._thread if self._thread != MAIN and not known else "")
        message = f"test binary died: {how}"
        if not culprit:
            self.report.excluded(test_id(self.suite, ""), message)
            return
        failure = rust_failure(
            test_id(self.suite, culprit),
            self._spoken(culprit),
            framework=FRAMEWORK,
            line=self._line,
            kind=Kind.CRASH,
            fallback=message,
        )
        self.report.failed(failure)

    def _spoken(self, name: str) -> tuple[str, ...]:
        """With ``--nocapture`` all tests print into one stream, also what looks like a section: what a thread said."""
        if self._threads is None:
            self._threads = {}
            for text in (self._loose, *self._sections.values()):
                self._threads = _by_thread(text.lines()) | self._threads
        return self._threads.get(name, ())


def _by_thread(lines: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """From the first panic of each thread on, up to the next one's."""
    starts = [(index, name) for index, line in enumerate(lines) if (name := _thread(line))]
    said: dict[str, tuple[str, ...]] = {}
    for (start, name), (end, _) in pairwise([*starts, (len(lines), "")]):
        said.setdefault(name, tuple(lines[start:end]))
    return said


def _thread(line: str) -> str:
    found = _THREAD.match(line[:_LINE]) if line.startswith("thread '") else None
    return found["name"] if found else ""
