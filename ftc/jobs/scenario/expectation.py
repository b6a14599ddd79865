"""What a scenario expects after a job: the checked form of an ``expect`` step.

The rule it keeps: a key or a value that can never be met is a mistake of the file, and refused before anything runs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ftc.core.errors import UsageError
from ftc.core.model import FailureClass, Grade, Status
from ftc.simulator.scenario.fields import Section

Wanted = str | int | float | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRule:
    """One list that can be expected: what may be said of its entries, and whether it must be complete."""

    keys: tuple[str, ...]
    exact: bool
    """Whether everything found must be named; else the named ones must be among it."""


_ISSUE = (
    "test", "title", "number", "class", "grade", "status", "labels", "without", "occurrences", "comments",
    "says", "unsaid", "answers", "answer", "reactions", "contains", "lacks",
)  # fmt: skip
LISTS: Mapping[str, ListRule] = {
    "issues": ListRule(keys=_ISSUE, exact=True),
    "closed": ListRule(keys=(*_ISSUE, "closed-as"), exact=True),
    "watch": ListRule(keys=("test", "class", "grade", "occurrences"), exact=True),
    "waiting": ListRule(keys=("test", "reason", "grade"), exact=True),
    "drafts": ListRule(keys=("title", "contains", "lacks"), exact=True),
    "verdicts": ListRule(keys=("test", "class", "grade", "confidence", "occurrences", "suspect"), exact=False),
    "excluded": ListRule(keys=("reason", "test", "job", "detail"), exact=False),
}  # fmt: skip
IDENTITY = ("test", "title", "number", "reason", "job", "detail")
"""Keys that choose the entry which the other keys are compared with."""
_PLAIN = {"issues": "test", "closed": "test", "watch": "test", "waiting": "test", "drafts": "title", "verdicts": "test"}
"""What an entry that is only a text means."""
_WORDS = {
    "class": tuple(item.value for item in FailureClass),
    "grade": tuple(item.value for item in Grade),
    "status": tuple(item.value for item in Status),
    "closed-as": ("completed", "not_planned", "duplicate"),
}
_NUMBERS = ("number", "occurrences", "comments", "answers")
_SEVERAL = ("labels", "without", "says", "unsaid", "answer", "reactions", "contains", "lacks")
_TOP = (*LISTS, "dashboard", "notes", "writes", "untouched", "requests", "waited", "tasks", "exit", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One expected entry of a list: what is wanted of it, by key."""

    where: str
    wanted: Mapping[str, Wanted]


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """One expected list; with ``count`` only the number matters."""

    name: str
    where: str
    entries: tuple[Entry, ...] = ()
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One ``expect`` step; what is None is not looked at."""

    where: str
    lists: tuple[Items, ...]
    dashboard: Entry | None
    no_dashboard: bool
    notes: tuple[str, ...] | None
    """Texts of which each must be in some note; none expected means none found."""
    writes: int | None
    untouched: tuple[str, ...]
    """Repositories that the scan must not have written to."""
    requests: int | None
    """At most so many."""
    waited: int | None
    """At least so many seconds."""
    tasks: int | None
    exit: int | None
    error: tuple[str, ...]

    @property
    def about_failure(self) -> bool:
        """Whether the scan before it is allowed to have failed."""
        return self.exit is not None or bool(self.error)


def parse_expectation(value: object, where: str) -> Expectation:
    """Check one ``expect`` step; raises ``UsageError`` with place and cause."""
    given = Section(value, where, _TOP)
    if not given.values:
        raise UsageError(f"scenario: {where}: expects nothing; known: {', '.join(_TOP)}")
    none = given.get("dashboard") == "none"
    shown = None if none or "dashboard" not in given else _dashboard(given)
    return Expectation(
        where=where,
        lists=tuple(_items(given, name) for name in LISTS if name in given),
        dashboard=shown,
        no_dashboard=none,
        notes=tuple(given.names("notes")) if "notes" in given else None,
        writes=_number(given, "writes"),
        untouched=tuple(given.names("untouched")),
        requests=_number(given, "requests"),
        waited=_number(given, "waited"),
        tasks=_number(given, "tasks"),
        exit=_number(given, "exit"),
        error=tuple(given.names("error")),
    )


def _number(given: Section, key: str) -> int | None:
    return given.number(key, 0) if key in given else None


def _dashboard(given: Section) -> Entry:
    where = f"{given.where}.dashboard"
    return Entry(where=where, wanted=dict(_wanted(Section(given.get("dashboard"), where, ("contains", "lacks")))))


def _items(given: Section, name: str) -> Items:
    where, value = f"{given.where}.{name}", given.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return Items(name=name, where=where, count=value)
    entries = tuple(_entry(name, place, item) for place, item in given.items(name))
    return Items(name=name, where=where, entries=entries)


def _entry(name: str, where: str, value: Any) -> Entry:
    if isinstance(value, str) and name in _PLAIN:
        value = {_PLAIN[name]: value}
    given = Section(value, where, LISTS[name].keys)
    wanted = dict(_wanted(given))
    if not set(wanted) & set(IDENTITY):
        choices = ", ".join(key for key in LISTS[name].keys if key in IDENTITY)
        raise UsageError(f"scenario: {where}: needs one of {choices} to say which one is meant")
    return Entry(where=where, wanted=wanted)


def _wanted(given: Section) -> Iterator[tuple[str, Wanted]]:
    for key in given.values:
        if key in _NUMBERS:
            yield key, given.number(key, 0)
        elif key in _SEVERAL:
            yield key, tuple(given.names(key))
        elif key == "confidence":
            yield key, _share(given)
        elif key in _WORDS and given.text(key) not in _WORDS[key]:
            raise given.wrong(key, f"one of {', '.join(_WORDS[key])}")
        else:
            yield key, given.text(key)


def _share(given: Section) -> float:
    value = given.get("confidence")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise given.wrong("confidence", "a number from 0 to 1")
    return float(value)
