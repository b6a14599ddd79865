"""One run of one test binary while its output streams by: tests that run, failed, and what the runtime reports.

Passing tests leave no trace; what a test prints is kept only while it runs.
"""

import re
from collections import deque
from dataclasses import dataclass, field

from ftc.ingest.base import Line
from ftc.ingest.golang.crash import CRASHES, Crash, crash_start, glued_start
from ftc.ingest.golang.output import LINE_CHARS, RECENT, Output
from ftc.ingest.golang.race import WARNING, Race
from ftc.ingest.golang.stack import GOROUTINE

_LEAK_START = "goleak: Errors on successful test run"
_RACE_OUTSIDE = "testing: race detected outside of test execution"
_REPORTS = (*CRASHES, "goroutine ", WARNING, _LEAK_START, _RACE_OUTSIDE)  # how all that the runtime reports begins
_REPORT_CHARS = frozenset(start[0] for start in _REPORTS)
_LABELLED = re.compile(r"\s+\t(?:Messages:\s|\s+\t)")
_NOT_OPEN = Output()
MAX_OPEN = 20_000  # tests running at once, as far as the log says; the oldest lose their output
FULL_OUTPUTS = 200  # tests whose output is kept at full length, running ones and failed ones each
MAX_FAILED = 10_000  # failed tests of one binary; more are one broken environment
MAX_RACES = 20  # reports per binary
MAX_LEAK_LINES = 120
LOOSE_LINES = 30  # output that belongs to no known test, kept for excerpts


@dataclass(slots=True, kw_only=True)
class Failed:
    """A test that was declared failed, or found to be."""

    name: str
    line: int
    declared: str = ""
    """The line that says so."""
    output: Output = field(default_factory=Output)
    before: tuple[Line, ...] = ()
    """Loose output in front of the declaration."""
    crash: Crash | None = None
    race: Race | None = None
    doubted: bool = False
    """The binary seemed to be over after it, and yet went on: it may be a quotation."""
    suite: str = ""
    """Package, where the runner says it test by test."""

    @property
    def top_level(self) -> str:
        """Name of the top-level test."""
        return self.name.split("/", 1)[0]


class BinaryRun:
    """What is known of one test binary so far."""

    __slots__ = (
        "_crash_open", "_foster", "_full", "_leak_open", "_race_open", "after_tests", "crash", "current", "failed",
        "failed_names", "leak", "loose", "open", "passed", "race_outside", "races", "tests_seen",
    )  # fmt: skip

    def __init__(self) -> None:
        self.open: dict[str, Output | None] = {}
        self.current = ""
        self.failed: list[Failed] = []
        self.failed_names: set[str] = set()
        self.passed: list[tuple[str, int]] = []
        self.crash: Crash | None = None
        self.races: list[Race] = []
        self.leak: list[Line] = []
        self.race_outside = False
        self.after_tests = False
        self.tests_seen = False
        self.loose: deque[Line] = deque(maxlen=LOOSE_LINES)
        self._crash_open = False
        self._race_open = False
        self._leak_open = False
        self._full: dict[str, Output] = {}
        """Outputs of running tests that may grow to full length, oldest first."""
        self._foster: Output | None = None
        """The test that gets the rest of a report which another test's output is mixed with."""

    def begin(self, name: str) -> None:
        """A test starts."""
        self._event()
        self.tests_seen = True
        self.open[name] = None
        self.current = name
        if len(self.open) > MAX_OPEN:
            oldest = next(iter(self.open))
            del self.open[oldest]
            self._full.pop(oldest, None)

    def end(self, name: str) -> None:
        """A test passed or was skipped."""
        self._event()
        self.tests_seen = True
        self.open.pop(name, None)
        self._full.pop(name, None)
        if name == self.current:
            self.current = ""

    def fail(self, name: str, line: Line) -> Failed:
        """A test is declared failed."""
        self._event()
        self.tests_seen = True
        self._full.pop(name, None)
        failed = Failed(
            name=name,
            line=line.number,
            declared=line.text.strip()[:LINE_CHARS],
            output=self.open.pop(name, None) or Output(),
            before=tuple(self.loose),
        )
        self.loose.clear()
        if len(self.failed) > FULL_OUTPUTS:
            self.failed[-1].output.shorten()
            self.failed[-1].before = ()
        if len(self.failed) < MAX_FAILED:
            self.failed.append(failed)
        self.failed_names.add(name)
        self.current = name
        return failed

    def over(self) -> None:
        """The binary said PASS or FAIL: no test runs any more."""
        self._event()
        self.after_tests = True
        self.current = ""

    def survived(self) -> None:
        """Something shows that the process lived on after what looked like a crash."""
        self._event()

    def _event(self) -> None:
        """A crash ends a binary: one that is followed by news of tests was printed, not suffered."""
        if self._crash_open:
            self.crash = None
            self._crash_open = False
        self._leak_open = self._race_open = False

    def write(self, name: str, line: Line) -> None:
        """Output of test ``name``, or of none known."""
        text = line.text
        if self._crash_open or self._race_open or self._leak_open:
            self._continue(_cut(line))
        elif text[:1] in _REPORT_CHARS and text.startswith(_REPORTS):
            self._start(name, line)
        output = self.open.get(name, _NOT_OPEN)
        if output is _NOT_OPEN:
            self.loose.append(line if len(text) <= LINE_CHARS else _cut(line))
            return
        if output is None:
            output = self._new_output(name)
        output.add(line)
        if self._foster is not None:
            self._foster = self._foster if _LABELLED.match(text) else None
            if self._foster is not None:
                self._foster.add(line)
        if output.named:
            self._hand_over(name, output)

    def _new_output(self, name: str) -> Output:
        output = self.open[name] = self._full[name] = Output()
        if len(self._full) > FULL_OUTPUTS:
            self._full.pop(next(iter(self._full))).shorten()
        return output

    def _hand_over(self, name: str, output: Output) -> None:
        """A report that names another test belongs to that one: binaries that write into one log mix their lines."""
        owner, output.named = output.named, ""
        if owner == name or owner not in self.open:
            return
        other = self.open[owner]
        if other is None:
            other = self._new_output(owner)
        for line in output.last_report():
            other.add(line)
        other.named = ""
        self._foster = other

    def _start(self, name: str, line: Line) -> None:
        text = line.text
        first = crash_start(line)
        if not first and text[:10] == "goroutine " and GOROUTINE.match(text):
            first = self._glued_panic(name)
        if first:
            self._begin_crash(first, name, line)
        elif text == WARNING:
            self._race_open = len(self.races) < MAX_RACES
            if self._race_open:
                self.races.append(Race(line=line.number, current=name, after_tests=self.after_tests, lines=[line]))
        elif text.startswith(_LEAK_START):
            self._leak_open, self.leak = True, [line]
        elif text.startswith(_RACE_OUTSIDE):
            self.race_outside = True

    def _begin_crash(self, first: str, name: str, line: Line) -> None:
        cut = _cut(line)
        self.crash = Crash(
            line=line.number,
            first=first[:LINE_CHARS],
            current=name or self.current,
            after_tests=self.after_tests,
            failed_before=len(self.failed),
            lines=[cut],
        )
        self._crash_open = True
        if GOROUTINE.match(line.text):
            self.crash.feed(line)

    def _glued_panic(self, name: str) -> str:
        output = self.open.get(name)
        recent = list(self.loose)[: -RECENT - 1 : -1] if output is None else output.recent()
        return next((first for line in recent if (first := glued_start(line.text))), "")

    def _continue(self, line: Line) -> None:
        if self._race_open:
            self._race_open = self.races[-1].feed(line)
        elif self._leak_open:
            if len(self.leak) < MAX_LEAK_LINES:
                self.leak.append(line)
        elif self.crash is not None:
            self._continue_crash(self.crash, line)

    def _continue_crash(self, crash: Crash, line: Line) -> None:
        """A second ``panic:`` after a whole dump is a new candidate: the first one was recovered and only printed."""
        if crash.dump.goroutines and (first := crash_start(line)):
            self._begin_crash(first, self.current, line)
        else:
            crash.feed(line)


def _cut(line: Line) -> Line:
    if len(line.text) <= LINE_CHARS:
        return line
    return Line(line.number, line.text[:LINE_CHARS], line.step)
