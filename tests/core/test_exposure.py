"""Closing by exposure and verifying a merge: hand-computed numbers, then simulated flakes that never died."""

import math
import random
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftc.core.exposure import (
    AGE,
    LEAST_RUNS,
    Before,
    Ground,
    Held,
    Holds,
    Keep,
    Watched,
    closing,
    proof,
    silence,
    watched,
)
from ftc.core.model import DayCount, DayRuns
from tests.builders import NOON, a_flake, an_occurrence, days

OPEN = Held()


def seen(*at, until, runs=100):
    """Failures on these days after noon, watched until that day."""
    return Watched(moments=tuple(days(day) for day in at), runs=runs, until=days(until))


@pytest.mark.parametrize(
    ("case", "chance", "ground", "keeps", "why"),
    [
        # span 10, silence 91: (10/101)^2 = 0.009803
        (seen(0, 5, 10, until=101), 0.009803, Ground.EXPOSURE, (), "three failures, just enough"),
        # (10/100)^2 = 0.01, which is not below it; but 90 days have passed
        (seen(0, 5, 10, until=100), 0.01, Ground.AGE, (Keep.CHANCE,), "exactly 1 % is not below 1 %: age decides"),
        # (10/99)^2 = 0.010203
        (seen(0, 5, 10, until=99), 0.010203, None, (Keep.CHANCE,), "a day short of both"),
        # 11 failures over 100 days: (100/158)^10 = 0.010314, (100/159)^10 = 0.009684
        (seen(*range(0, 101, 10), until=158), 0.010314, None, (Keep.CHANCE,), "a lively flake, a day short"),
        (seen(*range(0, 101, 10), until=159), 0.009684, Ground.EXPOSURE, (), "a lively flake needs far less than 90"),
        (seen(0, 0.5, until=51), 1.0, None, (Keep.CHANCE,), "two failures in one night are one, and one has no rate"),
        # a burst of four on days 0 to 0.9, then 5 and 10: still (10/101)^2
        (seen(0, 0.1, 0.5, 0.9, 5, 10, until=101), 0.009803, Ground.EXPOSURE, (), "a burst counts once"),
        (seen(0, 1, 5, until=62), 0.006504, Ground.EXPOSURE, (), "exactly a day apart are two: (5/62)^2"),
        # twenty failures over 38 days but for a gap of 20: (38/51)^19 = 0.003733, yet silent for 13 days only
        (seen(*range(10), *range(29, 39), until=51), 0.003733, None, (Keep.GAP,), "as silent before"),
        # (38/58)^19 = 0.000324
        (seen(*range(10), *range(29, 39), until=58), 0.000324, None, (Keep.GAP,), "exactly as silent before"),
        (seen(0, 1, until=100), 0.01, Ground.AGE, (Keep.CHANCE,), "1/100 without rounding is not below 1 %"),
        (seen(0, until=89), 1.0, None, (Keep.CHANCE,), "one failure has no rate"),
        (seen(0, until=90), 1.0, Ground.AGE, (Keep.CHANCE,), "one failure, 90 days ago"),
        (seen(0, 5, 10, until=101, runs=19), 0.009803, Ground.AGE, (Keep.FEW_RUNS,), "19 runs; age decides"),
        (seen(0, 1, 5, until=62, runs=19), 0.006504, None, (Keep.FEW_RUNS,), "19 runs and not so old"),
        (seen(0, 1, 5, until=62, runs=20), 0.006504, Ground.EXPOSURE, (), "20 runs"),
        (seen(0, 5, 10, until=1000, runs=0), 0.000100, None, (Keep.NO_RUNS,), "nothing ran: no evidence, ever"),
        (seen(0, 5, 10, until=10), 1.0, None, (Keep.GAP, Keep.CHANCE), "it failed in the last run"),
        (seen(until=10), 1.0, None, (Keep.NO_RUNS,), "never failed: nothing to close"),
    ],
)
def test_closing(case, chance, ground, keeps, why):
    got = closing(case, OPEN)
    assert got.numbers.chance == pytest.approx(chance, abs=2e-6), why
    assert got.ground == ground, why
    assert got.keeps == keeps, why


def test_the_numbers_are_those_of_the_comment():
    got = silence(seen(0, 2, 10, until=60, runs=33))
    assert (got.failures, got.span, got.silence, got.longest_gap, got.runs) == (
        3,
        timedelta(days=10),
        timedelta(days=50),
        timedelta(days=8),
        33,
    )
    assert got.chance == pytest.approx((10 / 60) ** 2)


@pytest.mark.parametrize(
    ("held", "keeps"),
    [
        (Held(keep_open=True), (Keep.LABEL,)),
        (Held(assigned=True), (Keep.ASSIGNED,)),
        (Held(milestone=True), (Keep.MILESTONE,)),
        (Held(keep_open=True, assigned=True, milestone=True), (Keep.LABEL, Keep.ASSIGNED, Keep.MILESTONE)),
    ],
)
@pytest.mark.parametrize("case", [seen(0, 5, 10, until=101), seen(0, until=400)])
def test_what_people_hold_stays_open(case, held, keeps):
    got = closing(case, held)
    assert got.ground is None
    assert got.keeps[: len(keeps)] == keeps
    assert closing(case, OPEN).ground is not None


def test_only_watched_time_counts():
    """CI stood still from day 12 on: of 200 silent days two were watched."""
    flake = a_flake(
        an_occurrence(run="1", created=days(0)),
        an_occurrence(run="2", created=days(10)),
        exposure=(DayRuns(source="actions", day=days(11).date(), runs=50),),
    )
    got = watched(flake, now=days(210))
    assert got.runs == 50
    assert got.until == datetime.combine(days(12).date(), datetime.min.time(), UTC)
    assert closing(got, OPEN).ground is None


def test_failures_of_one_run_are_one_and_its_own_day_is_not_later():
    flake = a_flake(
        an_occurrence(run="1", job="linux", created=NOON),
        an_occurrence(run="1", job="mac", created=NOON),
        an_occurrence(run="1", job="mac", attempt=2, created=NOON),
        exposure=(DayRuns(source="actions", day=NOON.date(), runs=400),),
    )
    got = watched(flake, now=days(1))
    assert got.moments == (NOON,)
    assert got.runs == 0


def test_a_sealed_day_is_one_failure():
    flake = a_flake(
        an_occurrence(created=NOON),
        sealed=(
            DayCount(source="actions", day=date(2026, 1, 1), fingerprint="v1:a", count=500),
            DayCount(source="prow", day=date(2026, 1, 1), fingerprint="v1:b", count=3),
            DayCount(source="actions", day=NOON.date(), fingerprint="v1:a", count=2),
        ),
    )
    assert watched(flake, now=days(1)).moments == (datetime(2026, 1, 1, tzinfo=UTC), NOON)


def test_an_empty_history_is_watched_without_failing():
    got = watched(a_flake(), now=NOON)
    assert got == Watched(moments=(), runs=0, until=NOON)
    assert closing(got, OPEN).ground is None


@given(
    st.lists(st.floats(0, 400), min_size=1, max_size=12),
    st.floats(0, 400),
    st.integers(0, 60),
    st.floats(0, 100),
)
def test_more_silence_never_speaks_against_closing(at, more, runs, extra):
    end = max(at) + more
    sooner, later = (closing(seen(*at, until=until, runs=runs), OPEN) for until in (end, end + extra))
    assert later.numbers.chance <= sooner.numbers.chance
    assert later.ground or not sooner.ground
    assert set(later.keeps) <= set(sooner.keeps)


def _false_closings(gap, rng, *, flakes, failures=40, runs_a_day=10):
    """Of all silences of flakes that live on: how many were ended by a daily sweep before the next failure."""
    closed = silences = 0
    for _ in range(flakes):
        moments = [0.0]
        for _ in range(failures):
            following = moments[-1] + gap(rng)
            silences += 1
            # Waiting only helps, so the last sweep before the next failure decides for all of them.
            until = float(int(following))
            quiet = until - moments[-1]
            got = closing(seen(*moments, until=until, runs=max(0, int(quiet * runs_a_day))), OPEN)
            closed += got.ground is Ground.EXPOSURE
            moments.append(following)
    return closed / silences


@pytest.mark.parametrize("mean", [0.3, 2.0, 5.0])
def test_at_most_one_silence_in_a_hundred_of_a_living_flake_is_closed(mean):
    """Failures at random: the formula gives exactly 1 % for each silence, and the guards only lower it."""
    rate = _false_closings(lambda rng: rng.expovariate(1 / mean), random.Random(7), flakes=150)
    assert rate <= 0.01


def test_without_the_guards_the_formula_alone_gives_its_one_percent():
    """The simulation can fail: with neither gap nor runs asked for, it finds the stated rate and not less."""
    rng, below, trials = random.Random(3), 0, 20_000
    for _ in range(trials):
        gaps = [rng.expovariate(0.001) for _ in range(5)]  # so far apart that hardly two fall into one day
        moments = [sum(gaps[:n]) for n in range(5)]
        below += silence(seen(*moments, until=sum(gaps))).chance < 0.01
    assert below / trials == pytest.approx(0.01, abs=0.002)


@pytest.mark.parametrize(("within", "most"), [(0.02, 0.01), (0.3, 0.01), (1.0, 0.03)])
def test_flakes_that_come_in_bursts_are_hardly_ever_closed_falsely(within, most):
    """A few failures, then weeks of quiet: not what the formula assumes, so failures within a day count as one.

    With each of them counted, 5 to 6 % of these silences were closed. Bursts spread over several days remain: 2.6 %
    where failures inside of one are a day apart on average; such an issue is reopened by its next failure.
    """

    def bursts(rng):
        return rng.expovariate(1 / within) if rng.random() < 0.8 else rng.expovariate(1 / 20)

    assert _false_closings(bursts, random.Random(11), flakes=150) <= most


@pytest.mark.parametrize(
    ("failures", "before", "runs", "age", "outcome", "chance", "needed", "why"),
    [
        # Beta(5, 96): the mean of (1 - p)^n is the product of (96 + i) / (101 + i) for i below n
        (5, 100, 80, 20, Holds.WAIT, 0.05057, 81, "a 5 % flake, one run short"),
        (5, 100, 81, 20, Holds.VERIFIED, 0.04917, 81, "a 5 % flake; at exactly 5 % it would be 59"),
        (5, 100, 81, 13.9, Holds.WAIT, 0.04917, 81, "enough runs, but not 14 days"),
        (5, 100, 81, 14, Holds.VERIFIED, 0.04917, 81, "14 days to the second"),
        # Beta(1, 100): 100 / (100 + n)
        (1, 100, 1900, 30, Holds.WAIT, 0.05, 1901, "exactly 5 % is not below it"),
        (1, 100, 1901, 30, Holds.VERIFIED, 0.04998, 1901, "one failure says little: 299 would do at exactly 1 %"),
        (1, 100, 1900, 89, Holds.WAIT, 0.05, 1901, "one run short, a day to go"),
        (1, 100, 1900, 90, Holds.UNPROVEN, 0.05, 1901, "one run short after 90 days"),
        (1, 100, 1901, 90, Holds.VERIFIED, 0.04998, 1901, "proven on the last day"),
        (1, 100, 0, 60, Holds.WAIT, 1.0, 1901, "nothing ran"),
        (1, 100, 0, 90, Holds.UNPROVEN, 1.0, 1901, "nothing ran for 90 days"),
        # Beta(7, 1): 1/8, then 1/36
        (7, 7, 1, 14, Holds.WAIT, 0.125, 2, "it failed always; one pass could still be luck"),
        (7, 7, 2, 14, Holds.VERIFIED, 0.02778, 2, "two are proof"),
        (9, 7, 2, 14, Holds.VERIFIED, 0.02778, 2, "more failures than runs were seen"),
        (0, 100, 5000, 30, Holds.WAIT, 1.0, None, "no failure was observed: no rate, no proof"),
        (3, 0, 5000, 30, Holds.WAIT, 1.0, None, "no runs were observed: no rate, no proof"),
        (3, 0, 5000, 90, Holds.UNPROVEN, 1.0, None, "and none after 90 days"),
    ],
)
def test_after_a_merge(failures, before, runs, age, outcome, chance, needed, why):
    got = proof(Before(failures=failures, runs=before), runs=runs, merged=NOON, now=days(age))
    assert got.outcome == outcome, why
    assert got.chance == pytest.approx(chance, abs=1e-5), why
    assert got.runs_needed == needed, why


@given(st.integers(1, 400), st.integers(1, 400))
def test_the_runs_needed_are_the_fewest(failures, more):
    before = Before(failures=failures, runs=failures + more)
    needed = proof(before, runs=0, merged=NOON, now=NOON).runs_needed
    enough, short = (proof(before, runs=n, merged=NOON, now=days(20)) for n in (needed, needed - 1))
    assert enough.outcome is Holds.VERIFIED
    assert short.outcome is Holds.WAIT


def _false_proofs(true_rate, rng, *, history, trials=4000):
    """Of ineffective fixes whose flake was seen at least twice: how many were verified."""
    proven = fixes = 0
    while fixes < trials:
        failures = sum(rng.random() < true_rate for _ in range(history))
        if failures < 2:
            continue
        fixes += 1
        needed = proof(Before(failures=failures, runs=history), runs=0, merged=NOON, now=NOON).runs_needed
        proven += rng.random() < (1 - true_rate) ** needed
    return proven / fixes


@pytest.mark.parametrize("history", [2000, 200, 60])
def test_how_often_an_ineffective_fix_is_called_verified(history):
    """Stated: below 5 %, however short the history. With the rate taken as observed it was 4.7, 5.3 and 8.4 %."""
    assert _false_proofs(0.05, random.Random(5), history=history) <= 0.05


def test_with_much_history_it_is_little_more_than_at_the_true_rate():
    for rate in (0.01, 0.05, 0.2, 0.5):
        needed = proof(Before(failures=round(rate * 1e6), runs=10**6), runs=0, merged=NOON, now=NOON).runs_needed
        exact = math.ceil(math.log(0.05) / math.log(1 - rate))
        assert exact <= needed <= exact * 1.01 + 1


def test_the_figures_of_the_specification():
    assert timedelta(days=90) == AGE
    assert LEAST_RUNS == 20
