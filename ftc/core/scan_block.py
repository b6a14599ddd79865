"""Where in a body a state block stands: line by line, as GitHub's Markdown sees comments, fences and quotes.

Rule: only a marker at the very start of a line outside fenced code is a candidate. Logs and people's words are shown
in fences, quotes and escaped HTML, so they cannot bring one in.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

MARK = "flaky-test-cleaner:state"
KEY_MARK = "flaky-test-cleaner:key"

_OPEN = re.compile(rf"<!-- {MARK}(?: (?P<schema>\d{{1,9}}) (?P<kind>[a-z]{{1,40}}))?[ \t]*$")
_FENCE = re.compile(r" {0,3}(?P<run>`{3,}|~{3,})(?P<rest>.*)$")
_CHECKSUM = re.compile(r"sha256 ([0-9a-f]{64})[ \t]*$")
_SIGNATURE = re.compile(r"hmac ([0-9a-f]{64})[ \t]*$")
_KEY = re.compile(rf"<!-- {KEY_MARK} (?P<key>[0-9a-f]{{16}}) -->[ \t]*$")


_END = re.compile("\n-->")
BLOCK_LINES = 4
"""Lines of a block before its end: marker, document, checksum, signature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Something that begins like a block; ``start`` and ``end`` are offsets in the body with ``\\n`` line ends."""

    start: int
    end: int
    schema: int
    kind: str
    document: str
    checksum: str
    signature: str
    whole: bool

    @property
    def payload(self) -> str:
        """What checksum and signature are taken over."""
        return f"{self.schema} {self.kind}\n{self.document}"


def key_marker(key: str) -> str:
    """A second, tiny comment that keeps the identity when the block is destroyed; empty for a foreign key."""
    return f"<!-- {KEY_MARK} {key} -->" if re.fullmatch(r"[0-9a-f]{16}", key) else ""


def found_keys(body: str) -> tuple[str, ...]:
    """The keys of all key markers outside code."""
    return tuple(match["key"] for _, line in visible_lines(body) if (match := _KEY.match(line)))


def candidates(body: str) -> tuple[Candidate, ...]:
    """Everything in a body that begins like a block, in its order."""
    text = body.replace("\r\n", "\n")
    ends = [match.start() for match in _END.finditer(text)]
    opened = [(start, match) for start, line in visible_lines(text) if (match := _OPEN.match(line))]
    return tuple(_candidate(text, start, match, ends=ends) for start, match in opened)


def without_blocks(body: str) -> str:
    """The body without anything that begins like a block; as it is, to the byte, when there is none."""
    found = candidates(body)
    text = body.replace("\r\n", "\n") if found else body
    for candidate in reversed(found):
        text = text[: candidate.start] + text[candidate.end :]
    return text


def visible_lines(body: str) -> list[tuple[int, str]]:
    """Lines outside fenced code, with their offsets."""
    lines: list[tuple[int, str]] = []
    fence = ""
    start = 0
    for line in body.replace("\r\n", "\n").split("\n"):
        match = _FENCE.match(line)
        if match and not fence:
            fence = "" if "`" in match["rest"] and match["run"][0] == "`" else match["run"]
        elif match and match["run"].startswith(fence) and not match["rest"].strip():
            fence = ""
        elif not fence:
            lines.append((start, line))
        start += len(line) + 1
    return lines


def _candidate(text: str, start: int, match: re.Match[str], *, ends: Sequence[int]) -> Candidate:
    closed = (at := bisect_left(ends, start)) < len(ends)
    end = ends[at] if closed else len(text)
    inner = _lines(text, start, end, most=BLOCK_LINES)[1:]
    checksum = next((found[1] for line in inner[1:3] if (found := _CHECKSUM.match(line))), "")
    signature = next((found[1] for line in inner[1:3] if (found := _SIGNATURE.match(line))), "")
    return Candidate(
        start=start,
        end=end + len("\n-->") if closed else len(text),
        schema=int(match["schema"] or 0),
        kind=match["kind"] or "",
        document=inner[0].rstrip(" \t\r") if inner else "",
        checksum=checksum,
        signature=signature,
        whole=closed and bool(checksum) and match["schema"] is not None,
    )


def _lines(text: str, start: int, end: int, *, most: int) -> list[str]:
    """The first lines of a stretch; a body of a thousand markers must not be cut apart a thousand times."""
    lines: list[str] = []
    while start <= end and len(lines) < most:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        lines.append(text[start:stop])
        start = stop + 1
    return lines
