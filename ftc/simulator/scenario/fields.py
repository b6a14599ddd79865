"""Checked reading of a scenario's mappings.

Rule: a wrong file is refused with the place, the key and the cause; no KeyError or TypeError ever leaves here.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from ftc.core.errors import UsageError

_SPAN = re.compile(r"(?P<sign>[+-]?)(?:(?P<d>\d+)d)?(?:(?P<h>\d+)h)?(?:(?P<m>\d+)m)?(?:(?P<s>\d+)s)?")


def refuse(where: str, cause: str) -> UsageError:
    """The one form of every complaint about a scenario."""
    return UsageError(f"scenario: {where}: {cause}")


class Section:
    """A mapping of the file with its place in it; unknown keys are refused at once."""

    def __init__(self, value: object, where: str, known: tuple[str, ...]) -> None:
        if value is None:
            value = {}
        if not isinstance(value, Mapping):
            raise refuse(where, f"must be a mapping, not {value!r}")
        for key in value:
            if key not in known:
                raise refuse(where, f"unknown key {key!r}; known: {', '.join(known)}")
        self.values: dict[str, Any] = dict(value)
        self.where = where

    def __contains__(self, key: str) -> bool:
        return self.values.get(key) is not None

    def get(self, key: str, default: Any = None) -> Any:
        """The raw value."""
        value = self.values.get(key)
        return default if value is None else value

    def text(self, key: str, default: str = "") -> str:
        """A string; numbers are taken as they are written."""
        value = self.get(key, default)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self.wrong(key, "a string")
        return str(value)

    def maybe_text(self, key: str) -> str | None:
        """A string or nothing."""
        return self.text(key) if key in self else None

    def number(self, key: str, default: int) -> int:
        """A whole number."""
        value = self.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.wrong(key, "a whole number")
        return value

    def flag(self, key: str, *, default: bool = False) -> bool:
        """true or false."""
        value = self.get(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def names(self, key: str) -> list[str]:
        """A list of strings; a single string counts as one."""
        value = self.get(key, [])
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(item, str | int) for item in items):
            raise self.wrong(key, "a list of names")
        return [str(item) for item in items]

    def items(self, key: str) -> Iterator[tuple[str, Any]]:
        """The elements of a list, each with its place."""
        value = self.get(key, [])
        if not isinstance(value, list):
            raise self.wrong(key, "a list")
        for index, item in enumerate(value):
            yield f"{self.where}.{key}[{index}]", item

    def pairs(self, key: str) -> Iterator[tuple[str, str, Any]]:
        """The entries of a mapping: place, key, value."""
        value = self.get(key, {})
        if not isinstance(value, Mapping):
            raise self.wrong(key, "a mapping")
        for name, item in value.items():
            yield f"{self.where}.{key}.{name}", str(name), item

    def time(self, key: str, *, now: datetime, default: datetime | None = None) -> datetime:
        """A moment: ISO 8601 (UTC unless it says otherwise), or a distance from now such as ``-3d2h``."""
        value = self.get(key)
        if value is None:
            return default or now
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=UTC)
        if isinstance(value, date):
            return datetime(value.year, value.month, value.day, tzinfo=UTC)
        try:
            return now + parse_span(str(value))
        except ValueError:
            return self._iso(key, str(value))

    def _iso(self, key: str, text: str) -> datetime:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise self.wrong(key, "an ISO 8601 time or a distance such as -3d2h") from None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def span(self, key: str, default: timedelta) -> timedelta:
        """A length of time such as ``5m``."""
        try:
            return parse_span(str(self.values[key])) if key in self else default
        except ValueError:
            raise self.wrong(key, "a length of time such as 2h30m") from None

    def wrong(self, key: str, wanted: str) -> UsageError:
        """A complaint about one value."""
        return refuse(f"{self.where}.{key}", f"must be {wanted}, not {self.values.get(key)!r}")


def parse_span(text: str) -> timedelta:
    """``-3d2h``, ``90m``, ``10s``; ValueError for anything else."""
    match = _SPAN.fullmatch(text)
    if match is None or not any(match[unit] for unit in "dhms"):
        raise ValueError(text)
    days, hours, minutes, seconds = (int(match[unit] or 0) for unit in "dhms")
    span = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -span if match["sign"] == "-" else span


def existing(folder: Path, name: str, where: str) -> Path:
    """A path of the scenario, relative to its file; a missing one is refused."""
    path = folder / name
    if not path.exists():
        raise refuse(where, f"no such file: {name}")
    return path


def existing_file(folder: Path, name: str, where: str) -> Path:
    """The same for what must be a file."""
    path = existing(folder, name, where)
    if not path.is_file():
        raise refuse(where, f"not a file: {name or 'no name'}")
    return path
