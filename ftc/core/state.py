"""Flake, dashboard and watch page <-> the hidden block of an issue; what a block says counts only if all of it holds.

Rule: a block is one HTML comment with the document on one line of ASCII and a checksum below it. ``decode`` accepts
exactly one that stands outside code and quotes, is whole, unchanged, signed when a key is configured, and names the
object it was found in; everything else raises. Merging, sealing and compaction are re-exported for the callers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from ftc.core import sealed_block
from ftc.core.compaction import DEFAULT_BLOCK_CHARS, compact, compact_dashboard, compact_watch
from ftc.core.dashboard_document import dashboard_document, to_dashboard
from ftc.core.documents import MIGRATIONS, SCHEMA, Document, from_json, ref_json, to_json, to_ref, upgrade, whole
from ftc.core.errors import SchemaTooNew, StateUnreadable
from ftc.core.flake_document import flake_document, to_flake
from ftc.core.merging import add_occurrences, canonical, merge_dashboards, merge_flakes, merge_watch
from ftc.core.model import Dashboard, Flake, IssueRef
from ftc.core.rescue import Recovery, recover
from ftc.core.scan_block import MARK, Candidate, candidates, key_marker
from ftc.core.sealing import seal

__all__ = [
    "DEFAULT_BLOCK_CHARS",
    "MIGRATIONS",
    "SCHEMA",
    "WATCH_PAGES",
    "Block",
    "Recovery",
    "add_occurrences",
    "canonical",
    "compact",
    "compact_dashboard",
    "compact_watch",
    "decode",
    "digest",
    "encode_dashboard",
    "encode_flake",
    "encode_watch_page",
    "merge_dashboards",
    "merge_flakes",
    "merge_watch",
    "recover",
    "seal",
    "watch_page",
]

WATCH_PAGES = 16
"""Comments of the watch list, by the first hex digit of the key: an entry never moves (spec, section 3)."""

BlockKind = Literal["flake", "dashboard", "watch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One decoded block: ``flake``, ``dashboard`` or the ``flakes`` of watch page ``page``, by ``kind``."""

    kind: BlockKind
    where: IssueRef | None
    """The object the block names; None when it was written before its number was known."""
    digest: str
    flake: Flake | None = None
    dashboard: Dashboard | None = None
    page: int = 0
    flakes: tuple[Flake, ...] = ()

    @property
    def bound(self) -> bool:
        """Whether the block names the object it belongs to."""
        return self.where is not None


def watch_page(key: str) -> int:
    """The page of the watch list that holds an issue key, for good."""
    return int(key[0], WATCH_PAGES)


def encode_flake(flake: Flake, *, hmac_key: bytes | None = None, max_chars: int | None = None) -> str:
    """The block of a flake, preceded by a marker of its key alone; compacted first when ``max_chars`` is given."""
    if max_chars is not None:
        flake = compact(flake, max_chars=max_chars)
    block = _block("flake", flake_document(flake), hmac_key)
    marker = key_marker(flake.key)
    return f"{marker}\n{block}" if marker else block


def encode_dashboard(dashboard: Dashboard, *, hmac_key: bytes | None = None) -> str:
    """The block of the dashboard's body."""
    return _block("dashboard", dashboard_document(dashboard), hmac_key)


def encode_watch_page(
    page: int, flakes: Sequence[Flake], *, where: IssueRef | None = None, hmac_key: bytes | None = None
) -> str:
    """The block of one comment of the watch list."""
    if not 0 <= page < WATCH_PAGES:
        raise ValueError(f"page {page} of {WATCH_PAGES}")
    document: Document = {"page": page, "issue": ref_json(where), "flakes": [flake_document(item) for item in flakes]}
    return _block("watch", document, hmac_key)


def _block(kind: str, document: Document, hmac_key: bytes | None) -> str:
    payload = f"{SCHEMA} {kind}\n{to_json(document)}"
    return f"<!-- {MARK} {payload}\n{sealed_block.seal(MARK, payload, key=hmac_key)}"


def decode(body: str, *, where: IssueRef | None = None, hmac_key: bytes | None = None) -> Block:
    """The block of a body or comment; ``where`` is the object it was read from, None for a file.

    Blocks that name another object are passed over. Raises ``StateUnreadable`` when no block is left, when it is
    truncated, edited or wrongly signed, or when several disagree; ``SchemaTooNew`` when a newer version wrote it.
    """
    found = candidates(body)
    blocks: list[Block] = []
    problems: list[StateUnreadable] = []
    for candidate in found:
        try:
            blocks.append(_checked(candidate, where, hmac_key))
        except StateUnreadable as error:
            problems.append(error)
    newer = next((error for error in problems if isinstance(error, SchemaTooNew)), None)
    if newer:
        raise newer
    distinct = {block.digest: block for block in blocks if block.bound} or {block.digest: block for block in blocks}
    if len(distinct) > 1:
        raise StateUnreadable(f"{len(distinct)} different state blocks claim this object; none of them is believed")
    if not distinct:
        raise problems[0] if problems else StateUnreadable(_why_none(body))
    return next(iter(distinct.values()))


def _why_none(body: str) -> str:
    if MARK in body:
        return "the state block stands inside code or a quote, where it does not count"
    return "there is no state block: the body was not written by this program, or somebody removed it"


def _checked(candidate: Candidate, where: IssueRef | None, hmac_key: bytes | None) -> Block:
    """The block of a candidate; every check is one way in which it may have been forged or damaged."""
    if candidate.schema > SCHEMA:
        upgrade({}, candidate.kind, schema=candidate.schema)
    if not candidate.whole:
        raise StateUnreadable("the state block is truncated: its end or its checksum is missing")
    sealed_block.check_seal(
        MARK, candidate.payload, checksum=candidate.checksum, signature=candidate.signature, key=hmac_key
    )
    document = upgrade(from_json(candidate.document), candidate.kind, schema=candidate.schema)
    block = _read(candidate.kind, document, digest=candidate.checksum[:16])
    if where and block.where and not _same(block.where, where):
        raise StateUnreadable(f"the state block belongs to {_name(block.where)}, not to {_name(where)}")
    return block


def _read(kind: str, document: Document, *, digest: str) -> Block:
    if kind == "flake":
        flake = to_flake(document)
        return Block(kind="flake", where=flake.issue, digest=digest, flake=flake)
    if kind == "dashboard":
        dashboard = to_dashboard(document)
        return Block(kind="dashboard", where=dashboard.issue, digest=digest, dashboard=dashboard)
    if kind != "watch":
        raise SchemaTooNew(f"state blocks of kind {kind[:40]!r} are unknown to this version: a newer one wrote it")
    try:
        page, where = whole(document["page"]), to_ref(document["issue"])
        if not 0 <= page < WATCH_PAGES:
            raise ValueError(f"page {page} of {WATCH_PAGES}")
        flakes: Iterable[Document] = document["flakes"]
        return Block(kind="watch", where=where, digest=digest, page=page, flakes=tuple(map(to_flake, flakes)))
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        raise StateUnreadable(f"the watch page cannot be read ({error})") from error


def _same(one: IssueRef, two: IssueRef) -> bool:
    return (one.repo.lower(), one.issue, one.comment) == (two.repo.lower(), two.issue, two.comment)


def _name(ref: IssueRef) -> str:
    return f"{ref.repo}#{ref.issue}" + (f" (comment {ref.comment})" if ref.comment else "")


def digest(text: str) -> str:
    """16 hex digits of the first whole block in a text, empty without one; equal digests are equal states."""
    return next((item.checksum[:16] for item in candidates(text) if item.whole), "")
