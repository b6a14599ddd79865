"""Patterns over paths as CODEOWNERS has them: those of gitignore, with GitHub's exceptions.

The rule it keeps: matching takes time in proportion to pattern and path, whatever somebody wrote as a pattern.
https://docs.github.com/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
"""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

ANY = "**"
"""A part that stands for any number of path segments, also none."""
MAX_PATTERN = 1_000
"""Characters; people's patterns have less than a hundred, and a longer one is skipped like a wrong one."""

_TOKEN = re.compile(r"\\?.", re.DOTALL)
_WILD = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class PathPattern:
    """One pattern, cut into parts for the segments of a path from the root; a part is a glob, or ``ANY``."""

    parts: tuple[str, ...]

    def matches(self, path: str) -> bool:
        """Whether a file, by its path from the root of the repository, is one that the pattern names."""
        reached = self._onward({0})
        for segment in path.strip("/").split("/"):
            reached = self._onward({step for at in reached for step in self._steps(at, segment)})
        return len(self.parts) in reached

    def _steps(self, at: int, segment: str) -> tuple[int, ...]:
        """Where a segment leads from a position in the pattern."""
        if at == len(self.parts):
            return ()
        part = self.parts[at]
        if part == ANY:
            return (at,)
        fits = part == segment or (not _WILD.isdisjoint(part) and fnmatchcase(segment, part))
        return (at + 1,) if fits else ()

    def _onward(self, reached: set[int]) -> set[int]:
        """With the positions behind every ``ANY``, which may stand for nothing."""
        for at in range(len(self.parts)):
            if at in reached and self.parts[at] == ANY:
                reached.add(at + 1)
        return reached


def path_pattern(text: str) -> PathPattern | None:
    """The pattern a text means; None for one that GitHub does not take or that can match nothing."""
    # GitHub knows no negation, and no backslash before a leading hash.
    if text.startswith(("!", "\\#")) or len(text) > MAX_PATTERN or not text.strip("/"):
        return None
    segments = text.strip("/").split("/")
    anchored = "/" in text[:-1]
    head = () if anchored else (ANY,)
    return PathPattern(parts=(*head, *map(_glob, segments[:-1]), *_end(segments[-1], folder=text.endswith("/"))))


def _end(last: str, *, folder: bool) -> tuple[str, ...]:
    """The last segment with what may follow below it."""
    if folder:
        return (_glob(last), "*", ANY)
    if last == ANY:
        return ("*", ANY)
    # ``docs/*`` means the files of that folder only; any other name may be a folder with all there is below it.
    return ("*",) if last == "*" else (_glob(last), ANY)


def _glob(segment: str) -> str:
    """The segment for ``fnmatch``, in which brackets, no range on GitHub, and escaped characters mean themselves."""
    return "".join(_literal(token[-1]) if token[0] in "\\[" else token for token in _TOKEN.findall(segment))


def _literal(char: str) -> str:
    return f"[{char}]" if char in _WILD else char
