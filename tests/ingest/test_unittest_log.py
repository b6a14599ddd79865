"""What unittest prints when a test fails in more than one way."""

import pytest

from ftc.core.model import Kind
from ftc.ingest.base import Line
from ftc.ingest.unittest_log import UnittestParser

DOUBLE, SINGLE = "=" * 70, "-" * 70
TEAR_DOWN = f"""\
FE
{DOUBLE}
ERROR: test_pops (tests.test_queue.QueueTest.test_pops)
{SINGLE}
Traceback (most recent call last):
  File "/home/runner/work/ledger/ledger/tests/test_queue.py", line 7, in tearDown
    raise ValueError("queue still open")
ValueError: queue still open

"""
BODY = f"""\
{DOUBLE}
FAIL: test_pops (tests.test_queue.QueueTest.test_pops)
{SINGLE}
Traceback (most recent call last):
  File "/home/runner/work/ledger/ledger/tests/test_queue.py", line 9, in test_pops
    self.assertEqual(1, 2)
AssertionError: 1 != 2

Stderr:
closing
{SINGLE}
Ran 1 test in 0.001s

FAILED (failures=1, errors=1)
"""


def parse(text):
    parser = UnittestParser()
    for number, line in enumerate(text.split("\n"), start=1):
        parser.feed(Line(number, line))
    return parser.finish()


def test_an_assertion_says_more_than_the_error_of_its_tear_down():
    """unittest prints all errors before all failures, whichever came first."""
    found = parse(TEAR_DOWN + BODY)
    assert [(item.kind, item.message, item.line) for item in found.failures] == [
        (Kind.ASSERTION, "AssertionError: 1 != 2", 11)
    ]
    assert [item.reason for item in found.excluded] == ["the same test is reported twice"]


def test_a_tear_down_that_fails_alone_counts():
    assert [item.message for item in parse(TEAR_DOWN + SINGLE).failures] == ["ValueError: queue still open"]


def test_captured_output_is_no_part_of_the_message():
    assert parse(BODY).failures[0].message == "AssertionError: 1 != 2"


TITLE, COUNTS = "=" * 28 + " test session starts " + "=" * 28, "=" * 25 + " 1 failed, 2 passed in 0.12s " + "=" * 25
HEADER = "FAIL: test_pops (tests.test_queue.QueueTest.test_pops)"
LOADER = BODY.replace(HEADER, "ERROR: x (unittest.loader._FailedTest.x)")
SESSIONS = [
    ([TITLE, BODY, COUNTS], [], "a test of a test runner prints what that says"),
    ([TITLE, BODY, "=" * 20 + " 3 failed in 61.20s (0:01:01) " + "=" * 20], [], "a long session"),
    ([TITLE, BODY, COUNTS.replace("1 failed, 2 passed", "no tests ran")], [], "pytest found no test of its own"),
    ([TITLE, LOADER, COUNTS], [], "a set-up error that a test prints"),
    ([TITLE, BODY, TITLE, BODY, COUNTS], [], "a session inside of the session"),
    ([TITLE, COUNTS, BODY], ["QueueTest::test_pops"], "unittest ran after pytest"),
    ([BODY, TITLE, COUNTS], ["QueueTest::test_pops"], "unittest ran before pytest"),
    ([BODY, TITLE, BODY, COUNTS], ["QueueTest::test_pops"], "and what it said is printed again"),
    ([TITLE, BODY], ["QueueTest::test_pops"], "pytest died, and what ran later may have failed"),
    ([TITLE, COUNTS, TITLE, BODY, COUNTS, BODY], ["QueueTest::test_pops"], "two sessions before unittest"),
]


@pytest.mark.parametrize(("parts", "expected", "why"), SESSIONS, ids=[row[-1] for row in SESSIONS])
def test_a_report_inside_a_session_of_pytest_is_output_of_a_test(parts, expected, why):
    parser = UnittestParser()
    for number, text in enumerate("\n".join(parts).splitlines(), start=1):
        parser.feed(Line(number=number, text=text))
    found = parser.finish()
    assert [item.test.name for item in found.failures] == expected, why
    assert found.build_failures == ()
