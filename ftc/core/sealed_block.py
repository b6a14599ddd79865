"""The seal below a hidden block's document, and the one sealed block in a text.

Rule: a block counts only outside code and quotes, once in its text, whole, unchanged and, where blocks are signed, with
our signature over its document and its kind, so that none can be passed off as one of another kind.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass

from ftc.core.errors import StateUnreadable
from ftc.core.scan_block import visible_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedBlock:
    """A block whose seal holds."""

    version: int
    """0 for a block of a kind that has no version in its first line."""
    document: str


def seal(mark: str, payload: str, *, key: bytes | None = None) -> str:
    """What ends a block below its payload: the checksum, with a key the signature, and the end of the comment."""
    signature = f"hmac {_hmac(mark, payload, key)}\n" if key else ""
    return f"sha256 {_sum(payload)}\n{signature}-->"


def check_seal(mark: str, payload: str, *, checksum: str, signature: str, key: bytes | None = None) -> None:
    """Raise ``StateUnreadable`` unless the seal is that of the payload; without a key a signature is not looked at."""
    kind = mark.rpartition(":")[2]
    if not hmac.compare_digest(_sum(payload), checksum):
        raise StateUnreadable(f"the {kind} block was edited by hand: its checksum does not match")
    if key and not hmac.compare_digest(_hmac(mark, payload, key), signature):
        raise StateUnreadable(f"the {kind} block is not signed with the configured key: another workflow wrote it")


def lone_block(body: str, mark: str, *, key: bytes | None = None) -> SealedBlock:
    """The only block with this mark in a text, checked; raises ``StateUnreadable``."""
    text = body.replace("\r\n", "\n")
    starts = {start for start, _ in visible_lines(text)} if mark in text else set()
    found = [match for match in _pattern(mark).finditer(text) if match.start() in starts]
    if len(found) != 1:
        raise StateUnreadable(f"there is not exactly one whole {mark.rpartition(':')[2]} block")
    version, document = found[0]["version"], found[0]["document"]
    payload = f"{version}\n{document}" if version else document
    check_seal(mark, payload, checksum=found[0]["sum"], signature=found[0]["signature"] or "", key=key)
    return SealedBlock(version=int(version or 0), document=document)


def _pattern(mark: str) -> re.Pattern[str]:
    return re.compile(
        rf"^<!-- {mark}(?: (?P<version>\d{{1,9}}))?\n(?P<document>[^\n]*)\nsha256 (?P<sum>[0-9a-f]{{64}})\n"
        r"(?:hmac (?P<signature>[0-9a-f]{64})\n)?-->[ \t]*$",
        re.MULTILINE,
    )


def _sum(payload: str) -> str:
    return hashlib.sha256(payload.encode()).hexdigest()


def _hmac(mark: str, payload: str, key: bytes) -> str:
    return hmac.new(key, f"{mark} {payload}".encode(), hashlib.sha256).hexdigest()
