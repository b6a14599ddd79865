"""The output of one failed Rust test to what failed, in which way and where.

Rule: the message is what the test's own thread said. Other threads' panics say where else to look, since whether they
come to speak before the test ends is chance.
"""

import re
from collections.abc import Sequence

from ftc.core.model import Frame, Kind, TestId
from ftc.ingest.base import RawFailure
from ftc.ingest.generic import UNTOLD
from ftc.ingest.rust.panics import Panic, panics

MAIN = "main"
"""The thread of a documentation test, and of all tests where they run one after another."""

_UNLIKE = re.compile(
    r"note: (?P<said>test did not panic as expected)(?: at (?P<path>[^:]{1,400}):(?P<line>\d{1,7}):\d+)?$"
)
_OTHER_WORDS = re.compile(r"note: (panic did not contain expected string)$")
_RETURNED = re.compile(r"Error: \S")
_DIED = re.compile(r"\((test aborted with .{1,200}|test timed out|test failed with exit code -?\d{1,10})\)$")
_ASSERTION = re.compile(r"assertion(?:\b| `)", re.IGNORECASE)
_ADVICE = re.compile(r"note: run with `RUST_BACKTRACE|note: Some details are omitted, run with `RUST_BACKTRACE")
_NUMBER = re.compile(r"^(thread '[^'\n]{0,1000}') \(\d{1,20}\) ")
_FRAMES = 20
_LINE = 4_096
"""Characters of a line that is looked at for one of the forms above."""


def rust_failure(
    test: TestId, text: Sequence[str], *, framework: str, line: int, kind: Kind | None = None, fallback: str = UNTOLD
) -> RawFailure:
    """The failure of a test that printed ``text``.

    ``kind`` is what the runner says of how it ended; ``fallback`` the message where the text has none.
    """
    text = [_NUMBER.sub(r"\1 ", item) for item in text]
    found = list(panics(text))
    # The first of its own thread: a second one is of what was dropped. Run one by one, all tests are the main thread.
    own = next((panic for panic in found if panic.thread in (test.name, MAIN)), None)
    message, told, places = _told(text, found, own)
    message = message or fallback
    others = (frame for panic in found if panic is not own for frame in panic.frames[:1])
    frames = tuple(dict.fromkeys((*places, *others)))[:_FRAMES]
    place = tuple(f"{frame.path}:{frame.line}" for frame in frames[:1])
    return RawFailure(
        test=test,
        framework=framework,
        kind=kind or told,
        message=message,
        line=line,
        frames=frames,
        lines=tuple(item for item in text if not _ADVICE.match(item)),
        key_lines=(*message.splitlines(), *place),
    )


def _told(text: Sequence[str], found: Sequence[Panic], own: Panic | None) -> tuple[str, Kind, tuple[Frame, ...]]:
    """Message, kind, and places; the message is empty where nothing was said.

    A test that should panic says so in a note, whatever it panicked with. After the own panic comes how the process
    ended, then an error that the test returned, then what another thread said.
    """
    died = returned = ""
    for index, item in enumerate(text):
        short = item[:_LINE]
        if unlike := _UNLIKE.search(short):
            frames = (Frame(path=unlike["path"], line=int(unlike["line"])),) if unlike["path"] else ()
            return unlike["said"], Kind.ASSERTION, frames
        if other := _OTHER_WORDS.search(short):
            return (
                "\n".join([other[1], *_indented(text[index + 1 : index + 3])]),
                Kind.ASSERTION,
                own.frames if own else (),
            )
        if ended := _DIED.match(short):
            died = ended[1]
        elif not returned and _RETURNED.match(short):
            returned = short
    if own is None and (died or returned or not found):
        return died or returned, Kind.ERROR, ()
    panic = own or found[-1]
    return panic.message, Kind.ASSERTION if _ASSERTION.match(panic.message) else Kind.PANIC, panic.frames


def _indented(lines: Sequence[str]) -> list[str]:
    return [item.strip() for item in lines if item.startswith(" ")]
