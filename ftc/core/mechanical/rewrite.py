"""What a mechanical fix is given and what it gives.

The rule it keeps: a rewrite sees texts and returns a text or None; it knows of no repository and no clock.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from ftc.core.languages import language_of_path
from ftc.core.snippets.languages import read_source
from ftc.core.snippets.outline import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """The file that defines the test, and what its failure said."""

    path: str
    text: str
    excerpt: str
    go_version: tuple[int, int] = (0, 0)
    """Of the module, from ``go.mod``; (0, 0) where unknown."""

    @property
    def language(self) -> str:
        """By the file's name."""
        return language_of_path(self.path)

    def outline(self) -> Source | None:
        """Blocks, and the text without comments and strings; None for a file that cannot be read."""
        return read_source(self.path, self.text)

    def failing_line(self) -> int:
        """The last line of this file that the failure names, 0 for none; several different ones count as none."""
        name = re.escape(self.path.rpartition("/")[2])
        found = {int(line) for line in re.findall(rf"(?:^|[\s/(]){name}:(\d{{1,6}})\b", self.excerpt, re.MULTILINE)}
        return found.pop() if len(found) == 1 else 0


MOST_PLACES = 100
"""Places of a file that a rule looks at, since each may cost as much as the file is long; people's files have fewer."""

Rewrite = Callable[[Spot], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One mechanical fix: what it does to a file, and the words that go with it."""

    rewrite: Rewrite
    hypothesis: str
    summary: str


def go_version(go_mod: str) -> tuple[int, int]:
    """The ``go`` line of a ``go.mod``; (0, 0) without one, which Go takes for 1.16."""
    match = re.search(r"^go[ \t]+(\d{1,2})\.(\d{1,3})", go_mod, re.MULTILINE)
    return (int(match[1]), int(match[2])) if match else (0, 0)
