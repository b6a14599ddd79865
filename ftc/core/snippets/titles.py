"""Tests that are named by a sentence: which of the titles in a file does the name of a failed test spell?

Rule: runners join titles in many ways and fill in the values of tables, so titles are compared word by word, and what
was filled in matches anything.
"""

import re
from collections.abc import Sequence

from ftc.core.snippets.outline import Block

_HOLE = re.compile(
    r"%(?:\.\d)?[sdifjoOpc#]|\$\{[^}\n]{0,200}\}|#\{[^}\n]{0,200}\}|\$#|\$[A-Za-z_][\w.]*|\{[\w.]{0,40}\}"
)
"""What runners replace in a title: jest and vitest tables, templates, Ruby's and Kotlin's own, JUnit's."""
_WORDS = re.compile(r"[\W_]+")
LONGEST = 1_000
"""Characters of a name that are looked at."""


def words(text: str) -> str:
    """A text as lower-case words with one space between them, and one at both ends."""
    return f" {_WORDS.sub(' ', text[:LONGEST]).strip().lower()} "


def pieces(title: str) -> list[str]:
    """The words of a title between what is filled in."""
    return [words(piece).strip() for piece in _HOLE.split(title[:LONGEST])]


def score(block: Block, *, suite: str, name: str) -> int:
    """How well a block's titles spell a test; 0 when they do not. The larger, the more of the words were found.

    The block's own title must end the name; the titles around it count where they stand before it, in order.
    """
    text = words(name)
    best = 0
    for title in (block.name, *block.aliases):
        start = _ends_with(text, pieces(title))
        if start is None:
            continue
        own = len("".join(pieces(title)))
        before = words(f"{suite} {name}")[: len(words(f"{suite} {name}")) - len(text) + start + 1]
        exact = 1 if start == 0 else 0
        best = max(best, own + exact + _in_order(before, block.owner) + 1)
    return best


def _ends_with(text: str, parts: Sequence[str]) -> int | None:
    """Where the title starts in the text; None unless its pieces stand there in order, the last one at the end."""
    if not any(parts):
        return None
    end = len(text)
    for number, part in enumerate(reversed(parts)):
        if not part:
            continue
        at = end - len(part) - 1 if number == 0 else text.rfind(f" {part}", 0, end) + 1
        if at < 1 or not text.startswith(part, at) or text[at - 1] != " ":
            return None
        end = at
    # A hole at the front takes at least nothing, so the title starts where its first words do.
    return end - 1


def _in_order(text: str, titles: Sequence[str]) -> int:
    """Characters of the outer titles that stand in the text one after another."""
    found = at = 0
    for title in titles:
        for part in filter(None, pieces(title)):
            hit = text.find(f" {part} ", at)
            if hit >= 0:
                found += len(part)
                at = hit + len(part)
    return found
