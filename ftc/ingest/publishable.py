"""Raw findings of a parser to ``Failure`` values that may be published.

Rule: nothing leaves here that was not stripped of control characters and redacted, and redaction always comes
before shortening, so that no half of a secret survives a cut.
"""

from collections.abc import Iterable

from ftc.core.fingerprint import fingerprint, signature
from ftc.core.model import Exclusion, Failure, TestId
from ftc.core.sanitize import Sanitizer
from ftc.ingest.base import RawFailure
from ftc.ingest.locate import locations

EXCERPT_LINES = 120
EXCERPT_LINE_LENGTH = 500
"""Characters of one excerpt line; an issue body has room for some 60,000 in all."""

_KEY_LINES = 20
_OPENING_LINES = 3
"""Lines that may stand in front of or between the key lines of output that opens with them: a title, a declaration."""

_MESSAGE_LENGTH = 4_000
_NAME_LENGTH = 1_000
"""Longer names exist (parameters made of whole documents); beyond this they are told apart by nobody."""

_RULER = "..."


def failure(raw: RawFailure, *, sanitizer: Sanitizer, modules: frozenset[str] = frozenset()) -> Failure:
    """The failure, sanitised, placed in the repository and fingerprinted.

    A place whose path holds a secret is left out: without the secret it leads nowhere.
    """
    message = sanitizer.clean(raw.message).strip("\n")
    text = signature(message, raw.kind)
    printed = locations(raw.frames, raw.test, modules=modules)  # all that a report knows, hence what is compared
    places = locations(raw.frames, raw.test, modules=modules, folder=raw.folder) if raw.folder else printed
    return Failure(
        test=safe_test(raw.test, sanitizer=sanitizer),
        framework=raw.framework,
        kind=raw.kind,
        message=message[:_MESSAGE_LENGTH],
        signature=text,
        fingerprint=fingerprint(text, printed[0].path if printed else ""),
        flaky_in_run=raw.flaky_in_run,
        locations=tuple(place for place in places if sanitizer.clean(place.path) == place.path),
        line=raw.line,
        excerpt=excerpt(raw.lines, raw.key_lines, sanitizer=sanitizer),
    )


def safe_test(test: TestId, *, sanitizer: Sanitizer) -> TestId:
    """The test's names on one line each, redacted and of bounded length."""
    return TestId(
        ecosystem=test.ecosystem,
        suite=one_line(test.suite, sanitizer=sanitizer),
        name=one_line(test.name, sanitizer=sanitizer),
    )


def safe_exclusion(item: Exclusion, *, sanitizer: Sanitizer) -> Exclusion:
    """The exclusion, as publishable as a failure."""
    return Exclusion(
        suite=one_line(item.suite, sanitizer=sanitizer),
        name=one_line(item.name, sanitizer=sanitizer),
        reason=one_line(item.reason, sanitizer=sanitizer)[:EXCERPT_LINE_LENGTH],
    )


def one_line(text: str, *, sanitizer: Sanitizer) -> str:
    """The text redacted, without line ends, cut to the length of the longest sensible name."""
    return " ".join(sanitizer.clean(text).split("\n")).strip()[:_NAME_LENGTH]


def excerpt(lines: Iterable[str], key_lines: Iterable[str], *, sanitizer: Sanitizer) -> str:
    """At most 120 lines: those that say most, a ruler, then the other output in order, its middle left out.

    Output that opens with the lines that say most is shown as it stands; no line of them is shown twice.
    """
    key = _clean_lines(key_lines, sanitizer=sanitizer)[:_KEY_LINES]
    shown = {line for line in key if line.strip()}
    output = _clean_lines(lines, sanitizer=sanitizer)
    if len(output) <= EXCERPT_LINES and shown <= set(output[: len(key) + _OPENING_LINES]):
        return "\n".join(output)
    body = [line for line in output if line not in shown]
    if not any(line.strip() for line in body):
        return "\n".join(key)
    if not key:
        return "\n".join(_middle_cut(body, EXCERPT_LINES))
    return "\n".join([*key, _RULER, *_middle_cut(body, EXCERPT_LINES - len(key) - 1)]).rstrip("\n")


def _clean_lines(lines: Iterable[str], *, sanitizer: Sanitizer) -> list[str]:
    text = sanitizer.clean("\n".join(lines)).strip("\n")
    return [line.rstrip()[:EXCERPT_LINE_LENGTH] for line in text.split("\n")] if text else []


def _middle_cut(lines: list[str], limit: int) -> list[str]:
    if len(lines) <= limit:
        return lines
    tail = limit // 3
    head = limit - tail - 1
    gap = f"... {len(lines) - head - tail} lines left out ..."
    return [*lines[:head], gap, *lines[-tail:]]
