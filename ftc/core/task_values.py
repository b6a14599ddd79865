"""Reads the keys of one section of a task file, and knows at the end which were not asked for.

The rule it keeps: nothing is converted by guess; a text is no number and ``yes`` is no flag unless YAML says so.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from math import isfinite
from typing import TypeVar

from ftc.core.config import nearest
from ftc.core.errors import ConfigError
from ftc.core.path_patterns import path_pattern

Choice = TypeVar("Choice", bound=StrEnum)

MAX_TEXT = 500
"""Characters of a text unless its key says otherwise."""
MAX_ITEMS = 100
"""Of a list."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Reader:
    """One mapping of a task file; every method raises ``ConfigError`` with the key and what is allowed."""

    def __init__(self, document: Mapping[str, object], *, place: str) -> None:
        self._document = document
        self._place = place
        self._known: list[str] = []

    def has(self, key: str) -> bool:
        """Whether the key is given."""
        self._known.append(key)
        return self._document.get(key) is not None

    def section(self, key: str, *, required: bool = False) -> "Reader":
        """The mapping below a key; an empty one where it is not given."""
        value = self._get(key, required=required)
        if value is not None and not isinstance(value, Mapping):
            raise self.refusal(key, value, "a mapping")
        return Reader(value or {}, place=f"{self._place}: {key}" if ":" not in self._place else f"{self._place}.{key}")

    def text(
        self,
        key: str,
        *,
        default: str | None = None,
        pattern: re.Pattern[str] | None = None,
        allowed: str = "",
        longest: int = MAX_TEXT,
    ) -> str:
        """A text; without a default it must be given."""
        value = self._get(key, required=default is None)
        if value is None:
            return default or ""
        if not isinstance(value, str) or not value.strip() or len(value) > longest or _CONTROL.search(value):
            raise self.refusal(key, value, f"a text of at most {longest} characters")
        if pattern and not pattern.fullmatch(value):
            raise self.refusal(key, value, allowed)
        return value.strip()

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """A list of texts, or one text for a list of one."""
        value = self._get(key, required=required)
        items = [] if value is None else [value] if isinstance(value, str) else value
        if not isinstance(items, list) or len(items) > MAX_ITEMS or (required and not items):
            raise self.refusal(key, value, f"a list of 1 to {MAX_ITEMS} texts")
        for item in items:
            if not isinstance(item, str) or not item.strip() or len(item) > MAX_TEXT or _CONTROL.search(item):
                raise self.refusal(key, item, "texts")
        return tuple(item.strip() for item in items)

    def patterns(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """A list of path patterns."""
        found = self.texts(key, required=required)
        for item in found:
            if path_pattern(item) is None:
                raise self.refusal(key, item, "path patterns as in .gitignore, without negation")
        return found

    def flag(self, key: str, default: bool | None) -> bool | None:
        """True or false."""
        value = self._get(key)
        if value is not None and not isinstance(value, bool):
            raise self.refusal(key, value, "true or false")
        return default if value is None else value

    def number(self, key: str, default: float, *, lowest: float, highest: float, whole: bool = False) -> float:
        """A number within its limits."""
        value = self._get(key)
        if value is None:
            return default
        number = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
        if not number or not isfinite(float(str(value))) or not lowest <= float(str(value)) <= highest:
            raise self.refusal(key, value, f"a {'whole ' * whole}number from {lowest:g} to {highest:g}")
        return float(str(value))

    def choice(self, key: str, kind: type[Choice], default: Choice) -> Choice:
        """One of a few words."""
        value = self._get(key)
        if value is None:
            return default
        if not isinstance(value, str) or value not in list(kind):
            raise self.refusal(key, value, "one of " + ", ".join(kind))
        return kind(value)

    def finish(self) -> None:
        """Refuse the first key that nobody asked for."""
        for key in self._document:
            if key not in self._known:
                close = nearest(str(key), self._known)
                hint = f"did you mean `{close}`?" if close else "the keys are: " + ", ".join(self._known) + "."
                raise ConfigError(f"{self._place}: there is no key `{str(key)[:80]}`; {hint}")

    def refusal(self, key: str, value: object, allowed: str) -> ConfigError:
        """The error for a value that cannot be taken."""
        return ConfigError(f"{self._place}: {key} takes {allowed}, not {value!r:.80}")

    def _get(self, key: str, *, required: bool = False) -> object:
        self._known.append(key)
        value = self._document.get(key)
        if required and value is None:
            close = nearest(key, [str(other) for other in self._document if other not in self._known])
            hint = f"; is it meant by `{close[:80]}`?" if close else ""
            raise ConfigError(f"{self._place}: {key} is missing; every task needs it{hint}")
        return value
