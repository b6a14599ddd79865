"""What the stored documents share: schema number and migrations, safe JSON, times, words, strict reading.

Rule: reading is strict. A member or word this version does not know means a newer writer, and raises
``SchemaTooNew``; a missing or misshapen one raises ``StateUnreadable``. Nothing is guessed and nothing is dropped.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from math import isfinite
from typing import Any, TypeVar

from ftc.core.columns import Json
from ftc.core.errors import SchemaTooNew, StateUnreadable
from ftc.core.model import IssueRef

SCHEMA = 2
"""Version of the documents below; a change that an older program would misread raises it and adds a migration."""

Document = dict[str, Any]
Migration = Callable[[str, Document], Document]


def _second(kind: str, document: Document) -> Document:
    """From schema 1: occurrences say how long their job ran, scans why tests wait and where they ran."""
    if kind == "dashboard":
        return _widened(document, "scans", "", "")
    pages = document.get("flakes") if kind == "watch" else None
    if isinstance(pages, list):
        return {**document, "flakes": [_widened(item, "occurrences", "0") for item in pages]}
    return _widened(document, "occurrences", "0") if kind == "flake" else document


def _widened(document: Document, name: str, *defaults: str) -> Document:
    """With more columns, each the same in every row of that packed table; what is none is left to the strict reader."""
    table = document.get(name) if isinstance(document, dict) else None
    return {**document, name: [*table, *defaults]} if isinstance(table, list) and table != [0] else document


MIGRATIONS: Mapping[int, Migration] = {1: _second}
"""From schema n to n + 1: called with the kind of the block and its document."""


def upgrade(
    document: Document, kind: str, *, schema: int, steps: Mapping[int, Migration] = MIGRATIONS, target: int = SCHEMA
) -> Document:
    """The document in the target schema, one step at a time."""
    if schema > target:
        raise SchemaTooNew(
            f"this state has schema {schema}, and this version knows up to {target}: a newer version of the program "
            "wrote it. Update the action; until then nothing is written over it"
        )
    if schema < 1:
        raise StateUnreadable(f"this state has schema {schema}, which no version ever wrote")
    for step in range(schema, target):
        document = steps[step](kind, document)
    return document


_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&@\x7f"}


def to_json(document: Json) -> str:
    """One line of ASCII JSON in which no text can end an HTML comment, start a tag or mention anyone."""
    line = json.dumps(_wrap(document), ensure_ascii=True, separators=(",", ":")).translate(_ESCAPES)
    return re.sub(r"(?<=-)-", r"\\u002d", line)


def from_json(line: str) -> Document:
    """The document of a line written by ``to_json``; raises ``StateUnreadable``."""
    try:
        document = json.loads(line, object_hook=unwrap, parse_constant=no_number)
    except (ValueError, TypeError, RecursionError) as error:
        raise StateUnreadable(f"the state block is not valid JSON ({error})") from error
    if not isinstance(document, dict):
        raise StateUnreadable("the state block is not a JSON object")
    return document


def _wrap(value: Json) -> Json:
    """Lone surrogates, two of which JSON would join to one character, are written as UTF-32 in hexadecimal."""
    if isinstance(value, str):
        return {"~": value.encode("utf-32-le", "surrogatepass").hex()} if _SURROGATE.search(value) else value
    if isinstance(value, list):
        return [_wrap(item) for item in value]
    return {name: _wrap(item) for name, item in value.items()} if isinstance(value, dict) else value


def no_number(name: str) -> None:
    """``parse_constant`` for ``json``: NaN and the infinities are no JSON and equal nothing, not even themselves."""
    raise ValueError(f"{name[:20]} is no number")


def unwrap(members: Document) -> Any:
    """``object_hook`` for ``json``: undoes what ``to_json`` did to lone surrogates."""
    if set(members) != {"~"}:
        return members
    return bytes.fromhex(members["~"]).decode("utf-32-le", "surrogatepass")


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY = date(1970, 1, 1).toordinal()


def split_moment(moment: datetime) -> tuple[int, int]:
    """Whole seconds since 1970 and microseconds; exact, unlike ``timestamp()``."""
    return divmod((moment - EPOCH) // timedelta(microseconds=1), 1_000_000)


def moment_json(moment: datetime | None) -> Json:
    """Seconds since 1970, or a text with a fraction; exact to the microsecond."""
    if moment is None:
        return None
    seconds, fraction = split_moment(moment)
    return f"{seconds}.{fraction:06}" if fraction else seconds


def to_moment(value: Any) -> datetime | None:
    """The moment of ``moment_json``."""
    if value is None:
        return None
    seconds, _, micros = str(value).partition(".")
    return EPOCH + timedelta(seconds=int(seconds), microseconds=int(micros or 0))


def to_time(value: Any) -> datetime:
    """A moment that must be there."""
    if (moment := to_moment(value)) is None:
        raise ValueError("a time is missing")
    return moment


Word = TypeVar("Word", bound=StrEnum)


def word(words: type[Word], value: Any) -> Word:
    """One of a known set of words; raises ``SchemaTooNew`` for any other."""
    try:
        return words(value)
    except ValueError:
        raise SchemaTooNew(
            f"{words.__name__} {str(value)[:80]!r} is unknown to this version: a newer one wrote this state. "
            "Update the action; until then nothing is written over it"
        ) from None


def to_day(number: str) -> date:
    """The date of a number of days since 1970."""
    return date.fromordinal(int(number) + EPOCH_DAY)


def ref_json(ref: IssueRef | None) -> Json:
    """The object a block names."""
    return None if ref is None else [ref.repo, ref.issue, ref.comment]


def to_ref(value: Any) -> IssueRef | None:
    """The object a block names, or None for an unbound one."""
    return None if value is None else IssueRef(repo=text(value[0]), issue=whole(value[1]), comment=whole(value[2]))


def text(value: Any) -> str:
    """A member that must be a text."""
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def number(value: Any) -> float:
    """A member that must be a finite number; JSON writes infinity as 1e999, too."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not isfinite(value):
        raise TypeError("not a number")
    return float(value)


def whole(value: Any) -> int:
    """A member that must be a whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("not a whole number")
    return value


def members(
    document: Document, readers: Mapping[str, Callable[[Any], dict[str, Any]]], *, required: Iterable[str]
) -> dict[str, Any]:
    """The constructor arguments that ``readers`` make of a document; see the rule of this module."""
    if unknown := sorted(set(document) - set(readers)):
        raise SchemaTooNew(f"the state has members this version does not know ({', '.join(unknown)[:200]})")
    if missing := [name for name in required if name not in document]:
        raise StateUnreadable(f"the state lacks {', '.join(missing)}")
    arguments: dict[str, Any] = {}
    for name, value in document.items():
        try:
            arguments |= readers[name](value)
        except (ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
            raise StateUnreadable(f"member {name!r} of the state cannot be read ({error})") from error
    return arguments
