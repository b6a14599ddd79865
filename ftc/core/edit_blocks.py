"""Edits as a search and its replacement, applied to text, and the plain-text form of calls for models without tools.

The rule it keeps: an edit lands in exactly one place or nowhere. What is not found, or found twice, is refused with
what was found instead, since a model that guesses a second time without being told guesses the same.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

LINES_COMPARED = 5_000
"""Lines of a file that are compared for a hint; comparing more takes longer than the hint is worth."""
SHOWN_CHARS = 160
"""Characters of a line that are said back."""


class EditRefused(ValueError):
    """The edit cannot be made; the text says what was found and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One replacement in one file; an empty ``search`` makes a new file of ``replace``."""

    path: str
    search: str
    replace: str


def replaced(text: str, search: str, replace: str) -> str:
    """The text with the one place of ``search`` replaced; raises ``EditRefused``."""
    if not search:
        raise EditRefused("the search text is empty, but the file exists: give the lines to replace")
    if search == replace:
        raise EditRefused("search and replacement are the same")
    places = _places(text, search)
    if len(places) > 1:
        lines = ", ".join(str(text.count("\n", 0, place) + 1) for place in places[:8])
        raise EditRefused(f"the search text stands {len(places)} times, at lines {lines}: add lines around it")
    if not places:
        raise EditRefused(_hint(text, search))
    return text[: places[0]] + replace + text[places[0] + len(search) :]


def _places(text: str, search: str) -> list[int]:
    """Offsets of all places, overlapping ones too: two that overlap are two meanings."""
    found: list[int] = []
    at = text.find(search)
    while at >= 0 and len(found) < 100:
        found.append(at)
        at = text.find(search, at + 1)
    return found


def _hint(text: str, search: str) -> str:
    lines = text.split("\n")[:LINES_COMPARED]
    wanted = [line for line in search.split("\n") if line.strip()]
    if not wanted:
        return "the search text is blank lines only: give the lines to replace"
    bare = [line.strip() for line in lines]
    if len(alike := [at for at, line in enumerate(bare, 1) if line == wanted[0].strip()]) >= 1:
        rest = f"line {alike[0]} is {lines[alike[0] - 1][:SHOWN_CHARS]!r}"
        return (
            f"the search text is not in the file; its first line differs in white space, or what follows does: {rest}"
        )
    near = get_close_matches(wanted[0].strip()[:SHOWN_CHARS], [line[:SHOWN_CHARS] for line in bare], n=1)
    if near:
        at = next(number for number, line in enumerate(bare, 1) if line[:SHOWN_CHARS] == near[0])
        return f"the search text is not in the file; nearest is line {at}: {lines[at - 1][:SHOWN_CHARS]!r}"
    return "the search text is not in the file, nor anything like it: read the file first"


_BLOCK = re.compile(
    r"^(?P<path>[^\n]{1,300})\n(?:```[^\n]{0,40}\n)?(?P<open><{5,9}) SEARCH[ \t]*\n"
    r"(?P<body>(?:(?!>{5,9} REPLACE|<{5,9} SEARCH)[^\n]*+\n)*+)>{5,9} REPLACE[ \t]*$",
    re.MULTILINE,
)
"""No block holds the start of another: else many that never end would cost the square of their number."""
_DECORATION = re.compile(r"^[\s#*`>-]*(?:file(?:name)?:\s*)?|[\s`*:]*$", re.IGNORECASE)
_CALL = re.compile(r"^[ \t]{0,3}CALL[ \t]+([a-z_]{1,30})[ \t]*(\{.*\})?[ \t]*$", re.MULTILINE)
_BEGINS = re.compile(r"^<{5,9} SEARCH", re.MULTILINE)
_ENDS = re.compile(r"^>{5,9} REPLACE", re.MULTILINE)
_PARTS = re.compile(r"^(={5,9})[ \t]*\n", re.MULTILINE)
"""What parts search and replacement, or an underline in one of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A call as written in plain text: its name and its arguments as JSON, still to be read."""

    name: str
    arguments: str


class BlocksUnreadable(ValueError):
    """An answer has a block that cannot be read in one way alone; the text says why and what to do."""


def edits_in(text: str) -> tuple[Edit, ...]:
    """The SEARCH/REPLACE blocks of an answer, each after a line with its path; raises ``BlocksUnreadable``."""
    found = tuple(map(_edit, _BLOCK.finditer(text)))
    if not len(found) == len(_BEGINS.findall(text)) == len(_ENDS.findall(text)):
        raise BlocksUnreadable("a SEARCH/REPLACE block has no path before it, or no end, or holds such a marker itself")
    return found


def _edit(block: re.Match[str]) -> Edit:
    """One block, parted at its one line of as many signs as its first marker has: any other is text."""
    body, signs = block["body"], len(block["open"])
    parts = [match for match in _PARTS.finditer(body) if len(match[1]) == signs]
    if len(parts) != 1:
        marker = "=" * signs
        raise BlocksUnreadable(
            f"a SEARCH/REPLACE block has {len(parts)} lines {marker} and must have one, as long as its first marker; "
            "where its text has such a line, write all three markers with another number of signs, 5 to 9"
        )
    search, replace = body[: parts[0].start()], body[parts[0].end() :]
    path = _DECORATION.sub("", block["path"])
    return Edit(path=path, search=_whole(search), replace=_whole(replace, keep=not search))


def _whole(lines: str, *, keep: bool = False) -> str:
    """The lines without the last line end, which belongs to the marker; a new file keeps it."""
    return lines if keep else lines.removesuffix("\n")


def calls_in(text: str) -> Iterator[Written]:
    """Lines ``CALL name {json}`` outside of blocks, in their order."""
    for match in _CALL.finditer(_BLOCK.sub("", text)):
        yield Written(name=match[1], arguments=match[2] or "{}")
