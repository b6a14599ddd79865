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

SPARE_BITS = 12
"""Bits a narrowed key keeps beyond twice the logarithm of its day's count: a loss in 0.01 % of the days."""

Day = tuple[str, date]
Counts = Mapping[str, DayCount]


def key_hash(occurrence: Occurrence) -> int:
    """What a sealed day remembers of an occurrence: a leading one, which tells its width, and 32 bits."""
    parts = (occurrence.run, str(occurrence.attempt), occurrence.job)
    data = b"".join(b"%d:%s" % (len(raw), raw) for raw in (part.encode("utf-8", "surrogatepass") for part in parts))
    return 1 << KEY_BITS | int.from_bytes(hashlib.sha256(data).digest()[: KEY_BITS // 8], "big")


def _width(key: int) -> int:
    return max(0, key.bit_length() - 1)


def _cut(key: int, width: int) -> int:
    return key >> max(0, _width(key) - width)


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
    """Whether a day still knows the occurrences it counted; true for a day without any."""
    return all(item.keys or not item.count for item in counts.values())


def join_day(one: Counts, two: Counts) -> Counts:
    """Two countings of one day: united where both know their occurrences, else the larger count per signature."""
    if not (whole(one) and whole(two)):
        return {mark: _larger(one.get(mark), two.get(mark)) for mark in {*one, *two}}
    both = [*one.values(), *two.values()]
    width = min((_width(key) for item in both for key in item.keys), default=KEY_BITS)
    return _united((both[0].source, both[0].day), [narrowed(item, width) for item in both]) if both else {}


def _united(day: Day, cut: Iterable[DayCount]) -> Counts:
    """One counting of all keys; an occurrence seen under two signatures counts under one of them."""
    mark_of: dict[int, str] = {}
    hidden: dict[str, int] = defaultdict(int)
    for item in cut:
        hidden[item.fingerprint] = max(hidden[item.fingerprint], item.count - len(item.keys))
        for key in item.keys:
            mark_of[key] = max(item.fingerprint, mark_of.get(key, item.fingerprint))
    keys: dict[str, set[int]] = defaultdict(set)
    for key, mark in mark_of.items():
        keys[mark].add(key)
    counts = _counts(day, keys)
    return {mark: replace(item, count=item.count + hidden[mark]) for mark, item in counts.items()}


def narrowed(item: DayCount, width: int) -> DayCount:
    """The count with shorter keys; occurrences that now share one stay counted."""
    return replace(item, keys=tuple(sorted({_cut(key, width) for key in item.keys})))


def with_narrow_keys(flake: Flake, bits: int) -> Flake:
    """The flake whose sealed days know their occurrences by keys that many bits shorter, where that is safe."""
    size: dict[Day, int] = defaultdict(int)
    for item in flake.sealed:
        size[item.source, item.day] += item.count
    widths = {day: max(KEY_BITS - bits, 2 * count.bit_length() + SPARE_BITS) for day, count in size.items()}
    return replace(flake, sealed=tuple(narrowed(item, widths[item.source, item.day]) for item in flake.sealed))


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
