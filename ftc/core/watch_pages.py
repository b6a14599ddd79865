"""The watch list: which of its pages must be written, and what stays on them.

The rule it keeps: an entry never moves page, and none is taken off for want of room without being named.
"""

from datetime import datetime, timedelta

from ftc.core.effects import SaveWatchPage
from ftc.core.judged import Judgement, Scan
from ftc.core.model import Flake
from ftc.core.state import watch_page

MOST_ON_PAGE = 40
"""Entries for which a page surely has room: 40,000 characters hold that many at the 1,000 that a short one needs."""
OVERDUE = timedelta(days=15)
"""How long an expired entry may wait for its page to be written for a better reason."""


def pages_to_write(
    scan: Scan, found: Judgement, *, filed: set[str]
) -> tuple[tuple[SaveWatchPage, ...], frozenset[str]]:
    """The pages that change, and the keys of the entries for which they have no room."""
    kept = {item.flake.key: item for item in found.watch if item.flake.key not in filed}
    dirty = {watch_page(key) for key, item in kept.items() if item.changed and not _expired(item.flake, scan.now, scan)}
    dirty |= {watch_page(flake.key) for flake in scan.watched if flake.key not in kept}
    dirty |= {watch_page(key) for key, item in kept.items() if _expired(item.flake, scan.now - OVERDUE, scan)}
    dirty |= _twice(scan.watched)
    entries = [item.flake for _, item in sorted(kept.items()) if not _expired(item.flake, scan.now, scan)]
    fitting = {page: _newest([flake for flake in entries if watch_page(flake.key) == page]) for page in sorted(dirty)}
    lost = {flake.key for flake in entries if watch_page(flake.key) in dirty} - {
        flake.key for flakes in fitting.values() for flake in flakes
    }
    return tuple(SaveWatchPage(page=page, flakes=flakes) for page, flakes in fitting.items()), frozenset(lost)


def _newest(entries: list[Flake]) -> tuple[Flake, ...]:
    """As many entries as a page has room for, those that failed last, in the order of their keys."""
    newest = sorted(entries, key=lambda flake: (flake.last_seen is not None, flake.last_seen, flake.key), reverse=True)
    return tuple(sorted(newest[:MOST_ON_PAGE], key=lambda flake: flake.key))


def _twice(watched: tuple[Flake, ...]) -> set[int]:
    """Pages that hold a key twice, as two scans at once can leave them."""
    keys = [flake.key for flake in watched]
    return {watch_page(key) for key in keys if keys.count(key) > 1}


def _expired(flake: Flake, now: datetime, scan: Scan) -> bool:
    # Within the window an entry must stay, or its runs would look unread and be read again in every scan.
    days = max(scan.thresholds.watch_days, scan.thresholds.window_days)
    return flake.last_seen is not None and flake.last_seen < now - timedelta(days=days)
