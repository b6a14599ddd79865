"""Text that ``go test`` and test binaries print, with and without ``-v``: markers become news of a test binary.

In verbose text only announced tests can fail, so a quoted ``--- FAIL`` is output like any other. The import path
comes last (``FAIL<tab>path``), hence failures wait for it.
"""

import re
from collections.abc import Callable

from ftc.ingest.base import Line
from ftc.ingest.golang.binary import BinaryRun, Failed
from ftc.ingest.golang.builds import Builds
from ftc.ingest.golang.events import Events
from ftc.ingest.golang.pending import Pending
from ftc.ingest.golang.report import Report
from ftc.ingest.golang.runners import Runners

_MARKER = re.compile(r"--- (?P<word>PASS|FAIL|SKIP|BENCH): (?P<name>\S.*) \((?:\d+\.\d+s|unknown)\)$")
_MODE = re.compile(r"=== (?P<word>RUN|PAUSE|CONT|NAME|ATTR) {1,3}(?P<name>\S+)(?: .*)?$")
_PACKAGE = re.compile(r"(?P<word>FAIL|ok  |\?   )\t(?P<path>[^\s\[\]]+)\t[\d(\[]")
_PLACE = re.compile(r"((?: {4})+)[^\s:]+\.go:\d+:")
_QUOTING = re.compile(r"\.go:\d+: |[\"'`:]$")
_TEST_NAME = re.compile(r"(?:Test|Fuzz|Example|Benchmark)(?![a-z])")
QUOTING_CHARS = 300  # in front of a marker that are looked at for signs of a quotation


class Text:
    """Reads the lines of one file, and hands JSON among them to ``events``."""

    def __init__(self, report: Report, builds: Builds, events: Events) -> None:
        self._report = report
        self._builds = builds
        self._events = events
        self._pending = Pending(report)
        self._runners = Runners(report, self._pending)
        self.judged_packages = False
        """Whether a package was said to have passed or failed."""
        self._verbose = False
        self._step = ""
        self._blocks: list[Failed] = []
        self._by_first: dict[str, Callable[[Line, str], bool]] = {
            "=": self._equals,
            "F": self._capital_f,
            "o": self._package_line,
            "?": self._package_line,
            "P": self._capital_p,
            "#": self._heading,
            "[": self._runners.one_test,
            "e": self._runners.exited,
            "{": self._event,
            "✖": self._runners.result,
            "✓": self._runners.result,
        }

    @property
    def _run(self) -> BinaryRun:
        return self._pending.run

    def feed(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if line.step != self._step:
            self._step, self._verbose = line.step, False  # the next step's go test may run without -v
        if self._runners.in_section:
            if self._runners.section(line):
                return
        elif text:
            known = self._by_first.get(text[0])
            if known is not None and known(line, text):
                return
            if self._builds.open and self._builds.feed(text):
                return
            if "=== " in text and self._mode(text):
                return
            if text[-1] == ")" and "--- " in text and self._marker(line, text):
                return
        if self._blocks and self._explains(line, text):
            return
        run = self._pending.run
        run.write(run.current, line)

    def _explains(self, line: Line, text: str) -> bool:
        """Take a line under the marker of a test that failed without ``-v``; True when it is that test's alone."""
        if text[:4] == "    ":
            self._owner(text).output.add(line)
            return True
        last = self._blocks[-1]
        if last.name.startswith("Example"):  # examples show their difference without indentation
            last.output.add(line)
        elif text:
            self._blocks = []
        return False

    def _owner(self, text: str) -> Failed:
        """The failed test of a block without ``-v`` that an indented line tells of, by its depth."""
        blocks = self._blocks
        match = _PLACE.match(text)
        if match is not None:
            depth = len(match[1]) // 4
            while len(blocks) > 1 and len(blocks) > depth:
                blocks.pop()
        return blocks[-1]

    def _event(self, line: Line, text: str) -> bool:
        """An event of ``go test -json``, unless a test that runs in verbose text prints it."""
        return not (self._verbose and self._run.open) and self._events.feed(line, text)

    def _equals(self, line: Line, text: str) -> bool:
        if text[:4] != "=== ":
            return False
        return self._mode(text) or self._runners.begins_summary(line, text)

    def _mode(self, text: str) -> bool:
        start = text.rindex("=== ")
        match = _MODE.match(text, start)
        if match is None or (start and not self._announces(match, text[:start])):
            return False
        word, name, run = match["word"], match["name"], self._run
        if word == "RUN":
            self._verbose = True
            run.begin(name)
        elif word != "ATTR" and (name in run.open or name in run.failed_names):
            run.survived()
            run.current = "" if word == "PAUSE" else name
        self._blocks = []
        return True

    def _announces(self, match: re.Match[str], glued: str) -> bool:
        """Whether text in front of ``=== RUN`` lacked a line end, rather than quoting it."""
        return self._verbose or (_TEST_NAME.match(match["name"]) is not None and not _quotes(glued))

    def _marker(self, line: Line, text: str) -> bool:
        start = text.rindex("--- ")
        match = _MARKER.match(text, start)
        if match is None:
            return False
        name, run = match["name"], self._run
        indent = text[:start]
        if not self._credible(name, indent):
            return False
        if match["word"] == "FAIL":
            self._failed(name, line, depth=len(indent) // 4 if not indent.strip() else 0)
        else:
            self._passed(name, line, passed=match["word"] == "PASS")
        if indent.strip():
            run.loose.clear()
        return True

    def _credible(self, name: str, glued: str) -> bool:
        """Whether a marker is the testing package's own and not a quotation in some test's output."""
        if self._verbose and self._run.tests_seen:
            return name in self._run.open or self._runners.reformats
        if not glued.strip():
            return len(glued) % 4 == 0 and (not glued or bool(self._run.failed_names) or self._runners.reformats)
        return not _quotes(glued)

    def _failed(self, name: str, line: Line, *, depth: int) -> None:
        run = self._run
        if run.after_tests and not self._verbose:
            for earlier in run.failed:
                earlier.doubted = True
        failed = run.fail(name, line)
        self._pending.ended(name)
        del self._blocks[depth:]
        self._blocks.append(failed)

    def _passed(self, name: str, line: Line, *, passed: bool) -> None:
        run = self._run
        if passed and (name in run.failed_names or name in self._report.failed_names):
            run.passed.append((name, line.number))
        run.end(name)
        self._pending.ended(name)

    def _capital_f(self, line: Line, text: str) -> bool:
        if text == "FAIL":
            return self._over()
        return text[:4] == "FAIL" and (self._package_line(line, text) or self._runners.result(line, text))

    def _capital_p(self, line: Line, text: str) -> bool:
        if text != "PASS":
            return text[:5] == "PASS " and self._runners.result(line, text)
        if not self._verbose:
            self._pending.quoted()
        return self._over()

    def _over(self) -> bool:
        """The binary's verdict; while tests run in verbose text the word is theirs."""
        run = self._run
        self._blocks = []
        if not (self._verbose and run.open):
            run.over()
            return True
        return False

    def _package_line(self, line: Line, text: str) -> bool:
        match = _PACKAGE.match(text) if text[4:5] == "\t" else None
        if match is None:
            return text[-7:] == "failed]" and self._builds.package_failed(text)
        self._blocks = []
        self.judged_packages = True
        self._report.package(match["path"])
        if match["word"] == "FAIL":
            self._pending.package_failed(match["path"])
        else:
            self._pending.package_passed(match["path"])
        if not self._run.open:
            self._verbose = False
        return True

    def _heading(self, line: Line, text: str) -> bool:
        return self._builds.feed(text)

    def finish(self) -> None:
        """The log ends here, maybe in the middle of a test."""
        self._runners.finish()
        self._pending.finish()


def _quotes(glued: str) -> bool:
    """Whether text in front of a marker introduces a quotation."""
    return _QUOTING.search(glued[-QUOTING_CHARS:].rstrip()) is not None
