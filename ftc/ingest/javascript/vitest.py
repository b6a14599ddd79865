"""The log of ``vitest run`` to failed tests.

Rule: only the last list of failures before the summary of a run is the runner's own. What tests print stands before
it, and a run inside of a run is the output of a test of a test runner.
"""

import re
from dataclasses import dataclass, field

from ftc.core.model import Exclusion, TestId
from ftc.ingest.base import Findings, Line, RawFailure
from ftc.ingest.bounded import NAME_LIMIT, HeadTail
from ftc.ingest.golang import reasons
from ftc.ingest.javascript.vitest_error import VitestError
from ftc.ingest.pytest_section import HEAD_LINES, TAIL_LINES

FRAMEWORK = "vitest"
_RUN = re.compile(r" RUN {1,4}v\d+\.\d+\.\S+ +(?P<root>\S.*)")
_LIST = re.compile(r"⎯+ Failed (?P<what>Tests|Suites) \d+ ⎯+")
_OTHER_LIST = re.compile(r"⎯+ [A-Z][\w ]{1,40} ⎯+")
_HEADER = re.compile(r" FAIL  (?:\|[^|]{1,100}\| )?(?P<file>\S.*?)(?::\d+:\d+)?(?: > (?P<name>.*))?")
_ITS_FILE = re.compile(r" \[ .{1,400} \]$")
_END = re.compile(r"⎯+\[\d+/\d+\]⎯+")
_COUNTS = " Test Files  "
_LAST = re.compile(r" {3}Duration  \d")
_FAILURE_LIMIT = 10_000
_LINE_LIMIT = 4_000
"""Characters of a line with a title."""
_DEPTH = 20
"""Runs inside of each other; a test of a test runner starts one in itself."""
_SHARED = 100
"""Tests that share one error in a list."""


@dataclass(slots=True)
class _Run:
    """What one run said so far; ``lists`` are failures by what failed: tests, or suites around them."""

    root: str
    failed: bool = True
    lists: dict[str, list[RawFailure]] = field(default_factory=dict)
    builds: dict[str, list[str]] = field(default_factory=dict)
    inner: list["_Run"] = field(default_factory=list)

    def failures(self) -> list[RawFailure]:
        """Those of the last lists; none if the summary knows of none."""
        return [item for found in self.lists.values() for item in found] if self.failed else []


class VitestParser:
    """Follows one log; a failure runs from its line to the one that numbers it."""

    ecosystem = FRAMEWORK

    def __init__(self) -> None:
        self._open: list[_Run] = []
        self._failures: dict[TestId, RawFailure] = {}
        self._excluded: dict[Exclusion, None] = {}
        self._build: dict[str, None] = {}
        self._what = ""
        """The list that is being read: Tests or Suites."""
        self._block: _Block | None = None

    def feed(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if text[:5] == " RUN " and len(text) < _LINE_LIMIT and (found := _RUN.fullmatch(text)):
            self._begin(found["root"])
        elif not self._open:
            return
        elif text[:1] == "⎯" and len(text) < _LINE_LIMIT:
            self._ruler(text)
        elif self._what and text[:6] == " FAIL ":
            self._header(text, line.number)
        elif self._block is not None:
            self._block.add(text)
        elif text[:13] == _COUNTS:
            self._open[-1].failed = " failed" in text[:_LINE_LIMIT]
            self._what = ""
        elif text[:3] == "   " and _LAST.match(text):
            self._finish_run()

    def finish(self) -> Findings:
        """What was found; a run that never ended may have died, and what was printed after that is a run's own."""
        self._close()
        for run in self._open:
            self._accept(run)
            for inner in run.inner:
                self._accept(inner)
        return Findings(
            failures=tuple(self._failures.values()),
            excluded=tuple(self._excluded),
            build_failures=tuple(self._build),
        )

    def _begin(self, root: str) -> None:
        self._close()
        self._what = ""
        if len(self._open) < _DEPTH:
            self._open.append(_Run(root=root.rstrip("/")))

    def _ruler(self, text: str) -> None:
        if found := _LIST.fullmatch(text):
            self._close()
            self._what = found["what"]
            self._open[-1].lists[self._what], self._open[-1].builds[self._what] = [], []
        elif _END.fullmatch(text):
            self._close()
        elif _OTHER_LIST.fullmatch(text):
            self._close()
            self._what = ""
        elif self._block is not None:
            self._block.add(text)

    def _header(self, text: str, number: int) -> None:
        found = _HEADER.fullmatch(text) if len(text) < _LINE_LIMIT else None
        if found is None:
            return
        if self._block is None or self._block.begun:
            self._close()
            self._block = _Block(number, root=self._open[-1].root)
        self._block.head(found)

    def _close(self) -> None:
        block, self._block = self._block, None
        if block is None or not self._what or not self._open:
            return
        run = self._open[-1]
        if len(run.lists[self._what]) + len(run.builds[self._what]) < _FAILURE_LIMIT:
            run.lists[self._what] += block.failures()
            run.builds[self._what] += block.builds()

    def _finish_run(self) -> None:
        run = self._open.pop()
        if not self._open:
            self._accept(run)
            self._exclude(run.inner)
        elif len(self._open[-1].inner) < _DEPTH:
            self._open[-1].inner.append(run)

    def _accept(self, run: _Run) -> None:
        for item in run.failures()[: _FAILURE_LIMIT - len(self._failures)]:
            self._failures.setdefault(item.test, item)
        for lines in run.builds.values() if run.failed else ():
            self._build.update(dict.fromkeys(lines[: _FAILURE_LIMIT - len(self._build)]))

    def _exclude(self, runs: list[_Run]) -> None:
        found = [item for run in runs for item in run.failures()]
        for item in found[: _FAILURE_LIMIT - len(self._excluded)]:
            self._excluded[Exclusion(suite=item.test.suite, name=item.test.name, reason=reasons.QUOTED)] = None


class _Block:
    """One error, with the tests that it failed."""

    def __init__(self, line: int, *, root: str) -> None:
        self.begun = False
        self._line, self._root = line, root
        self._files: list[str] = []
        self._tests: list[TestId] = []
        self._error = VitestError()
        self._lines = HeadTail(head=HEAD_LINES, tail=TAIL_LINES)

    def head(self, found: re.Match[str]) -> None:
        """A further test that failed so; without a title it is a file that could not be loaded."""
        self._lines.add(found.string)
        if len(self._tests) + len(self._files) >= _SHARED:
            return
        if found["name"]:
            self._tests.append(vitest_id(file=found["file"], name=found["name"]))
        else:
            self._files.append(_ITS_FILE.sub("", found["file"]))

    def add(self, text: str) -> None:
        """A line below the titles."""
        self.begun = self.begun or bool(text.strip())
        self._error.add(text)
        self._lines.add(text)

    def builds(self) -> list[str]:
        """A line for each file that could not be loaded."""
        message = self._error.message.partition("\n")[0] or "cannot be loaded"
        return [f"{file}: {message}" for file in self._files]

    def failures(self) -> list[RawFailure]:
        """The failure of each test."""
        lines = self._lines.lines()
        return [
            vitest_failure(test, self._error, line=self._line, lines=lines, folder=self._root) for test in self._tests
        ]


def vitest_failure(
    test: TestId, error: VitestError, *, line: int, lines: tuple[str, ...], folder: str = ""
) -> RawFailure:
    """The failure of one test, in the form that log and report share."""
    place = tuple(f"{frame.path}:{frame.line}" for frame in error.frames[:1])
    return RawFailure(
        test=test,
        framework=FRAMEWORK,
        kind=error.kind,
        message=error.message,
        line=line,
        frames=error.frames,
        folder=folder,
        lines=lines,
        key_lines=(*error.message.splitlines(), *place),
    )


def vitest_id(*, file: str, name: str) -> TestId:
    """The file from the root of the tests, and the titles with arrows between them, as Vitest's report has them."""
    return TestId(ecosystem=FRAMEWORK, suite=file[:NAME_LIMIT].replace("\\", "/"), name=name[:NAME_LIMIT])
