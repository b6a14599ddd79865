"""The hunks of one file's unified diff, as ``git diff`` prints it for one path.

The rule it keeps: lines are counted as the hunk headers say, so that a changed line that looks like a header, as in a
test about diffs, is a line and nothing else.
"""

import re
from dataclasses import dataclass

_HEADER = re.compile(r"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    """One hunk: its lines without the sign, and what stood around them."""

    first: int
    """Line number, after the change, at which the hunk begins."""
    removed: tuple[str, ...]
    added: tuple[str, ...]
    context: tuple[str, ...]
    lines: tuple[tuple[str, str], ...]
    """All of them in order, each with its sign: "-", "+" or " "."""

    @property
    def after(self) -> tuple[tuple[bool, str], ...]:
        """Its lines as they are after the change, in order, each with whether it was added."""
        return tuple((sign == "+", line) for sign, line in self.lines if sign != "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDiff:
    """What changes in one file."""

    path: str
    hunks: tuple[Hunk, ...]
    text: str = ""
    """The whole file after the change, where it is known."""

    @property
    def removed(self) -> tuple[str, ...]:
        """Every removed line."""
        return tuple(line for hunk in self.hunks for line in hunk.removed)

    @property
    def added(self) -> tuple[str, ...]:
        """Every added line."""
        return tuple(line for hunk in self.hunks for line in hunk.added)

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """Both sides at once, each line with its sign: all of the file where it is known, else the hunks."""
        return self._whole() or tuple(line for hunk in self.hunks for line in hunk.lines)

    def _whole(self) -> tuple[tuple[str, str], ...]:
        """Empty where the text is not known, or is not the one that the hunks tell of."""
        text = [line.rstrip("\r") for line in self.text.split("\n")] if self.text else []
        found: list[tuple[str, str]] = []
        at = 0
        for hunk in self.hunks:
            new = [line for sign, line in hunk.lines if sign != "-"]
            begin = hunk.first - 1 if new else hunk.first
            if begin < at or text[begin : begin + len(new)] != new:
                return ()
            found += [(" ", line) for line in text[at:begin]]
            found += hunk.lines
            at = begin + len(new)
        return (*found, *((" ", line) for line in text[at:]))


def parse_file_diff(path: str, diff: str, *, text: str = "") -> FileDiff:
    """The hunks of the diff of ``path``; raises ``ValueError`` where counts and lines disagree.

    ``text`` is the whole file after the change, where the caller has it.
    """
    lines = diff.split("\n")
    hunks: list[Hunk] = []
    at = 0
    while at < len(lines):
        match = _HEADER.match(lines[at])
        if not match:
            at += 1
            continue
        old, new = (int(count) if count is not None else 1 for count in (match[1], match[3]))
        hunk, at = _hunk(lines, at + 1, first=int(match[2]), old=old, new=new)
        hunks.append(hunk)
    return FileDiff(path=path, hunks=tuple(hunks), text=text)


def _hunk(lines: list[str], at: int, *, first: int, old: int, new: int) -> tuple[Hunk, int]:
    """The hunk whose first line is ``lines[at]``, with so many old and new lines, and where it ends."""
    parts: dict[str, list[str]] = {"-": [], "+": [], " ": []}
    both: list[tuple[str, str]] = []
    while old > 0 or new > 0:
        if at >= len(lines):
            raise ValueError("a hunk ends before its lines do")
        sign, line = (lines[at][:1] or " "), lines[at][1:]
        at += 1
        if sign == "\\":  # "\ No newline at end of file"
            continue
        if sign not in parts:
            raise ValueError("a line of a hunk has no sign")
        parts[sign].append(line.rstrip("\r"))
        both.append((sign, line.rstrip("\r")))
        old -= sign != "+"
        new -= sign != "-"
    removed, added, context = (tuple(parts[sign]) for sign in "-+ ")
    return Hunk(first=first, removed=removed, added=added, context=context, lines=tuple(both)), at
