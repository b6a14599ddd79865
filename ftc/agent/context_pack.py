"""What the agent is shown before its first question: the test, failing frames, helpers, executed files, history, fixes.

The rule it keeps: what a person would look at first is there already, so that no step is paid for finding it; the rest
is named, not printed. Everything is read from the pinned base and cleaned.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ftc.agent.tools import Workspace
from ftc.core.fix import Reproduction, Task
from ftc.core.model import TestId
from ftc.core.snippets import choose, places
from ftc.core.snippets.languages import find_test, read_source
from ftc.core.snippets.outline import Found, Source

PIECES = 14
"""Pieces of code shown."""
PIECE_CHARS = 40_000
"""Characters of all of them."""
EXECUTED_CHARS, SHORT_FILE = 16_000, 150
"""Characters of executed files that are shown whole, and lines of one of them."""
NAMED_FILES = 40
"""Executed files that are named."""
WITH_HISTORY = 4
"""Files whose recent commits are shown: those of the pieces come first."""
COMMITS = 6
FRAMES = 12
_FRAME = re.compile(r'([\w@+./\\-]{1,200}\.[a-z]{1,5})(?::|", line |\()(\d{1,6})\b')


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Lines of a file and why they are shown."""

    path: str
    first: int
    last: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """Everything shown at first."""

    pieces: tuple[Piece, ...]
    executed: tuple[str, ...]
    """Files that the single test runs through, by coverage."""
    history: tuple[tuple[str, tuple[str, ...]], ...]
    """Paths with their recent commits."""


def gather_pack(task: Task, reproduction: Reproduction, space: Workspace) -> Pack:
    """The pack for a task; what cannot be found is left out."""
    files = space.draft.paths()
    frames = tuple(_frames(reproduction.excerpt, files))
    spans = list(choose.stack_spans((source, at) for path, at in frames if (source := _source(space, path))))
    for number, test in enumerate(task.tests[:2]):
        spans += _test_spans(test, task.test_files[number : number + 1], space, stack=[path for path, _ in frames])
    pieces = tuple(_pieces(spans, space))
    executed = tuple(path for path in reproduction.covered_files if path in set(files))[:NAMED_FILES]
    seen = {piece.path for piece in pieces}
    pieces += tuple(_whole([path for path in executed if path not in seen], space))
    shown = dict.fromkeys([*(piece.path for piece in pieces), *task.planned_files, *executed])
    return Pack(
        pieces=pieces,
        executed=executed,
        history=tuple(_history(list(shown)[:WITH_HISTORY], space)),
    )


def places_named(text: str, space: Workspace) -> tuple[Piece, ...]:
    """Code around the places that a text names, as the output of a failed command does."""
    frames = _frames(text, space.draft.paths())
    spans = choose.stack_spans((source, at) for path, at in frames if (source := _source(space, path)))
    return tuple(_pieces(list(spans), space))


def _frames(excerpt: str, files: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Places that the excerpt names and that are files of the repository; a path may start anywhere inside."""
    known = set(files)
    found = dict.fromkeys((match[1].replace("\\", "/"), int(match[2])) for match in _FRAME.finditer(excerpt))
    for path, line in list(found)[:FRAMES]:
        bare = path.removeprefix("./")
        ends = [file for file in files if file.endswith(f"/{bare}") or bare.endswith(f"/{file}")]
        if bare in known:
            yield bare, line
        elif len(ends) == 1:
            yield ends[0], line


def _source(space: Workspace, path: str) -> Source | None:
    return next(iter(_sources(space, [path])), None)


def _sources(space: Workspace, paths: Sequence[str]) -> list[Source]:
    texts = space.draft.texts(list(dict.fromkeys(paths)))
    return [source for path, text in texts if (source := read_source(path, text))]


def _test_spans(test: TestId, told: Sequence[str], space: Workspace, *, stack: Sequence[str]) -> Iterator[choose.Span]:
    files = space.draft.paths()
    first = [*(path for path in told if path in files), *places.candidates(test, files, stack=stack)]
    sources = _sources(space, [*first, *places.conftests(first[:3], files)])
    found: Found | None = find_test(sources, test)
    if found is None:
        return
    near = _sources(space, [found.test.source.path, *places.related(found.test, files)])
    yield from choose.found_spans(find_test([*sources, *near], test) or found, near)


def _pieces(spans: Sequence[choose.Span], space: Workspace) -> Iterator[Piece]:
    room = PIECE_CHARS
    for span in choose.merged(spans)[:PIECES]:
        lines = space.draft.read(span.path).split("\n")[span.first - 1 : span.last]
        text = space.sanitizer.clean("\n".join(lines))
        room -= len(text)
        if room < 0:
            return
        yield Piece(path=span.path, first=span.first, last=span.last, reason=span.reason.value, text=text)


def _whole(paths: Sequence[str], space: Workspace) -> Iterator[Piece]:
    """Short files that the test runs through, whole, as long as there is room."""
    room = EXECUTED_CHARS
    for path, raw in space.draft.texts(paths):
        text, last = space.sanitizer.clean(raw.rstrip("\n")), raw.rstrip("\n").count("\n") + 1
        if last <= SHORT_FILE and len(text) <= room:
            room -= len(text)
            yield Piece(path=path, first=1, last=last, reason="executed by the test", text=text)


def _history(paths: Sequence[str], space: Workspace) -> Iterator[tuple[str, tuple[str, ...]]]:
    if space.history is None:
        return
    for path in paths:
        if commits := space.history(path)[:COMMITS]:
            yield path, tuple(map(space.sanitizer.clean, commits))
