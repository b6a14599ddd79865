"""The block ``flaky-rule`` in an issue: found among what people wrote, and read line by line.

The rule it keeps: only a fence that a reader of the page sees counts, and a block either says one thing or is a
mistake with its line; nothing is guessed. What people may write is in docs/signature-rules.md.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from ftc.core.linear_regex import BadRegex, RegexProblem, compile_regex
from ftc.core.markdown import strip_control, strip_hidden
from ftc.core.signature_rules import Pattern, Rule, Text

INFO = "flaky-rule"
FIELDS = ("match", "not", "tests", "split")
MAX_BLOCK = 4_000
"""Characters; twenty tests with long names fit."""
MAX_ITEMS = 20
"""Of one list."""
MIN_TEXT = 3
"""Characters of a string: a shorter one is found in almost every line."""
MAX_TEXT = 300

_FENCE = re.compile(r" {0,3}(?P<run>`{3,}|~{3,})(?P<info>.*)$")
_FIELD = re.compile(r"[ \t]*(?P<name>[A-Za-z][A-Za-z _-]{0,30}):(?:[ \t]+(?P<value>.*))?$")
_ITEM = re.compile(r"[ \t]*[-*][ \t]+(?P<value>.*)$")
_REGEX = re.compile(r"/(?P<source>.+)/(?P<flags>i?)", re.DOTALL)


class Problem(StrEnum):
    """What is wrong with a block, or with whoever wrote it."""

    SEVERAL_BLOCKS = "several-blocks"
    NOT_CLOSED = "not-closed"
    TOO_LONG = "too-long"
    NO_FIELD = "no-field"
    UNKNOWN_FIELD = "unknown-field"
    TWICE = "twice"
    NO_VALUE = "no-value"
    TOO_MANY = "too-many"
    TOO_SHORT = "too-short"
    YES_OR_NO = "yes-or-no"
    NOTHING_SAID = "nothing-said"
    NEEDS_MATCH = "needs-match"
    REGEX_INVALID = RegexProblem.INVALID.value
    REGEX_UNSUPPORTED = RegexProblem.UNSUPPORTED.value
    REGEX_TOO_LARGE = RegexProblem.TOO_LARGE.value
    REGEX_MATCHES_ALL = RegexProblem.MATCHES_ALL.value
    MAY_NOT_WRITE = "may-not-write"
    NOBODY_KNOWN = "nobody-known"
    UNKNOWN_TEST = "unknown-test"
    SEVERAL_TESTS = "several-tests"
    CHANGES_NOTHING = "changes-nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One problem; ``line`` counts within the block from 1 and is 0 for the whole of it, ``about`` is people's text."""

    problem: Problem
    about: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RawBlock:
    """The text between the fences of one block."""

    text: str
    closed: bool = True


def blocks(text: str) -> tuple[RawBlock, ...]:
    """Every rule block that a reader of this Markdown sees; one in a quote, a comment or another fence is none."""
    found: list[RawBlock] = []
    fence, inside = "", list[str]()
    is_rule = False
    for line in strip_hidden(text.replace("\r\n", "\n")).split("\n"):
        match = _FENCE.match(line)
        if not fence:
            if match and not (match["run"][0] == "`" and "`" in match["info"]):
                fence, inside = match["run"], []
                is_rule = [*match["info"].lower().split(), ""][0] == INFO
        elif match and match["run"].startswith(fence) and not match["info"].strip():
            found += [RawBlock(text="\n".join(inside))] if is_rule else []
            fence = ""
        else:
            inside.append(line)
    if fence and is_rule:
        found.append(RawBlock(text="\n".join(inside), closed=False))
    return tuple(found)


def digest(found: Sequence[RawBlock]) -> str:
    """16 hex digits of the blocks' text; any change of it, be it a comment, is another text."""
    data = "\0".join(f"{block.closed:d}{block.text}" for block in found)
    return hashlib.sha256(data.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def rule_of(found: Sequence[RawBlock]) -> Rule | Mistake:
    """The rule of the one block of an issue, or the first mistake in it."""
    if len(found) != 1:
        return Mistake(problem=Problem.SEVERAL_BLOCKS)
    [block] = found
    if not block.closed:
        return Mistake(problem=Problem.NOT_CLOSED)
    if len(block.text) > MAX_BLOCK:
        return Mistake(problem=Problem.TOO_LONG)
    try:
        return _made(_fields(block.text))
    except _Wrong as wrong:
        return wrong.mistake


class _Wrong(ValueError):
    """Carries the first mistake out of the reading."""

    def __init__(self, problem: Problem, *, about: str = "", line: int = 0) -> None:
        super().__init__(problem.value)
        self.mistake = Mistake(problem=problem, about=about, line=line)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """One field as written: its line, what stands beside its name, and the list below it with its lines."""

    name: str
    line: int
    value: str
    items: list[tuple[int, str]] = field(default_factory=list)

    def values(self) -> list[tuple[int, str]]:
        """What it holds: one value or a list, never both and never nothing."""
        found = [*([(self.line, self.value)] if self.value else []), *self.items]
        if not found or (self.value and self.items):
            raise _Wrong(Problem.NO_VALUE, about=self.name, line=self.line)
        if len(found) > MAX_ITEMS:
            raise _Wrong(Problem.TOO_MANY, about=self.name, line=self.line)
        return found


def _fields(text: str) -> dict[str, _Field]:
    """The fields by name; an item of a list may contain a colon, a field's line never begins with a dash."""
    found: dict[str, _Field] = {}
    last: _Field | None = None
    for number, line in enumerate(strip_control(text).split("\n"), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        item, match = _ITEM.match(line), _FIELD.match(line)
        if item and last is not None:
            last.items.append((number, _unquoted(item["value"], number)))
        elif match:
            last = _field(match, number)
            if last.name in found:
                raise _Wrong(Problem.TWICE, about=last.name, line=number)
            found[last.name] = last
        else:
            raise _Wrong(Problem.NO_FIELD, about=line.strip(), line=number)
    return found


def _field(match: re.Match[str], number: int) -> _Field:
    name = match["name"].strip().lower()
    if name not in FIELDS:
        raise _Wrong(Problem.UNKNOWN_FIELD, about=name, line=number)
    value = (match["value"] or "").strip()
    return _Field(name=name, line=number, value=_unquoted(value, number) if value else "")


_QUOTES = "\"'`"
_QUOTED = "\0"
"""Before a value that stood in quotes, which is never an expression; no text of people's holds it any more."""


def _unquoted(value: str, line: int) -> str:
    text = value.strip()
    if len(text) >= 2 and text[0] in _QUOTES and text[1:].find(text[0]) == len(text) - 2:
        text = _QUOTED + text[1:-1]
    if not text.strip(_QUOTED + " "):
        raise _Wrong(Problem.NO_VALUE, about=value.strip(), line=line)
    return text


def _pattern(line: int, value: str) -> Pattern:
    regex = _REGEX.fullmatch(value)
    if regex:
        try:
            return compile_regex(regex["source"], ignore_case=bool(regex["flags"]))
        except BadRegex as bad:
            raise _Wrong(Problem(bad.problem.value), about=value, line=line) from bad
    text = " ".join(value.removeprefix(_QUOTED).split())
    if len(text) < MIN_TEXT:
        raise _Wrong(Problem.TOO_SHORT, about=text, line=line)
    if len(text) > MAX_TEXT:
        raise _Wrong(Problem.TOO_LONG, line=line)
    return Text(text)


def _patterns(written: _Field | None) -> tuple[Pattern, ...]:
    return tuple(_pattern(line, value) for line, value in written.values()) if written else ()


def _tests(written: _Field | None) -> tuple[str, ...]:
    """Names; beside the field's own name several with commas between, unless brackets show that they may be theirs."""
    if written is None:
        return ()
    names: list[str] = []
    for line, value in written.values():
        single = line != written.line or value.startswith(_QUOTED) or any(char in value for char in "[(")
        names += [value] if single else value.split(",")
    cleaned = (" ".join(name.removeprefix(_QUOTED).strip(f" {_QUOTES}").split()) for name in names)
    found = tuple(dict.fromkeys(name for name in cleaned if name))
    if len(found) > MAX_ITEMS:
        raise _Wrong(Problem.TOO_MANY, about=written.name, line=written.line)
    return found


def _split(written: _Field | None) -> bool:
    if written is None:
        return False
    [(line, value), *more] = written.values()
    words = {"yes": True, "true": True, "no": False, "false": False}
    if more or value.lower() not in words:
        raise _Wrong(Problem.YES_OR_NO, about=value.removeprefix(_QUOTED), line=line)
    return words[value.lower()]


def _made(fields: Mapping[str, _Field]) -> Rule:
    rule = Rule(
        match=_patterns(fields.get("match")),
        exclude=_patterns(fields.get("not")),
        tests=_tests(fields.get("tests")),
        split=_split(fields.get("split")),
    )
    if not rule.match and not rule.exclude:
        raise _Wrong(Problem.NOTHING_SAID)
    if (rule.tests or rule.split) and not rule.match:
        raise _Wrong(Problem.NEEDS_MATCH, about="tests" if rule.tests else "split")
    return rule
