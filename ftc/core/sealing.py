"""Old occurrences become counters per (source, UTC day, signature), so that a state never outgrows its issue.

Rule: ``total`` never counts an occurrence twice and, as long as a day keeps its keys, never misses one, in whatever
order occurrences arrive. A day whose keys were dropped for room takes no more.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime

from ftc.core.model import DayCount, Flake, Occurrence

KEY_BITS = 32
"""Bits of an occurrence's hash within its day: 10,000 failures of one test on one day lose one of them to a
collision in 1 % of the cases; every further bit would cost 1,700 characters of such a day."""

Day = tuple[str, date]
Counts = Mapping[str, DayCount]


def key_hash(occurrence: Occurrence) -> int:
    """What a sealed day remembers of an occurrence."""
    parts = (occurrence.run, str(occurrence.attempt), occurrence.job)
    data = b"".join(b"%d:%s" % (len(raw), raw) for raw in (part.encode("utf-8", "surrogatepass") for part in parts))
    return int.from_bytes(hashlib.sha256(data).digest()[: KEY_BITS // 8], "big")


def seal(flake: Flake, before: datetime) -> Flake:
    """The flake with every occurrence created before that moment counted instead of kept.

    The horizon moves to the newest of them only, so a flake with nothing to seal stays the same to the byte.
    """
    old = [item.created for item in flake.occurrences if item.created < before]
    return seal_through(flake, max(old)) if old else flake


def seal_through(flake: Flake, horizon: datetime) -> Flake:
    """The flake with everything created at or before the new horizon counted; an older horizon changes nothing."""
    if flake.horizon is not None and horizon <= flake.horizon:
        return flake
    kept, moved = _split(flake.occurrences, horizon)
    return replace(flake, occurrences=kept, horizon=horizon, sealed=_with(flake.sealed, moved, late=False))


def absorb(flake: Flake, late: Iterable[Occurrence]) -> tuple[DayCount, ...]:
    """The counters with occurrences at or below the horizon that were never seen, where their day can tell."""
    return _with(flake.sealed, late, late=True)


def _split(
    occurrences: Iterable[Occurrence], horizon: datetime
) -> tuple[tuple[Occurrence, ...], tuple[Occurrence, ...]]:
    kept: list[Occurrence] = []
    moved: list[Occurrence] = []
    for item in occurrences:
        (kept if item.created > horizon else moved).append(item)
    return tuple(kept), tuple(moved)


def _with(sealed: Iterable[DayCount], occurrences: Iterable[Occurrence], *, late: bool) -> tuple[DayCount, ...]:
    by_day: dict[Day, list[Occurrence]] = defaultdict(list)
    for item in occurrences:
        by_day[item.source, item.day].append(item)
    counts = _by_day(sealed)
    for day, items in by_day.items():
        counts[day] = _add(counts.get(day, {}), day, items, late=late)
    return _flat(counts)


def _add(known: Counts, day: Day, items: Iterable[Occurrence], *, late: bool) -> Counts:
    added: dict[str, set[int]] = defaultdict(set)
    for item in items:
        added[item.fingerprint].add(key_hash(item))
    if whole(known):
        return join_day(known, _counts(day, added))
    if late:
        return known
    # The day was sealed in part and its keys dropped since: these are later than all it counted.
    more = _counts(day, added)
    return {
        mark: replace((known.get(mark) or more[mark]), count=_count(known, mark) + _count(more, mark), keys=())
        for mark in {*known, *more}
    }


def _count(counts: Counts, mark: str) -> int:
    return counts[mark].count if mark in counts else 0


def _counts(day: Day, keys: Mapping[str, set[int]]) -> Counts:
    source, when = day
    return {
        mark: DayCount(source=source, day=when, fingerprint=mark, count=len(found), keys=tuple(sorted(found)))
        for mark, found in keys.items()
        if found
    }


def whole(counts: Counts) -> bool:
    """Whether a day still knows every occurrence it counted; true for a day without any."""
    return all(len(item.keys) == item.count for item in counts.values())


def join_day(one: Counts, two: Counts) -> Counts:
    """Two countings of one day: united where both know their occurrences, else the larger count per signature."""
    if not (whole(one) and whole(two)):
        return {mark: _larger(one.get(mark), two.get(mark)) for mark in {*one, *two}}
    mark_of: dict[int, str] = {}
    for mark, item in [*one.items(), *two.items()]:
        for key in item.keys:
            mark_of[key] = max(mark, mark_of.get(key, mark))
    keys: dict[str, set[int]] = defaultdict(set)
    for key, mark in mark_of.items():
        keys[mark].add(key)
    day = next(((item.source, item.day) for item in [*one.values(), *two.values()]), None)
    return _counts(day, keys) if day else {}


def _larger(one: DayCount | None, two: DayCount | None) -> DayCount:
    found = max((item for item in (one, two) if item), key=lambda item: item.count)
    return replace(found, keys=())


def join_sealed(one: Iterable[DayCount], two: Iterable[DayCount]) -> tuple[DayCount, ...]:
    """Both countings joined day by day."""
    left, right = _by_day(one), _by_day(two)
    return _flat({day: join_day(left.get(day, {}), right.get(day, {})) for day in {*left, *right}})


def _by_day(sealed: Iterable[DayCount]) -> dict[Day, Counts]:
    days: dict[Day, dict[str, DayCount]] = defaultdict(dict)
    for item in sealed:
        days[item.source, item.day][item.fingerprint] = item
    return dict(days)


def _flat(counts: Mapping[Day, Counts]) -> tuple[DayCount, ...]:
    items = (item for day in counts.values() for item in day.values())
    return tuple(sorted(items, key=lambda item: (item.day, item.source, item.fingerprint)))


def without_keys(flake: Flake, days: int) -> Flake:
    """The flake whose oldest sealed days, that many, no longer know their occurrences."""
    oldest = set(sorted({(item.day, item.source) for item in flake.sealed if item.keys})[:days])
    return replace(
        flake,
        sealed=tuple(replace(item, keys=()) if (item.day, item.source) in oldest else item for item in flake.sealed),
    )
