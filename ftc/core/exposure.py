"""When silence means that a flake is gone: closing by exposure, and proof that a merged fix holds.

Rule: only runs are evidence. Time in which nothing ran proves nothing, and every decision carries the numbers that
made it. The formulas and figures are those of the specification, section 11.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from math import exp, lgamma

from ftc.core.model import Flake

CHANCE = 0.01
"""Largest chance of a silence like this for a flake as lively as ever, below which it counts as gone. For failures
that come at random this is, for each silence, exactly the share of live flakes that are closed."""
LEAST_RUNS = 20
"""Runs of the job since the last failure; fewer can miss even a lively flake."""
BURST = timedelta(days=1)
"""Failures so close to a counted one are counted with it: a bad night is one event, and a flake that fails in bursts
would else look far livelier than it is. Measured on flakes of bursts with weeks of quiet between them: 1 % of the
silences are closed falsely, with every failure counted 5.4 %."""
AGE = timedelta(days=90)
"""Silence after which an issue is closed though it proves little: its logs are gone by then."""
UNFIXED = 0.05
"""Largest chance that an unfixed flake stayed silent, below which a fix is verified."""
LEAST_AGE = timedelta(days=14)
"""Time a merged fix is watched at least: two weeks see each weekday and most load twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What was seen of a flake: its failures, and how much ran since the last one."""

    moments: tuple[datetime, ...]
    """Independent failures: one for each run that failed, however many of its jobs did; in order, without repeats."""
    runs: int
    """Runs of its jobs since the last failure."""
    until: datetime
    """The end of the last day on which they ran; later silence is nobody's."""


def watched(flake: Flake, *, now: datetime) -> Watched:
    """What the flake's history says; where it keeps days only, it is read so that the flake lives longer.

    A sealed day counts as one failure at its start, and runs of the last failure's own day do not count as later.
    """
    by_run: dict[tuple[str, str], datetime] = {}
    for item in flake.occurrences:
        by_run[item.source, item.run] = min(item.created, by_run.get((item.source, item.run), item.created))
    moments = set(by_run.values()) | ({flake.last_seen} if flake.last_seen else set())
    known = {moment.date() for moment in moments}
    moments |= {datetime.combine(item.day, time(), UTC) for item in flake.sealed if item.day not in known}
    last = max(moments, default=now)
    later = [item for item in flake.exposure if item.day > last.date() and item.runs > 0]
    days = [datetime.combine(item.day, time(), UTC) + timedelta(days=1) for item in later]
    return Watched(
        moments=tuple(sorted(moments)),
        runs=sum(item.runs for item in later),
        until=min(now, max(days, default=last)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """The numbers behind a closing, for its comment."""

    failures: int
    """Independent ones: those within a day of a counted one are counted with it."""
    span: timedelta
    """From the first failure to the last."""
    silence: timedelta
    """From the last failure to the end of what was watched."""
    longest_gap: timedelta
    """Between two failures."""
    runs: int
    chance: float
    """p = (span / (span + silence)) ** (failures - 1): how likely so long a silence is if nothing has changed."""


def silence(seen: Watched) -> Silence:
    """The numbers of this silence; a chance of 1 where a single failure has no span to compare with."""
    moments = sorted(set(seen.moments))
    if not moments:
        nothing = timedelta(0)
        return Silence(failures=0, span=nothing, silence=nothing, longest_gap=nothing, runs=seen.runs, chance=1.0)
    span = moments[-1] - moments[0]
    quiet = max(timedelta(0), seen.until - moments[-1])
    gaps = (later - earlier for earlier, later in pairwise(moments))
    failures = _independent(moments)
    return Silence(
        failures=failures,
        span=span,
        silence=quiet,
        longest_gap=max(gaps, default=timedelta(0)),
        runs=seen.runs,
        chance=_chance(span, quiet, failures),
    )


def _independent(moments: Sequence[datetime]) -> int:
    """How many failures there are when those within ``BURST`` of a counted one go with it; ``moments`` in order."""
    count, counted = 0, None
    for moment in moments:
        if counted is None or moment - counted >= BURST:
            count, counted = count + 1, moment
    return count


def _chance(span: timedelta, quiet: timedelta, failures: int) -> float:
    if failures < 2 or not quiet:
        return 1.0
    ratio: float = span / (span + quiet)
    return ratio ** (failures - 1)


class Keep(StrEnum):
    """Why an issue stays open."""

    LABEL = "keep-open"
    ASSIGNED = "assigned"
    MILESTONE = "milestone"
    NO_RUNS = "no-runs"
    """Nothing ran since; that is no evidence, however long it lasts."""
    FEW_RUNS = "few-runs"
    GAP = "gap"
    """It has been silent as long before."""
    CHANCE = "chance"
    """So long a silence is still likely."""


class Ground(StrEnum):
    """Why an issue is closed."""

    EXPOSURE = "exposure"
    AGE = "age"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Whether to close an issue: on a ground, or not and why; both when age decides over what is still missing."""

    ground: Ground | None
    keeps: tuple[Keep, ...]
    numbers: Silence


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What people did to keep an issue open."""

    keep_open: bool = False
    assigned: bool = False
    milestone: bool = False


def closing(seen: Watched, held: Held) -> Closing:
    """Whether this silence closes the issue, with its numbers and with everything that speaks against it."""
    numbers = silence(seen)
    wanted = {Keep.LABEL: held.keep_open, Keep.ASSIGNED: held.assigned, Keep.MILESTONE: held.milestone}
    exempt = tuple(keep for keep, found in wanted.items() if found)
    if not numbers.runs or not numbers.failures:
        return Closing(ground=None, keeps=(*exempt, Keep.NO_RUNS), numbers=numbers)
    weak = {
        Keep.FEW_RUNS: numbers.runs < LEAST_RUNS,
        Keep.GAP: numbers.silence <= numbers.longest_gap,
        Keep.CHANCE: numbers.chance >= CHANCE,
    }
    doubts = tuple(keep for keep, found in weak.items() if found)
    ground = Ground.EXPOSURE if not doubts else Ground.AGE if numbers.silence >= AGE else None
    return Closing(ground=None if exempt else ground, keeps=(*exempt, *doubts), numbers=numbers)


class Holds(StrEnum):
    """What the time after a merge has shown so far."""

    WAIT = "wait"
    VERIFIED = "verified"
    UNPROVEN = "unproven"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the time after a merge has shown, and its numbers for the comment."""

    outcome: Holds
    rate: float
    """Failures per run before the fix; 0 when unknown."""
    runs: int
    """Runs that contain the fix, none of which failed."""
    age: timedelta
    chance: float
    """How likely this silence is if nothing was fixed, given what is known of the rate."""
    runs_needed: int | None
    """Runs at which the chance is small enough; None when the rate is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """How often the test failed before its fix: failed runs of the observed ones."""

    failures: int
    runs: int

    @property
    def rate(self) -> float:
        """The flake's own rate per run; 0, which proves nothing, where no run was observed."""
        return min(1.0, max(0, self.failures) / self.runs) if self.runs > 0 else 0.0


def proof(before: Before, *, runs: int, merged: datetime, now: datetime) -> Proof:
    """Whether a fix is proven by ``runs`` that contain it and did not fail; call it while none of them did.

    The rate is only known from a sample. Taken as observed it calls 5 to 8 % of the ineffective fixes verified; so
    the chance is the mean over all rates that the sample leaves possible, weighted as the lower Clopper-Pearson limit
    weighs them (``core.binomial``): a Beta distribution of ``failures`` and ``runs - failures + 1``.
    """
    age, chance = now - merged, _silent(before, runs)
    proven = chance < UNFIXED and age >= LEAST_AGE
    outcome = Holds.VERIFIED if proven else Holds.UNPROVEN if age >= AGE else Holds.WAIT
    return Proof(outcome=outcome, rate=before.rate, runs=runs, age=age, chance=chance, runs_needed=_needed(before))


def _silent(before: Before, runs: int) -> float:
    """The chance that so many runs pass: the mean of ``(1 - rate) ** runs`` over that distribution."""
    if runs <= 0 or before.rate <= 0:
        return 1.0
    failed = min(before.failures, before.runs)
    passed = before.runs - failed + 1
    return exp(lgamma(passed + runs) - lgamma(passed) + lgamma(passed + failed) - lgamma(passed + failed + runs))


def _needed(before: Before) -> int | None:
    """The fewest runs whose silence has a chance below ``UNFIXED``, by doubling and halving."""
    if before.rate <= 0:
        return None
    short, enough = 0, 1
    while _silent(before, enough) >= UNFIXED:
        short, enough = enough, 2 * enough
    while enough - short > 1:
        middle = (short + enough) // 2
        short, enough = (middle, enough) if _silent(before, middle) >= UNFIXED else (short, middle)
    return enough
