"""A JUnit report of nextest: its cases bear the names of its log, and their texts are what the tests printed.

Rule: a failure reads as it does in the log of the same run.
"""

import re

from ftc.core.model import Kind
from ftc.ingest.base import RawFailure
from ftc.ingest.generic import UNTOLD
from ftc.ingest.junit_cases import Case, Result
from ftc.ingest.rust.failing import rust_failure
from ftc.ingest.rust.nextest import FRAMEWORK, WORDS
from ftc.ingest.rust.report import test_id

_ABORTED = re.compile(r"process aborted with signal (?P<number>\d{1,3}) \((?P<name>SIG\w{1,20})\)$")
_KINDS = {
    "test abort": Kind.CRASH,
    "test timeout": Kind.TIMEOUT,
    "test exited with code 0, but leaked handles so was marked failed": Kind.LEAK,
}
_EXITED = re.compile(r"test failure with exit code (?!101\b)(?P<code>-?\d{1,10})(?: \(leaked handles\))?$")
"""101 is how the runner of a test that failed ends."""


def nextest_failure(case: Case, result: Result, *, text: str) -> RawFailure:
    """A failed case; what it printed tells more than the text of the failure, which is an excerpt of that."""
    told = (case.output.strip() and case.output) or text
    return rust_failure(
        test_id(case.classname or case.suite, case.name),
        told.splitlines(),
        framework=FRAMEWORK,
        line=case.line,
        kind=_KINDS.get(result.type),
        fallback=_ended(result),
    )


def _ended(result: Result) -> str:
    """How the test ended, in the words of the log."""
    if aborted := _ABORTED.match(result.message):
        return f"test aborted with signal {aborted['number']}: {aborted['name']}"
    if exited := _EXITED.match(result.type):
        return f"test failed with exit code {exited['code']}"
    kind = _KINDS.get(result.type)
    return WORDS.get(kind, UNTOLD) if kind else result.message or UNTOLD
