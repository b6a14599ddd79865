"""A test run many times, before and after a change: which amplifier shows the flake, and how both sides compare.

Rule: sides take turns run by run, seed by seed alike, so that a bad minute of the machine falls on both; only whole
pairs of batches count; and what was counted stays counted when the process is killed, since it is in the journal
before the next begins.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ftc.agent.stress_journal import Batch, Journal, owner_of
from ftc.agent.stress_run import Bench, CannotRun, Ended, OneRun, Tree, build, run_once, tally
from ftc.core.fix import Amplifier, Trial
from ftc.core.new_tests import NewTest, unexpected
from ftc.core.recipes import NotRunnable, possible
from ftc.core.stress import FIRST_FAILURES, FIRST_PAIR, Stratum, Tally, finished, pair_size

BROKEN_LIMIT = 3
"""Runs in a row that say nothing; more of them would not say more."""
OFTEN_RUNS = 40
"""Runs in which a test that fails by itself in one of eight shows it; trying all amplifiers would cost more."""
BEFORE, AFTER = "before", "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What may be spent: runs of each side in all, and seconds."""

    runs: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Both sides of one leg."""

    strata: tuple[Stratum, ...]
    missing: tuple[str, ...]
    """Tests that always ran before the change and did not always run after it."""
    added: tuple[str, ...]
    """Tests that always ran after the change, never before it, and that the change does not define."""
    commands: tuple[str, ...]
    seconds: float
    problems: tuple[str, ...]
    news: str = ""
    """What the first failure said that was seen only after the change, and in no way of the target."""

    @property
    def executed_same(self) -> bool:
        """Whether the same tests ran on both sides, and any at all."""
        return not (self.missing or self.added) and any(item.before.runs and item.after.runs for item in self.strata)


@dataclass(slots=True)
class Stress:
    """Stresses one test; ``journal`` is a file out of reach of the sandbox, ``trees`` name what it belongs to."""

    bench: Bench
    journal: Path
    leg: str = ""
    trees: tuple[str, ...] = ()
    news: tuple[NewTest, ...] = ()
    """What the change adds in tests, which may run on its side alone."""
    known: frozenset[str] = frozenset()
    """Other failures that the base showed before both sides were compared."""
    now: Callable[[], float] = time.monotonic
    _built: set[str] = field(default_factory=set)
    _began: float = field(init=False)
    _journal: Journal = field(init=False)

    def __post_init__(self) -> None:
        self._began = self.now()
        self._journal = Journal(self.journal, owner=owner_of(self.bench, *self.trees))

    # --- which amplifier

    def trial(self, tree: Tree, limits: Limits, *, amplifiers: Sequence[Amplifier] = ()) -> tuple[Trial, ...]:
        """What each amplifier shows, in rounds of equal batches; ends once the best one has shown enough.

        A test that fails often as it is needs none, and none is tried. A batch that failed in every run ends it at
        once: nothing can show the flake more often.
        """
        tried = tuple(amplifiers) or possible(self.bench.recipe)
        if Amplifier.PLAIN in tried and self._often(tree, limits):
            return self._trials(tree.side, (Amplifier.PLAIN,), {})
        troubles: dict[Amplifier, str] = {}
        number = 0
        while len(troubles) < len(tried) and not any(self._certain(tree.side, amplifier) for amplifier in tried):
            for amplifier in tried:
                if amplifier in troubles or self._lively(tree.side, amplifier):
                    continue
                size = self._size(limits, side=tree.side, amplifier=amplifier)
                if not size:
                    return self._trials(tree.side, tried, troubles)
                trouble = self._batch((tree,), amplifier, number=number, size=size)
                troubles |= {amplifier: trouble} if trouble else {}
                if self._certain(tree.side, amplifier):
                    return self._trials(tree.side, tried, troubles)
            if any(self._lively(tree.side, amplifier) for amplifier in tried):
                break
            number += 1
        return self._trials(tree.side, tried, troubles)

    def _often(self, tree: Tree, limits: Limits) -> bool:
        """Whether the test shows itself within ``OFTEN_RUNS`` runs without any amplifier."""
        for number in range(min(OFTEN_RUNS, limits.runs // 4) // FIRST_PAIR):  # the rest is for the amplifiers
            size = self._size(limits, side=tree.side, amplifier=Amplifier.PLAIN)
            if not size or self._batch((tree,), Amplifier.PLAIN, number=number, size=size):
                return False
            if self._lively(tree.side, Amplifier.PLAIN):
                return True
        return False

    def _lively(self, side: str, amplifier: Amplifier) -> bool:
        return self._tally(side, amplifier).target >= FIRST_FAILURES

    def _certain(self, side: str, amplifier: Amplifier) -> bool:
        found = self._tally(side, amplifier)
        return self._lively(side, amplifier) and found.target == found.runs

    def _trials(self, side: str, tried: Sequence[Amplifier], troubles: dict[Amplifier, str]) -> tuple[Trial, ...]:
        return tuple(self._trial(side, amplifier, troubles.get(amplifier, "")) for amplifier in tried)

    def _trial(self, side: str, amplifier: Amplifier, trouble: str) -> Trial:
        runs = self._all(side, amplifier)
        found = self._tally(side, amplifier)
        return Trial(
            amplifier=amplifier,
            runs=found.runs,
            target=found.target,
            others=found.others,
            command=self._shown(amplifier),
            seconds=round(sum(run.seconds for run in runs), 3),
            executed=tuple(sorted({name for run in runs for name in run.executed})),
            problem=trouble or ("" if found.runs else "there was no time left for it"),
        )

    def excerpt(self, side: str) -> str:
        """What the first failure of the target printed; empty when there was none."""
        runs = (run for batch in self._journal.batches if batch.side == side for run in batch.runs)
        return next((run.excerpt for run in runs if run.excerpt), "")

    # --- before and after

    def compare(
        self,
        before: Path,
        after: Path,
        limits: Limits,
        *,
        amplifiers: Sequence[Amplifier],
        attempt: int,
        legs: int = 1,
    ) -> Comparison:
        """Pairs of batches, amplifier by amplifier in turn, until the proof needs no more or a limit is reached.

        As one of so many ``legs`` it needs but its share of the failures.
        """
        sides = (Tree(side=BEFORE, root=before), Tree(side=AFTER, root=after))
        told = tuple(dict.fromkeys(amplifiers))
        problems: list[str] = []
        while not problems and not finished(self._strata(told), attempt=attempt, legs=legs):
            # The one with fewest pairs is next, so that a killed run goes on where it stopped.
            amplifier = min(told, key=self._pairs)
            number = self._pairs(amplifier)
            size = self._half(number, amplifier) or self._size(limits, side=BEFORE, amplifier=amplifier, sides=2)
            if not size:
                break
            trouble = self._batch(sides, amplifier, number=number, size=size)
            problems += [trouble] if trouble else []
        return self._comparison(told, problems)

    def _pairs(self, amplifier: Amplifier) -> int:
        return min(len(self._journal.of(side, amplifier)) for side in (BEFORE, AFTER))

    def _half(self, number: int, amplifier: Amplifier) -> int:
        """Size of a pair of which one batch is there already."""
        batches = (*self._journal.of(BEFORE, amplifier)[number:], *self._journal.of(AFTER, amplifier)[number:])
        return len(batches[0].runs) if batches else 0

    def _strata(self, amplifiers: Sequence[Amplifier]) -> tuple[Stratum, ...]:
        return tuple(
            Stratum(
                leg=self.leg,
                amplifier=str(amplifier),
                before=self._tally(BEFORE, amplifier, pairs=self._pairs(amplifier)) + Tally(others=self.known),
                after=self._tally(AFTER, amplifier, pairs=self._pairs(amplifier)),
            )
            for amplifier in amplifiers
        )

    def _comparison(self, amplifiers: Sequence[Amplifier], problems: list[str]) -> Comparison:
        missing: set[str] = set()
        added: set[str] = set()
        for amplifier in amplifiers:
            before, after = self._all(BEFORE, amplifier), self._all(AFTER, amplifier)
            if before and after:
                missing |= _always(before) - _always(after)
                added |= _always(after) - {name for run in before for name in run.executed}
        seconds = sum(run.seconds for batch in self._journal.batches for run in batch.runs)
        return Comparison(
            strata=self._strata(amplifiers),
            missing=tuple(sorted(missing)),
            added=unexpected(sorted(added), self.news),
            commands=tuple(self._shown(amplifier) for amplifier in amplifiers),
            seconds=round(seconds, 3),
            problems=tuple(problems),
            news=self._news(amplifiers),
        )

    def _news(self, amplifiers: Sequence[Amplifier]) -> str:
        """Of complete pairs alone, as the verdict is."""
        known = {other for stratum in self._strata(amplifiers) for other in stratum.before.others}
        after = (batch for each in amplifiers for batch in self._journal.of(AFTER, each)[: self._pairs(each)])
        return next((run.problem for batch in after for run in batch.runs if run.others - known), "")

    # --- one batch, or a pair of them

    def _batch(self, trees: Sequence[Tree], amplifier: Amplifier, *, number: int, size: int) -> str:
        """Run a batch of each tree unless the journal has it; the trouble that keeps more from being run, or empty."""
        due = tuple(tree for tree in trees if len(self._journal.of(tree.side, amplifier)) <= number)
        try:
            for tree in due:
                self._build(tree, amplifier)
            found = zip(due, self._in_turns(due, amplifier, number=number, size=size), strict=True)
        except (CannotRun, NotRunnable) as error:
            return str(error)
        fresh = [Batch(side=tree.side, amplifier=amplifier, number=number, runs=runs) for tree, runs in found]
        if fresh:
            self._journal.add(*fresh)
        return "; ".join(filter(None, (self._trouble(tree.side, amplifier) for tree in trees)))

    def _build(self, tree: Tree, amplifier: Amplifier) -> None:
        place = self.bench.place(tree.side, amplifier).out
        if place not in self._built:
            build(self.bench, tree, amplifier)
            self._built.add(place)

    def _in_turns(
        self, trees: Sequence[Tree], amplifier: Amplifier, *, number: int, size: int
    ) -> tuple[tuple[OneRun, ...], ...]:
        """So many runs of each tree, one after another; who begins changes from run to run."""
        first = [sum(len(batch.runs) for batch in self._journal.of(tree.side, amplifier)) for tree in trees]
        runs: list[list[OneRun]] = [[] for _ in trees]
        for index in range(size):
            order = range(len(trees)) if (number + index) % 2 == 0 else reversed(range(len(trees)))
            for which in order:
                run = run_once(self.bench, trees[which], amplifier, seed=first[which] + index + 1)
                told = any(item.excerpt for item in runs[which])
                runs[which].append(replace(run, excerpt="") if told else run)
            if index + 1 == BROKEN_LIMIT and any(all(run.ended is Ended.BROKEN for run in side) for side in runs):
                break
        return tuple(tuple(side) for side in runs)

    def _trouble(self, side: str, amplifier: Amplifier) -> str:
        """Why the last batch says nothing at all; empty when a run of it did."""
        runs = self._journal.of(side, amplifier)[-1].runs
        return f"{side}: {runs[-1].problem}" if all(run.ended is Ended.BROKEN for run in runs) else ""

    # --- counts

    def _all(self, side: str, amplifier: Amplifier) -> tuple[OneRun, ...]:
        return tuple(run for batch in self._journal.of(side, amplifier) for run in batch.runs)

    def _tally(self, side: str, amplifier: Amplifier, *, pairs: int | None = None) -> Tally:
        """Counts of the first so many batches."""
        return tally(run for batch in self._journal.of(side, amplifier)[:pairs] for run in batch.runs)

    def _size(self, limits: Limits, *, side: str, amplifier: Amplifier, sides: int = 1) -> int:
        """Runs of the next batch on each of so many sides; 0 when the quota or the time is used up."""
        runs = self._all(side, amplifier)
        spent = sum(len(batch.runs) for batch in self._journal.batches if batch.side == side)
        size = min(pair_size(len(runs)), max(0, limits.runs - spent))
        left = limits.seconds - (self.now() - self._began)
        each = sides * sum(run.seconds for run in runs) / len(runs) if runs else 0.0
        return 0 if left <= 0 else min(size, int(left / each)) if each else size

    def _shown(self, amplifier: Amplifier) -> str:
        try:
            return self.bench.shown(amplifier)
        except NotRunnable:
            return ""


def _always(runs: Sequence[OneRun]) -> frozenset[str]:
    """Tests that every run executed which came to its end; one cut short says nothing about those behind the cut."""
    sets = [run.executed for run in runs if run.complete] or [run.executed for run in runs]
    return frozenset.intersection(*sets)


def best(trials: Sequence[Trial]) -> Trial | None:
    """The trial whose runs failed most often; of equals the one that took less time. None when none ever did."""
    failed = [trial for trial in trials if trial.target]
    return max(failed, key=lambda trial: (trial.target / trial.runs, -trial.seconds / trial.runs), default=None)
