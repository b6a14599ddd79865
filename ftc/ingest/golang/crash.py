"""What ends a test binary early: panics, runtime errors and the test time-out, read line by line.

A panic that is printed is not yet a crash: a program may print a recovered one. Whoever owns a ``Crash`` decides
by what comes after it.
"""

import re
from dataclasses import dataclass, field

from ftc.core.model import Frame, Kind
from ftc.ingest.base import Line
from ftc.ingest.golang.stack import Dump, Goroutine, TestFunction, own_frames, test_function

CRASHES = ("panic: ", "fatal error: ", "SIG", "unexpected fault address ")
"""How the lines begin that may be the first of a crash."""

_SIGNAL = re.compile(r"SIG[A-Z]+: ")
_GLUED = re.compile(r".*?(panic: .*)$")
_TIMEOUT = re.compile(r"panic: test timed out after (\S+)")
_RUNNING = re.compile(r"\t\t(\S.*) \(((?:\d+h)?(?:\d+m)?(?:[\d.]+m?s)?)\)$")
_LATE = re.compile(r"panic: (?:Log|Fail) in goroutine after (\S.*?) has completed")
_REPANICKED = re.compile(r" \[recovered(?:, repanicked)?\]$")
_DURATION = re.compile(r"(?:(\d{1,9})h)?(?:(\d{1,9})m(?!s))?(?:([\d.]{1,20})(m?s))?$")
_PRINTED = ("runtime/debug.Stack", "runtime/debug.PrintStack")  # a program prints a panic that it has recovered
MAX_LINES = 80  # of a dump in an excerpt; the crashing goroutine comes first
MAX_RUNNING = 500  # tests of one "running tests:" list
MAX_MESSAGE_LINES = 20  # of a panic value


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningTest:
    """An entry of the list that a time-out prints."""

    name: str
    seconds: float


@dataclass(slots=True, kw_only=True)
class Crash:
    """A panic, runtime error or time-out while it is read; complete when ``feed`` has seen its last line."""

    line: int
    first: str
    current: str = ""
    """The test whose output it interrupts, as far as the log says."""
    after_tests: bool = False
    """It began after the binary had said PASS or FAIL."""
    failed_before: int = 0
    """How many failing tests were declared before it."""
    running: list[RunningTest] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    message_lines: list[str] = field(default_factory=list)
    dump: Dump = field(default_factory=Dump)

    def feed(self, line: Line) -> None:
        """Take a line that follows the first."""
        text = line.text
        if len(self.lines) < MAX_LINES:
            self.lines.append(line)
        if self.dump.feed(text) or self.dump.goroutines:
            return
        if (match := _RUNNING.match(text)) and self.timed_out:
            if len(self.running) < MAX_RUNNING:
                self.running.append(RunningTest(name=match[1], seconds=seconds(match[2])))
        elif text[:1] == "\t" and len(self.message_lines) < MAX_MESSAGE_LINES:
            self.message_lines.append(text[1:])

    @property
    def timed_out(self) -> bool:
        """Whether the binary's own time-out ended it."""
        return _TIMEOUT.match(self.first) is not None

    @property
    def repanicked(self) -> bool:
        """Whether the testing package caught it first, and so has declared the test that failed."""
        return any(_REPANICKED.search(text) for text in (self.first, *self.message_lines))

    @property
    def late_for(self) -> str:
        """The finished test whose ``t`` a left-over goroutine used."""
        match = _LATE.match(self.first)
        return match[1] if match else ""

    @property
    def kind(self) -> Kind:
        """Panics are the program's own; runtime errors and signals take the process down without one."""
        if self.timed_out:
            return Kind.TIMEOUT
        return Kind.PANIC if self.first.startswith("panic: ") else Kind.CRASH

    @property
    def message(self) -> str:
        """The panic value, the runtime's error, or which time-out it was."""
        first = _REPANICKED.sub("", self.first.removeprefix("panic: "))
        if self.timed_out:
            return first
        more = [_REPANICKED.sub("", text) for text in self.message_lines if not text.startswith("panic: ")]
        return "\n".join([first, *more]).strip()

    @property
    def complete(self) -> bool:
        """Whether enough was printed to be a real end of a process, and by the runtime itself."""
        first = self.dump.goroutines[0].calls if self.dump.goroutines else ""
        return bool(first) and not first.startswith(_PRINTED)

    def functions(self) -> list[str]:
        """Functions of the crashing goroutine, then of those that started it, as far as the dump shows them."""
        goroutines = self.dump.goroutines
        by_id = {goroutine.id: goroutine for goroutine in goroutines}
        chain: list[str] = []
        goroutine = goroutines[0] if goroutines else None
        for _ in range(len(goroutines)):
            if goroutine is None:
                break
            chain.extend(goroutine.functions())
            goroutine = by_id.get(goroutine.parent)
        return chain

    def test(self) -> TestFunction | None:
        """The test function on the way to the crash."""
        direct = next((found for name in self.functions() if (found := test_function(name))), None)
        if direct is not None or not self._shows_all:
            return direct
        shown = {found for goroutine in self.dump.goroutines for name in goroutine.functions()
                 if (found := test_function(name))}  # fmt: skip
        return shown.pop() if len(shown) == 1 else None

    @property
    def _shows_all(self) -> bool:
        """Time-outs and deadlocks dump every goroutine, and the first one is not to blame."""
        return self.timed_out or "all goroutines are asleep" in self.first

    def package(self) -> str:
        """Import path of the tested package where a test function names it."""
        tests = (test_function(name) for goroutine in self.dump.goroutines for name in goroutine.functions())
        return next((found.package for found in tests if found), "")

    def frames(self, test: str) -> tuple[Frame, ...]:
        """Own frames of the crashing goroutine, or of the one that runs ``test`` when the time-out rang."""
        goroutine = self._goroutine_of(test) if self.timed_out else None
        if goroutine is None and self.dump.goroutines:
            goroutine = self.dump.goroutines[0]
        return own_frames(goroutine.frames) if goroutine else ()

    def _goroutine_of(self, test: str) -> Goroutine | None:
        """The innermost goroutine of a test: a parent only waits in ``testing.(*T).Run`` for its sub-test."""
        top, last = test.split("/", 1)[0], test.rpartition("/")[2]
        best: Goroutine | None = None
        for goroutine in self.dump.goroutines:
            found = {item.name for name in goroutine.functions() if (item := test_function(name))}
            waits = bool(goroutine.frames) and goroutine.frames[0].function.startswith("testing.(*T).Run")
            if last in found and not waits:
                return goroutine
            if top in found and (best is None or not waits):
                best = goroutine
        return best


def crash_start(line: Line) -> str:
    """The text with which a crash begins in this line; empty when it does not begin one."""
    text = line.text
    if not text.startswith(CRASHES) or (text.startswith("SIG") and not _SIGNAL.match(text)):
        return ""
    return text


def glued_start(text: str) -> str:
    """A panic behind text that had no line end; only worth asking once a goroutine dump follows."""
    match = _GLUED.match(text)
    return match[1] if match else ""


def seconds(text: str) -> float:
    """Go's duration ``10m0s`` in seconds; 0 when it is none."""
    match = _DURATION.match(text)
    if match is None:
        return 0.0
    hours, minutes, amount, unit = match.groups()
    small = float(amount) if amount and amount.count(".") < 2 and amount != "." else 0.0
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + (small / 1000 if unit == "ms" else small)


def leaves(running: list[RunningTest]) -> list[RunningTest]:
    """Running tests that wait for no sub-test of their own."""
    names = {entry.name for entry in running}
    parents = {name[:i] for name in names for i, char in enumerate(name) if char == "/"}
    return [entry for entry in running if entry.name not in parents]
