"""A diff without what is no code: on either side, lines within comments and texts of several lines are asleep.

The rule it keeps: a line that was code and is none any more was removed, whatever git says of it, and one that became
code was added. Where nobody closes a comment or a text, nothing of it is asleep.
"""

import re
from collections.abc import Iterator, Sequence

from ftc.core.diff import FileDiff, Hunk
from ftc.core.masking.languages import Language, language_of
from ftc.core.snippets.code import SYNTAX

_SYNTAX = {"javascript": "node"}
"""Names of syntaxes, where they are not those of the language."""
_ENDS = ("*/", '"""', "'''", '"', "'", "`", "#")
_REST = re.compile(r"^[\s})\];,]*$")
"""What stands behind a text, and does nothing."""
_BOTH, _OLD, _NEW = " ", "-", "+"

_Line = tuple[int | None, str, str]
"""The number of its hunk, None outside of any; its sign; its text."""


def awake(diff: FileDiff) -> FileDiff:
    """The change of a file as far as it is code; that of an unknown language as it is."""
    language = language_of(diff.path)
    if language is None:
        return diff
    lines = list(_numbered(diff))
    old, new = (_side(lines, language, sign=sign) for sign in (_OLD, _NEW))
    told = [line for at, line in enumerate(lines) for line in _told(line, old.get(at), new.get(at))]
    return _diff(diff, told)


def quoted(line: str, at: int, language: Language) -> bool:
    """Whether a place of a line lies within a text, or a comment, that begins before it in the line."""
    return any(start < at < end for start, end in _texts(line, language))


def unquoted(pattern: re.Pattern[str], line: str, language: Language) -> re.Match[str] | None:
    """The first match in a line that begins in no text, and in no comment; there may be others before it in one."""
    found = pattern.search(line)
    texts = _texts(line, language) if found else []
    while found and any(start < found.start() < end for start, end in texts):
        found = pattern.search(line, found.start() + 1)
    return found


def _texts(line: str, language: Language) -> list[tuple[int, int]]:
    """Where each text and comment of a line begins and ends."""
    syntax = SYNTAX[_SYNTAX.get(language.name, language.name)]
    return [found.span() for found in syntax.finditer(line)]


def _numbered(diff: FileDiff) -> Iterator[_Line]:
    """The lines of a diff with their hunks: all of the file where it is known."""
    inside = [(number, sign, line) for number, hunk in enumerate(diff.hunks) for sign, line in hunk.lines]
    if len(diff.lines) == len(inside):
        yield from inside
        return
    text, at = [line.rstrip("\r") for line in diff.text.split("\n")], 0
    for number, hunk in enumerate(diff.hunks):
        new = sum(sign != _OLD for sign, _ in hunk.lines)
        begin = hunk.first - 1 if new else hunk.first
        yield from ((None, _BOTH, line) for line in text[at:begin])
        yield from ((number, sign, line) for sign, line in hunk.lines)
        at = begin + new
    yield from ((None, _BOTH, line) for line in text[at:])


def _side(lines: Sequence[_Line], language: Language, *, sign: str) -> dict[int, str]:
    """Of each line of one side, by its place in the diff, what is awake in it."""
    places = [at for at, (_, mark, _) in enumerate(lines) if mark in (sign, _BOTH)]
    text = "\n".join(lines[at][2] for at in places)
    syntax = SYNTAX[_SYNTAX.get(language.name, language.name)]
    return dict(zip(places, syntax.sub(_blanked, text).split("\n"), strict=True)) if places else {}


def _blanked(found: re.Match[str]) -> str:
    """A token of several lines without its lines but the first; any other as it is."""
    first, end, rest = found[0].partition("\n")
    if not end or not rest.endswith(_ENDS):
        return found[0]
    return first + end + re.sub(r"[^\n]", " ", rest)


def _told(line: _Line, old: str | None, new: str | None) -> Iterator[_Line]:
    """One line of the diff with what is awake of it on either side."""
    number, _, text = line
    was, now = (None if side is None else "" if side != text and _REST.match(side) else side for side in (old, new))
    if was == now:
        yield number, _BOTH, was or ""
        return
    if was is not None:
        yield number, _OLD, was
    if now is not None:
        yield number, _NEW, now


def _diff(diff: FileDiff, lines: Sequence[_Line]) -> FileDiff:
    """A diff of these lines: each hunk as before, and one more for each change outside of them."""
    hunks: list[Hunk] = []
    at, first = 0, 0
    while at < len(lines):
        number, sign, _ = lines[at]
        end = at + 1
        while (
            end < len(lines)
            and lines[end][0] == number
            and (number is not None or (lines[end][1] == _BOTH) == (sign == _BOTH))
        ):
            end += 1
        part = [(mark, text) for _, mark, text in lines[at:end]]
        new = sum(mark != _OLD for mark, _ in part)
        if number is not None or sign != _BOTH:
            hunks.append(_hunk(part, first=first + 1 if new else first))
        at, first = end, first + new
    text = "\n".join(text for _, sign, text in lines if sign != _OLD) if diff.text else ""
    return FileDiff(path=diff.path, hunks=tuple(hunks), text=text)


def _hunk(lines: Sequence[tuple[str, str]], *, first: int) -> Hunk:
    removed, added, context = (tuple(text for mark, text in lines if mark == sign) for sign in (_OLD, _NEW, _BOTH))
    return Hunk(first=first, removed=removed, added=added, context=context, lines=tuple(lines))
