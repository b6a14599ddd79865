"""What survives of a damaged state block: read member by member, up to the point where it breaks off.

Rule: what is rescued is a proposal for people and for merging, never a state to trust; every loss is named.
"""

import json
from dataclasses import dataclass

from ftc.core.documents import SCHEMA, Document, no_number, unwrap, upgrade
from ftc.core.errors import StateUnreadable
from ftc.core.flake_document import flake_document, to_partial_flake
from ftc.core.model import Flake, TestId
from ftc.core.scan_block import Candidate, candidates, found_keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """The best that can be said of a broken body; empty texts and None where nothing survived."""

    kind: str = ""
    key: str = ""
    repo: str = ""
    test: TestId | None = None
    flake: Flake | None = None
    """A flake with the surviving members, defaults elsewhere; None unless key, repository and test survive."""
    survived: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


_MEMBERS = tuple(flake_document(Flake(key="", repo="", test=TestId(ecosystem="", suite="", name=""))))


def recover(body: str) -> Recovery:
    """Best effort on a body that ``decode`` refused; never raises."""
    keys = found_keys(body)
    key = keys[0] if len(set(keys)) == 1 else ""
    found = next((item for item in candidates(body) if item.kind and 1 <= item.schema <= SCHEMA), None)
    if found is None:
        problem = "no state block; " + ("the key marker is left" if key else "and no key marker")
        return Recovery(key=key, lost=_MEMBERS, problems=(problem,))
    document, problems = _complete_members(found)
    document = upgrade(document, found.kind, schema=found.schema)
    if found.kind != "flake":
        return Recovery(kind=found.kind, survived=tuple(document), problems=problems)
    return _flake_recovery(document, key=key, problems=problems)


def _flake_recovery(document: Document, *, key: str, problems: tuple[str, ...]) -> Recovery:
    if key and document.get("key", key) != key:
        problems = (*problems, "the key marker names another key than the block")
    survived = {"key": key, **document} if key else document
    flake, readable, more = _most_of(survived)
    texts = {name: value for name in ("key", "repo") if isinstance(value := survived.get(name), str)}
    return Recovery(
        kind="flake",
        key=texts.get("key", ""),
        repo=texts.get("repo", ""),
        test=flake.test if flake else None,
        flake=flake,
        survived=readable,
        lost=tuple(name for name in _MEMBERS if name not in readable),
        problems=(*problems, *more),
    )


def _most_of(document: Document) -> tuple[Flake | None, tuple[str, ...], tuple[str, ...]]:
    """A flake of as many members as can be read, their names, and what was wrong with the others."""
    needed: Document = {name: document[name] for name in ("key", "repo", "test") if name in document}
    problems: list[str] = []
    try:
        to_partial_flake(needed)
    except StateUnreadable as error:
        return None, tuple(needed), (str(error),)
    for name in [name for name in document if name not in needed]:
        try:
            to_partial_flake({**needed, name: document[name]})
            needed[name] = document[name]
        except StateUnreadable as error:
            problems.append(str(error))
    return to_partial_flake(needed), tuple(needed), tuple(problems)


def _complete_members(candidate: Candidate) -> tuple[Document, tuple[str, ...]]:
    """The members of the document that are there whole, and where reading stopped."""
    text = candidate.document
    decoder = json.JSONDecoder(object_hook=unwrap, parse_constant=no_number)
    members: Document = {}
    position = 1
    while position < len(text) and text[position] == '"':
        try:
            name, position = decoder.raw_decode(text, position)
            members[name], position = decoder.raw_decode(text, position + 1)
        except (ValueError, TypeError, RecursionError):
            return members, (f"the document breaks off or is damaged after {len(members)} members",)
        position += 1
    if not candidate.whole:
        return members, ("the end of the block or its checksum is missing",)
    return members, ("the checksum does not match: the block was edited",)
