"""pytest and unittest, from recordings of real runs: which tests failed, and what is no failure."""

from pathlib import Path

import pytest

from ftc.core.model import Kind
from ftc.core.sanitize import Sanitizer
from ftc.ingest.actions_log import JobLog
from ftc.ingest.base import Line
from ftc.ingest.extract import extract_stream
from ftc.ingest.pytest_names import node_of_title, normal_title, split_summary, title_of
from ftc.ingest.python import PytestParser
from ftc.ingest.unittest_log import UnittestParser, unittest_id

LOGS = Path(__file__).parents[1] / "data" / "logs" / "python"


def extracted(case):
    file = LOGS / f"{case}.log"
    return extract_stream([file.read_bytes()], path=case, sanitizer=Sanitizer())


def names(found):
    return {f"{item.test.suite}::{item.test.name}" for item in found.failures}


def fed(parser, text):
    for number, content in enumerate(text.splitlines(), start=1):
        parser.feed(Line(number=number, text=content))
    return parser.finish()


LEDGER = {
    "tests/test_ledger.py::TestBalance::test_posts[2]",
    "tests/test_ledger.py::TestBalance::TestNested::test_inner",
    "tests/test_ledger.py::test_labels[a - b]",
    "tests/test_ledger.py::test_labels[x::y]",
    "tests/test_ledger.py::test_labels[[brackets]]",
    "tests/test_ledger.py::test_labels[--> ::set-output name=x::1]",
    "tests/test_ledger.py::test_overdrawn",
    "tests/test_ledger.py::test_raises_nothing",
}
CHAINED = {"tests/test_chained.py::test_chained", "tests/test_chained.py::test_multiline"}
WHOLE = (
    LEDGER
    | CHAINED
    | {
        "tests/test_fixtures.py::test_first",
        "tests/test_fixtures.py::test_teardown_only",
        "tests/test_fixtures.py::test_call_and_teardown",
        "tests/test_subtests.py::Cases::test_numbers[number=1]",
        "tests/test_subtests.py::test_with_fixture[even number=1]",
    }
)


@pytest.mark.parametrize(
    "case",
    ["plain", "verbose", "quiet", "colour", "short-traceback", "native-traceback", "line-traceback", "no-traceback"],
)
def test_verbosity_and_traceback_style_change_nothing(case):
    found = extracted(case)
    assert found.outcome == "test-failure"
    assert names(found) == WHOLE
    assert (found.tested_tree, found.pull_request) == (f"{'5f1d' * 10}+{'9ab0' * 10}", 57)


def test_long_and_short_tracebacks_give_one_fingerprint():
    long, short = (
        {item.test: item.fingerprint for item in extracted(case).failures} for case in ("plain", "short-traceback")
    )
    assert long == short


@pytest.mark.parametrize("case", ["xdist-verbose", "no-capture"])
def test_workers_and_uncaptured_output_change_nothing(case):
    """Uncaptured output holds a whole summary of another run, which must not count."""
    assert names(extracted(case)) == LEDGER


def test_xdist_in_another_order():
    assert names(extracted("xdist")) == LEDGER | CHAINED


def test_sections_speak_when_the_summary_is_switched_off():
    assert names(extracted("no-summary")) >= WHOLE - {"tests/test_fixtures.py::test_first"}


KINDS = {
    "test_chained": Kind.ERROR,
    "test_multiline": Kind.ASSERTION,
    "test_raises_nothing": Kind.ASSERTION,
    "test_overdrawn": Kind.ERROR,
    "test_first": Kind.ERROR,
}


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_kinds(name, kind):
    assert {item.kind for item in extracted("plain").failures if item.test.name == name} == {kind}


def test_of_a_chain_the_last_exception_counts_with_its_innermost_place():
    chained = next(item for item in extracted("plain").failures if item.test.name == "test_chained")
    assert chained.message == "KeyError: \"no number in 'seven'\""
    assert [(place.path, place.line) for place in chained.locations] == [
        ("tests/test_chained.py", 12),
        ("tests/test_chained.py", 16),
    ]
    assert chained.excerpt.splitlines()[:2] == [
        "E           KeyError: \"no number in 'seven'\"",
        "tests/test_chained.py:12: KeyError",
    ]


def test_one_broken_fixture_is_one_failure():
    reasons = {item.name: item.reason for item in extracted("plain").excluded}
    assert {"test_second", "test_third"} <= {name for name, reason in reasons.items() if reason.startswith("cascade")}
    assert "tear-down" in reasons["test_call_and_teardown"]
    assert reasons["test_with_fixture"] == "parent of failed sub-tests"


OUTCOMES = {
    "collection": ("build-failure", {}),
    "collection-continued": ("build-failure", {}),
    "missing-file": ("build-failure", {}),
    "coverage-gate": ("infrastructure", {}),
    "passes": ("no-failure", {}),
    "rerun-passes": ("no-failure", {"flaky/test_flaky.py::test_flaky_once": ("error", True)}),
    "rerun-plain": ("test-failure", {"flaky/test_flaky.py::test_always_fails[2]": ("assertion", False)}),
    "rerun-summary": (
        "test-failure",
        {
            "flaky/test_flaky.py::test_always_fails[2]": ("assertion", False),
            "flaky/test_flaky.py::test_flaky_once": ("error", True),
        },
    ),
    "rerun-verbose": (
        "test-failure",
        {
            "flaky/test_flaky.py::test_always_fails[2]": ("assertion", False),
            "flaky/test_flaky.py::test_flaky_once": ("error", True),
        },
    ),
    "rerun-xdist": (
        "test-failure",
        {
            "flaky/test_flaky.py::test_always_fails[2]": ("assertion", False),
            "flaky/test_flaky.py::test_flaky_once": ("error", True),
        },
    ),
    "second-try": ("no-failure", {"flaky/test_flaky.py::test_flaky_once": ("assertion", True)}),
    "second-try-quiet": ("no-failure", {"flaky/test_flaky.py::test_flaky_once": ("assertion", True)}),
    "timeout-signal": ("test-failure", {"slow/test_slow.py::test_waits_for_event": ("timeout", False)}),
    "timeout-thread": ("test-failure", {"slow/test_slow.py::test_waits_for_event": ("timeout", False)}),
    "timeout-thread-verbose": ("test-failure", {"slow/test_slow.py::test_waits_for_event": ("timeout", False)}),
    "timeout-thread-xdist": ("test-failure", {"slow/test_slow.py::test_waits_for_event": ("crash", False)}),
    "segfault": ("test-failure", {"crash/test_crash.py::test_segfault": ("crash", False)}),
    "worker-crash": (
        "test-failure",
        {
            "crash/test_crash.py::test_segfault": ("crash", False),
            "crash/test_crash.py::test_exit": ("crash", False),
            "crash/test_crash.py::test_also_fails": ("assertion", False),
        },
    ),
    "inner-session": ("test-failure", {"many/test_pytester.py::test_inner_session": ("assertion", False)}),
    "exit-first": ("test-failure", {"tests/test_ledger.py::TestBalance::test_posts[2]": ("assertion", False)}),
    "unittest-import": ("build-failure", {}),
}


@pytest.mark.parametrize(
    ("case", "outcome", "failures"), [(case, *told) for case, told in OUTCOMES.items()], ids=OUTCOMES
)
def test_recorded_run(case, outcome, failures):
    found = extracted(case)
    assert found.outcome == outcome
    assert {f"{i.test.suite}::{i.test.name}": (i.kind, i.flaky_in_run) for i in found.failures} == failures


@pytest.mark.parametrize("case", ["unittest-plain", "unittest-verbose"])
def test_unittest(case):
    """A test prints a FAIL line of its own; sub-tests, doc strings and class set-up are in it."""
    found = extracted(case)
    assert {(item.test.suite, item.test.name, item.framework) for item in found.failures} == {
        ("tests/test_queue.py", name, "unittest")
        for name in (
            "BrokenFixture::setUpClass",
            "QueueTest::test_error",
            "QueueTest::test_order",
            "QueueTest::test_subtests[size size=2]",
        )
    }


def test_unittest_that_passes_in_a_second_run_is_flaky():
    text = (LOGS / "unittest-verbose.log").read_text()
    again = "test_error (tests.test_queue.QueueTest.test_error) ... ok\n"
    described = "test_order (tests.test_queue.QueueTest.test_order)\nItems leave in the order they came. ... ok\n"
    found = extract_stream([(text + again + described).encode()], path="x", sanitizer=Sanitizer())
    flaky = {item.test.name for item in found.failures if item.flaky_in_run}
    assert flaky == {"QueueTest::test_error", "QueueTest::test_order"}


def test_a_log_that_breaks_off_in_a_section_names_the_test():
    text = (LOGS / "verbose.log").read_text()
    cut = text[: text.index("KeyError")]
    found = extract_stream([cut.encode()], path="cut", sanitizer=Sanitizer())
    assert "tests/test_chained.py::test_chained" in names(found)


def test_a_log_that_breaks_off_in_the_progress_names_what_failed_so_far():
    text = (LOGS / "verbose.log").read_text()
    cut = text[: text.index("= ERRORS =")]
    found = extract_stream([cut.encode()], path="cut", sanitizer=Sanitizer())
    assert "tests/test_ledger.py::TestBalance::test_posts[2]" in names(found)


def test_a_log_that_begins_in_the_sections():
    text = (LOGS / "plain.log").read_text()
    cut = text[text.index("TestBalance.TestNested.test_inner") :]
    found = extract_stream([cut.encode()], path="cut", sanitizer=Sanitizer())
    assert "tests/test_ledger.py::test_overdrawn" in names(found)


def test_failed_again_after_passing_is_failed():
    rerun = "=== test session starts ===\na/test_a.py::test_x {}  [100%]\n{}=== 1 {} in 0.01s ===\n"
    summary = "=== short test summary info ===\nFAILED a/test_a.py::test_x - assert 0\n"
    bad, good = rerun.format("FAILED", summary, "failed"), rerun.format("PASSED", "", "passed")
    assert [item.flaky_in_run for item in fed(PytestParser(), bad + good).failures] == [True]
    assert [item.flaky_in_run for item in fed(PytestParser(), good + bad).failures] == [False]
    assert [item.flaky_in_run for item in fed(PytestParser(), bad + good + bad).failures] == [False]


NOISE = {
    "go output": "--- FAIL: TestX (0.00s)\nFAIL\texample.com/x\t0.1s\nFAIL\n",
    "a summary line outside of any summary": "FAILED tests/test_x.py::test_y - assert 0\n",
    "a log line of a passing session": (
        "=== test session starts ===\nERROR app: connection failed\n=== 1 passed in 0.1s ===\n"
    ),
    "unittest words without the double line": "FAIL: test_x (tests.test_a.C.test_x)\nERROR: y\n",
    "a rule of equal signs": "=" * 70 + "\nResults\n" + "=" * 70 + "\n",
}


@pytest.mark.parametrize("parser", [PytestParser, UnittestParser])
@pytest.mark.parametrize("text", NOISE.values(), ids=NOISE.keys())
def test_noise_is_no_failure(parser, text):
    found = fed(parser(), text)
    assert (found.failures, found.build_failures) == ((), ())


SUMMARIES = [
    ("FAILED a.py::test_x - assert 0", ("FAILED", "a.py::test_x", "assert 0")),
    ("FAILED a.py::test_x[a - b] - c - d", ("FAILED", "a.py::test_x[a - b]", "c - d")),
    ("FAILED a.py::test_x[]]", ("FAILED", "a.py::test_x[]]", "")),
    ("ERROR b/a.py - ImportError: x", ("ERROR", "b/a.py", "ImportError: x")),
    ("SUBFAILED[m] (i=1) a.py::C::t - x", ("SUBFAILED", "a.py::C::t[m i=1]", "x")),
    ("FAILED (errors=1)", None),
]


@pytest.mark.parametrize(("line", "parts"), SUMMARIES)
def test_split_summary(line, parts):
    assert split_summary(line) == parts


TITLES = [("a.py::C::D::test_x[p::q]", "C.D.test_x[p::q]"), ("a.py::test_x", "test_x")]


@pytest.mark.parametrize(("node", "title"), TITLES)
def test_title_and_node_are_two_spellings(node, title):
    assert title_of(node) == title
    assert node_of_title(title, suite="a.py") == node


def test_label_of_a_sub_test_joins_the_name():
    assert normal_title("test_x [even] (number=1)") == "test_x[even number=1]"
    assert normal_title("test_x[a b]") == "test_x[a b]"


UNITTEST_IDS = [
    ("test_x", "tests.test_a.C.test_x", "tests/test_a.py", "C::test_x"),
    ("test_x", "tests.test_a.C", "tests/test_a.py", "C::test_x"),
    ("setUpClass", "tests.test_a.C", "tests/test_a.py", "C::setUpClass"),
    ("setUpModule", "tests.test_a", "tests/test_a.py", "setUpModule"),
    ("test_x", "__main__.C.test_x", "__main__.py", "C::test_x"),
]


@pytest.mark.parametrize(("name", "owner", "suite", "expected"), UNITTEST_IDS)
def test_unittest_id(name, owner, suite, expected):
    test = unittest_id(name, owner=owner)
    assert (test.suite, test.name) == (suite, expected)


def test_ten_thousand_sections_stay_small():
    log = JobLog()
    section = "{0} test_{1} {0}\nE  assert 0\na/test_a.py:1: AssertionError\n"
    body = "".join(section.format("_" * 35, number) for number in range(3_000))
    parser = PytestParser()
    for line in log.lines([f"=== test session starts ===\n=== FAILURES ===\n{body}".encode()]):
        parser.feed(line)
    assert len(parser.finish().failures) == 2_000


def quiet(*lines, rest=()):
    """A quiet session with one failed test whose captured output is ``lines``."""
    return [
        "F                                                                        [100%]",
        "=" * 35 + " FAILURES " + "=" * 35,
        "_" * 34 + " test_first " + "_" * 34,
        "E   assert 1 == 2",
        "",
        "test_a.py:9: AssertionError",
        "-" * 29 + " Captured stdout call " + "-" * 29,
        *lines,
        *rest,
    ]


SUMMARY = ["=" * 27 + " short test summary info " + "=" * 28, "FAILED test_a.py::test_first - assert 1 == 2"]
SECOND = ["_" * 34 + " test_second " + "_" * 34, "E   assert 3 == 4", "", "test_a.py:19: AssertionError"]
TOLD = "1 failed, 2 passed in 0.01s"
QUIET = [
    ("summary follows", [TOLD, "more"], [*SUMMARY, "1 failed in 0.02s"], ["test_first"]),
    ("section follows", [TOLD], [*SECOND, "2 failed in 0.02s"], ["test_first", "test_second"]),
    ("twice", [TOLD, TOLD, "more"], [*SECOND, "2 failed in 0.02s"], ["test_first", "test_second"]),
    ("another heading", [TOLD, "-" * 29 + " Captured stderr call " + "-" * 29], SECOND, ["test_first", "test_second"]),
    ("somebody's title", [TOLD, "=" * 30 + " my report " + "=" * 30], SECOND, ["test_first", "test_second"]),
    ("its own end", [], ["1 failed in 0.02s", "##[error]Process completed"], ["test_first"]),
]


@pytest.mark.parametrize(("case", "lines", "rest", "expected"), QUIET, ids=[case for case, *_ in QUIET])
def test_counts_in_captured_output_do_not_end_a_quiet_session(case, lines, rest, expected):
    found = fed(PytestParser(), "\n".join(quiet(*lines, rest=rest)))
    assert [item.test.name for item in found.failures] == expected, case
    assert all(line in found.failures[0].lines for line in lines), "captured output is part of the excerpt"
    assert "##[error]Process completed" not in found.failures[0].lines


def test_a_second_quiet_session_is_not_part_of_the_first():
    """Without a summary only the counts stand between them."""
    first = quiet("said", rest=["1 failed in 0.02s", "Some other step", "F   [100%]"])
    second = [line.replace("test_first", "test_other") for line in quiet("said too", rest=["1 failed in 0.03s"])]
    found = fed(PytestParser(), "\n".join([*first, *second]))
    assert [item.test.name for item in found.failures] == ["test_first", "test_other"]
    assert "Some other step" not in found.failures[0].lines


STARTS, CONFTEST = "=" * 28 + " test session starts " + "=" * 28, "ImportError while loading conftest '/w/conftest.py'."
SET_UPS = [
    ([CONFTEST], [CONFTEST], "before the session begins"),
    ([STARTS, CONFTEST], [CONFTEST], "and nothing after it"),
    ([STARTS, CONFTEST, "=" * 30 + " no tests ran in 0.01s " + "=" * 30], [CONFTEST], "no test ran"),
    ([STARTS, CONFTEST, "=" * 30 + " 1 error in 0.01s " + "=" * 30], [CONFTEST], "errors only"),
    ([STARTS, "test_a.py", CONFTEST, ".", "=" * 30 + " 1 passed in 0.01s " + "=" * 30], [], "printed by a test, `-s`"),
    (
        [
            STARTS,
            "test_a.py .",
            "INTERNALERROR> Traceback",
            "INTERNALERROR> KeyError: 1",
            "=" * 30 + " 1 passed in 0.01s " + "=" * 30,
        ],
        ["INTERNALERROR> KeyError: 1"],
        "pytest itself broke after tests ran",
    ),
]


@pytest.mark.parametrize(("lines", "told", "why"), SET_UPS, ids=[row[-1] for row in SET_UPS])
def test_set_up_errors(lines, told, why):
    assert list(fed(PytestParser(), "\n".join(lines)).build_failures) == told, why
