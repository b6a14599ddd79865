"""The quarantine list as a JSON document, which CI reads and people may write and review themselves.

The rule it keeps: reading is strict. A member nobody knows, a missing one, a test named twice or a time without a zone
refuses the whole list with its reason, and then nothing is tolerated.
"""

import json
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from ftc.core.documents import no_number
from ftc.core.errors import FtcError
from ftc.core.model import TestId
from ftc.core.quarantine import Entry, QuarantineList

SCHEMA = 1
"""Version of the document; a reader refuses any other, since what it would overlook might have been a limit."""
MAX_CHARACTERS = 1_000_000
"""Of a document; the cap of ten tests needs four thousand."""
_REQUIRED = ("ecosystem", "suite", "name", "until")
_OPTIONAL = ("framework", "issue", "url")


class ListUnreadable(FtcError):
    """A quarantine list that is not taken; the text says where and why."""


def to_json(found: QuarantineList) -> str:
    """The document, indented for review, in ASCII, so that no name can hide in it."""
    document = {
        "schema": SCHEMA,
        "generated": _stamp(found.generated),
        "repo": found.repo,
        "entries": [_entry_json(entry) for entry in found.entries],
    }
    return json.dumps(document, indent=2) + "\n"


def _entry_json(entry: Entry) -> dict[str, Any]:
    return {
        "ecosystem": entry.test.ecosystem,
        "suite": entry.test.suite,
        "name": entry.test.name,
        "framework": entry.framework,
        "until": _stamp(entry.until),
        "issue": entry.issue,
        "url": entry.url,
    }


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def from_json(text: str) -> QuarantineList:
    """The list of a document; raises ``ListUnreadable``. Whether an entry still counts, ``in_force`` says."""
    if len(text) > MAX_CHARACTERS:
        raise ListUnreadable(f"the quarantine list is longer than {MAX_CHARACTERS} characters")
    try:
        document = json.loads(text, object_pairs_hook=_once, parse_constant=no_number)
    except (ValueError, RecursionError) as error:
        raise ListUnreadable(f"the quarantine list is not valid JSON: {error}") from None
    members = _members(document, "the list", required=("schema", "generated", "repo", "entries"), optional=())
    if members["schema"] != SCHEMA or isinstance(members["schema"], bool):
        raise ListUnreadable(f"the list has schema {members['schema']!r}, but this version reads {SCHEMA} only")
    entries = _of(list, members["entries"], "entries")
    found = tuple(_entry(item, f"entry {number}") for number, item in enumerate(entries, start=1))
    tests = [entry.test for entry in found]
    if twice := next((test for test in tests if tests.count(test) > 1), None):
        raise ListUnreadable(f"the list names {twice} twice")
    return QuarantineList(
        repo=_of(str, members["repo"], "repo"), generated=_moment(members["generated"], "generated"), entries=found
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of a member written twice JSON takes the last, and a reviewer reads the first."""
    names = [name for name, _ in pairs]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"the member {twice!r} is given twice")
    return dict(pairs)


def _entry(item: object, where: str) -> Entry:
    members = _members(item, where, required=_REQUIRED, optional=_OPTIONAL)
    text = {name: _of(str, members.get(name, ""), f"{name} of {where}") for name in _TEXTS}
    if not text["ecosystem"] or not text["name"]:
        raise ListUnreadable(f"{where} must name its ecosystem and its test")
    return Entry(
        test=TestId(ecosystem=text["ecosystem"], suite=text["suite"], name=text["name"]),
        framework=text["framework"],
        until=_moment(members["until"], f"until of {where}"),
        issue=_of(int, members.get("issue", 0), f"issue of {where}"),
        url=text["url"],
    )


_TEXTS = ("ecosystem", "suite", "name", "framework", "url")


def _members(value: object, where: str, *, required: Collection[str], optional: Collection[str]) -> Mapping[str, Any]:
    members = _of(dict, value, where)
    known = (*required, *optional)
    if unknown := sorted(set(members) - set(known)):
        raise ListUnreadable(f"{where} has an unknown member {unknown[0]!r}; the members are {', '.join(known)}")
    if missing := [name for name in required if name not in members]:
        raise ListUnreadable(f"{where} lacks {missing[0]!r}")
    return members


Wanted = TypeVar("Wanted")
_WORDS: Mapping[Callable[..., Any], str] = {str: "a text", int: "a whole number", list: "a list", dict: "an object"}


def _of(wanted: type[Wanted], value: object, where: str) -> Wanted:
    if not isinstance(value, wanted) or isinstance(value, bool):
        raise ListUnreadable(f"{where} is {type(value).__name__}, but must be {_WORDS[wanted]}")
    return value


def _moment(value: object, where: str) -> datetime:
    text = _of(str, value, where)
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ListUnreadable(f"{where} is {text[:40]!r}, but must be a time with its zone, as 2026-11-20T12:00:00Z")
    return moment.astimezone(UTC)
