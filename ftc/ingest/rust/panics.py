"""Panics in the output of one test: which thread, where, and with which words.

Rule: nothing is taken from a panic that differs between two runs of the same failure, such as the number of a thread.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ftc.core.model import Frame

MESSAGE_LINES = 40
_PLACE = r"(?P<path>[^\n:]{1,400}(?::[\\/][^\n:]{1,400})?):(?P<line>\d{1,7}):\d{1,7}"
_PANIC = re.compile(rf"thread '(?P<thread>[^'\n]{{0,1000}})'(?: \(\d{{1,20}}\))? panicked at {_PLACE}:$")
"""Since Rust 1.73: the message begins on the next line. The number of the thread came with 1.91."""

_OLD_PANIC = re.compile(r"thread '(?P<thread>[^'\n]{0,1000})' panicked at '(?P<message>.{0,4000})$")
"""Before: the message in quotes, which may be of several lines, and the place behind it."""

_OLD_END = re.compile(rf"(?P<message>.{{0,4000}})', {_PLACE}$")
_BARE = re.compile(r"thread '(?P<thread>[^'\n]{0,1000})'(?: \(\d{1,20}\))? (?P<message>has overflowed its stack)$")
_END = re.compile(
    r"note: (?:run with `RUST_BACKTRACE|test did not panic|panic did not contain)"
    r"|stack backtrace:$|thread '[^']{0,1000}'|test (?:\S.{0,2000} \.\.\. (?:ok|FAILED|ignored)|result: )"
)
_FRAME = re.compile(rf" {{6,40}}at {_PLACE}$")
_FRAMES = 20
_HAIR = 4_096
"""Characters of a line in which a panic or a place is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panic:
    """One panic; ``frames`` begin with its own place."""

    thread: str
    message: str
    frames: tuple[Frame, ...] = ()


def panics(lines: Sequence[str]) -> Iterator[Panic]:
    """All panics, in their order."""
    for index, line in enumerate(lines):
        if not line.startswith("thread '") or len(line) > _HAIR:
            continue
        if found := _PANIC.match(line):
            yield Panic(
                thread=found["thread"], message=_message(lines, index + 1), frames=_frames(found, lines, index + 1)
            )
        elif found := _OLD_PANIC.match(line):
            yield from _old(found, lines, index)
        elif found := _BARE.match(line):
            yield Panic(thread=found["thread"], message=found["message"])


def _message(lines: Sequence[str], start: int) -> str:
    """The lines up to a note, a backtrace, the next panic, or where output is not captured, a result."""
    kept: list[str] = []
    for line in lines[start : start + MESSAGE_LINES]:
        if _END.match(line):
            break
        kept.append(line)
    return "\n".join(kept).strip()


def _old(found: re.Match[str], lines: Sequence[str], index: int) -> Iterator[Panic]:
    """A panic in the older form, if its end is there."""
    kept: list[str] = []
    for line in [found["message"], *lines[index + 1 : index + MESSAGE_LINES]]:
        if end := _OLD_END.match(line[:_HAIR]):
            kept.append(end["message"])
            frames = _frames(end, lines, index + len(kept))
            yield Panic(thread=found["thread"], message="\n".join(kept).strip(), frames=frames)
            return
        kept.append(line)


def _frames(found: re.Match[str], lines: Sequence[str], start: int) -> tuple[Frame, ...]:
    """The place of the panic and the backtrace behind it, in which relative paths start from the package.

    A panic names its place from the root of the workspace; from what both name one learns where the package lies. Where
    they do not meet, as in a panic of a dependency, the backtrace is left out: CI may print one where we do not.
    """
    place = _frame(found)
    trace = list(_backtrace(lines, start))
    roots = [
        place.path.removesuffix(frame.path.removeprefix("./"))
        for frame in trace
        if frame.line == place.line and frame.path.startswith("./") and place.path.endswith(frame.path[2:])
    ]
    if not roots:
        return (place,)
    inside = (replace(frame, path=roots[0] + frame.path[2:]) for frame in trace if frame.path.startswith("./"))
    return tuple(dict.fromkeys((place, *inside)))


def _backtrace(lines: Sequence[str], start: int) -> Iterator[Frame]:
    """The places of a backtrace that stands behind a message, without the standard library's."""
    begun, given = False, 0
    for line in lines[start:]:
        if line.startswith("thread '") or given == _FRAMES:
            return
        begun = begun or line == "stack backtrace:"
        found = _FRAME.match(line[:_HAIR]) if begun else None
        if found and not found["path"].startswith("/rustc/"):
            given += 1
            yield _frame(found)


def _frame(found: re.Match[str]) -> Frame:
    return Frame(path=found["path"], line=int(found["line"]))
