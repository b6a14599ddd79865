"""Frozen dataclasses as JSON documents and back, by their declared types; the form in which jobs hand work on.

The rule it keeps: reading is strict. A member that is missing, unknown or of another type than declared is refused with
its place, so that what one job wrote and another altered on the way is never half believed.
"""

import dataclasses
import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import cache
from math import isfinite
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from ftc.core.errors import FtcError

Record = TypeVar("Record")

MAX_CHARS = 8 * 1024 * 1024
"""Characters of a document that is read; what jobs hand on is far smaller, and a patch is bounded by policy."""


class RecordUnreadable(FtcError):
    """A handed-on document is damaged, of another kind or version, or was altered; the text names the place."""


def to_text(record: Any, *, schema: str) -> str:
    """The record as JSON with its schema's name and version, as ``fix-task/1``; ends in one line end."""
    return json.dumps({"schema": schema, **_plain(record)}, indent=1, ensure_ascii=True, allow_nan=False) + "\n"


def from_text(kind: type[Record], text: str, *, schema: str) -> Record:
    """The record of a document; raises ``RecordUnreadable``."""
    if len(text) > MAX_CHARS:
        raise RecordUnreadable(f"{schema}: the document is larger than {MAX_CHARS} characters")
    try:
        document = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise RecordUnreadable(f"{schema}: not readable as JSON ({error})") from None
    if not isinstance(document, dict) or document.pop("schema", None) != schema:
        raise RecordUnreadable(f"{schema}: the document is of another schema; it comes from another version")
    found: Record = _read(kind, document, schema)
    return found


def _no_number(name: str) -> None:
    raise ValueError(f"{name[:20]} is no number")


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, frozenset):
        return sorted(map(_plain, value))
    return list(map(_plain, value)) if isinstance(value, tuple) else value


def _read(kind: Any, value: Any, place: str) -> Any:
    """The value as the type declares it; ``place`` names it in errors."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        (inner,) = (argument for argument in arguments if argument is not NoneType)
        return None if value is None else _read(inner, value, place)
    if origin in (tuple, frozenset):
        items = [_read(arguments[0], item, f"{place}[{at}]") for at, item in enumerate(_is(list, value, place))]
        return frozenset(items) if origin is frozenset else tuple(items)
    if dataclasses.is_dataclass(kind):
        return _record(kind, _is(dict, value, place), place)
    return _scalar(kind, value, place)


def _record(kind: Any, value: dict[str, Any], place: str) -> Any:
    types = _types(kind)
    wrong = sorted(types.keys() ^ value.keys())
    if wrong:
        raise RecordUnreadable(f"{place}: members missing or unknown: {', '.join(wrong)[:200]}")
    return kind(**{name: _read(types[name], item, f"{place}.{name}") for name, item in value.items()})


@cache
def _types(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def _scalar(kind: Any, value: Any, place: str) -> Any:
    if kind is datetime:
        return _moment(_is(str, value, place), place)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        try:
            return kind(value)
        except ValueError:
            raise RecordUnreadable(f"{place}: {str(value)[:80]!r} is none of {', '.join(kind)}") from None
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if kind is float and not (isinstance(value, float) and isfinite(value)):
        raise RecordUnreadable(f"{place}: not a finite number")
    return _is(kind, value, place)


def _is(kind: Any, value: Any, place: str) -> Any:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise RecordUnreadable(f"{place}: not of type {kind.__name__}")
    return value


def _moment(text: str, place: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise RecordUnreadable(f"{place}: {text[:40]!r} is no time") from None
    if found.tzinfo is None:
        raise RecordUnreadable(f"{place}: the time has no zone")
    return found
