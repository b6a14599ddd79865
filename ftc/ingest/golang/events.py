"""``go test -json``: one event a line, packages interleaved; unknown fields and actions are passed over."""

import json
import re
from collections.abc import Mapping

from ftc.ingest.base import Line
from ftc.ingest.golang.binary import BinaryRun
from ftc.ingest.golang.builds import Builds
from ftc.ingest.golang.reasons import QUOTED
from ftc.ingest.golang.report import Report
from ftc.ingest.golang.settle import settle

_CUT_OUTPUT = re.compile(
    r'\{(?:"Time":"[^"]*",)?"Action":"output","Package":"([^"\\]+)"(?:,"Test":"((?:[^"\\]|\\.)+)")?,"Output":"((?:[^"\\]|\\.)*)'
)
_decode = json.JSONDecoder().raw_decode
_ACTION = '"Action":'
_ACTION_BEFORE = 400  # characters of an event; only time and package may stand in front of the action
_MARKERS = ("=== ", "--- ")
_VERDICTS = ("PASS", "FAIL")
MAX_PARTIAL = 4_000  # characters of an unfinished output line kept per test
MAX_PARTIALS = 10_000


class Events:
    """Routes events to the test binary of their package."""

    def __init__(self, report: Report, builds: Builds) -> None:
        self._report = report
        self._builds = builds
        self._runs: dict[str, BinaryRun] = {}
        self._partial: dict[tuple[str, str], str] = {}
        self._started: set[str] = set()

    def feed(self, line: Line, text: str) -> bool:
        """Take a line that begins with a brace; False when it is no event of go test."""
        if text.find(_ACTION, 0, _ACTION_BEFORE) < 0:
            return False
        event = _event(text)
        action, package, test = _text(event, "Action"), _text(event, "Package"), _text(event, "Test")
        if not action or not (package or _text(event, "ImportPath")):
            return False
        if action == "output" and package:
            self._output(package, test=test, text=_text(event, "Output"), line=line)
        elif action == "build-output":
            self._builds.feed(_text(event, "Output").rstrip("\n"))
        elif package and test:
            self._test(action, package=package, test=test, line=line)
        elif package:
            self._package(action, package=package, event=event)
        return True

    def _test(self, action: str, *, package: str, test: str, line: Line) -> None:
        run = self._run(package)
        if action == "run":
            run.begin(test)
        elif action in {"pass", "skip"}:
            self._partial.pop((package, test), None)
            if action == "pass" and (test in run.failed_names or test in self._report.failed_names):
                run.passed.append((test, line.number))
            run.end(test)
        elif action == "fail":
            self._partial.pop((package, test), None)
            self._fail(run, test, line)

    def _fail(self, run: BinaryRun, test: str, line: Line) -> None:
        """The event may come after the panic that ended the test, so it is no sign that the binary lived on."""
        crash = run.crash
        declared = Line(line.number, f"--- FAIL: {test}")
        run.fail(test, declared)
        run.crash = run.crash or crash

    def _package(self, action: str, *, package: str, event: Mapping[str, object]) -> None:
        if action == "start":
            self._started.add(package)
        elif action == "fail" and event.get("FailedBuild"):
            self._builds.failed(package)
            self._runs.pop(package, None)
        elif action in {"pass", "fail", "skip"}:
            self._close(package, failed=action == "fail")

    def _close(self, package: str, *, failed: bool) -> None:
        self._report.package(package)
        run = self._runs.pop(package, None)
        if run is not None:
            settle(run, self._report, suite=package, failed=failed)

    def _output(self, package: str, *, test: str, text: str, line: Line) -> None:
        if self._partial:
            text = self._partial.pop((package, test), "") + text
        whole, end, rest = text.rpartition("\n")
        if rest and len(self._partial) < MAX_PARTIALS:
            self._partial[package, test] = rest[:MAX_PARTIAL]
        if not end:
            return
        run = self._runs.get(package) or self._run(package)
        for part in whole.split("\n"):
            self._line(run, test, Line(line.number, part.rstrip("\r"), line.step))

    def _line(self, run: BinaryRun, test: str, line: Line) -> None:
        text = line.text
        if text[:4] in _MARKERS:
            run.survived()
        elif not test and text in _VERDICTS:
            run.over()
        elif test or text[4:5] != "\t" or not self._is_package_line(run, text):
            run.write(test, line)

    def _is_package_line(self, run: BinaryRun, text: str) -> bool:
        """go test's own last words; before Go 1.24 they are the only word about a failed build."""
        if text[:4] not in ("FAIL", "ok  "):
            return False
        if self._builds.package_failed(text):
            self._runs = {name: kept for name, kept in self._runs.items() if kept is not run}
        return True

    def _run(self, package: str) -> BinaryRun:
        run = self._runs.get(package)
        if run is None:
            run = self._runs[package] = BinaryRun()
        return run

    def finish(self, *, among_text: bool) -> None:
        """The log ends here, maybe before its packages did.

        In a log whose packages are judged in text, events of a package that neither starts nor ends are quotations.
        """
        for package, run in self._runs.items():
            if among_text and package not in self._started:
                for item in run.failed:
                    self._report.exclude(suite=package, name=item.name, reason=QUOTED)
                continue
            settle(run, self._report, suite=package, failed=False)
            if run.open and not run.failed and run.crash is None:
                self._report.problem(f"{package}: the log ends while {next(reversed(run.open))} was running")
        self._runs.clear()


def _text(event: Mapping[str, object], key: str) -> str:
    value = event.get(key)
    return value if isinstance(value, str) else ""


def _event(text: str) -> Mapping[str, object]:
    """The fields of an event; output that was cut still yields what stands before the cut."""
    try:
        value, end = _decode(text)
    except ValueError:
        return _cut_event(text)
    except RecursionError:
        return {}
    if end < len(text) and not text[end:].isspace():
        return _cut_event(text)
    return value if isinstance(value, dict) else {}


def _cut_event(text: str) -> dict[str, str]:
    """Only output is ever so long that a reader cuts it; any other broken event is the end of its log."""
    match = _CUT_OUTPUT.match(text)
    if match is None:
        return {}
    package, test, output = match.groups()
    event = {"Action": "output", "Package": package, "Output": _unquoted(output) + "\n"}
    return {**event, "Test": _unquoted(test)} if test else event


def _unquoted(text: str) -> str:
    try:
        value = json.loads(f'"{text}"')
    except ValueError:
        return text
    return str(value)
