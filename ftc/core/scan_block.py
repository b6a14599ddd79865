"""Where in a body a state block stands: line by line, as GitHub's Markdown sees comments, fences and quotes.

Rule: only a marker at the very start of a line outside fenced code is a candidate. Logs and people's words are shown
in fences, quotes and escaped HTML, so they cannot bring one in.
"""

import re
from dataclasses import dataclass

MARK = "flaky-test-cleaner:state"
KEY_MARK = "flaky-test-cleaner:key"

_OPEN = re.compile(rf"<!-- {MARK}(?: (?P<schema>\d{{1,9}}) (?P<kind>[a-z]{{1,40}}))?[ \t]*$")
_FENCE = re.compile(r" {0,3}(?P<run>`{3,}|~{3,})(?P<rest>.*)$")
_CHECKSUM = re.compile(r"sha256 ([0-9a-f]{64})[ \t]*$")
_SIGNATURE = re.compile(r"hmac ([0-9a-f]{64})[ \t]*$")
_KEY = re.compile(rf"<!-- {KEY_MARK} (?P<key>[0-9a-f]{{16}}) -->[ \t]*$")


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
    return tuple(match["key"] for _, line in _visible_lines(body) if (match := _KEY.match(line)))


def candidates(body: str) -> tuple[Candidate, ...]:
    """Everything in a body that begins like a block, in its order."""
    text = body.replace("\r\n", "\n")
    return tuple(_candidate(text, start, match) for start, line in _visible_lines(text) if (match := _OPEN.match(line)))


def without_blocks(body: str) -> str:
    """The body without anything that begins like a block; as it is, to the byte, when there is none."""
    found = candidates(body)
    text = body.replace("\r\n", "\n") if found else body
    for candidate in reversed(found):
        text = text[: candidate.start] + text[candidate.end :]
    return text


def _visible_lines(body: str) -> list[tuple[int, str]]:
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


def _candidate(text: str, start: int, match: re.Match[str]) -> Candidate:
    end = text.find("\n-->", start)
    closed = end >= 0
    inner = text[start : end if closed else len(text)].split("\n")[1:]
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
