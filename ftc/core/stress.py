"""Whether a fix is proven: failures before and after it, how many are enough, and what the counts allow to say.

The rule it keeps: a fix that changes nothing is called verified for at most 5 % of the issues, over all candidates,
rounds and legs of an issue together, whatever the rate of the flake. Runs before and after take turns, in pairs of
batches of the same size, so a failure that the fix did not touch falls on either side like a fair coin, and a spell of
failures (a busy minute, a port that stays taken) on both; a fix is verified when the first failures, as many as
``failures_needed`` says, all fell on the side before it. Where the test still fails in another way that was there
before, all its failures count, in whatever way: those before must outnumber twice those after by ``lead_needed``, which
excludes that the fix only turned one failure into another.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil, comb, exp, lgamma, log, log1p, sqrt

ALPHA = 0.05
"""Largest chance, for one issue, that anything proposed for it is wrongly called verified (spec, section 9)."""
FIRST_FAILURES = 5
"""Failures that prove the first candidate: five coins in a row fall on one side with a chance of 1/32, about 3 %."""
FIRST_PAIR, LARGEST_PAIR = 5, 50
"""Runs of one batch: few at first, since a lively flake shows itself at once; later more, to start less often."""
GOLDEN = (1 + sqrt(5)) / 2
"""A walk that goes one up for heads and two down for tails ever comes to a height h with a chance of GOLDEN^-h, since
GOLDEN is the solution above 1 of (x + 1/x^2) / 2 = 1 (it makes a martingale; J. Ville, 1939)."""
EXCUSED = 16
"""A proof that excuses failures is a second way to be verified: it has this part of the α of the first, so that both
together stay within 3/64 * 17/16, which is 4.98 %."""
GREW_BY = 7
"""Other failures after a fix, beyond twice those before it, that show that they became more, unless all failures
together fell to less than half: GOLDEN^-7 is 3.4 %."""
GROWTH = 4
"""A batch is this part of what has been run, so that a late failure costs a quarter more and not twice as much."""
BISECTIONS = 25
"""Halvings of an interval within 0 and 1, which leave less than could be printed."""


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
    """Those that say something."""
    target: int = 0
    other: int = 0
    """Runs without the target in which the test itself, or the run as a whole, failed in another way."""
    silent: int = 0
    """Runs beside ``runs`` that vanished without a word about the test."""
    others: frozenset[str] = frozenset()
    """Fingerprints of failures of another kind, those of other tests too; they may be there before the fix as well."""

    @property
    def started(self) -> int:
        """All runs."""
        return self.runs + self.silent

    @property
    def excused(self) -> int:
        """Runs without the target that did not go well: a fix is not to be called good for making more of them."""
        return self.other + self.silent

    @property
    def failed(self) -> int:
        """Runs that did not go well in any way; one that vanished may have failed."""
        return self.target + self.excused

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            runs=self.runs + other.runs,
            target=self.target + other.target,
            other=self.other + other.other,
            silent=self.silent + other.silent,
            others=self.others | other.others,
        )


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
    """Chance of these counts, or more telling ones, if the fix changed nothing; with ``lead_needed`` of such a lead."""
    alpha: float
    """The share of ``ALPHA`` that this attempt may use."""
    failures_needed: int
    upper_bound: float
    """95 % upper limit of the rate at which the test still fails after the fix, in any way."""
    attempt: int
    """Which candidate of the issue this is, from 1."""
    lead_needed: int = 0
    """Where failures after the fix are excused: by how much those before must outnumber twice those; else 0."""


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


def lead_needed(attempt: int) -> int:
    """By how much failures before must outnumber twice those after, if failures after are excused: 13, 16, 18, 19, …"""
    return ceil((failures_needed(attempt) * log(2) + log(EXCUSED)) / log(GOLDEN))


def finished(strata: Iterable[Stratum], *, attempt: int, legs: int = 1) -> bool:
    """Whether the proof needs no further pair: a failure after the fix that counts against it, or enough before it.

    With ``legs`` the strata are those of one leg of so many, which stops with its share: no leg sees what the others
    count, and so none stops because of it. One that excuses a failure goes on until its own lead suffices, or until
    it lies so far behind that it hardly ever will.
    """
    before, after = _sides(tuple(strata))
    lost = after.excused > 0 and _lead(before, after) <= -lead_needed(attempt)
    return _refuted(before, after) is not None or lost or _enough(before, after, attempt=attempt, legs=legs)


def suffices(strata: Iterable[Stratum], *, attempt: int, legs: int = 1) -> bool:
    """Whether one leg of so many has all that it can give to a proof that the fix holds."""
    before, after = _sides(tuple(strata))
    clean = _refuted(before, after) is None and after.silent <= before.silent
    return clean and _enough(before, after, attempt=attempt, legs=legs)


def judge(strata: Sequence[Stratum], *, attempt: int) -> Proof:
    """The verdict after complete pairs; call it when ``finished`` says so or when the budget of runs is spent."""
    before, after = _sides(tuple(strata))
    excuses = after.excused > 0
    target, whole = _all_before(strata), _all_fell(strata) if excuses else 0.0
    alpha = alpha_of(attempt)
    unlikely = target <= alpha and whole <= alpha / EXCUSED
    return Proof(
        verdict=_verdict(before, after, unlikely=unlikely, attempt=attempt),
        before=before,
        after=after,
        p_value=whole if excuses else target,
        alpha=alpha / EXCUSED if excuses else alpha,
        failures_needed=failures_needed(attempt),
        # Runs that go on because of a failure end at a good moment, which one failure more makes up for.
        upper_bound=1.0 if after.target else upper_bound(after.started, after.failed + excuses),
        attempt=attempt,
        lead_needed=lead_needed(attempt) if excuses else 0,
    )


def _verdict(before: Tally, after: Tally, *, unlikely: bool, attempt: int) -> Verdict:
    refuted = _refuted(before, after)
    if refuted is not None:
        return refuted
    if not before.target:
        return Verdict.NOT_REPRODUCED
    # Counted first, compared second: looking at the p-value after every batch would be a look too many.
    enough = _enough(before, after, attempt=attempt, legs=1) and after.silent <= before.silent
    return Verdict.VERIFIED if enough and unlikely else Verdict.SUPPORTED


def _refuted(before: Tally, after: Tally) -> Verdict | None:
    """What speaks against the fix, whatever else is counted."""
    if after.target:
        return Verdict.DID_NOT_HOLD
    if after.others - before.others:
        return Verdict.NEW_SIGNATURE
    # Failures that merely look for another way out did not become fewer. Where all of them did, the target had only
    # hidden the others: a run ends at its first failure.
    grew = after.excused - 2 * before.excused >= GREW_BY and _lead(before, after) < 0
    return Verdict.DID_NOT_HOLD if grew else None


def _enough(before: Tally, after: Tally, *, attempt: int, legs: int) -> bool:
    share = before.target >= share_needed(attempt, legs)
    return share and (not after.excused or _lead(before, after) >= lead_needed(attempt))


def _lead(before: Tally, after: Tally) -> int:
    return before.failed - 2 * after.failed


def _all_fell(strata: Iterable[Stratum]) -> float:
    """Largest chance of such a lead of all failures, at whatever moment one stops, if they did not become fewer.

    1 where a side before has more runs than its other side, since a failure is no fair coin there.
    """
    told = tuple(strata)
    unequal = any(item.before.started > item.after.started for item in told)
    return 1.0 if unequal else float(GOLDEN ** -max(0, _lead(*_sides(told))))


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


def upper_bound(runs: int, failed: int = 0) -> float:
    """95 % upper limit of the rate behind so many failures in so many runs; 1 without runs (Clopper and Pearson)."""
    if not 0 <= failed < runs:
        return 1.0
    if not failed:
        return float(1 - ALPHA ** (1 / runs))
    # By logarithms, since the numbers of ways leave what a float can hold.
    ways = [lgamma(runs + 1) - lgamma(few + 1) - lgamma(runs - few + 1) for few in range(failed + 1)]
    low, high = failed / runs, 1.0
    for _ in range(BISECTIONS):
        rate = (low + high) / 2
        odds, none = log(rate) - log1p(-rate), runs * log1p(-rate)
        as_few = sum(exp(way + few * odds + none) for few, way in enumerate(ways))
        low, high = (rate, high) if as_few > ALPHA else (low, rate)
    return high


def silent_runs(rate: float) -> int:
    """Fewest runs without a failure that exclude, at 95 %, a test that still fails at this rate per run."""
    if not 0 < rate < 1:
        raise ValueError(f"a rate of {rate} per run is none between 0 and 1")
    return ceil(log(ALPHA) / log1p(-rate))
