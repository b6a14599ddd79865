"""An error as Node's runner shows it, in its three reporters, to one message and its places.

Rule: whichever reporter told of it, the message is the same. The name of an error stands before it only where it is one
of JavaScript's own, since TAP knows no other for certain.
"""

import re
from dataclasses import dataclass
from textwrap import dedent

from ftc.core.model import Frame, Kind
from ftc.ingest.javascript.frames import frames_of

NOT_RUN = "test did not finish before its parent and was cancelled"
"""Of tests in a suite whose hook failed."""
FILE_FAILED = "test failed"
"""Of a file that ended badly although none of its tests did, or before any of them was known."""
_OWN_NAMES = ("AssertionError", "TypeError", "RangeError", "ReferenceError", "SyntaxError", "URIError", "EvalError")
_HEAD = re.compile(r"(?P<name>[A-Za-z_$][\w$.]{0,100})(?: \[[\w$ .]{1,100}\]){0,2}(?:: (?P<rest>.*))?")
_TIMEOUT = re.compile(r"test timed out after \d")
_STACK = re.compile(r"\s+at \S")
_CAUSE = "cause: "
MESSAGE_LINES = 40
_LINE_LIMIT = 4_000
"""Characters of a line that is taken apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeError:
    """What went wrong in one test."""

    message: str
    kind: Kind
    frames: tuple[Frame, ...] = ()


def told(name: str, message: str, *, frames: tuple[Frame, ...] = ()) -> NodeError:
    """The error of this name with this message."""
    message = message.strip("\n ")
    kind = Kind.ASSERTION if name == "AssertionError" else Kind.TIMEOUT if _TIMEOUT.match(message) else Kind.ERROR
    named = f"{name}: {message}" if message and name in _OWN_NAMES else message
    return NodeError(message=named or (name if name != "Error" else ""), kind=kind, frames=frames)


def inspected(lines: list[str]) -> NodeError:
    """An error as ``util.inspect`` shows it: head, message, stack, and properties, which are left out."""
    texts = dedent("\n".join(line[:_LINE_LIMIT] for line in lines)).split("\n")
    start = next((index for index, line in enumerate(texts) if line.strip()), 0)
    texts = texts[start:] or [""]
    end = next((index for index, line in enumerate(texts) if index and _STACK.match(line)), len(texts))
    head = _HEAD.fullmatch(texts[0])
    if head is None:
        return told("", "\n".join([unquoted(texts[0]), *texts[1:end]][:MESSAGE_LINES]))
    message = "\n".join([head["rest"] or "", *texts[1:end]][:MESSAGE_LINES])
    # Properties come after the stack, and with them what caused the error, which has a stack of its own.
    over = next((index for index, line in enumerate(texts) if index >= end and line.endswith("{")), len(texts) - 1)
    return told(head["name"], message, frames=frames_of(texts[end : over + 1] if over >= end else ()))


def reported(text: str, *, message: str) -> NodeError:
    """The error in the text of a JUnit report, which wraps what was thrown; ``message`` is its attribute."""
    lines = text.split("\n")
    for index, line in enumerate(lines):
        if line.startswith(f"  {_CAUSE}"):
            rest = [item.removeprefix("  ") for item in lines[index + 1 :]]
            return inspected([line.removeprefix(f"  {_CAUSE}"), *rest])
    return told("", message)


def unquoted(text: str) -> str:
    """A text without the quotes in which Node shows it."""
    text = text.strip()
    if len(text) < 2 or text[0] not in "'\"`" or text[-1] != text[0]:
        return text
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t"}.get(found[1], found[1]), text[1:-1])
