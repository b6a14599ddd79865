"""The forms in which a model must answer: one declaration gives both the JSON schema it is told and the strict reader.

The rule it keeps: nothing of an answer is used that was not read here. Too long a text or list is cut, since a model
cannot count; anything else that is not as declared is refused, with a sentence that the model can act upon.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from typing import Any, Generic, TypeVar

from ftc.core.markdown import strip_control, strip_hidden

T = TypeVar("T")
Word = TypeVar("Word", bound=StrEnum)
Schema = Mapping[str, Any]

MAX_ANSWER = 200_000
"""Characters of an answer that are looked at; no form of ours fills a tenth of them."""
_FENCED = re.compile(r"```(?:json)?[ \t]*\n(.*?)\n[ \t]*```", re.DOTALL)


class Malformed(ValueError):
    """An answer is not as its form declares; the text names the place and what belongs there."""


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """One part of a form: its JSON schema, and how its value is read; ``where`` is its place for messages."""

    schema: Schema
    read: Callable[[Any, str], T]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form(Generic[T]):
    """A whole answer: its name for the provider, its record, and what is made of it (raises ``Malformed``)."""

    name: str
    record: Part[Mapping[str, Any]]
    made: Callable[[Mapping[str, Any]], T]

    @property
    def schema(self) -> Schema:
        """As JSON schema, strict: every member is required and there are no others."""
        return self.record.schema

    def read(self, answer: str) -> T:
        """What the answer says; ``Malformed`` when it is not as declared."""
        return self.made(self.record.read(json_of(answer), "the answer"))


def json_of(answer: str) -> Any:
    """The JSON object in an answer, also where a model wrapped it in a code fence or put words around it."""
    text = answer[:MAX_ANSWER].strip()
    fenced = _FENCED.search(text)
    braces = text[text.find("{") : text.rfind("}") + 1]
    for candidate in (text, fenced[1] if fenced else "", braces):
        try:
            return json.loads(candidate, parse_constant=_no_number)
        except (ValueError, RecursionError):
            continue
    raise Malformed("the answer is no JSON object")


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")


def words(description: str, *, most: int, lines: bool = False) -> Part[str]:
    """A text of at most so many characters, without hidden parts; on one line unless ``lines``."""

    def read(value: Any, where: str) -> str:
        if not isinstance(value, str):
            raise Malformed(f"{where} must be a text")
        shown = strip_hidden(strip_control(value))
        clean = shown.strip() if lines else " ".join(shown.split())
        return clean if len(clean) <= most else clean[: most - 1].rstrip() + "…"

    return Part({"type": "string", "description": f"{description}; at most {most} characters"}, read)


def verbatim(description: str, *, most: int) -> Part[str]:
    """A text taken to the letter, as a piece of a file; a longer one is refused, since half of it would be another."""

    def read(value: Any, where: str) -> str:
        if not isinstance(value, str) or len(value) > most:
            raise Malformed(f"{where} must be a text of at most {most} characters")
        return value

    return Part({"type": "string", "description": f"{description}; at most {most} characters"}, read)


def share(description: str) -> Part[float]:
    """A number from 0 to 1."""

    def read(value: Any, where: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value) or not 0 <= value <= 1:
            raise Malformed(f"{where} must be a number from 0 to 1")
        return float(value)

    return Part({"type": "number", "description": f"{description}; from 0 to 1"}, read)


def count(description: str, *, lowest: int, highest: int) -> Part[int]:
    """A whole number between two others, both included."""

    def read(value: Any, where: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            raise Malformed(f"{where} must be a whole number from {lowest} to {highest}")
        return value

    return Part({"type": "integer", "description": f"{description}; from {lowest} to {highest}"}, read)


def flag(description: str) -> Part[bool]:
    """True or false."""

    def read(value: Any, where: str) -> bool:
        if not isinstance(value, bool):
            raise Malformed(f"{where} must be true or false")
        return value

    return Part({"type": "boolean", "description": description}, read)


def choice(description: str, allowed: type[Word]) -> Part[Word]:
    """One word of a fixed set."""
    values = [item.value for item in allowed]

    def read(value: Any, where: str) -> Word:
        if value not in values:
            raise Malformed(f"{where} must be one of {', '.join(values)}")
        return allowed(value)

    return Part({"type": "string", "enum": values, "description": description}, read)


def known(description: str, allowed: Iterable[str]) -> Part[str]:
    """One of the names that the model was given, as the id of a snippet or the path of a file."""
    names = tuple(allowed)

    def read(value: Any, where: str) -> str:
        if not isinstance(value, str) or value not in names:
            raise Malformed(f"{where} is {_shown(value)}, but must be one of: {', '.join(names) or 'nothing'}")
        return value

    return Part({"type": "string", "description": description}, read)


def items(part: Part[T], *, most: int, least: int = 0) -> Part[tuple[T, ...]]:
    """A list; what is beyond ``most`` is left out unread."""

    def read(value: Any, where: str) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise Malformed(f"{where} must be a list")
        if len(value) < least:
            raise Malformed(f"{where} must have at least {least} entr{'y' if least == 1 else 'ies'}")
        return tuple(part.read(item, f"{where}[{place}]") for place, item in enumerate(value[:most]))

    return Part({"type": "array", "items": part.schema, "description": f"at least {least}, at most {most}"}, read)


def record(**parts: Part[Any]) -> Part[Mapping[str, Any]]:
    """An object with exactly these members."""

    def read(value: Any, where: str) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise Malformed(f"{where} must be an object")
        if missing := sorted(set(parts) - set(value)):
            raise Malformed(f"{where} lacks {', '.join(missing)}")
        if foreign := sorted(set(value) - set(parts)):
            raise Malformed(f"{where} has members nobody asked for: {', '.join(map(_shown, foreign[:3]))}")
        return {name: part.read(value[name], f"{where}.{name}") for name, part in parts.items()}

    schema = {
        "type": "object",
        "properties": {name: part.schema for name, part in parts.items()},
        "required": list(parts),
        "additionalProperties": False,
    }
    return Part(schema, read)


def _shown(value: Any) -> str:
    return repr(str(value)[:60])
