"""Turns what a file, a variable or a flag holds into the typed value of a configuration key.

The rule it keeps: a value is taken only if it says plainly what is meant; a refusal says what would be allowed.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ftc.core.owners import can_be_mentioned
from ftc.core.path_patterns import path_pattern

TRUE = frozenset({"true", "yes", "on", "1"})
FALSE = frozenset({"false", "no", "off", "0"})


class Kind(StrEnum):
    """The types a configuration key can have."""

    TEXT = "a text"
    REPOSITORY = "a repository as owner/name"
    URL = "an https:// address, or http:// on this machine"
    INTEGER = "a whole number"
    NUMBER = "a number"
    FLAG = "true or false"
    CHOICE = "one of"
    LIST = "a list"
    PATTERNS = "a list of regular expressions"
    MAPPING = "a mapping of path patterns to logins or teams"

    @property
    def scalar(self) -> bool:
        """Whether one short text can hold it, so that it can be an input of the action."""
        return self not in (Kind.LIST, Kind.PATTERNS, Kind.MAPPING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What one key takes: its kind and, where they apply, choices, limits and a pattern for the whole text."""

    kind: Kind
    allowed: tuple[str, ...] = ()
    lowest: float | None = None
    highest: float | None = None
    pattern: str = ""
    optional: bool = False
    """Whether an address may be left empty."""
    forms: Mapping[str, str] = field(default_factory=dict)
    """Of a list: what its entries may be beside ``allowed``, as people would write it, to the pattern of the whole."""

    @property
    def described(self) -> str:
        """Allowed values in words, for errors, help and the table in the README."""
        if self.allowed:
            words = ", ".join((*self.allowed, *self.forms))
            return f"a list of {words}" if self.kind is Kind.LIST else f"one of {words}"
        text = str(self.kind)
        if self.lowest is not None:
            text += f" from {self.lowest:g}" + (f" to {self.highest:g}" if self.highest is not None else " up")
        return text + (f" matching {self.pattern}" if self.pattern else "")


def parsed(rule: Rule, value: object) -> object:
    """The value as its key's type; ``ValueError`` says what is allowed."""
    return _PARSERS[rule.kind](rule, value)


def _text(rule: Rule, value: object) -> str:
    # A bare number is how people write a branch called 2024 in YAML; a list or a mapping is a mistake.
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(rule.described)
    text = str(value).strip()
    if "\n" in text or (rule.pattern and not re.fullmatch(rule.pattern, text)):
        raise ValueError(rule.described)
    return text


def _repository(rule: Rule, value: object) -> str:
    text = _text(rule, value)
    # The text becomes part of a request's path, so a name of dots only must not pass.
    if text and not re.fullmatch(r"[A-Za-z0-9_-]+/(?!\.+$)[A-Za-z0-9._-]+", text):
        raise ValueError(rule.described)
    return text


def _url(rule: Rule, value: object) -> str:
    text = _text(rule, value).rstrip("/")
    if not text and rule.optional:
        return text
    # Plain http would send the token in the clear; a server on this machine is how tests and the demo run.
    if not re.fullmatch(r"https://[^\s/@]+(/\S*)?|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/\S*)?", text):
        raise ValueError(rule.described)
    return text


def _integer(rule: Rule, value: object) -> int:
    number = _number(rule, value)
    if number != int(number):
        raise ValueError(rule.described)
    return int(number)


def _number(rule: Rule, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(rule.described)
    try:
        number = float(value)
    except ValueError:
        raise ValueError(rule.described) from None
    # Written as "not within", so that a NaN is refused, too.
    if not (_or(rule.lowest, -1e15) <= number <= _or(rule.highest, 1e15)):
        raise ValueError(rule.described)
    return number


def _or(limit: float | None, otherwise: float) -> float:
    return otherwise if limit is None else limit


def _flag(rule: Rule, value: object) -> bool:
    text = str(value).strip().lower()
    if text not in TRUE | FALSE:
        raise ValueError(rule.described)
    return text in TRUE


def _choice(rule: Rule, value: object) -> str:
    if not isinstance(value, str) or value.strip() not in rule.allowed:
        raise ValueError(rule.described)
    return value.strip()


def _list(rule: Rule, value: object) -> tuple[str, ...]:
    # Variables and flags hold one text; regular expressions contain commas and are told apart by lines only.
    if isinstance(value, str):
        separator = r"\n" if rule.kind is Kind.PATTERNS else r"[,\n]"
        value = [part for part in re.split(separator, value) if part.strip()]
    if not isinstance(value, list | tuple):
        raise ValueError(rule.described)
    entries = tuple(_text(rule, item) for item in value)
    wrong = next((item for item in entries if rule.allowed and not _is_entry(rule, item)), None)
    if wrong is not None:
        raise ValueError(f"{rule.described}; {wrong[:80]!r} is none")
    return entries


def _is_entry(rule: Rule, item: str) -> bool:
    return item in rule.allowed or any(re.fullmatch(form, item, re.ASCII) for form in rule.forms.values())


def _patterns(rule: Rule, value: object) -> tuple[str, ...]:
    patterns = _list(rule, value)
    for pattern in patterns:
        try:
            matches_nothing = re.compile(pattern).search("") is not None
        except re.error as error:
            raise ValueError(f"{rule.described}; {pattern!r} is none: {error}") from None
        if matches_nothing:
            raise ValueError(f"{rule.described}; {pattern!r} matches the empty text and would redact everything")
    return patterns


def _mapping(rule: Rule, value: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(value, Mapping):
        raise ValueError(rule.described)
    patterns = [_text(Rule(kind=Kind.TEXT), name) for name in value]
    owners = [_list(rule, items) for items in value.values()]
    wrong = [name for name in patterns if path_pattern(name) is None]
    wrong += [name for names in owners for name in names if not can_be_mentioned(name.removeprefix("@"))]
    if wrong:
        raise ValueError(f"{rule.described}; {wrong[0][:80]!r} is none")
    return tuple(zip(patterns, owners, strict=True))


_PARSERS: dict[Kind, Callable[[Rule, object], object]] = {
    Kind.TEXT: _text,
    Kind.REPOSITORY: _repository,
    Kind.URL: _url,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.FLAG: _flag,
    Kind.CHOICE: _choice,
    Kind.LIST: _list,
    Kind.PATTERNS: _patterns,
    Kind.MAPPING: _mapping,
}
