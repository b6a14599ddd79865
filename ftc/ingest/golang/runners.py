"""Runners around ``go test``: gotestsum's own lines and summary, and runners that call one test at a time.

Their short package names are handed on as printed; ``report`` completes them where the log tells how.
"""

import re

from ftc.core.model import Kind, TestId
from ftc.ingest.base import Line, RawFailure
from ftc.ingest.generic import UNTOLD
from ftc.ingest.golang.binary import BinaryRun
from ftc.ingest.golang.pending import Pending
from ftc.ingest.golang.report import Report
from ftc.ingest.golang.settle import FRAMEWORK, settle

_SECTION = re.compile(r"=== (FAIL|SKIP): (\S+) +(?:(\S.*?) +)?(?:\(re-run \d+\) )?\((?:\d+\.\d+s|unknown)\)$")
_TEST = re.compile(
    r"(PASS|FAIL|SKIP) (\S+?)\.((?:Test|Fuzz|Example|Benchmark)\S*)(?: \(re-run \d+\))?"
    r" \((?:\d+\.\d+s|unknown|cached)\)$"
)
_PACKAGE = re.compile(r"(PASS|FAIL|✖|✓) {1,2}([^\s():]+)(?: \((?:\d+\.?\d*m?s|cached)\))?$")
_ONE_TEST = re.compile(r"\[FAIL\]  (\S+) ((?:Test|Fuzz|Example|Benchmark)\w*)\s*$")
_EXIT = re.compile(r"err=\S")
MAX_CHARS = 2_000  # of a runner's own lines; longer ones are output
MAX_EXPECTED = 2_000


class Runners:
    """Reads what runners add to the text of ``go test``."""

    def __init__(self, report: Report, pending: Pending) -> None:
        self._report = report
        self._pending = pending
        self._sections: dict[str, BinaryRun] = {}
        self._section_of = ""
        self._expected: dict[tuple[str, str], int] = {}
        self.in_section = False
        self.reformats = False
        """gotestsum prints markers of sub-tests without indentation, and of failed tests only."""

    def result(self, line: Line, text: str) -> bool:
        """Take a line that may be gotestsum's word on a test or a package; True when it is."""
        if len(text) > MAX_CHARS:
            return False
        return self._test(line, text) or self._package(text)

    def section(self, line: Line) -> bool:
        """Take a line of the summary; False when the summary is over and the line is none of it."""
        text = line.text
        if text.startswith("=== ") and self.begins_summary(line, text):
            return True
        if text.startswith("DONE ") or (text.startswith("=== ") and not text.startswith("=== RUN")):
            self._end_summary()
            return True
        run = self._sections.get(self._section_of)
        if run is not None:
            failed = run.failed[-1] if run.failed else None
            run.write("", line)
            if failed is not None:
                failed.output.add(line)
        return True

    def begins_summary(self, line: Line, text: str) -> bool:
        """Take a heading of gotestsum's summary; True when it is one."""
        if text in {"=== Failed", "=== Skipped", "=== Errors"}:
            self.reformats = True
            return True
        match = _SECTION.match(text) if len(text) <= MAX_CHARS else None
        if match is None:
            return False
        word, package, name = match.groups()
        self.in_section = True
        self._section_of = package if word == "FAIL" else ""
        if word == "FAIL":
            run = self._sections.setdefault(package, BinaryRun())
            run.loose.clear()
            if name:
                run.fail(name, line)
        return True

    def _end_summary(self) -> None:
        self.in_section = False
        for package, run in self._sections.items():
            settle(run, self._report, suite=package, failed=True)
        self._sections.clear()

    def _test(self, line: Line, text: str) -> bool:
        match = _TEST.match(text)
        if match is None:
            return False
        word, package, name = match.groups()
        self.reformats = True
        run = self._pending.run
        if word == "PASS" and (name in run.failed_names or name in self._report.failed_names):
            run.passed.append((name, line.number))
        for failed in run.failed:
            if failed.name == name:
                failed.suite = package
        return True

    def _package(self, text: str) -> bool:
        match = _PACKAGE.match(text)
        if match is None or not (self.reformats or text[0] in "✖✓"):
            return False
        self.reformats = True
        if match[1] in {"FAIL", "✖"}:
            if self._pending.run.failed or self._pending.run.crash:
                self._pending.package_failed(match[2])
        else:
            self._pending.package_passed(match[2])
        return True

    def one_test(self, line: Line, text: str) -> bool:
        """Take ``[FAIL]  package Test``; the output of that process stands before or after it."""
        if text[:8] != "[FAIL]  ":
            return False
        match = _ONE_TEST.match(text)
        if match is None:
            return False
        suite, test = match[1], match[2]
        self._settle_process((suite, test))
        if len(self._expected) < MAX_EXPECTED and not self._report.has_failed(suite=suite, top_level=test):
            self._expected[suite, test] = line.number
        return True

    def exited(self, line: Line, text: str) -> bool:
        """Take ``err=exit status 1``, which separates the output of two processes."""
        if text[:4] != "err=" or not self._expected or _EXIT.match(text) is None:
            return False
        self._settle_process(None)
        return True

    def _settle_process(self, named: tuple[str, str] | None) -> None:
        """Give what was read to the process it came from, by the top-level test that failed."""
        run = self._pending.run
        if not run.failed and run.crash is None:
            return
        tops = self._pending.suspects()
        waiting = [*self._expected, *([named] if named else [])]
        choice = next((item for item in waiting if item[1] in tops), None)
        if choice is None and run.crash is not None and waiting:
            choice = waiting[-1]
        if choice is not None:
            self._expected.pop(choice, None)
            self._pending.process_ended(suite=choice[0], expected=choice[1])

    def finish(self) -> None:
        """The log ends: tests that a runner named and nobody explained are failures without a message."""
        if self.in_section:
            self._end_summary()
        if self._expected:
            self._settle_process(None)
        for (suite, test), line in self._expected.items():
            if not self._report.has_failed(suite=suite, top_level=test):
                self._report.fail(_unexplained(suite, test, line))


def _unexplained(suite: str, test: str, line: int) -> RawFailure:
    declared = f"[FAIL]  {suite} {test}"
    return RawFailure(
        test=TestId(ecosystem="go", suite=suite, name=test),
        framework=FRAMEWORK,
        kind=Kind.ERROR,
        message=UNTOLD,
        line=line,
        lines=(declared,),
        key_lines=(declared,),
    )
