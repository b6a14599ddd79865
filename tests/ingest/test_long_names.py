"""Names that many tests of a file share: however long they are, what is kept and done for each test stays small."""

import pytest

from ftc.core.sanitize import Sanitizer
from ftc.ingest.base import Line
from ftc.ingest.bounded import NAME_LIMIT, joined
from ftc.ingest.extract import extract_stream
from ftc.ingest.javascript import NodeSpecParser, NodeTapParser
from ftc.ingest.javascript.node_tests import node_id
from ftc.ingest.javascript.vitest import vitest_id
from ftc.ingest.junit import read_report
from ftc.ingest.junit_failures import Report

TITLES = [f"{depth}{'n' * 3_700}" for depth in range(50)]
TAP = ["    " * depth + f"# Subtest: {title}" for depth, title in enumerate(TITLES)]
RESULT = ["not ok 1 - t", "  ---", "  failureType: 'testCodeFailure'", "  error: 'boom'", "  ...", "  end"]
SPEC = ["  " * depth + f"▶ {title}" for depth, title in enumerate(TITLES)]
LISTED = ["ℹ fail 1", "", "✖ failing tests:", "", "test at test/a.test.js:3:1", "✖ t (1.5ms)", "  Error: boom"]
LOGS = {
    "tap": (NodeTapParser, ["TAP version 13", *TAP, *(f"{' ' * 200}{text}" for text in RESULT)]),
    "spec": (NodeSpecParser, [*SPEC, f"{' ' * 100}✖ t (1.5ms)", *LISTED]),
}


@pytest.mark.parametrize(("parser", "lines"), LOGS.values(), ids=LOGS)
def test_titles_around_a_test_are_not_joined_without_end(parser, lines):
    """The name of each test was 185,000 characters: a log of 3 MB with 3,000 of them took minutes."""
    parser = parser()
    for number, text in enumerate(lines, 1):
        parser.feed(Line(number=number, text=text))
    (failure,) = parser.finish().failures
    assert len(failure.test.name) == NAME_LIMIT


def test_ids_are_bounded_wherever_their_parts_come_from():
    long = "n" * 99_999
    for test in (vitest_id(file=long, name=long), node_id((long, long), path=long)):
        assert (len(test.suite), len(test.name)) == (NAME_LIMIT, NAME_LIMIT)


def test_a_name_of_usual_length_is_whole():
    assert joined(("cart", "", "adds"), by=" > ") == "cart >  > adds"
    assert joined((), by=" > ") == ""


class Told(Report):
    """Notes how much text stands around each case."""

    def __init__(self):
        super().__init__()
        self.around = []

    def case(self, case):
        self.around.append(len(case.suite) + len(case.file) + sum(map(len, case.titles)))


@pytest.mark.parametrize("depth", [1, 90])
def test_what_stands_around_a_case_of_a_report_is_small(depth):
    """Two million characters in the attributes of suites were joined, unescaped and redacted for every case."""
    name = "n" * (2_000_000 // depth)
    opening = f'<testsuite name="{name}" file="{name}">' * depth
    case = '<testcase name="t" classname="test"><failure message="m"/></testcase>'
    report = Told()
    read_report([f"<testsuites>{opening}{case * 3}{'</testsuite>' * depth}</testsuites>".encode()], report=report)
    assert len(report.around) == 3
    assert max(report.around) <= 4 * NAME_LIMIT


def test_no_half_of_a_secret_is_left_of_a_name_that_was_cut():
    secret = "own-value-12345"
    titles = "".join(f'<testsuite name="{"a" * (NAME_LIMIT - 5)}{secret}">' for _ in range(2))
    case = '<testcase name="t" classname="test"><failure/></testcase>'
    xml = f"<testsuites>{titles}{case}</testsuite></testsuite></testsuites>"
    found = extract_stream([xml.encode()], path="x", sanitizer=Sanitizer(extra_values=(secret,)))
    assert [item.test.name for item in found.failures] == ["a" * 1_000]
