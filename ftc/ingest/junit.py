"""JUnit XML in its dialects to findings, streamed, by a parser that refuses DTDs and entities.

Rule: memory is bounded whatever a report holds; a report that breaks off or is not well-formed still gives what was
read before that, with a problem that says so.
"""

import codecs
import re
from collections.abc import Callable, Iterable, Iterator

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from ftc.ingest.base import Findings
from ftc.ingest.junit_cases import Case, Result, Suite, reporter_of, suite_in
from ftc.ingest.junit_failures import Report
from ftc.ingest.lines import decoded, encoding_of

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_NOT_XML_REFERENCE = re.compile(r"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|x0*(?:[0-8bcef]|1[0-9a-f]));", re.IGNORECASE)
"""References to control characters: XML 1.0 forbids them, reporters of coloured output write them all the same."""

_ESCAPED_COLOUR = re.compile(r"#x1B\[[0-9;]{0,20}m")
"""How pytest's reports write the colours of ``--color=yes``."""

_DECLARED = re.compile(
    rb"""<\?xml[^>]{0,200}encoding=["'](iso-8859-1|latin-?1|windows-1252|cp1252)["']""", re.IGNORECASE
)
_RESULTS = ("failure", "error", "skipped", "flakyFailure", "flakyError", "rerunFailure", "rerunError")
_OUTPUTS = ("system-out", "system-err", "stackTrace")
_TEXT_HEAD = 262_144
_TEXT_TAIL = 65_536
"""Characters kept from beginning and end of one element's text; a failing Go test prints megabytes before it fails."""

_DEPTH = 100
"""Elements inside of each other; a real report has five levels, and every open one costs memory."""
_NAMES = 10_000
"""Different names of elements and attributes, which the parser keeps for ever; a real report has thirty."""
_TOKEN = 8_000_000
"""Bytes of one tag or comment; the parser keeps it whole, and reads it again with every piece that comes."""
_RESULTS_OF_CASE = 100
"""A test is retried a few times; further results of one case say nothing new."""


class _Excessive(Exception):
    """A report that no reporter writes, made to use up memory or time."""


def is_report(head: bytes) -> bool:
    """Whether a file that begins so is XML; a log does not begin with an element."""
    text = head.decode(encoding_of(head), errors="replace").lstrip("\ufeff \t\r\n")
    return text.startswith(("<?xml", "<testsuite", "<!DOCTYPE", "<!--"))


def read_report(chunks: Iterable[bytes], *, report: Report | None = None) -> Findings:
    """Everything a report says; a ``report`` of the caller sees every case of it."""
    report = report or Report()
    target = _Target(report)
    parser = DefusedXMLParser(target=target, forbid_dtd=True)
    target.line_number = lambda: int(parser.parser.CurrentLineNumber)
    problems = []
    try:
        fed = 0
        for text in _xml_text(chunks):
            parser.feed(text)
            fed += len(text.encode())
            if fed - int(parser.parser.CurrentByteIndex) > _TOKEN:
                raise _Excessive(f"a tag or comment of more than {_TOKEN} bytes")
        parser.close()
    except ParseError as error:
        problems.append(f"not well-formed XML ({error}): what stands after that place was not read")
    except DefusedXmlException as error:
        problems.append(f"refused: the report declares a DTD or an entity ({type(error).__name__})")
    except _Excessive as error:
        problems.append(f"refused: {error}; what stands after that place was not read")
    if not target.suites and not problems:
        problems.append("XML, but no JUnit report: it has no <testsuite>")
    return report.findings(problems)


def _xml_text(chunks: Iterable[bytes]) -> Iterator[str]:
    """The report as text with what XML forbids taken out; reporters copy test output as it is."""
    for text in _decoded(chunks):
        yield _NOT_XML_REFERENCE.sub("", _NOT_XML.sub("", text))


def _decoded(chunks: Iterable[bytes]) -> Iterator[str]:
    source = iter(chunks)
    first = next(source, b"")
    declared = _DECLARED.match(first.lstrip(codecs.BOM_UTF8))
    if declared is None:
        yield from decoded(_chain(first, source))
        return
    for chunk in _chain(first, source):
        yield chunk.decode(declared.group(1).decode("ascii"), errors="replace")


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


class _Text:
    """The beginning and the end of a text that comes in pieces."""

    def __init__(self) -> None:
        self._head: list[str] = []
        self._size = 0
        self._tail = ""

    def add(self, data: str) -> None:
        if self._size < _TEXT_HEAD:
            self._head.append(data)
            self._size += len(data)
        else:
            self._tail = (self._tail + data)[-_TEXT_TAIL:]

    def text(self) -> str:
        gap = "\n... left out ...\n" if len(self._tail) == _TEXT_TAIL else ""
        return _ESCAPED_COLOUR.sub("", "".join(self._head) + gap + self._tail)


class _Target:
    """Receives the events of the XML parser; only test cases leave a trace."""

    def __init__(self, report: Report) -> None:
        self.suites = 0
        self.line_number: Callable[[], int] = int
        self._report = report
        self._suite_stack: list[Suite] = []
        self._case: Case | None = None
        self._result: Result | None = None
        self._text: _Text | None = None
        self._depth = 0
        self._names: set[str] = set()

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._check(tag, attributes)
        tag = tag.rpartition("}")[2]
        if tag in ("testsuite", "testsuites"):
            self.suites += 1
            self._suite_stack.append(suite_in(self._suite, attributes))
            self._report.suite(attributes)
        elif tag == "testcase":
            self._open_case(attributes)
        elif tag == "property" and self._case is None:
            self._report.property(attributes.get("name", ""), attributes.get("value", ""))
        elif self._case is not None and tag in _RESULTS:
            message = _ESCAPED_COLOUR.sub("", attributes.get("message", ""))
            self._result = Result(tag=tag, message=message, type=attributes.get("type", ""))
            if len(self._case.results) < _RESULTS_OF_CASE:
                self._case.results.append(self._result)
            self._text = _Text()
        elif tag in _OUTPUTS:
            self._text = _Text()

    def _check(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._names.add(tag)
        self._names.update(attributes)
        if self._depth > _DEPTH:
            raise _Excessive(f"more than {_DEPTH} elements inside of each other")
        if len(self._names) > _NAMES:
            raise _Excessive(f"more than {_NAMES} different names of elements and attributes")

    def data(self, data: str) -> None:
        if self._text is not None:
            self._text.add(data)

    def end(self, tag: str) -> None:
        self._depth -= 1
        tag = tag.rpartition("}")[2]
        if tag in ("testsuite", "testsuites") and self._suite_stack:
            self._suite_stack.pop()
        elif tag == "testcase" and self._case is not None:
            self._report.case(self._case)
            self._case = None
        elif tag in _RESULTS and self._result is not None:
            self._result.text = (self._text.text() if self._text else "") or self._result.text
            self._result, self._text = None, None
        elif tag in _OUTPUTS and self._text is not None:
            self._output(tag, self._text.text())
            self._text = None

    def _open_case(self, attributes: dict[str, str]) -> None:
        suite = self._suite
        self._case = Case(
            suite=suite.get("name") if suite else "",
            file=attributes.get("file", "") or (suite.get("file") if suite else ""),
            classname=attributes.get("classname", ""),
            name=attributes.get("name", ""),
            line=self.line_number(),
            reporter=reporter_of(suite, classname=attributes.get("classname", "")),
            titles=suite.titles if suite else (),
        )

    @property
    def _suite(self) -> Suite | None:
        """The innermost one that is open."""
        return self._suite_stack[-1] if self._suite_stack else None

    def _output(self, tag: str, text: str) -> None:
        if self._result is not None and tag == "stackTrace":
            self._result.text = text
        elif self._case is not None:
            if len(self._case.output) < _TEXT_HEAD:
                self._case.output += text if text.endswith("\n") else text + "\n"
        elif self._suite_stack:
            self._report.suite_output(self._suite_stack[-1].get("name"), text)

    def close(self) -> None:
        """The document is over; nothing is pending."""
