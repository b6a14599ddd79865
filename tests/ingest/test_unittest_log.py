"""What unittest prints when a test fails in more than one way."""

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
