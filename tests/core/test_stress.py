"""The proof of a fix: against published tables, and against many simulated issues whose fixes do nothing, or half."""

import random
from dataclasses import replace

import pytest

from ftc.core.stress import (
    ALPHA,
    Stratum,
    Tally,
    Verdict,
    alpha_of,
    failures_needed,
    finished,
    fisher,
    judge,
    pair_size,
    share_needed,
    shares,
    silent_runs,
    upper_bound,
)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        # Fisher's lady tasting tea, with three of four and with all four cups right ("The Design of Experiments").
        ((3, 4, 1, 4), 0.242857),
        ((4, 4, 0, 4), 0.014286),
        # Convictions of the twins of criminals, 2 of 17 and 10 of 13: the example of R's fisher.test.
        ((10, 13, 2, 17), 0.000465),
        # Five against none of a hundred each, on which the protocol rests: 100·99·98·97·96 / 200·199·198·197·196.
        ((5, 100, 0, 100), 9_034_502_400 / 304_278_004_800),
        ((3, 100, 0, 100), 970_200 / 7_880_400),  # three against none proves nothing: about 0.12
        ((0, 10, 0, 10), 1.0),
    ],
)
def test_fisher_agrees_with_published_values(counts, expected):
    before, before_runs, after, after_runs = counts
    found = fisher(before=before, before_runs=before_runs, after=after, after_runs=after_runs)
    assert found == pytest.approx(expected, abs=5e-7)


@pytest.mark.parametrize(("rate", "runs"), [(0.5, 5), (0.2, 14), (0.1, 29), (0.05, 59), (0.02, 149), (0.01, 299)])
def test_silence_needed_agrees_with_the_known_table(rate, runs):
    assert silent_runs(rate) == runs
    assert (1 - rate) ** runs <= ALPHA < (1 - rate) ** (runs - 1)


@pytest.mark.parametrize(("runs", "bound"), [(0, 1.0), (1, 0.95), (10, 0.2589), (100, 0.0295), (300, 0.00994)])
def test_upper_bound_without_failures(runs, bound):
    """1 - 0.05^(1/n); for many runs the "rule of three", 3/n."""
    assert upper_bound(runs) == pytest.approx(bound, abs=5e-5)


def test_all_attempts_together_stay_below_five_percent():
    assert [failures_needed(attempt) for attempt in (1, 2, 3, 4)] == [5, 7, 8, 9]
    assert sum(alpha_of(attempt) for attempt in range(1, 60)) < ALPHA


def stratum(before, after, *, leg="linux", amplifier="race"):
    return Stratum(leg=leg, amplifier=amplifier, before=before, after=after)


@pytest.mark.parametrize(
    ("strata", "attempt", "verdict"),
    [
        ([stratum(Tally(runs=100, target=5), Tally(runs=100))], 1, Verdict.VERIFIED),
        # The same counts prove less when something was tried before.
        ([stratum(Tally(runs=100, target=5), Tally(runs=100))], 2, Verdict.SUPPORTED),
        ([stratum(Tally(runs=100, target=7), Tally(runs=100))], 2, Verdict.VERIFIED),
        ([stratum(Tally(runs=100, target=4), Tally(runs=100))], 1, Verdict.SUPPORTED),
        # Failures of several legs count together.
        (
            [
                stratum(Tally(runs=50, target=3), Tally(runs=50)),
                stratum(Tally(runs=50, target=2), Tally(runs=50), leg="mac"),
            ],
            1,
            Verdict.VERIFIED,
        ),
        # A leg whose second half died: six failures before, but hardly anything after them.
        ([stratum(Tally(runs=100, target=6), Tally(runs=10))], 1, Verdict.SUPPORTED),
        ([stratum(Tally(runs=100, target=5), Tally(runs=0))], 1, Verdict.SUPPORTED),
        ([stratum(Tally(runs=100, target=9), Tally(runs=100, target=1))], 1, Verdict.DID_NOT_HOLD),
        # Under the amplifier it held, plain it did not.
        (
            [
                stratum(Tally(runs=100, target=9), Tally(runs=100)),
                stratum(Tally(runs=20), Tally(runs=20, target=1), amplifier=""),
            ],
            1,
            Verdict.DID_NOT_HOLD,
        ),
        ([stratum(Tally(runs=100), Tally(runs=100))], 1, Verdict.NOT_REPRODUCED),
        ([stratum(Tally(runs=0), Tally(runs=0))], 1, Verdict.NOT_REPRODUCED),
        ([stratum(Tally(runs=99, target=9), Tally(runs=99, others=frozenset({"b"})))], 1, Verdict.NEW_SIGNATURE),
        # Another flake of the same test that was there before is not this fix's fault.
        (
            [stratum(Tally(runs=99, target=9, others=frozenset({"b"})), Tally(runs=99, others=frozenset({"b"})))],
            1,
            Verdict.VERIFIED,
        ),
    ],
)
def test_verdicts(strata, attempt, verdict):
    assert judge(strata, attempt=attempt).verdict is verdict


def test_the_numbers_are_those_of_the_counts():
    proof = judge([stratum(Tally(runs=100, target=5), Tally(runs=100))], attempt=1)
    assert proof.p_value == pytest.approx(9_034_502_400 / 304_278_004_800)
    assert proof.alpha == 1 / 32
    assert proof.upper_bound == pytest.approx(0.0295, abs=5e-5)
    assert judge([stratum(Tally(runs=9, target=9), Tally(runs=9, target=1))], attempt=1).upper_bound == 1.0


@pytest.mark.parametrize("wrong", [(5, 4, 0, 4), (-1, 4, 0, 4), (1, 4, 5, 4)])
def test_impossible_counts_are_refused(wrong):
    before, before_runs, after, after_runs = wrong
    with pytest.raises(ValueError, match="no counts of failures"):
        fisher(before=before, before_runs=before_runs, after=after, after_runs=after_runs)


def test_legs_share_equally():
    assert shares(100, 3) == (33, 33, 33)
    assert shares(100, 0) == ()


def test_batches_grow_with_what_was_run():
    assert [pair_size(done) for done in (0, 5, 20, 40, 100, 1000)] == [5, 5, 5, 10, 25, 50]


# --- many issues


def play(rng, *, rate, remaining, legs=2, candidates=3, quota=1500):
    """One issue: candidates one after the other until one is verified; both sides of each leg run for real chances."""
    for attempt in range(1, candidates + 1):
        strata = [Stratum(leg=str(leg), amplifier="") for leg in range(legs)]
        done = 0
        while done < quota and not finished(strata, attempt=attempt):
            size = pair_size(done)
            strata = [
                Stratum(
                    leg=item.leg,
                    amplifier="",
                    before=item.before + batch(rng, size, rate),
                    after=item.after + batch(rng, size, remaining),
                )
                for item in strata
            ]
            done += size
        if judge(strata, attempt=attempt).verdict is Verdict.VERIFIED:
            return True
    return False


def batch(rng, size, rate):
    return Tally(runs=size, target=sum(rng.random() < rate for _ in range(size)))


ISSUES = 600
"""Simulated issues a rate: the standard error of a share of 4 % is 0.8 %."""


def passed(rate, remaining, *, seed):
    rng = random.Random(seed)
    return sum(play(rng, rate=rate, remaining=remaining) for _ in range(ISSUES)) / ISSUES


@pytest.mark.parametrize("rate", [0.01, 0.02, 0.05, 0.1, 0.2])
def test_fixes_that_do_nothing_are_hardly_ever_verified(rate):
    """At most 5 % of the issues, over three candidates and two legs; three standard errors are left to chance."""
    assert passed(rate, rate, seed=int(1000 * rate)) <= ALPHA + 0.008 * 0.5


@pytest.mark.parametrize("rate", [0.05, 0.2])
def test_fixes_that_help_half_way_mostly_fail(rate):
    """(2/3)^5 + … : about a sixth of them pass, which docs/fix-runs.md says."""
    assert 0.08 <= passed(rate, rate / 2, seed=7) <= 0.30


@pytest.mark.parametrize("rate", [0.02, 0.2])
def test_real_fixes_are_verified(rate):
    """What never fails again passes with the first candidate whenever the flake shows itself often enough."""
    assert passed(rate, 0.0, seed=3) >= 0.99


# --- legs that do not see each other


def alone(rng, *, rate, remaining, attempt, legs, quota):
    """One leg by itself: pairs until its share of the failures or of the quota is reached."""
    item, done = Stratum(leg="", amplifier=""), 0
    while done < quota and not finished([item], attempt=attempt, legs=legs):
        size = min(pair_size(done), quota - done)
        item = replace(
            item, before=item.before + batch(rng, size, rate), after=item.after + batch(rng, size, remaining)
        )
        done += size
    return item


def spread(rng, *, rate, remaining, legs, candidates=3, quota=600):
    """One issue over legs: whether something was verified, and how many runs of a side the slowest leg had."""
    slowest = 0
    for attempt in range(1, candidates + 1):
        found = [
            replace(
                alone(rng, rate=rate, remaining=remaining, attempt=attempt, legs=legs, quota=share),
                leg=str(number),
            )
            for number, share in enumerate(shares(quota, legs))
        ]
        slowest += max(item.before.runs for item in found)
        if judge(found, attempt=attempt).verdict is Verdict.VERIFIED:
            return True, slowest
    return False, slowest


def spreads(*, rate, remaining, legs, issues=ISSUES, **values):
    """Share of the issues that were verified, and mean runs of the slowest leg."""
    rng = random.Random(int(1000 * rate) + legs)
    found = [spread(rng, rate=rate, remaining=remaining, legs=legs, **values) for _ in range(issues)]
    return sum(verified for verified, _ in found) / issues, sum(runs for _, runs in found) / issues


@pytest.mark.parametrize("legs", [1, 2, 3, 4])
@pytest.mark.parametrize("rate", [0.02, 0.1, 0.5])
def test_legs_that_stop_alone_hardly_ever_verify_what_does_nothing(rate, legs):
    assert spreads(rate=rate, remaining=rate, legs=legs, issues=300)[0] <= ALPHA + 0.0126 * 0.5


@pytest.mark.parametrize("rate", [0.05, 0.2])
def test_more_legs_take_less_time(rate):
    """Runs of the slowest leg stand for time; shares are rounded up, so four legs gain little over two."""
    one, two, four = (spreads(rate=rate, remaining=0.0, legs=legs, issues=200, candidates=1)[1] for legs in (1, 2, 4))
    assert two < 0.85 * one
    assert four < 0.8 * one


@pytest.mark.parametrize("legs", [2, 4])
def test_legs_verify_real_fixes(legs):
    assert spreads(rate=0.1, remaining=0.0, legs=legs, issues=200, candidates=1)[0] >= 0.99


def test_shares_of_failures_add_up():
    assert [share_needed(1, legs) for legs in (1, 2, 3, 4, 5, 9)] == [5, 3, 2, 2, 1, 1]
    assert all(
        legs * share_needed(attempt, legs) >= failures_needed(attempt) for attempt in (1, 2, 3) for legs in (1, 2, 3, 4)
    )
    with pytest.raises(ValueError, match="at least one"):
        share_needed(1, 0)
