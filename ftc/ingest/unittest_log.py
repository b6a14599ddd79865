"""Output of Python's own ``unittest`` (and runners that print like it, such as Django's) to failed tests.

Rule: only what stands under the double line counts; the same words in a test's output do not.
"""

import re
from dataclasses import replace

from ftc.core.model import Exclusion, Frame, Kind, TestId
from ftc.ingest.base import Findings, Line, RawFailure
from ftc.ingest.bounded import HeadTail
from ftc.ingest.golang import reasons
from ftc.ingest.pytest_names import subtest_label
from ftc.ingest.pytest_section import HEAD_LINES, TAIL_LINES, frame_of

_DOUBLE, _SINGLE = "=" * 70, "-" * 70
_HEADER = re.compile(
    r"(?P<word>FAIL|ERROR): (?P<name>[\w.]+) \((?P<owner>[\w.]+)\)(?: (?P<label>\[.*?\]))?(?: (?P<params>\(.*\)))?$"
)
_SESSION = re.compile(r"={4,} test session starts ={4,}$")
_SESSION_END = re.compile(r"={4,} (?:\d+ \w+(?:, \d+ \w+)*|no tests ran) in [\d.]+s(?: \([\d:]+\))? ={4,}$")
"""pytest's title and counts; a session that ends without counts may have died, and what follows may be real."""

_CAPTURED = re.compile(r"\n(?:Stdout|Stderr):(?:\n|$)")
_PROGRESS = re.compile(r"(?P<name>\w+) \((?P<owner>[\w.]+)\)(?: \.\.\. |$)")
_LOADER = "unittest.loader._FailedTest"
_FIXTURES = ("setUpClass", "tearDownClass", "setUpModule", "tearDownModule")
_TWICE = "the same test is reported twice"
_FAILURE_LIMIT = 10_000
_LINE_LIMIT = 4_000
"""Characters of a header; names are never longer, and the expression stays fast."""

_MESSAGE_LINES = 40


class UnittestParser:
    """Follows one log; a failure runs from its double line to the next line across."""

    ecosystem = "python"

    def __init__(self) -> None:
        self._failures: dict[TestId, RawFailure] = {}
        self._build: list[str] = []
        self._excluded: list[Exclusion] = []
        self._block: _Block | None = None
        self._expects_header = False
        self._named: TestId | None = None
        self._pytest: list[TestId] | None = None
        """Tests reported since a session of pytest began; None outside of one."""
        self._builds_before = 0
        """How many set-up errors were known when it began."""

    def feed(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if text[:4] == "====" and text[-1:] == "=" and " " in text[:_LINE_LIMIT]:
            self._read_pytest(text)
        if self._block is not None:
            self._feed_block(line)
        elif self._expects_header:
            self._open(line)
        elif text == _DOUBLE:
            self._expects_header = True
        elif self._failures and (" (" in text or text.endswith("ok")):
            self._read_progress(text)

    def finish(self) -> Findings:
        """What was found."""
        self._close()
        return Findings(
            failures=tuple(self._failures.values()), excluded=tuple(self._excluded), build_failures=tuple(self._build)
        )

    def _read_pytest(self, text: str) -> None:
        """Between a session's title and its counts pytest runs the tests: reports there are their output."""
        if self._pytest is None and _SESSION.match(text):
            self._pytest, self._builds_before = [], len(self._build)
        elif self._pytest is not None and _SESSION_END.match(text):
            self._close()
            for test in self._pytest:
                del self._failures[test]
                self._excluded.append(Exclusion(suite=test.suite, name=test.name, reason=reasons.QUOTED))
            del self._build[self._builds_before :]
            self._pytest, self._expects_header = None, False

    def _open(self, line: Line) -> None:
        self._expects_header = False
        found = _HEADER.match(line.text) if len(line.text) < _LINE_LIMIT else None
        if found:
            self._block = _Block(found, line=line.number)

    def _feed_block(self, line: Line) -> None:
        assert self._block is not None
        if line.text == _DOUBLE:
            self._close()
            self._expects_header = True
        elif line.text == _SINGLE and self._block.begun:
            self._close()
        elif line.text == _SINGLE:
            self._block.begun = True
        else:
            self._block.add(line.text)

    def _close(self) -> None:
        block, self._block = self._block, None
        if block is None:
            return
        if block.owner.startswith(_LOADER):
            self._build.append(
                f"{block.name}: {block.message.splitlines()[-1] if block.message else 'cannot be loaded'}"
            )
            return
        self._take(block.failure())

    def _take(self, failure: RawFailure) -> None:
        """Keep one failure of each test; an error that an assertion follows is that of its tear-down."""
        test = failure.test
        known = self._failures.get(test)
        if known is not None and not known.flaky_in_run:
            self._excluded.append(Exclusion(suite=test.suite, name=test.name, reason=_TWICE))
            if known.kind == Kind.ASSERTION or failure.kind != Kind.ASSERTION:
                return
        if known is not None or len(self._failures) < _FAILURE_LIMIT:
            self._failures[test] = failure
        if known is None and self._pytest is not None and test in self._failures:
            self._pytest.append(test)

    def _read_progress(self, text: str) -> None:
        """A later run of the same test in this log may pass."""
        found = _PROGRESS.match(text)
        if found:
            self._named = unittest_id(found["name"], owner=found["owner"])
        if self._named in self._failures and text.endswith("... ok"):
            self._failures[self._named] = replace(self._failures[self._named], flaky_in_run=True)


class _Block:
    """One failure as printed."""

    def __init__(self, header: re.Match[str], *, line: int) -> None:
        self.name, self.owner = header["name"], header["owner"]
        self.begun = False
        self._label = subtest_label(header["label"] or "", header["params"] or "")
        self._assertion = header["word"] == "FAIL"
        self._line = line
        self._header = header.string
        self._lines = HeadTail(head=HEAD_LINES, tail=TAIL_LINES)
        self._frames: list[Frame] = []
        self._message: list[str] = []

    def add(self, text: str) -> None:
        """Take a line: frames, and after them the exception, which begins in the first column."""
        self._lines.add(text)
        if not self.begun:
            return
        if text.startswith("Traceback (most recent call last)"):
            self._frames, self._message = [], []
            return
        frame = frame_of(text)
        if frame:
            self._frames.append(frame)
        elif (self._message or (text and text[0] not in " +|")) and len(self._message) < _MESSAGE_LINES:
            self._message.append(text)

    @property
    def message(self) -> str:
        """The exception's text, up to a captured-output heading."""
        return _CAPTURED.split("\n".join(self._message), maxsplit=1)[0].strip()

    def failure(self) -> RawFailure:
        """The failure this block tells of."""
        message = self.message
        frames = tuple(reversed(self._frames))
        place = tuple(f"{frame.path}:{frame.line}" for frame in frames[:1])
        return RawFailure(
            test=unittest_id(self.name, owner=self.owner, label=self._label),
            framework="unittest",
            kind=Kind.ASSERTION if self._assertion else Kind.ERROR,
            message=message,
            line=self._line,
            frames=frames,
            lines=(self._header, *self._lines.lines()),
            key_lines=(*message.splitlines(), *place),
        )


def unittest_id(name: str, *, owner: str, label: str = "") -> TestId:
    """``test_x (tests.test_a.C.test_x)``, or before 3.11 ``test_x (tests.test_a.C)``, as file and ``C::test_x``."""
    parts = owner.split(".")
    if parts[-1] == name and name not in _FIXTURES:
        parts.pop()
    modules = [part for part in parts if not part[:1].isupper()]
    classes = parts[len(modules) :]
    if name in ("setUpModule", "tearDownModule"):
        modules, classes = parts, []
    elif not classes:
        modules, classes = parts[:-1], parts[-1:]
    return TestId(ecosystem="python", suite="/".join(modules) + ".py", name="::".join([*classes, name]) + label)
