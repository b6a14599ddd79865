"""A JUnit report of nextest: its cases bear the names of its log, and their texts are what the tests printed.

Rule: a failure reads as it does in the log of the same run.
"""

import re
from collections.abc import Mapping

from ftc.core.model import Kind
from ftc.ingest.base import RawFailure
from ftc.ingest.junit_cases import Case, Result
from ftc.ingest.rust.failing import rust_failure
from ftc.ingest.rust.nextest import FRAMEWORK
from ftc.ingest.rust.report import test_id

_REPORT = "nextest-run"
"""``report-name`` of nextest's configuration, as it is unless somebody changes it."""
_ABORTED = re.compile(r"process aborted with signal (?P<number>\d{1,3}) \((?P<name>SIG\w{1,20})\)$")
_KINDS = {"test abort": Kind.CRASH, "test timeout": Kind.TIMEOUT}
_TIMED_OUT = "test timed out"


def is_nextest(attributes: Mapping[str, str]) -> bool:
    """Whether the element that holds all suites is nextest's."""
    return attributes.get("name") == _REPORT


def nextest_failure(case: Case, result: Result, *, text: str) -> RawFailure:
    """A failed case; what it printed tells more than the text of the failure, which is an excerpt of that."""
    ended = _ABORTED.match(result.message)
    said = f"test aborted with signal {ended['number']}: {ended['name']}" if ended else result.message or _TIMED_OUT
    told = (case.output.strip() and case.output) or text
    return rust_failure(
        test_id(case.classname or case.suite, case.name),
        told.splitlines() if text or ended else (),  # a report that has used up what it may has no text
        framework=FRAMEWORK,
        line=case.line,
        kind=_KINDS.get(result.type),
        fallback=said,
    )
