"""Whether new tests fail when the code that they cover is broken: each is run on a few mutants of what it executes.

The rule it keeps: a mutant counts only when the test itself judged it. One that does not build, breaks an import or
never ends says nothing about the test. The worktree is as it was after every mutant, whatever happens, and nothing is
written through a link that a test may have put there.
"""

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from ftc.agent.confined import Confined, Refused
from ftc.agent.coverage import covered_lines
from ftc.agent.stress_run import Bench, CannotRun, Ended, OneRun, Tree, build, run_once
from ftc.core.errors import ConfigError
from ftc.core.fix import Amplifier
from ftc.core.languages import is_test_file
from ftc.core.mutants import Covered, Mutant, chosen
from ftc.core.new_tests import NewTest
from ftc.core.noticed import CHANCES, MUTANTS, TESTS, Notice, Noticed, blind
from ftc.core.patch import Policy
from ftc.core.recipes import NotRunnable

BUILDS = 3
"""For each mutant that is to be judged so many may be tried: some do not build, as compilers are strict."""
SLOWER, SHORTEST = 5, 10
"""A run on broken code may take so many times as long as one on the code as it is, and at least so many seconds."""
COVER_SECONDS = 120.0
ANY_FILE = Policy(allowed=("*",), unprotected=("*",))
PLAIN = Amplifier.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Court:
    """Where new tests are tried: a checkout of the changed tree, its files, and how long it may take."""

    tree: Tree
    files: Sequence[str]
    """Paths that git knows in it."""
    bench: Callable[[NewTest, str], Bench]
    """The bench of a test, with a folder of this name; raises ``NotRunnable``."""
    clock: Callable[[], float]
    """Seconds that only rise."""
    until: float
    """The moment by the clock at which no new run is begun."""

    @property
    def left(self) -> float:
        """Seconds."""
        return self.until - self.clock()


def noticing(news: Sequence[NewTest], court: Court) -> tuple[Noticed, ...]:
    """How each new test fared, and whether any was left out. Raises ``CannotRun`` when the worktree is spoilt."""
    found = [_tried(test, court, name=f"new-{number}") for number, test in enumerate(news[:TESTS])]
    if len(news) > TESTS:
        left = f"{len(news) - TESTS} further ones were not tried, at most {TESTS} are"
        found.append(Noticed(test="new tests", notice=Notice.UNTOLD, detail=left))
    return tuple(found)


def _tried(test: NewTest, court: Court, *, name: str) -> Noticed:
    """One test; whatever keeps it from being tried leaves it untold."""
    try:
        notice, detail = _judged(test, court, name=name)
    except _Spoilt as error:
        raise CannotRun(str(error)) from None
    except (NotRunnable, CannotRun, ConfigError) as error:
        notice, detail = Notice.UNTOLD, str(error)
    return Noticed(test=test.label, notice=notice, detail=detail)


def _judged(test: NewTest, court: Court, *, name: str) -> tuple[Notice, str]:
    if not test.name:
        return Notice.UNTOLD, "there is no way to run it alone"
    if court.left <= 0:
        return Notice.UNTOLD, "there was no time left for it"
    bench = court.bench(test, name)
    build(bench, court.tree, PLAIN)
    first = run_once(bench, court.tree, PLAIN, seed=1)
    names = frozenset(name for name in first.executed if test.ran_as(name))
    if first.ended in (Ended.TARGET, Ended.OTHER):
        return Notice.BLIND, f"the new test fails on the code as it is: {first.problem or first.excerpt[:200]}"
    if not names:
        return Notice.UNTOLD, f"it did not run: {first.problem}"
    seconds = min(bench.seconds, max(SHORTEST, math.ceil(SLOWER * first.seconds)))
    broken = _mutants(test, bench, court)
    if isinstance(broken, str):
        return Notice.UNTOLD, broken
    return _on_mutants(replace(bench, names=names, seconds=seconds), court, broken)


def _mutants(test: NewTest, bench: Bench, court: Court) -> Sequence[Mutant] | str:
    """What to break of the code that the test executes; or why there is nothing."""
    lines, note = covered_lines(bench, court.tree, files=court.files, seconds=min(COVER_SECONDS, court.left))
    if note:
        return note
    confined = Confined(root=court.tree.root, policy=ANY_FILE)
    covered: list[Covered] = []
    for path in sorted(path for path in lines if not is_test_file(path)):
        with contextlib.suppress(Refused):
            covered.append(Covered(path=path, text=confined.read(path), lines=lines[path]))
    if not covered:
        return "it executes no code of the repository but tests"
    most, over = MUTANTS * BUILDS, lambda: court.left <= 0
    found = chosen(covered, test_path=test.path, test_text=test.text, most=most, over=over)
    return found or f"there is nothing to break in what it executes of {covered[0].path}"


def _on_mutants(bench: Bench, court: Court, broken: Sequence[Mutant]) -> tuple[Notice, str]:
    """Run it on one mutant after the other until it notices one, or had its chances."""
    passed: list[str] = []
    for number, mutant in enumerate(broken):
        if len(passed) == MUTANTS or court.left <= 0:
            break
        with _broken(court.tree, mutant):
            ended = _on_one(bench, court.tree, seed=number + 2)
        if ended is Ended.TARGET:
            return Notice.NOTICED, f"it fails with `{mutant.place}` broken"
        if ended is Ended.PASSED:
            passed.append(mutant.place)
    if len(passed) >= CHANCES:
        return Notice.BLIND, blind(passed)
    why = "" if court.left > 0 else ", and the time was up"
    return Notice.UNTOLD, f"only {len(passed)} ways to break what it covers could be tried, {CHANCES} are needed{why}"


def _on_one(bench: Bench, tree: Tree, *, seed: int) -> Ended | None:
    """How it ended on one mutant; None where that says nothing about the test."""
    try:
        build(bench, tree, PLAIN)
        run = run_once(bench, tree, PLAIN, seed=seed)
    except CannotRun:
        return None
    return None if _endless(run, bench) else run.ended


def _endless(run: OneRun, bench: Bench) -> bool:
    """Whether it ended since its time was up: broken code that never ends was judged by nobody."""
    return run.seconds >= bench.seconds


class _Spoilt(CannotRun):
    """A broken file could not be put right again."""


@contextlib.contextmanager
def _broken(tree: Tree, mutant: Mutant) -> Iterator[None]:
    """A checkout with one file broken; afterwards the file is as it was, or ``_Spoilt``."""
    confined = Confined(root=tree.root, policy=ANY_FILE)
    try:
        whole = confined.read(mutant.path)
        confined.write(mutant.path, mutant.text)
    except (Refused, OSError) as error:
        raise CannotRun(f"{mutant.path} could not be broken: {error}") from None
    try:
        yield
    finally:
        _restore(confined, mutant.path, whole)


def _restore(confined: Confined, path: str, whole: str) -> None:
    try:
        confined.write(path, whole)
        same = confined.read(path) == whole
    except (Refused, OSError):
        same = False
    if not same:
        raise _Spoilt(f"{path} could not be put right after it was broken; the tests changed the checkout")
