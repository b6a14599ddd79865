"""Lines of JavaScript's stacks to places, and files of tests to the paths by which they are named.

Rule: a line of a stack is taken apart from its end, for paths may hold brackets and blanks.
"""

import re
from collections.abc import Iterable
from urllib.parse import unquote

from ftc.core.model import Frame, TestId
from ftc.ingest.locate import repository_path

JOINER = " > "
"""Between the titles of a test and of what it stands in."""
_PLACE = re.compile(r"(?P<path>.{1,400}):(?P<line>\d{1,7}):\d{1,7}")
_LINE_LIMIT = 1_000
"""Characters of a line of a stack; a longer one holds code that was written into a name."""


def frame_of(text: str) -> Frame | None:
    """``at f (file:///repo/test/a.test.js:52:10)``, with or without the word, the function and the brackets."""
    text = text.strip()
    if len(text) > _LINE_LIMIT:
        return None
    if text.endswith(")"):
        text = text[:-1].rpartition(" (")[2]
    found = _PLACE.fullmatch(text.removeprefix("at ").removeprefix("async "))
    return Frame(path=plain_path(found["path"]), line=int(found["line"])) if found else None


def frames_of(lines: Iterable[str]) -> tuple[Frame, ...]:
    """The places of a stack in its order, without those inside of Node."""
    found = (frame_of(line) for line in lines)
    return tuple(frame for frame in found if frame is not None and not frame.path.startswith("node:"))


def plain_path(path: str) -> str:
    """A path as the file system has it, also where a URL was printed."""
    if not path.startswith("file://"):
        return path
    path = unquote(path.removeprefix("file://"))
    return path[1:] if path[2:3] == ":" else path  # file:///D:/a/b


def file_of(path: str) -> str:
    """The file of a test from the root of the repository; as printed where that is not known."""
    path = plain_path(path).replace("\\", "/").removeprefix("./")
    return repository_path(path, TestId(ecosystem="node", suite="", name="")) or path
