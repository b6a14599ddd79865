"""Make a state fit its issue: what is worth least goes first, and the count of occurrences never.

Rule: the newest occurrences stay in full; excerpts of older signatures go first, then details of older occurrences,
then days are sealed early, and last, sealed days forget which occurrences they counted.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from ftc.core.dashboard_document import dashboard_document
from ftc.core.documents import to_json
from ftc.core.flake_document import flake_document
from ftc.core.merging import canonical, canonical_dashboard
from ftc.core.model import Dashboard, Flake, Occurrence
from ftc.core.sealing import KEY_BITS, SPARE_BITS, seal, seal_through, with_narrow_keys, without_keys

DEFAULT_BLOCK_CHARS = 40_000
"""Characters of a block: a body has 60,000 (GitHub: 65,536), and people read the other third."""
BLOCK_FRAME_CHARS = 400
"""Markers, checksum and signature around the document."""
FULL_OCCURRENCES = 20
"""Newest occurrences that stay in full: what the issue shows as evidence."""
MAX_SIGNATURES = 30
"""Signatures kept when room is short; a test that fails in more ways is broken rather than flaky."""
MAX_AUDIT = 50
"""Audit entries kept when room is short; older ones remain in the edit history."""
MAX_SCANS = 30
"""Scan records kept: the dashboard shows a month of daily scans."""

PRECISION = 64
"""Parts of a step that are told apart: more halvings of 10,000 occurrences would cost seconds for a few of them."""

Step = Callable[[Flake, int], Flake]


def compact(
    flake: Flake,
    *,
    max_chars: int = DEFAULT_BLOCK_CHARS,
    now: datetime | None = None,
    window: timedelta | None = None,
) -> Flake:
    """The flake in canonical form, sealed up to the scan window, and small enough if it can be.

    Days that ended before ``now - window`` are sealed first. ``total`` stays; the result may exceed ``max_chars``
    only where names or single texts are that long.
    """
    flake = canonical(flake)
    if now is not None and window is not None:
        flake = seal(flake, datetime.combine((now - window).astimezone(UTC).date(), time(), UTC))
    for step, most in _steps(flake):
        if _chars(flake) <= max_chars:
            break
        flake = _least(flake, step, most=most, max_chars=max_chars)
    return flake


def _steps(flake: Flake) -> tuple[tuple[Step, int], ...]:
    """What to give up, in order, each with the largest useful amount."""
    older = max(0, len(flake.occurrences) - FULL_OCCURRENCES)
    days = len(
        {(item.source, item.day) for item in flake.sealed} | {(one.source, one.day) for one in flake.occurrences}
    )
    return (
        (_without_old_excerpts, len(flake.signatures) - 1),
        (_slimmed, older),
        (_without_old_audit, max(0, len(flake.audit) - MAX_AUDIT)),
        (_sealed_early, older),
        (with_narrow_keys, KEY_BITS - SPARE_BITS),
        (without_keys, days),
        (lambda item, count: replace(item, signatures=item.signatures[: len(item.signatures) - count]),
         max(0, len(flake.signatures) - MAX_SIGNATURES)),
        (_without_texts, 3),
    )  # fmt: skip


def _least(flake: Flake, step: Step, *, most: int, max_chars: int) -> Flake:
    """The step taken about as little as suffices, found by halving; taken whole when nothing suffices."""
    low, high = 0, max(0, most)
    if _chars(whole := step(flake, high)) > max_chars:
        return whole
    while high - low > 1 + most // PRECISION:
        middle = (low + high) // 2
        if _chars(step(flake, middle)) <= max_chars:
            high = middle
        else:
            low = middle
    return step(flake, high)


def _chars(flake: Flake) -> int:
    return len(to_json(flake_document(flake))) + BLOCK_FRAME_CHARS


def _without_old_excerpts(flake: Flake, count: int) -> Flake:
    """Without the excerpts of that many signatures, oldest first; their links stay."""
    if count <= 0:
        return flake
    kept, bare = flake.signatures[:-count], flake.signatures[-count:]
    return replace(flake, signatures=(*kept, *(replace(item, excerpt="", message="") for item in bare)))


def _slimmed(flake: Flake, count: int) -> Flake:
    """With that many oldest occurrences reduced to what counting and grading need."""
    cut = len(flake.occurrences) - count
    return replace(flake, occurrences=(*flake.occurrences[:cut], *map(_slim, flake.occurrences[cut:])))


def _slim(item: Occurrence) -> Occurrence:
    return replace(item, job_id="", sha="", tree="", url="", proof="", event="", branch="")


def _without_old_audit(flake: Flake, count: int) -> Flake:
    return replace(flake, audit=flake.audit[count:])


def _sealed_early(flake: Flake, count: int) -> Flake:
    """With at least that many oldest occurrences sealed; those of one moment go together."""
    if count <= 0:
        return flake
    return seal_through(flake, flake.occurrences[len(flake.occurrences) - count].created)


def _without_texts(flake: Flake, count: int) -> Flake:
    """The last resort: first the newest excerpt goes, then the evidence, then the audit trail."""
    if count > 0:
        flake = replace(flake, signatures=tuple(replace(item, excerpt="", message="") for item in flake.signatures))
    if count > 1 and flake.verdict is not None:
        flake = replace(flake, verdict=replace(flake.verdict, evidence=(), surer=()))
    return replace(flake, audit=()) if count > 2 else flake


def compact_dashboard(dashboard: Dashboard, *, max_chars: int = DEFAULT_BLOCK_CHARS) -> Dashboard:
    """The dashboard in canonical form and small enough: old scan records go first, then the oldest read runs.

    A forgotten run is read again and its occurrences are known already: that costs requests and nothing else.
    """
    dashboard = canonical_dashboard(dashboard)
    dashboard = replace(dashboard, scans=dashboard.scans[:MAX_SCANS])
    while dashboard.ledger and len(to_json(dashboard_document(dashboard))) + BLOCK_FRAME_CHARS > max_chars:
        dashboard = replace(dashboard, ledger=dashboard.ledger[: len(dashboard.ledger) * 9 // 10])
    return dashboard


def compact_watch(
    flakes: tuple[Flake, ...],
    *,
    max_chars: int = DEFAULT_BLOCK_CHARS,
    now: datetime | None = None,
    window: timedelta | None = None,
) -> tuple[Flake, ...]:
    """A watch page small enough: every entry gets a fair share, then entries not seen for longest go."""
    kept = tuple(canonical(item) for item in flakes)
    if sum(map(_chars, kept)) > max_chars and kept:
        kept = tuple(compact(item, max_chars=max_chars // len(kept), now=now, window=window) for item in kept)
    newest = sorted(kept, key=lambda item: (item.last_seen is not None, item.last_seen), reverse=True)
    while newest and sum(map(_chars, newest)) > max_chars:
        newest.pop()
    return tuple(sorted(newest, key=lambda item: item.key))
