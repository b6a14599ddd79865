"""The cases of one JUnit report to findings: who failed, which leaf of it, and whether it passed later.

Rule: a report that knows only a parent or a generic message has its text read as a log, by the parser of its
ecosystem; what the report itself says of names stays.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ftc.core.model import Exclusion, Kind, TestId
from ftc.ingest.base import Findings, Line, RawFailure
from ftc.ingest.generic import says_nothing, telling
from ftc.ingest.golang import GoParser, reasons
from ftc.ingest.junit_cases import Case, Result, go_package, is_go, pytest_id
from ftc.ingest.junit_others import bounded, other_failure
from ftc.ingest.pytest_section import Section, kind_of
from ftc.ingest.pytest_session import without_repeats

_FAILURE_LIMIT = 10_001
"""One more than the driver lists, so that it can say that there are more."""

_TEXT_BUDGET = 33_554_432
"""Characters of failure text read in one report; after that, failures keep their message only."""

_COLLECTION = "collection failure"
_GOROUTINE = re.compile(r"^goroutine \d+ ", re.MULTILINE)
_SUITE_METHOD = re.compile(r"[^/]+/Test(?![a-z])")
_FIXTURE = re.compile(r"failed on (setup|teardown) with ")
_PACKAGE_RESULT = ("TestMain", "")
_MESSAGE_LINES = 10


class Report:
    """What one report has said so far."""

    def __init__(self) -> None:
        self._failures: dict[TestId, RawFailure] = {}
        self._by_case: dict[tuple[str, str], list[TestId]] = {}
        self._set_up: set[TestId] = set()
        self._twice: list[RawFailure] = []
        self._excluded: list[Exclusion] = []
        self._build: list[str] = []
        self._budget = _TEXT_BUDGET
        self._go = False
        self._pytest = False
        self._bare: dict[str, list[TestId]] = {}
        """Go tests without a telling text by package; the output of their suite may follow."""

    # -- events

    def suite(self, attributes: dict[str, str]) -> None:
        """A ``<testsuite>`` begins."""
        if attributes.get("name") in ("pytest", "pytest tests"):
            self._pytest = True

    def property(self, name: str, value: str) -> None:
        """A ``<property>`` of a suite."""
        if name == "go.version" and value:
            self._go = True

    def suite_output(self, suite: str, text: str) -> None:
        """Output of a whole suite, which follows its cases."""
        for test in self._bare.pop(suite, []):
            known = self._failures.pop(test, None)
            if known is None:
                continue
            leaves = with_message(go_failures(text, test=test, line=known.line), test=test, message=known.message)
            self._failures |= {leaf.test: replace(leaf, flaky_in_run=known.flaky_in_run) for leaf in leaves}

    def case(self, case: Case) -> None:
        """A ``</testcase>``."""
        if case.main_result is None:
            self._note_pass(case)
        elif self._pytest:
            self._pytest_case(case, case.main_result)
        elif is_go(case, go_report=self._go):
            self._go_case(case, case.main_result)
        else:
            self._other_case(case, case.main_result)

    def findings(self, problems: Iterable[str]) -> Findings:
        """All that was said, leaves only."""
        failures, repeats = without_repeats([*self._failures.values(), *self._twice], set_up=self._set_up)
        leaves, others = go_leaves(failures)
        return Findings(
            failures=leaves,
            excluded=(*self._excluded, *repeats, *others),
            build_failures=tuple(self._build),
            problems=tuple(problems),
        )

    # -- one case

    def _text(self, case: Case) -> str:
        """The texts of a case, as long as the report has not used up what one file may."""
        text = "\n".join(result.text for result in case.results if result.text)
        self._budget -= len(text)
        return text if self._budget > 0 else ""

    def _note_pass(self, case: Case) -> None:
        """A test that failed before and passes now is flaky in this run."""
        if not case.passed:
            return
        for test in self._by_case.get((case.classname, case.name), ()):
            if test in self._failures:
                self._failures[test] = replace(self._failures[test], flaky_in_run=True)

    def _add(self, case: Case, failures: Iterable[RawFailure]) -> None:
        flaky = not case.failed
        for item in failures:
            if len(self._failures) >= _FAILURE_LIMIT:
                return
            known = self._failures.get(item.test)
            if known is not None and not known.flaky_in_run and not flaky:
                self._twice.append(item)
                continue
            self._failures[item.test] = replace(item, flaky_in_run=flaky)
            self._by_case.setdefault((case.classname, case.name), []).append(item.test)

    def _pytest_case(self, case: Case, result: Result) -> None:
        text = self._text(case)
        if result.message == _COLLECTION or not case.classname:
            lines = [line[1:].strip() for line in text.splitlines() if line.startswith("E ")]
            self._build.append(f"{case.name}: {lines[-1] if lines else result.message}")
            return
        failure = pytest_failure(case, result, text=text)
        fixture = _FIXTURE.match(result.message)
        if fixture and fixture.group(1) == "setup" and failure.kind is not Kind.CRASH:
            self._set_up.add(failure.test)
        self._add(case, [failure])

    def _other_case(self, case: Case, result: Result) -> None:
        found = other_failure(case, result, text=self._text(case))
        if isinstance(found, str):
            self._build.append(found)
        else:
            self._add(case, [found])

    def _go_case(self, case: Case, result: Result) -> None:
        package = go_package(case)
        text = self._text(case)
        if reasons.BUILD_FAILED in text or reasons.SETUP_FAILED in text or result.message in ("Build error",):
            self._build.append(f"{package}: {_first_line(text) or result.message}")
            self._excluded.append(Exclusion(suite=package, name="", reason=reasons.BUILD_FAILED))
            return
        test = TestId(ecosystem="go", suite=package, name=case.name)
        found = go_failures(text or case.output or telling(result.message), test=test, line=case.line)
        if case.name in _PACKAGE_RESULT and all(item.test == test for item in found):
            self._excluded.append(Exclusion(suite=package, name="", reason=reasons.NO_FAILING_TEST))
            return
        if all(item.test == test for item in found) and case.output.strip() and text:
            found = go_failures(text + "\n" + case.output, test=test, line=case.line)
        if not text.strip() and not case.output.strip():
            self._bare.setdefault(case.suite, []).append(test)
        self._add(case, with_message(found, test=test, message=result.message))


def with_message(found: Sequence[RawFailure], *, test: TestId, message: str) -> list[RawFailure]:
    """The failures read from a text, with the message told beside it where the text says nothing of its test."""
    if says_nothing(message):
        return list(found)
    lines = tuple(message.splitlines()[:_MESSAGE_LINES])
    return [
        replace(item, message=message, key_lines=(*lines, *item.key_lines))
        if says_nothing(item.message) and (item.test == test or len(found) == 1)
        else item
        for item in found
    ]


def go_failures(text: str, *, test: TestId, line: int) -> list[RawFailure]:
    """The leaves that a Go test's output tells of: the test itself, its sub-tests, or the one that panicked.

    The output is framed as ``go test -v`` would print it, since reporters keep more or less of that frame.
    """
    parser = GoParser()
    for number, content in enumerate(_framed(text, test), start=1):
        parser.feed(Line(number=number, text=content))
    found = [replace(item, test=replace(item.test, suite=test.suite), line=line) for item in parser.finish().failures]
    leaves = [item for item in found if item.test.name.startswith(test.name + "/")]
    return leaves or [item for item in found if item.test == test] or found or [_bare_go_failure(test, text, line)]


def _framed(text: str, test: TestId) -> list[str]:
    """The output between the lines that open and close a test and a package; a crash has no closing line."""
    lines = text.splitlines()
    own = f"--- FAIL: {test.name} ("
    if own not in text:
        closing = [] if _GOROUTINE.search(text) else [f"{own}0.00s)"]
        lines = [f"=== RUN   {test.name}", *lines, *closing]
    package = f"FAIL\t{test.suite}\t"
    return lines if package in text else [*lines, f"{package}0.000s"]


def _bare_go_failure(test: TestId, text: str, line: int) -> RawFailure:
    message, lines = _first_line(text), bounded(text)
    return RawFailure(test=test, framework="go-test", kind=Kind.ASSERTION, message=message, line=line, lines=lines)


def pytest_failure(case: Case, result: Result, *, text: str) -> RawFailure:
    """A failure of pytest: its text is a section of pytest's log."""
    section = Section(title=case.name, line=case.line, phase="call")
    for content in result.text.splitlines() if text else ():
        section.add(content)
    fixture = _FIXTURE.match(result.message)
    message = section.message or _unwrapped(result.message)
    return RawFailure(
        test=pytest_id(case, text=result.text),
        framework="pytest",
        kind=kind_of(message, fixture=bool(fixture)),
        message=message,
        line=case.line,
        frames=section.frames,
        lines=(*section.lines, *bounded(case.output)),
        key_lines=section.key_lines or (message,),
    )


def _unwrapped(message: str) -> str:
    """``failed on setup with "X"`` as ``X``."""
    return _FIXTURE.sub("", message, count=1).strip('"') if _FIXTURE.match(message) else message


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def go_leaves(failures: Iterable[RawFailure]) -> tuple[tuple[RawFailure, ...], tuple[Exclusion, ...]]:
    """Without parents of failed sub-tests, and of each testify suite the first failed method alone."""
    failures = tuple(failures)
    parents = {(item.test.suite, prefix) for item in failures for prefix in _prefixes(item.test)}
    kept: list[RawFailure] = []
    excluded: list[Exclusion] = []
    suites: set[tuple[str, str]] = set()
    for item in failures:
        test = item.test
        suite = (test.suite, test.top_level)
        in_suite = test.ecosystem == "go" and bool(_SUITE_METHOD.match(test.name))
        if (test.suite, test.name) in parents:
            excluded.append(Exclusion(suite=test.suite, name=test.name, reason=reasons.PARENT))
        elif in_suite and suite in suites:
            excluded.append(Exclusion(suite=test.suite, name=test.name, reason=reasons.SUITE_CASCADE))
        else:
            kept.append(item)
            suites |= {suite} if in_suite else set()
    return tuple(kept), tuple(excluded)


def _prefixes(test: TestId) -> Iterable[str]:
    parts = test.name.split("/") if test.ecosystem == "go" else []
    return ("/".join(parts[:count]) for count in range(1, len(parts)))
