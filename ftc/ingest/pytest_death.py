"""The last words of an interpreter that a time-out or a crash ended: pytest reports nothing more.

Rule: the test is the one that was running, known from its progress line or from the stack of the thread that died.
"""

import re

from ftc.core.model import Frame, Kind
from ftc.ingest.base import RawFailure
from ftc.ingest.pytest_names import test_id
from ftc.ingest.pytest_section import frame_of

_STACK = re.compile(
    r"~+ Stack of (?P<name>.+?) \(\d+\) ~+$|(?P<current>Current )?[Tt]hread 0x\w+.*\(most recent call first\)"
)
_TEST_FILE = re.compile(r"(?:test_[^/\\]*|[^/\\]*_test)\.py$")


def dying_failure(lines: tuple[str, ...], *, line: int, running: str, rootdir: str) -> RawFailure | None:
    """The failure these last words tell of, or None when no test can be named."""
    timeout = lines[0].startswith("Timeout")
    frames = _frames(lines, timeout=timeout)
    inner = next((frame for frame in frames if _is_test(frame)), None)
    node = running or (f"{_relative(inner.path, rootdir)}::{inner.function}" if inner else "")
    if not node:
        return None
    message = "Timeout: pytest-timeout ended the process" if timeout else lines[0].strip()
    return RawFailure(
        test=test_id(node),
        framework="pytest",
        kind=Kind.TIMEOUT if timeout else Kind.CRASH,
        message=message,
        line=line,
        frames=frames,
        lines=lines,
        key_lines=(message, *((f"{inner.path}:{inner.line}",) if inner else ())),
    )


def _frames(lines: tuple[str, ...], *, timeout: bool) -> tuple[Frame, ...]:
    """Frames of the thread in question, innermost first: the main one of a time-out, the current one of a crash."""
    found: list[Frame] = []
    inside = False
    for text in lines:
        stack = _STACK.match(text)
        if stack:
            inside = stack["name"] == "MainThread" if timeout else bool(stack["current"])
        elif inside:
            frame = frame_of(text)
            found += [frame] if frame else []
    return tuple(reversed(found)) if timeout else tuple(found)


def _is_test(frame: Frame) -> bool:
    return frame.function.startswith("test") and bool(_TEST_FILE.search(frame.path))


def _relative(path: str, rootdir: str) -> str:
    return path.removeprefix(rootdir + "/") if rootdir else path
