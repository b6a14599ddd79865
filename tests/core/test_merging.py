"""Merging and sealing: nothing is lost, nothing counts twice, and every state fits its issue."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftc.core.history import joined
from ftc.core.model import (
    Dashboard,
    DayCount,
    Grade,
    IndexEntry,
    IssueRef,
    Kind,
    LedgerEntry,
    ScanRecord,
    Signature,
    Status,
)
from ftc.core.state import (
    add_occurrences,
    canonical,
    compact,
    compact_dashboard,
    compact_watch,
    decode,
    encode_dashboard,
    encode_flake,
    encode_watch_page,
    merge_dashboards,
    merge_flakes,
    merge_watch,
    seal,
)
from tests.core.state_strategies import (
    BASE,
    KEY,
    flake,
    horizons,
    occurrence,
    small_dashboards,
    small_flakes,
    small_occurrences,
    wild_flakes,
)


@st.composite
def worlds(draw):
    """A small flake that may have been sealed at some moment."""
    value = canonical(draw(small_flakes))
    moment = draw(horizons)
    return seal(value, moment) if moment else value


def test_owners_once_named_stay():
    """A writer that lost them takes no mention away; two issues of one test keep the lead's, also when it has none."""
    named, unnamed = flake(occurrence(1), owners=("ada",), revision=1), flake(occurrence(2), revision=2)
    assert merge_flakes(named, unnamed).owners == merge_flakes(unnamed, named).owners == ("ada",)
    assert joined(named, replace(unnamed, owners=("aaron",))).owners == ("ada",)
    assert joined(unnamed, named).owners == ()


@settings(deadline=None, max_examples=100)
@given(worlds(), worlds())
def test_merge_is_commutative_and_idempotent(a, b):
    merged = merge_flakes(a, b)
    assert merged == merge_flakes(b, a)
    assert merge_flakes(merged, a) == merged
    assert merge_flakes(merged, merged) == merged
    assert merge_flakes(a, a) == a


@settings(deadline=None, max_examples=100)
@given(worlds(), worlds(), worlds())
def test_merge_is_associative(a, b, c):
    assert merge_flakes(merge_flakes(a, b), c) == merge_flakes(a, merge_flakes(b, c))


@settings(deadline=None, max_examples=80)
@given(worlds(), worlds())
def test_merge_loses_and_doubles_nothing(a, b):
    known = {item.key for side in (a, b) for item in side.occurrences}
    merged = merge_flakes(a, b)
    assert merged.total >= max(a.total, b.total, len(known))
    assert merged.total <= a.total + b.total
    assert all(merged.horizon is None or item.created > merged.horizon for item in merged.occurrences)


@settings(deadline=None, max_examples=40)
@given(wild_flakes, wild_flakes)
def test_merging_wild_states_of_one_flake_works(a, b):
    """Whatever texts and times a state holds, merging is commutative and its result can be written."""
    b = replace(b, key=a.key, test=a.test)
    merged = merge_flakes(a, b)
    assert merged == merge_flakes(b, a)
    assert decode(encode_flake(merged)).flake == merged


def test_merge_of_two_flakes_is_refused():
    with pytest.raises(ValueError, match="two flakes"):
        merge_flakes(flake(), replace(flake(), key="f" * 16))


def test_best_grade_and_every_detail_survive():
    slim = occurrence(1, sha="", url="", job_id="", grade=Grade.A_PLUS, proof="https://x/2")
    full = occurrence(1, grade=Grade.B, author="dev", passed_in_run=True)
    (merged,) = merge_flakes(flake(slim), flake(full)).occurrences
    assert merged == replace(full, grade=Grade.A_PLUS, proof="https://x/2")


def test_later_revision_decides_and_lowest_issue_stays():
    a = flake(status=Status.TRIAGED, revision=2, issue=IssueRef(repo="o/r", issue=9))
    b = flake(status=Status.VERIFIED, revision=1, issue=IssueRef(repo="o/r", issue=4))
    merged = merge_flakes(a, b)
    assert (merged.status, merged.issue.issue, merged.revision) == (Status.TRIAGED, 4, 2)


def test_seal_counts_by_source_day_and_signature():
    found = [occurrence(n) for n in range(30)] + [occurrence(5, source="prow")]
    sealed = seal(canonical(flake(*found)), BASE + timedelta(days=1))
    assert sealed.horizon == BASE + timedelta(hours=23)
    assert len(sealed.occurrences) == 6
    assert sealed.total == 31
    counts = {(item.source, item.day, item.fingerprint[3]): item.count for item in sealed.sealed}
    day = BASE.date()
    assert counts == {("actions", day, "a"): 12, ("actions", day, "b"): 12, ("prow", day, "b"): 1}
    assert (sealed.first_seen, sealed.last_seen) == (BASE, BASE + timedelta(hours=29))
    assert seal(sealed, BASE + timedelta(days=1)) == sealed


def test_nothing_to_seal_changes_nothing():
    """A horizon that moved with the clock would be a write in every scan."""
    value = canonical(flake(occurrence(100)))
    assert seal(value, BASE) == value


def test_late_occurrences_of_known_days():
    sealed = seal(canonical(flake(*[occurrence(n) for n in range(0, 48, 2)])), BASE + timedelta(days=2))
    assert add_occurrences(sealed, [occurrence(4)]) == sealed  # known
    assert add_occurrences(sealed, [occurrence(5)]).total == sealed.total + 1  # never seen, and the day can tell
    assert add_occurrences(sealed, [occurrence(-30)]).total == sealed.total + 1  # back-fill of an unsealed day
    closed = replace(sealed, sealed=tuple(replace(item, keys=()) for item in sealed.sealed))
    assert add_occurrences(closed, [occurrence(5)]) == closed  # the day forgot its occurrences: it is closed
    assert add_occurrences(closed, [occurrence(-30)]).total == closed.total + 1
    assert add_occurrences(closed, [occurrence(60)]).total == closed.total + 1


def test_days_without_keys_take_the_larger_count():
    day = BASE.date()
    one = flake(sealed=(DayCount(source="actions", day=day, fingerprint="v1:a", count=5),), horizon=BASE)
    two = flake(sealed=(DayCount(source="actions", day=day, fingerprint="v1:a", count=7),), horizon=BASE)
    assert merge_flakes(one, two).total == 7


def many(shape):
    rng = random.Random(3)
    if shape == "one moment":
        return [occurrence(n, created=BASE, author=f"dev{n % 50}") for n in range(10_000)]
    span = {"spread over a year": 365, "one day": 1, "the window": 7}[shape] * 86_400
    moments = sorted(rng.randrange(span) for _ in range(10_000))
    return [
        occurrence(
            at * 37 + n, created=BASE + timedelta(seconds=at), job=f"unit ({rng.randrange(10)})", pull_request=n // 9,
            author=f"dev{rng.randrange(50)}", sha=f"{rng.getrandbits(160):040x}", tree=f"{rng.getrandbits(160):040x}",
        )
        for n, at in enumerate(moments)
    ]  # fmt: skip


def excerpts(count):
    return tuple(
        Signature(
            fingerprint=f"v1:{n:016x}", text="boom", kind=Kind.PANIC, excerpt="line of a log\n" * 100,
            excerpt_at=BASE + timedelta(hours=n),
        )
        for n in range(count)
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["spread over a year", "one day", "the window", "one moment"])
def test_ten_thousand_occurrences_as_scans_see_them(shape):
    """Fed in order of time, some of them again and again; the block stays in its budget and the total is right."""
    found = many(shape)
    rng = random.Random(5)
    value = flake(signatures=excerpts(5))
    for start in range(0, 10_000, 2500):
        batch = found[start : start + 2500]
        again = rng.sample(found[max(0, start - 500) : start + 1000], 100)
        now = batch[-1].created
        value = compact(add_occurrences(value, [*batch, *again]), now=now, window=timedelta(days=7))
    block = encode_flake(value)
    assert value.total == 10_000
    assert len(block) <= 40_000
    assert decode(block).flake == value
    if shape != "one moment":
        assert len(value.occurrences) >= 20
        assert value.occurrences[:20] == tuple(
            sorted(found, key=lambda item: (item.created, item.key), reverse=True)[:20]
        )
    assert compact(value, now=found[-1].created, window=timedelta(days=7)) == value
    assert value.signatures[0].excerpt


@pytest.mark.parametrize("shape", ["spread over a year", "one day", "the window", "one moment"])
def test_ten_thousand_occurrences_in_any_order(shape):
    """Batches in random order, as back-fill may bring them: the block still stays in its budget, and counts all."""
    found = many(shape)
    rng = random.Random(11)
    rng.shuffle(found)
    value = flake()
    for start in range(0, 10_000, 2000):
        batch = found[start : start + 2000] + rng.sample(found[: start + 2000], 200)
        value = compact(add_occurrences(value, batch), now=BASE + timedelta(days=366), window=timedelta(days=7))
    assert len(encode_flake(value)) <= 60_000
    assert value.total == 10_000


@settings(deadline=None, max_examples=60)
@given(st.lists(small_occurrences, max_size=60), st.randoms(), st.integers(1, 9), st.integers(1500, 9000))
def test_total_is_right_in_any_order_and_budget(found, rng, size, budget):
    """As long as the days keep their keys, which they do in any budget that holds them."""
    order = [*found, *found[: len(found) // 2]]
    rng.shuffle(order)
    value = flake()
    for start in range(0, len(order), size):
        value = compact(add_occurrences(value, order[start : start + size]), max_chars=budget)
    assert value.total == len({item.key for item in found})
    if found:
        assert value.first_seen == min(item.created for item in found)
        assert value.last_seen == max(item.created for item in found)


def test_what_goes_first():
    value = canonical(flake(*[occurrence(n) for n in range(60)], signatures=excerpts(4)))
    size = len(encode_flake(value))
    little = compact(value, max_chars=size - 500)
    assert [bool(item.excerpt) for item in little.signatures] == [True, True, True, False]
    assert little.occurrences == value.occurrences
    less = compact(value, max_chars=6500)
    assert [bool(item.excerpt) for item in less.signatures] == [True, False, False, False]
    assert less.occurrences[:20] == value.occurrences[:20]
    assert len(less.occurrences) == 60
    least = compact(value, max_chars=4000)
    assert least.total == 60
    assert len(least.occurrences) < 60
    assert compact(value, max_chars=10**6) == value


def test_compaction_alone_never_loses_a_count_even_when_it_cannot_fit():
    value = canonical(flake(*[occurrence(n) for n in range(200)], framework="x" * 9000))
    assert compact(value, max_chars=2000).total == 200


@settings(deadline=None)
@given(small_dashboards, small_dashboards, small_dashboards)
def test_dashboards_merge_like_sets(a, b, c):
    merged = merge_dashboards(a, b)
    assert merged == merge_dashboards(b, a)
    assert merge_dashboards(merged, a) == merge_dashboards(merged, merged)
    assert merge_dashboards(merged, c) == merge_dashboards(a, merge_dashboards(b, c))
    for side in (a, b):
        assert merged.cursor is None or side.cursor is None or merged.cursor >= side.cursor
        assert {item.issue for item in side.index} <= {item.issue for item in merged.index}
        assert {item.issue for item in side.index if item.gone} <= {item.issue for item in merged.index if item.gone}


def test_dashboard_fits_its_issue():
    """A very busy repository: 500 managed issues and 9,000 runs in the window."""
    rng = random.Random(2)
    ledger = tuple(
        LedgerEntry(
            source="actions", run=str(10**10 + 37 * n), attempt=1, conclusion=rng.choice(["failure", "success"]),
            created=BASE + timedelta(seconds=60 * n), occurrences=rng.randrange(3),
        )
        for n in range(9000)
    )  # fmt: skip
    index = tuple(IndexEntry(issue=n, key=f"{n * 7919:016x}", digest=f"{n * 104729:016x}") for n in range(500))
    scans = tuple(
        ScanRecord(
            at=BASE + timedelta(hours=n), runs=1, failed_jobs=1, failures=1, filed=0, waiting=0, infra=0, requests=9
        )
        for n in range(99)
    )
    value = compact_dashboard(Dashboard(repo="o/r", ledger=ledger, index=index, scans=scans))
    assert len(encode_dashboard(value)) <= 40_000
    assert len(value.index) == 500
    assert len(value.ledger) > 1000
    assert value.ledger[0].created == ledger[-1].created
    assert len(value.scans) == 30


def test_watch_pages_merge_and_fit():
    entries = tuple(
        replace(
            flake(*[occurrence(50 * n + m) for m in range(5)], signatures=excerpts(2)),
            key=f"0{n:015x}", last_seen=BASE + timedelta(days=n),
        )
        for n in range(80)
    )  # fmt: skip
    merged = merge_watch(entries[:50], entries[30:])
    assert merged == merge_watch(entries[30:], entries[:50])
    assert [item.key for item in merged] == [item.key for item in entries]
    kept = compact_watch(merged, max_chars=60_000)
    assert len(encode_watch_page(0, kept)) <= 60_000
    assert kept[-1].key == entries[-1].key
    assert all(item.total == 5 for item in kept)
    assert len(kept) > 40


def test_times_without_occurrences():
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    assert canonical(flake(first_seen=moment, last_seen=moment)).first_seen == moment
    assert canonical(flake()).last_seen is None
    assert canonical(flake(key=KEY)).total == 0
