"""What ``ftc extract`` prints: the documented JSON, and text for people.

Rule: the JSON is the contract of docs/extract-format.md, field by field; the text may change at any time.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from ftc.core.model import Extraction, Failure

SCHEMA = 1
"""Version of the JSON contract (docs/extract-format.md); rises when a field changes its meaning or goes."""

_MESSAGE_LINES = 6
_EXCLUDED_LINES = 20


def document(found: Extraction) -> dict[str, Any]:
    """One file of the JSON contract."""
    return {
        "path": found.path,
        "outcome": found.outcome.value,
        "failures": [_failure(item) for item in found.failures],
        "excluded": [{"suite": item.suite, "name": item.name, "reason": item.reason} for item in found.excluded],
        "problems": list(found.problems),
    }


def _failure(item: Failure) -> dict[str, Any]:
    return {
        "framework": item.framework,
        "suite": item.test.suite,
        "name": item.test.name,
        "kind": item.kind.value,
        "message": item.message,
        "signature": item.signature,
        "fingerprint": item.fingerprint,
        "flaky_in_run": item.flaky_in_run,
        "locations": [{"path": place.path, "line": place.line} for place in item.locations],
        "line": item.line,
        "excerpt": item.excerpt,
    }


def json_pieces(found: Iterable[Extraction]) -> Iterator[str]:
    """The JSON contract, file by file, so that a thousand files need no more memory than one.

    ``##[`` is escaped: inside of a JSON string it is the same text, on a runner's console it is a command.
    """
    yield f'{{"schema": {SCHEMA}, "files": ['
    separator = "\n"
    for extraction in found:
        yield separator + json.dumps(document(extraction)).replace("##[", "##\\u005b")
        separator = ",\n"
    yield "\n]}\n"


def text_lines(found: Iterable[Extraction], *, excerpts: bool = False) -> Iterator[str]:
    """What was found for people, and a last line with the sums; still to be made harmless for a runner's console."""
    files = failures = flaky = 0
    for extraction in found:
        files += 1
        failures += sum(not item.flaky_in_run for item in extraction.failures)
        flaky += sum(item.flaky_in_run for item in extraction.failures)
        yield from _file_lines(extraction, excerpts=excerpts)
    yield f"{_count(files, 'file')}, {_count(failures, 'failed test')}, {flaky} that failed and then passed"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _file_lines(extraction: Extraction, *, excerpts: bool) -> Iterator[str]:
    yield f"{extraction.path}: {extraction.outcome.value}"
    for item in extraction.failures:
        yield from _failure_lines(item, excerpts=excerpts)
    for excluded in extraction.excluded[:_EXCLUDED_LINES]:
        what = f"{excluded.suite} {excluded.name}".strip()
        yield f"  not counted: {what} ({excluded.reason})" if what else f"  not counted: {excluded.reason}"
    if len(extraction.excluded) > _EXCLUDED_LINES:
        yield f"  not counted: {len(extraction.excluded) - _EXCLUDED_LINES} more"
    for problem in extraction.problems:
        yield f"  problem: {problem}"


def _failure_lines(item: Failure, *, excerpts: bool) -> Iterator[str]:
    word = "FLAKY" if item.flaky_in_run else "FAIL"
    place = ", ".join(f"{place.path}:{place.line}" for place in item.locations[:3])
    yield f"  {word} {item.test}"
    yield f"    {item.framework}, {item.kind.value}, line {item.line}" + (f", at {place}" if place else "")
    yield f"    {item.fingerprint} {item.signature}"
    lines = item.excerpt.split("\n") if excerpts else item.message.split("\n")[:_MESSAGE_LINES]
    yield from (f"    | {line}" for line in lines if line)
