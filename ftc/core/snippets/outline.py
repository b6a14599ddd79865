"""What a file declares: tests, fixtures and functions, each with the lines it covers.

Rule: a language module turns text into these and nothing else; which of them matter is decided in ``choose``.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from ftc.core.snippets.code import Code


class Role(StrEnum):
    """What a block is for."""

    TEST = "test"
    SETUP = "setup"
    """Runs before or after tests: a fixture, a hook, a method of the suite."""
    FUNCTION = "function"
    TYPE = "type"
    """A class, or a suite's struct; ``uses`` names what it is built on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Lines ``first`` to ``last`` (1-based, both included) that declare something."""

    path: tuple[str, ...]
    """Names from the outside in: class and method, or the titles of nested describes and the test's own."""
    role: Role
    first: int
    last: int
    uses: tuple[str, ...] = ()
    """Names it takes: fixtures by parameter, base types."""
    aliases: tuple[str, ...] = ()
    """Further titles of the same test."""
    automatic: bool = False
    """A fixture that runs for every test beside or below it."""
    focus: int = 0
    """The line that matters most, where the whole is too long; 0 is the start."""

    @property
    def name(self) -> str:
        """Its own name."""
        return self.path[-1]

    @property
    def owner(self) -> tuple[str, ...]:
        """What it stands in."""
        return self.path[:-1]

    def holds(self, line: int) -> bool:
        """Whether a line is among its own."""
        return self.first <= line <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file that was read: where it lies, its text, and what it declares in the order of its lines."""

    path: str
    code: Code
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One block in its file."""

    source: Source
    block: Block


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The test's definition, and what runs around it, nearest first."""

    test: Place
    suite: tuple[Place, ...] = ()


LEAD_LINES = 10
"""Lines of comments and annotations above a declaration that belong to it."""
_LEAD = re.compile(r"[ \t]*(?://|#\[|@|/?\*)")


def lead(code: Code, line: int) -> int:
    """First line of the comments and annotations that stand right above a line."""
    for _ in range(LEAD_LINES):
        if line < 2 or not _LEAD.match(code.text, code.start(line - 1), code.start(line)):
            break
        line -= 1
    return line


def nested(blocks: Iterable[Block]) -> Iterator[Block]:
    """Blocks with the names of those they lie in put before their own; sorted by first line, outer ones first."""
    stack: list[Block] = []
    for block in sorted(blocks, key=lambda block: (block.first, -block.last)):
        while stack and stack[-1].last < block.first:
            stack.pop()
        outer = stack[-1].path if stack else ()
        named = Block(
            path=(*outer, *block.path),
            role=block.role,
            first=block.first,
            last=block.last,
            uses=block.uses,
            aliases=block.aliases,
            automatic=block.automatic,
        )
        stack.append(named)
        yield named
