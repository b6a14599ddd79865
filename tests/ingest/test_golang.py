"""The Go parser over logs of real test runs: what fails, how, and what is left out with which reason.

The logs come from `tests/data/projects/record_go.py`; the expectations are in `golang_cases`.
"""

import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from golang_cases import CASES, Case

from ftc.core.sanitize import Sanitizer
from ftc.ingest.base import Findings, Line
from ftc.ingest.extract import extract_stream
from ftc.ingest.golang import GoParser, reasons

DATA = Path(__file__).parent.parent / "data"
LOGS = DATA / "logs" / "go"
_TIMESTAMP = re.compile(r"\ufeff?\d{4}-\d\d-\d\dT[\d:.]+Z ?")
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def lines(text: str) -> Iterator[Line]:
    """Cleaned lines, as far as these logs need cleaning."""
    for number, raw in enumerate(text.split("\n"), 1):
        yield Line(number=number, text=_ANSI.sub("", _TIMESTAMP.sub("", raw)))


def parse(text: str) -> Findings:
    parser = GoParser()
    for line in lines(text):
        parser.feed(line)
    return parser.finish()


def log(name: str) -> str:
    return (LOGS / f"{name}.log").read_text()


def suite_of(case: Case, package: str) -> str:
    return "" if case.module == "-" else case.module + package


def test_every_log_has_its_row():
    assert {path.stem for path in LOGS.glob("*.log")} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_failures_of_a_real_log(name):
    case, found = CASES[name], parse(log(name))
    expected = {(suite_of(case, package), test, kind): message for package, test, kind, message in case.failures}
    actual = {(item.test.suite, item.test.name, item.kind): item.message for item in found.failures}
    assert sorted(actual) == sorted(expected), case.why
    for key, message in expected.items():
        assert actual[key].startswith(message), case.why
    assert {item.test.name for item in found.failures if item.flaky_in_run} == set(case.flaky)


@pytest.mark.parametrize("name", CASES)
def test_what_a_real_log_leaves_out(name):
    case, found = CASES[name], parse(log(name))
    assert {item.name: item.reason for item in found.excluded if item.name} == case.excluded
    whole = {item.suite: item.reason for item in found.excluded if not item.name}
    alone = {suite_of(case, package): reason for package, reason in case.packages.items()}
    told = {item.test.suite for item in found.failures} if not name.startswith(("cut", "one-test")) else set()
    assert whole == {**dict.fromkeys(told, reasons.AGGREGATE), **alone}
    assert len(found.build_failures) == case.builds


@pytest.mark.parametrize("name", CASES)
def test_a_failure_can_be_shown(name):
    """Every failure has its declaration's line, an excerpt that holds the key lines, and bounded size."""
    texts = [line.text for line in lines(log(name))]
    for failure in parse(log(name)).failures:
        assert 0 < failure.line <= len(texts)
        assert failure.lines
        assert failure.key_lines
        assert len(failure.lines) <= 200
        assert failure.framework == "go-test"


FRAMES = [
    ("plain", "TestParse/no_fraction", "account_test.go", 23, "a base name only"),
    ("testify-plain", "TestThroughFunction/case_two", "suites/suites_test.go", 53, "the helper first, then its caller"),
    ("panic-plain", "TestNilMap", "crash/crash.go", 11, "the runtime's own frames are left out"),
    ("panic-background-json", "TestBackground", "crash/crash.go", 18, "inlined frames have no offset"),
    ("timeout-channel", "TestStuckChannel", "hang/hang_test.go", 18, "the alarm's goroutine is not the test's"),
    ("timeout-suite-verbose", "TestStuckSuite/TestWaits", "hang/hang_test.go", 18, "the suite's goroutine only waits"),
    ("race-verbose", "TestRaceAndAssertion", "race/race_test.go", 39, "the map's own code lies on top"),
    ("goleak-in-main", "TestMain", "leakmain/leakmain_test.go", 10, "the leaked goroutine's stack"),
    ("goleak-in-test", "TestLeaksWatcher", "leak/leak_test.go", 10, "an indented stack"),
    ("testify-suites-verbose", "TestPanickySuite/TestDivides", "suites/suites_test.go", 100, "a stack in a log entry"),
]


@pytest.mark.parametrize(("name", "test", "path", "line", "why"), FRAMES)
def test_first_frame(name, test, path, line, why):
    (failure,) = [item for item in parse(log(name)).failures if item.test.name == test]
    assert failure.frames[0].path.endswith(path), why
    assert failure.frames[0].line == line, why


def test_a_package_that_fails_alone_says_why():
    problems = " ".join(parse(log("package-fails-alone")).problems)
    assert "index out of range" in problems
    assert "connection refused" in problems


SAME = [
    ("plain", "verbose", "-v moves the log lines in front of the marker"),
    ("verbose", "json", "events, and leaves before their parents"),
    ("plain", "gotestsum-pkgname", "a summary with short package names"),
    ("testify-suites-plain", "testify-suites-json", "indentation depends on depth, or not"),
    ("panic-background-plain", "panic-background-json", "other goroutine ids"),
    ("panic-subtest-verbose", "panic-subtest-json", "the panic belongs to another event"),
    ("panic-late-log", "panic-late-log-plain", "with and without test markers"),
    ("timeout-subtest-verbose", "timeout-json", "dumps of other goroutines"),
    ("race-plain", "race-verbose", "reports in front of everything, or beside their tests"),
    ("race-verbose", "race-json", "other addresses"),
    ("goleak-in-main", "goleak-in-main-json", "package output"),
    ("fatal-concurrent-map", "fatal-concurrent-map-json", "another goroutine may notice it first"),
]


@pytest.mark.parametrize(("one", "other", "why"), SAME)
def test_one_failure_has_one_fingerprint_however_it_is_printed(one, other, why):
    first, second = prints(one), prints(other)
    common = first.keys() & second.keys()
    assert common, why
    assert {test: first[test] for test in common} == {test: second[test] for test in common}, why


def prints(name):
    data = (LOGS / f"{name}.log").read_bytes()
    found = extract_stream([data], path=name, sanitizer=Sanitizer())
    return {str(item.test): item.fingerprint for item in found.failures}


RECORDED_AGAIN = (
    "plain", "verbose-github-ansi", "json-github", "interleaved-packages", "testify-suites-plain", "panic-subtest-json",
    "panic-background-plain", "panic-late-log", "timeout-suite-verbose", "race-verbose", "race-at-exit",
    "goleak-in-main", "build-failed", "one-test-runner", "flaky-count", "noise-verbose",
)  # fmt: skip


@pytest.fixture(scope="module")
def recorder():
    """The script that records the logs, as a module."""
    path = DATA / "projects" / "record_go.py"
    spec = importlib.util.spec_from_file_location("record_go", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["record_go"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.toolchain
@pytest.mark.parametrize("name", RECORDED_AGAIN)
def test_the_installed_toolchain_prints_what_was_recorded(name, tool, recorder):
    """Whatever changed in times, addresses and line breaks: the same tests fail in the same way."""
    tool("go")
    if not recorder.has_modules():
        pytest.skip("the modules of go-ledger are not in the module cache")
    (case,) = [case for case in recorder.CASES if case.name == name]
    assert outcome(parse(recorder.record(case))) == outcome(parse(log(name)))


def outcome(found: Findings):
    failures = {(str(item.test), item.kind, item.flaky_in_run) for item in found.failures}
    return failures, {(item.suite, item.name, item.reason) for item in found.excluded}
