"""The proof of a fix: against published tables, and against many simulated issues whose fixes do nothing, or half.

The simulated issues are proven as real ones are: each leg stops by itself, and all of them are judged together.
"""

import random
from dataclasses import dataclass, replace
from math import comb, log

import pytest

from ftc.core.stress import (
    ALPHA,
    EXCUSED,
    GOLDEN,
    Stratum,
    Tally,
    Verdict,
    alpha_of,
    failures_needed,
    finished,
    fisher,
    judge,
    lead_needed,
    pair_size,
    share_needed,
    shares,
    silent_runs,
    suffices,
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


@pytest.mark.parametrize(
    ("runs", "failed", "bound"),
    [
        # Clopper and Pearson's limits (one-sided, 95 %), as R's binom.test(…, alternative = "less") has them.
        (60, 1, 0.0766),
        (20, 3, 0.3437),
        (10, 10, 1.0),
        (2000, 1000, 0.5186),  # more ways than a float can hold
    ],
)
def test_upper_bound_with_failures(runs, failed, bound):
    found = upper_bound(runs, failed)
    assert found == pytest.approx(bound, abs=5e-5)
    if runs < 100 and failed < runs:
        fewer = sum(comb(runs, few) * found**few * (1 - found) ** (runs - few) for few in range(failed + 1))
        assert fewer == pytest.approx(ALPHA, abs=1e-6)


def test_all_attempts_together_stay_below_five_percent():
    """Also with the second way to be verified, by a lead."""
    assert [failures_needed(attempt) for attempt in (1, 2, 3, 4)] == [5, 7, 8, 9]
    assert [lead_needed(attempt) for attempt in (1, 2, 3, 4)] == [13, 16, 18, 19]
    assert all(GOLDEN ** -lead_needed(attempt) <= alpha_of(attempt) / EXCUSED for attempt in range(1, 60))
    assert sum(alpha_of(attempt) * (1 + 1 / EXCUSED) for attempt in range(1, 60)) < ALPHA


def test_a_walk_comes_to_a_height_as_seldom_as_is_said():
    """One up for heads, two down for tails: counted over all sequences, GOLDEN^-4 of them ever come to 4."""
    reached, places = 0.0, {0: 1.0}
    for _ in range(400):
        after: dict[int, float] = {}
        for place, chance in places.items():
            for to in (place + 1, place - 2):
                after[to] = after.get(to, 0.0) + chance / 2
        reached += after.pop(4, 0.0)
        places = after
    assert reached == pytest.approx(GOLDEN**-4, abs=1e-6)


B = frozenset({"b"})


def flaky(runs, target, other=0, silent=0):
    """A side with another failure that is known."""
    return Tally(runs=runs, target=target, other=other, silent=silent, others=B)


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
        # Another flake of the same test that was there before, and is gone as well, is no matter.
        ([stratum(flaky(99, 9, 1), Tally(runs=99))], 1, Verdict.VERIFIED),
        # It is still there: this needs more failures, of which those before outnumber twice those after by 13.
        ([stratum(flaky(60, 14, 1), flaky(60, 0, 1))], 1, Verdict.VERIFIED),
        ([stratum(flaky(60, 13, 1), flaky(60, 0, 1))], 1, Verdict.SUPPORTED),
        ([stratum(flaky(60, 16, 1), flaky(60, 0, 1))], 2, Verdict.SUPPORTED),
        ([stratum(flaky(60, 17, 1), flaky(60, 0, 1))], 2, Verdict.VERIFIED),
        # Many failures before, but hardly any in the way of the issue.
        ([stratum(flaky(200, 4, 40), flaky(200, 0, 1))], 1, Verdict.SUPPORTED),
        # Legs together, one of which saw the other failure.
        (
            [stratum(flaky(60, 14), flaky(60, 0, 2)), stratum(flaky(20, 3), flaky(20, 0), leg="mac")],
            1,
            Verdict.VERIFIED,
        ),
        # All failures of the test are another one now, which the base shows now and then: nothing is mended.
        ([stratum(flaky(15, 5, 1), flaky(15, 0, 6))], 1, Verdict.SUPPORTED),
        ([stratum(flaky(30, 14, 1), flaky(30, 0, 14))], 1, Verdict.DID_NOT_HOLD),
        # The target had hidden it, since a run ends at its first failure; all failures together fell to less than half.
        ([stratum(flaky(20, 17, 0), flaky(20, 0, 7))], 1, Verdict.SUPPORTED),
        # Another test fails in a known way, which is no failure of this one.
        ([stratum(flaky(99, 5), flaky(99, 0))], 1, Verdict.VERIFIED),
        # The process ends without a word where it failed before.
        ([stratum(Tally(runs=13, target=7), Tally(runs=9, silent=4))], 1, Verdict.SUPPORTED),
        ([stratum(Tally(runs=13, target=7), Tally(runs=6, silent=7))], 1, Verdict.DID_NOT_HOLD),
        # More of them vanish, though failures fell far enough.
        ([stratum(Tally(runs=99, target=40, silent=1), Tally(runs=98, silent=2))], 1, Verdict.SUPPORTED),
        ([stratum(Tally(runs=99, target=40, silent=1), Tally(runs=99, silent=1))], 1, Verdict.VERIFIED),
        ([stratum(Tally(runs=98, target=5, silent=2), Tally(runs=100))], 1, Verdict.VERIFIED),
        # A failure after that is excused, and fewer runs to fail in.
        ([stratum(flaky(100, 30), flaky(50, 0, 1))], 1, Verdict.SUPPORTED),
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


def drawn(rng, runs, rate):
    """How many of so many runs fail: from one failure to the next by the length of the pause, which takes less time."""
    if rate <= 0:
        return 0
    count, at = 0, -1
    while True:
        at += 1 + int(log(1 - rng.random()) / log(1 - rate))
        if at >= runs:
            return count
        count += 1


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Of one side: how often a run fails as the issue says, in another known way, and vanishes."""

    target: float = 0.0
    other: float = 0.0
    silent: float = 0.0


def batch(rng, size, rates):
    """What so many runs of one side count."""
    whole = rates.target + rates.other + rates.silent
    bad = [rng.random() * whole for _ in range(drawn(rng, size, whole))]
    target = sum(at < rates.target for at in bad)
    silent = sum(at >= whole - rates.silent for at in bad)
    other = len(bad) - target - silent
    return Tally(runs=size - silent, target=target, other=other, silent=silent, others=B)


def alone(rng, *, before, after, attempt, legs, quota):
    """One leg by itself: pairs until it needs no more, or its share of the quota is used up."""
    item, done = Stratum(leg="", amplifier=""), 0
    while done < quota and not finished([item], attempt=attempt, legs=legs):
        size = min(pair_size(done), quota - done)
        item = replace(item, before=item.before + batch(rng, size, before), after=item.after + batch(rng, size, after))
        done += size
    return item


def spread(rng, *, before, after, legs, candidates=3, quota=600, first=1):
    """One issue over legs, one candidate after the other: the last proof, and runs of a side of the slowest leg."""
    slowest = 0
    for attempt in range(first, first + candidates):
        found = [
            replace(alone(rng, before=before, after=after, attempt=attempt, legs=legs, quota=share), leg=str(number))
            for number, share in enumerate(shares(quota, legs))
        ]
        slowest += max(item.before.started for item in found)
        proof = judge(found, attempt=attempt)
        if proof.verdict is Verdict.VERIFIED:
            break
    return proof, slowest


ISSUES = 600
"""Simulated issues a rate: the standard error of a share of 5 % is 0.9 %."""
HALF_AS_OFTEN = {0.05: 0.114, 0.2: 0.084}
"""Of changes that halve the rate, the share of issues in which one is verified (docs/fix-runs.md)."""
STAYS = [(0.2, 0.05, 1, 0.99), (0.05, 0.01, 1, 0.95), (0.05, 0.01, 2, 0.74), (0.1, 0.1, 1, 0.39), (0.05, 0.1, 1, 0.03)]
"""Rate of the target and of another flake that stays, legs, and how often the mended target is verified (the same)."""
TOLD = (Verdict.VERIFIED, Verdict.SUPPORTED)
BOUNDED = [
    (Rates(target=0.1, other=0.03), Rates(other=0.08)),
    (Rates(target=0.1, other=0.1), Rates(other=0.1)),
    (Rates(target=0.2, other=0.02), Rates(other=0.02)),
    (Rates(target=0.1, silent=0.05), Rates(silent=0.05)),
]


def issues_of(before, after, *, legs=2, issues=ISSUES, **values):
    """Many issues."""
    rng = random.Random(repr((before, after, legs)))
    return [spread(rng, before=before, after=after, legs=legs, **values) for _ in range(issues)]


def verified(before, after, **values):
    """Share of the issues in which something was verified."""
    found = issues_of(before, after, **values)
    return sum(proof.verdict is Verdict.VERIFIED for proof, _ in found) / len(found)


RATES, FEW = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5), 300
"""Rates of a flake; and simulated issues where two or three standard errors below 5 % are expected."""
LEGS = [(rate, 2) for rate in RATES] + [
    pytest.param(rate, legs, marks=() if rate == 0.1 else pytest.mark.slow) for rate in RATES for legs in (1, 3, 4)
]


@pytest.mark.parametrize(("rate", "legs"), LEGS)
def test_fixes_that_do_nothing_are_hardly_ever_verified(rate, legs):
    """At most 5 % of the issues, over three candidates; half a standard error is left to the simulation."""
    assert verified(Rates(target=rate), Rates(target=rate), legs=legs) <= ALPHA + 0.009 * 0.5


@pytest.mark.parametrize("legs", [1, 2])
@pytest.mark.parametrize(("rate", "other"), [(0.05, 0.02), (0.2, 0.05), (0.1, 0.3)])
def test_fixes_that_do_nothing_to_a_test_with_two_flakes(rate, other, legs):
    same = Rates(target=rate, other=other)
    assert verified(same, same, legs=legs, issues=FEW) <= ALPHA


MOVED = [(0.1, 0.0), (0.1, 0.01), (0.1, 0.03), (0.2, 0.05), (0.05, 0.02), (0.02, 0.1), (0.5, 0.1)]
MOVES = [
    pytest.param(*rates, legs, marks=() if rates in MOVED[:4] and legs == 1 else pytest.mark.slow)
    for rates in MOVED
    for legs in (1, 2)
]


@pytest.mark.parametrize(("rate", "other", "legs"), MOVES)
def test_fixes_that_only_turn_one_failure_into_another_are_hardly_ever_verified(rate, other, legs):
    """As waiting turns a failed assertion into a time-out. Before all failures counted it was up to 60 %."""
    before, after = Rates(target=rate, other=other), Rates(other=rate + other)
    assert verified(before, after, legs=legs, issues=FEW) <= ALPHA


@pytest.mark.parametrize(("rate", "silent"), [(0.1, 0.0), (0.1, 0.03), (0.05, 0.1), (0.3, 0.05)])
def test_fixes_after_which_runs_vanish_instead_are_hardly_ever_verified(rate, silent):
    assert verified(Rates(target=rate, silent=silent), Rates(silent=rate + silent), legs=1, issues=FEW) <= ALPHA


@pytest.mark.parametrize("rate", [0.05, 0.2])
def test_many_orders_for_one_issue_share_the_five_percent(rate):
    """Ten proofs of one useless pull request, one after the other."""
    assert verified(Rates(target=rate), Rates(target=rate), legs=1, candidates=10, issues=300) <= ALPHA + 0.0126 * 0.5


@pytest.mark.parametrize(("rate", "documented"), HALF_AS_OFTEN.items())
def test_fixes_that_help_half_way_pass_as_often_as_the_manual_says(rate, documented):
    """Three standard errors either way. (2/3)^5 is the first candidate's chance where single runs stop it."""
    found = verified(Rates(target=rate), Rates(target=rate / 2))
    assert found == pytest.approx(documented, abs=3 * (documented * (1 - documented) / ISSUES) ** 0.5)


@pytest.mark.parametrize(("rate", "other", "legs", "documented"), STAYS)
def test_real_fixes_are_verified_although_another_flake_stays(rate, other, legs, documented):
    """As often as the manual says; a target that is rarer than the other failure hardly ever is."""
    found = verified(Rates(target=rate, other=other), Rates(other=other), legs=legs, issues=200, candidates=1)
    assert found == pytest.approx(documented, abs=max(0.01, 3 * (documented * (1 - documented) / 200) ** 0.5))


@pytest.mark.parametrize(("before", "after"), BOUNDED)
def test_the_bound_holds_what_it_says(before, after):
    """In at most 5 % of the issues people are told less than it still fails, though runs end by what is counted."""
    found = [proof for proof, _ in issues_of(before, after, legs=1, candidates=1)]
    rate = after.target + after.other + after.silent
    told = [proof for proof in found if proof.verdict in TOLD]
    assert len(told) > 200
    assert sum(proof.upper_bound < rate for proof in told) / len(found) <= ALPHA


@pytest.mark.parametrize("rate", [0.02, 0.2])
@pytest.mark.parametrize("legs", [1, 2, 4])
def test_real_fixes_are_verified(rate, legs):
    """What never fails again passes with the first candidate whenever the flake shows itself often enough."""
    found = verified(Rates(target=rate), Rates(), legs=legs, issues=200, candidates=1, quota=1500)
    assert found >= 0.99


def test_a_fifth_order_may_still_be_verified():
    """It needs ten failures, and has the runs for it."""
    assert verified(Rates(target=0.05), Rates(), issues=200, candidates=1, first=5) >= 0.99


@pytest.mark.parametrize("rate", [0.05, 0.2])
def test_more_legs_take_less_time(rate):
    """Runs of the slowest leg stand for time; shares are rounded up, so four legs gain little over two."""

    def mean(legs):
        found = issues_of(Rates(target=rate), Rates(), legs=legs, issues=200, candidates=1)
        return sum(runs for _, runs in found) / len(found)

    one, two, four = map(mean, (1, 2, 4))
    assert two < 0.85 * one
    assert four < 0.8 * one


def test_a_leg_that_excuses_a_failure_goes_on():
    item = stratum(flaky(30, 5), flaky(30, 0, 1))
    assert not finished([item], attempt=1)
    assert finished([stratum(flaky(30, 5), flaky(30, 0))], attempt=1)
    assert finished([stratum(flaky(90, 15), flaky(90, 0, 1))], attempt=1)
    assert finished([stratum(flaky(90, 2, 11), flaky(90, 0, 13))], attempt=1), "it lies so far behind that it gives up"
    assert finished([stratum(flaky(90, 5), flaky(90, 0, 7))], attempt=1), "others became more"


def test_a_candidate_needs_no_other_beside_it_only_where_it_holds():
    assert suffices([stratum(flaky(30, 3), flaky(30, 0))], attempt=1, legs=2)
    assert suffices([stratum(flaky(90, 15), flaky(90, 0, 1))], attempt=1)
    assert not suffices([stratum(flaky(30, 9), flaky(30, 1))], attempt=1)
    assert not suffices([stratum(flaky(30, 9), flaky(30, 0, 3))], attempt=1)
    assert not suffices([stratum(Tally(runs=90, target=40), Tally(runs=89, silent=1))], attempt=1)
    assert not suffices([stratum(Tally(runs=30, target=9), flaky(30, 0))], attempt=1), "a new way"


def test_shares_of_failures_add_up():
    assert [share_needed(1, legs) for legs in (1, 2, 3, 4, 5, 9)] == [5, 3, 2, 2, 1, 1]
    assert all(
        legs * share_needed(attempt, legs) >= failures_needed(attempt) for attempt in (1, 2, 3) for legs in (1, 2, 3, 4)
    )
    with pytest.raises(ValueError, match="at least one"):
        share_needed(1, 0)
