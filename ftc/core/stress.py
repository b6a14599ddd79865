"""Whether a fix is proven: failures before and after it, how many are enough, and what the counts allow to say.

The rule it keeps: a fix that changes nothing is called verified for at most 5 % of the issues, over all candidates,
rounds and legs of an issue together, whatever the rate of the flake. Runs before and after come in interleaved pairs of
batches of the same size, so a failure that the fix did not touch falls on either side like a fair coin; a fix is
verified when the first failures, as many as ``failures_needed`` says, all fell on the side before it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil, comb, log, log1p

ALPHA = 0.05
"""Largest chance, for one issue, that anything proposed for it is wrongly called verified (spec, section 9)."""
FIRST_FAILURES = 5
"""Failures that prove the first candidate: five coins in a row fall on one side with a chance of 1/32, about 3 %."""
FIRST_PAIR, LARGEST_PAIR = 5, 50
"""Runs of one batch: few at first, since a lively flake shows itself at once; later more, to start less often."""
GROWTH = 4
"""A batch is this part of what has been run, so that a late failure costs a quarter more and not twice as much."""


class Verdict(StrEnum):
    """What before and after say about a fix (spec, section 9)."""

    VERIFIED = "verified"
    SUPPORTED = "supported"
    """It failed before and not after, but not often enough to exclude chance."""
    NOT_REPRODUCED = "not-reproduced"
    DID_NOT_HOLD = "did-not-hold"
    NEW_SIGNATURE = "new-signature"
    """It fails after the fix in a way that it did not fail in before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Runs of one side: how many there were, how many failed in the way that is to be fixed, and other ways."""

    runs: int = 0
    target: int = 0
    others: frozenset[str] = frozenset()
    """Fingerprints of failures of another kind; those may be there before the fix, too."""

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(runs=self.runs + other.runs, target=self.target + other.target, others=self.others | other.others)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """Both sides of one leg under one amplifier; only like is compared with like."""

    leg: str
    amplifier: str
    before: Tally = Tally()
    after: Tally = Tally()


def joined(strata: Sequence[Stratum], more: Stratum) -> tuple[Stratum, ...]:
    """With further counts of one leg under one amplifier."""
    same = [item for item in strata if (item.leg, item.amplifier) == (more.leg, more.amplifier)]
    if not same:
        return (*strata, more)
    both = replace(more, before=same[0].before + more.before, after=same[0].after + more.after)
    return tuple(both if item is same[0] else item for item in strata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The verdict with its numbers; every one of them is printed where a fix is proposed."""

    verdict: Verdict
    before: Tally
    after: Tally
    p_value: float
    """Chance of these counts, or more telling ones, if the fix changed nothing."""
    alpha: float
    """The share of ``ALPHA`` that this attempt may use."""
    failures_needed: int
    upper_bound: float
    """95 % upper limit of the rate that remains after the fix."""


def alpha_of(attempt: int) -> float:
    """The share of ``ALPHA`` for the ``attempt``-th candidate or round of an issue, from 1 on.

    1/32 for the first, then 1/128, 1/256, …: however many follow, the sum stays below 3/64, which is 4.7 %.
    """
    return float(0.5 ** failures_needed(attempt))


def failures_needed(attempt: int) -> int:
    """Failures before, with none after, that prove the ``attempt``-th candidate or round of an issue: 5, 7, 8, 9, …"""
    if attempt < 1:
        raise ValueError(f"attempt {attempt}: they are counted from 1")
    return FIRST_FAILURES if attempt == 1 else FIRST_FAILURES + attempt


def pair_size(done: int) -> int:
    """Runs of each batch of the next pair, after ``done`` runs on either side."""
    return max(FIRST_PAIR, min(LARGEST_PAIR, done // GROWTH))


def shares(quota: int, legs: int) -> tuple[int, ...]:
    """Equal quotas of runs for so many legs; what does not divide is left out, since unequal ones would favour one."""
    return (quota // legs,) * legs if legs > 0 else ()


def share_needed(attempt: int, legs: int = 1) -> int:
    """Failures that one of so many legs contributes; all of them together have at least ``failures_needed``."""
    if legs < 1:
        raise ValueError(f"{legs} legs: there is at least one")
    return ceil(failures_needed(attempt) / legs)


def finished(strata: Iterable[Stratum], *, attempt: int, legs: int = 1) -> bool:
    """Whether the proof needs no further pair: a failure after the fix, or enough of them before it.

    With ``legs`` the strata are those of one leg of so many, which stops with its share: no leg sees what the others
    count, and so none stops because of it.
    """
    before, after = _sides(tuple(strata))
    return bool(after.target or after.others - before.others) or before.target >= share_needed(attempt, legs)


def judge(strata: Sequence[Stratum], *, attempt: int) -> Proof:
    """The verdict after complete pairs; call it when ``finished`` says so or when the budget of runs is spent."""
    before, after = _sides(tuple(strata))
    p_value = _all_before(strata)
    return Proof(
        verdict=_verdict(before, after, p_value=p_value, attempt=attempt),
        before=before,
        after=after,
        p_value=p_value,
        alpha=alpha_of(attempt),
        failures_needed=failures_needed(attempt),
        upper_bound=upper_bound(after.runs) if not after.target else 1.0,
    )


def _verdict(before: Tally, after: Tally, *, p_value: float, attempt: int) -> Verdict:
    if after.target:
        return Verdict.DID_NOT_HOLD
    if after.others - before.others:
        return Verdict.NEW_SIGNATURE
    if not before.target:
        return Verdict.NOT_REPRODUCED
    # Counted first, compared second: looking at the p-value after every batch would be a look too many.
    enough = before.target >= failures_needed(attempt) and p_value <= alpha_of(attempt)
    return Verdict.VERIFIED if enough else Verdict.SUPPORTED


def _sides(strata: tuple[Stratum, ...]) -> tuple[Tally, Tally]:
    return sum((item.before for item in strata), Tally()), sum((item.after for item in strata), Tally())


def _all_before(strata: Iterable[Stratum]) -> float:
    """Fisher's exact test over the strata, for no failure after: each stratum's failures all fell before by chance.

    A stratum whose sides differ, since a leg died, weighs its coin accordingly; with a failure after, 1.
    """
    chance = 1.0
    for item in strata:
        if item.after.target:
            return 1.0
        chance *= fisher(before=item.before.target, before_runs=item.before.runs, after=0, after_runs=item.after.runs)
    return chance


def fisher(*, before: int, before_runs: int, after: int, after_runs: int) -> float:
    """One-sided p of Fisher's exact test: as few or fewer of all failures after, if both sides fail alike.

    R. A. Fisher, "The Design of Experiments" (1935), chapter 2.
    """
    if not (0 <= before <= before_runs and 0 <= after <= after_runs):
        raise ValueError(f"{before} of {before_runs} and {after} of {after_runs} are no counts of failures")
    failures, runs = before + after, before_runs + after_runs
    fewer = range(max(0, failures - before_runs), after + 1)
    ways = sum(comb(after_runs, few) * comb(before_runs, failures - few) for few in fewer)
    return float(ways / comb(runs, failures))


def upper_bound(runs: int) -> float:
    """95 % upper limit of the rate behind so many runs without a failure; 1 without runs (Clopper and Pearson)."""
    return float(1 - ALPHA ** (1 / runs)) if runs > 0 else 1.0


def silent_runs(rate: float) -> int:
    """Fewest runs without a failure that exclude, at 95 %, a test that still fails at this rate per run."""
    if not 0 < rate < 1:
        raise ValueError(f"a rate of {rate} per run is none between 0 and 1")
    return ceil(log(ALPHA) / log1p(-rate))
