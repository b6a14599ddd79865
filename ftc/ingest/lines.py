"""Byte chunks to text lines of bounded length, whatever the encoding.

Rule: memory is bounded by one chunk plus one line of ``MAX_LINE`` characters; no input is an error.
"""

import codecs
from collections.abc import Iterable, Iterator

MAX_LINE = 65_536
"""Characters kept of one line; a line of 100 MB is cut here while it streams by. Excerpts show 500 of them."""

CHUNK_SIZE = 262_144
"""Bytes read at a time: large enough that splitting, not reading, is what costs."""

_UTF16_PROBE = 64
"""Bytes looked at to find UTF-16 without a byte order mark: ASCII text in it has a NUL in every other byte."""

_UTF16_SHARE = 0.4
"""Share of NULs among the bytes of one parity from which a probe counts as UTF-16."""


def encoding_of(head: bytes) -> str:
    """Name of the codec for text that begins with ``head``: UTF-16 by its mark or its NULs, else UTF-8."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    probe = head[:_UTF16_PROBE]
    half = len(probe) // 2
    for codec, nuls, others in (("utf-16-le", probe[1::2], probe[0::2]), ("utf-16-be", probe[0::2], probe[1::2])):
        if half and nuls[:1] == b"\0" and nuls.count(0) / half >= _UTF16_SHARE and not others.count(0):
            return codec
    return "utf-8-sig"


def decoded(chunks: Iterable[bytes]) -> Iterator[str]:
    """The chunks as text; bytes that are not text become U+FFFD, stray NULs go."""
    decoder: codecs.IncrementalDecoder | None = None
    for chunk in chunks:
        if decoder is None:
            if not chunk:
                continue
            decoder = codecs.getincrementaldecoder(encoding_of(chunk))(errors="replace")
        yield _without_nul(decoder.decode(chunk))
    if decoder is not None:
        yield _without_nul(decoder.decode(b"", final=True))


def bounded_lines(chunks: Iterable[bytes], *, limit: int = MAX_LINE) -> Iterator[str]:
    """Lines without their ``\\n``, each cut to ``limit`` characters; a last line without an end counts too."""
    tail = ""
    for text in decoded(chunks):
        lines = text.split("\n")
        if tail:
            if len(tail) < limit:
                tail += lines[0][: limit - len(tail)]
            lines[0] = tail
        tail = lines.pop()[:limit]
        for line in lines:
            yield line if len(line) <= limit else line[:limit]
    if tail:
        yield tail


def _without_nul(text: str) -> str:
    return text.replace("\0", "") if "\0" in text else text
