"""JUnit reports of several makes: which test each failure is, and what a hostile or broken report does."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftc.core.model import Kind, TestId
from ftc.core.sanitize import Sanitizer
from ftc.ingest.extract import extract_stream
from ftc.ingest.junit import is_report, read_report
from ftc.ingest.junit_cases import Case, pytest_id

DATA = Path(__file__).parents[1] / "data"


def extracted(name):
    return extract_stream([(DATA / "junit" / f"{name}.xml").read_bytes()], path=name, sanitizer=Sanitizer())


def told(xml):
    return read_report([xml.encode()])


def report(*cases, suite="s", head=""):
    return f'<testsuites>{head}<testsuite name="{suite}">{"".join(cases)}</testsuite></testsuites>'


FAIL = '<testcase classname="{}" name="{}"><failure message="{}">{}</failure></testcase>'
PASS = '<testcase classname="{}" name="{}"/>'


def test_colours_that_pytest_escapes_are_taken_out():
    """`pytest --color=yes` writes ESC, which XML forbids, as `#x1B`."""
    plain = told(report(FAIL.format("tests.test_a", "test_a", "assert 1 == 2", "E   assert 1 == 2"), suite="pytest"))
    escaped = "#x1B[1m#x1B[31mE   assert 1 == 2#x1B[0m#x1B[39;49;00m"
    coloured = told(report(FAIL.format("tests.test_a", "test_a", "#x1B[0massert 1 == 2", escaped), suite="pytest"))
    assert coloured.failures == plain.failures


@pytest.mark.parametrize("family", ["pytest-xunit1", "pytest-xunit2"])
def test_pytest_report_and_log_tell_of_the_same_failures(family):
    """Sub-tests are the exception: the report has no name for them."""
    log = extract_stream([(DATA / "logs/python/plain.log").read_bytes()], path="x", sanitizer=Sanitizer())
    both = [
        {
            item.test: (item.kind, item.fingerprint, item.framework)
            for item in found.failures
            if "subtest" not in item.test.suite
        }
        for found in (extracted(family), log)
    ]
    assert both[0] == both[1]


def test_gotestsum_gives_leaves_and_the_first_of_each_suite():
    found = extracted("gotestsum")
    names = {item.test.name for item in found.failures if item.test.suite == "example.com/ledger/suites"}
    assert {"TestLedgerSuite/TestAppend", "TestBrokenFixture/TestJoin", "TestPanickySuite/TestDivides"} <= names
    assert not names & {"TestLedgerSuite", "TestLedgerSuite/TestBalance", "TestBrokenFixture/TestLeave"}
    reasons = {(item.suite.rpartition("/")[2], item.name): item.reason for item in found.excluded}
    assert reasons["suites", "TestLedgerSuite/TestBalance"].startswith("cascade")
    assert reasons["initpanic", ""] == "package failed without a failing test"
    assert reasons["brokena", ""] == "build failed"


def test_gotestsum_rerun_that_passed_is_flaky():
    """gotestsum lists failures before passes, and a test that never passed twice or more."""
    found = {item.test.name: item.flaky_in_run for item in extracted("gotestsum-rerun").failures}
    assert found == {"TestSecondCallPasses": False, "TestSecondProcessPasses/write": True, "TestNeverPasses": False}


def test_short_class_names_become_import_paths():
    assert {item.test.suite for item in extracted("gotestsum-short-names").failures} == {"example.com/ledger/account"}


def test_time_out_without_the_name_of_its_test():
    found = extracted("gotestsum-timeout")
    assert [(item.test.name, item.kind) for item in found.failures] == [("TestStuckInSubtest/lock_twice", Kind.TIMEOUT)]


def test_generic_message_and_parent_are_read_from_the_text():
    found = {item.test.name: item for item in extracted("top-level-only").failures}
    assert set(found) == {"TestStoreSuite/TestCompact", "TestElection"}
    assert found["TestElection"].message == "leader of term 4 not found"
    assert [str(place) for place in found["TestElection"].locations] == [
        "Location(path='server/store/election_test.go', line=77)"
    ]


def test_report_of_a_runner_with_one_binary_per_test():
    found = {f"{item.test.suite} {item.test.name}": item.kind for item in extracted("go-one-test-runner").failures}
    assert found["example.com/ledger/crash TestBackground"] == Kind.PANIC
    assert found["example.com/ledger/hang TestStuckInSubtest/lock_twice"] == Kind.TIMEOUT
    assert "example.com/ledger/hang TestStuckInSubtest" not in found


def test_surefire_retries():
    found = {
        item.test.name: (item.kind, item.flaky_in_run, item.message) for item in extracted("surefire-flaky").failures
    }
    assert found == {
        "electsLeader": (Kind.ASSERTION, True, "AssertionFailedError: expected: <1> but was: <0>"),
        "closesBook": (Kind.ASSERTION, False, "AssertionError: book is open"),
        "readsFile(Path)[2]": (
            Kind.TIMEOUT,
            False,
            "java.util.concurrent.TimeoutException: readsFile(Path) timed out after 5 seconds",
        ),
    }
    assert extracted("surefire-flaky").outcome == "test-failure"


def test_jest_has_messages_only_in_its_text():
    posts = extracted("jest-junit").failures[0]
    assert posts.message.endswith("Expected: 3\nReceived: 2")
    assert [(place.path, place.line) for place in posts.locations] == [("ledger.test.js", 7)]


def test_flaky_alone_is_no_failure():
    retried = '<testcase classname="C" name="t"><flakyFailure message="m"/></testcase>'
    found = extract_stream([report(retried).encode()], path="x", sanitizer=Sanitizer())
    assert (found.outcome, [item.flaky_in_run for item in found.failures]) == ("no-failure", [True])


ORDERS = [
    ("failed, passed", [FAIL, PASS], [True]),
    ("passed, failed", [PASS, FAIL], [False]),
    ("failed twice", [FAIL, FAIL], [False]),
    ("failed, passed, failed", [FAIL, PASS, FAIL], [False]),
]


@pytest.mark.parametrize(("case", "elements", "flaky"), ORDERS, ids=[case for case, *_ in ORDERS])
def test_order_of_tries(case, elements, flaky):
    xml = report(*(element.format("C", "t", "m", "") for element in elements))
    assert [item.flaky_in_run for item in told(xml).failures] == flaky


def test_same_name_in_two_classes_is_two_tests():
    xml = report(FAIL.format("A", "t", "m", ""), PASS.format("B", "t"))
    assert [item.flaky_in_run for item in told(xml).failures] == [False]


# --- broken and hostile


def test_truncated_report_gives_what_was_read():
    found = extracted("truncated")
    assert len(found.failures) == 11
    assert "not well-formed" in found.problems[0]


def test_dtd_is_refused_with_a_reason():
    found = extracted("entity-bomb")
    assert (found.failures, len(found.problems)) == ((), 1)
    assert "DTD" in found.problems[0]


def test_other_xml_is_no_report():
    assert extracted("coverage").problems == ("XML, but no JUnit report: it has no <testsuite>",)


def test_control_characters_and_their_references_do_not_end_the_report():
    """Reporters copy coloured output into XML 1.0, which forbids escape characters in any form."""
    xml = report(FAIL.format("C", "t", "bad &#27;[31m&#x1b;[0m \x1b[1mnews", "\x00\x07"))
    assert told(xml).failures[0].message == "bad [31m[0m [1mnews"
    assert told(xml).problems == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])
def test_encodings(encoding):
    declared = encoding.removesuffix("-sig")
    xml = f'<?xml version="1.0" encoding="{declared}"?>' + report(FAIL.format("C", "größe", "m", ""))
    assert read_report([xml.encode(encoding)]).failures[0].test.name == "größe"


def test_namespaced_report():
    xml = report(FAIL.format("C", "t", "m", "")).replace("<testsuites>", '<testsuites xmlns="urn:x">')
    assert [item.test.name for item in told(xml).failures] == ["t"]


def test_megabytes_of_output_stay_small_and_fast():
    output = "x" * 999 + "\n"
    chunks = ["<testsuites><testsuite name='s'><testcase classname='C' name='t'><system-out>", *[output] * 20_000]
    chunks.append("</system-out><failure message='m'/></testcase></testsuite></testsuites>")
    started = time.monotonic()
    found = read_report(chunk.encode() for chunk in chunks)
    assert sum(map(len, found.failures[0].lines)) < 200_000
    assert time.monotonic() - started < 5


def test_names_a_runner_or_a_page_would_execute_stay_text():
    name = "t --> ::set-output name=x::1 \u202egnp.exe"
    found = extract_stream(
        [report(FAIL.format("C", name.replace(">", "&gt;"), "m", "")).encode()], path="x", sanitizer=Sanitizer()
    )
    assert found.failures[0].test.name == "t --> ::set-output name=x::1 gnp.exe"


@given(st.text(max_size=200))
def test_no_report_is_an_error(text):
    read_report([("<testsuites>" + text).encode("utf-8", "replace")])


@pytest.mark.parametrize(
    "head", [b"<?xml ", b"\xef\xbb\xbf\n <testsuites>", "<testsuite ".encode("utf-16"), b"<!DOCTYPE x"]
)
def test_is_report(head):
    assert is_report(head)


@pytest.mark.parametrize("head", [b"", b"2026-08-03T09:14:02.1234567Z <testsuites>", b'{"Action":"run"}', b"<<<<"])
def test_is_no_report(head):
    assert not is_report(head)


PYTEST_IDS = [
    ("tests.test_x.TestC", "", "", "tests/test_x.py", "TestC::t", "a module is known by test_"),
    ("tests.test_x.lower", "", "", "tests/test_x.py", "lower::t", "classes may be in lower case"),
    ("src.checks.Group.Inner", "", "", "src/checks.py", "Group::Inner::t", "capital letters mark classes"),
    ("src.checks.group", "", "src/checks.py:3: in t", "src/checks.py", "group::t", "a traceback knows better"),
    ("pkg.Module.C", "pkg/Module.py", "", "pkg/Module.py", "C::t", "xunit1 names the file"),
    ("test_x", "", "", "test_x.py", "t", "no folder, no class"),
]


@pytest.mark.parametrize(("classname", "file", "text", "suite", "name", "why"), PYTEST_IDS)
def test_pytest_id(classname, file, text, suite, name, why):
    case = Case(suite="pytest", file=file, classname=classname, name="t", line=1)
    assert pytest_id(case, text=text) == TestId(ecosystem="python", suite=suite, name=name), why


BOMBS = {
    "open elements": lambda: (b"<testsuites>", *(b"<a>" * 20_000 for _ in range(200))),
    "open suites": lambda: (b"<testsuites>", *(b"<testsuite>" * 6_000 for _ in range(200))),
    # A packed artifact holds a thousand times its size of these, and the parser reads the tag anew with every piece.
    "one endless attribute": lambda: (b"<testsuite name='", *(b"x" * 65_536 for _ in range(300))),
    "one endless comment": lambda: (b"<testsuite><!--", *(b"x" * 65_536 for _ in range(300))),
    "endless names": lambda: (
        b"<testsuites>",
        *(b"".join(b"<n%d/>" % (9_000 * block + n) for n in range(9_000)) for block in range(20)),
    ),
}
FIRST = b"<testsuite><testcase name='test_a' classname='p.test_x'><failure message='boom'/></testcase></testsuite>"


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_and_what_stood_before_it_is_kept(bomb):
    read = 0

    def counted():
        nonlocal read
        opening, *rest = bomb()
        for chunk in (b"<testsuites>" + FIRST + opening, *rest):
            read += 1
            yield chunk

    found = read_report(counted())
    assert [item.test.name for item in found.failures] == ["test_a"]
    [problem] = found.problems
    assert problem.startswith("refused: ")
    assert read < 200  # it stopped in the middle


def test_results_and_output_of_one_case_are_bounded():
    results = b"<failure message='a'/>" * 5_000 + b"<system-out>" + b"x" * 60_000 + b"</system-out>"
    chunks = [b"<testsuite><testcase name='test_a' classname='p.test_x'>", *[results] * 50, b"</testcase></testsuite>"]
    found = read_report(chunks)
    assert sum(len(line) for item in found.failures for line in item.lines) < 1_000_000
