"""Results of runners that write no JUnit report, brought into that form.

Rule: there is one reader of results; what comes from another format passes through it, so that messages, places and
fingerprints are those that the scan gives to the same failure in a report.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCase:
    """One result: ``outcome`` is passed, failed or skipped; ``text`` is what a failing test left."""

    suite: str
    name: str
    outcome: str
    message: str = ""
    text: str = ""


def as_report(cases: Iterable[SourceCase]) -> bytes:
    """The cases as a JUnit report."""
    body = "".join(map(_case, cases))
    return f'<?xml version="1.0"?><testsuites><testsuite name="">{body}</testsuite></testsuites>'.encode()


def _case(case: SourceCase) -> str:
    inner = {
        "failed": f"<failure message={_quoted(case.message)}>{escape(_clean(case.text))}</failure>",
        "skipped": "<skipped/>",
    }
    return (
        f"<testcase classname={_quoted(case.suite)} name={_quoted(case.name)}>{inner.get(case.outcome, '')}</testcase>"
    )


def _quoted(text: str) -> str:
    return quoteattr(_clean(text))


def _clean(text: str) -> str:
    return _NOT_XML.sub("", text)
