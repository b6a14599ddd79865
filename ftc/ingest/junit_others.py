"""A failure in a report that is neither Go's nor pytest's: of JavaScript's or Rust's runners, or of an unknown make.

Rule: a runner whose logs are read has its reports read by the same functions, so that both tell of the same failure.
"""

import re
from collections.abc import Iterable

from ftc.core.model import Frame, Kind
from ftc.ingest.base import RawFailure
from ftc.ingest.bounded import HeadTail
from ftc.ingest.generic import telling
from ftc.ingest.javascript.node_error import reported
from ftc.ingest.javascript.node_tests import is_file, node_failure
from ftc.ingest.javascript.vitest import vitest_failure
from ftc.ingest.javascript.vitest_error import VitestError
from ftc.ingest.junit_cases import NEXTEST, NODE, VITEST, Case, Result, generic_id
from ftc.ingest.pytest_section import HEAD_LINES, TAIL_LINES
from ftc.ingest.rust.junit import nextest_failure

_PLACE = re.compile(r"(?<![\w./\\@+-])(?P<path>(?:[A-Za-z]:)?[\w./\\@+-]{1,300}\.\w{1,5}):(?P<line>\d{1,7})\b")
"""A path and a line in a stack of any language; only those with a folder are taken for places."""

_TIMEOUT = re.compile(r"tim(?:ed|e)[ -]?out", re.IGNORECASE)
_GENERIC_FRAMES = 20
_MESSAGE_LINES = 10
_STACK = re.compile(r"\s+at |\s*File \"|Caused by: ")


def other_failure(case: Case, result: Result, *, text: str) -> RawFailure | str:
    """The failure of a case; as a line of its own what is no test but a file that could not be run.

    ``text`` is empty where a report has used up what is read of one.
    """
    told = result.text if text else ""
    if case.reporter == VITEST:
        return _vitest(case, told or result.message)
    if case.reporter == NODE:
        return _node(case, told, message=result.message)
    if case.reporter == NEXTEST:
        return nextest_failure(case, result, text=text)
    return generic_failure(case, result, text=text)


def _vitest(case: Case, text: str) -> RawFailure | str:
    error = VitestError()
    for line in text.splitlines():
        error.add(line)
    if case.name == case.classname:
        return f"{case.name}: {error.message.partition(chr(10))[0] or 'cannot be loaded'}"
    return vitest_failure(generic_id(case), error, line=case.line, lines=bounded(text or case.output))


def _node(case: Case, text: str, *, message: str) -> RawFailure | str:
    test, error = generic_id(case), reported(text.strip("\n"), message=message)
    if is_file(test, error=error):
        return f"{test.suite or test.name}: ended with an error outside of its tests"
    return node_failure(test, error, line=case.line, lines=bounded(text or case.output))


def generic_failure(case: Case, result: Result, *, text: str) -> RawFailure:
    """A failure of a report of unknown make, or of one whose ecosystem has no parser yet."""
    message = telling(result.message) or _before_stack(text) or result.message or result.type
    simple_type = result.type.rpartition(".")[2]
    if simple_type and simple_type not in message and simple_type.lower() not in ("failure", "error"):
        message = f"{simple_type}: {message}"
    kind = Kind.ERROR if result.tag in ("error", "flakyError", "rerunError") else Kind.ASSERTION
    return RawFailure(
        test=generic_id(case),
        framework="junit",
        kind=Kind.TIMEOUT if _TIMEOUT.search(message) and kind is Kind.ERROR else kind,
        message=message,
        line=case.line,
        frames=tuple(_frames(text)),
        lines=bounded(text or case.output),
        key_lines=tuple(message.splitlines()[:5]),
    )


def _before_stack(text: str) -> str:
    """The lines before the first stack frame, where the report has no message of its own."""
    lines: list[str] = []
    for line in text.splitlines():
        if _STACK.match(line) or len(lines) == _MESSAGE_LINES:
            break
        lines.append(line)
    return "\n".join(lines).strip()


def _frames(text: str) -> Iterable[Frame]:
    found = (_PLACE.search(line[:1_000]) for line in text.splitlines()[:200])
    places = [match for match in found if match and ("/" in match["path"] or "\\" in match["path"])]
    return [Frame(path=match["path"], line=int(match["line"])) for match in places[:_GENERIC_FRAMES]]


def bounded(text: str) -> tuple[str, ...]:
    """The lines of an excerpt."""
    lines = HeadTail(head=HEAD_LINES, tail=TAIL_LINES)
    for content in text.splitlines():
        lines.add(content)
    return lines.lines()
