"""The fast gate: a changed tree builds, and the test and its neighbours pass once, as far as they did before.

The rule it keeps: what fails on the base as well is no fault of a change, and a neighbour that fails once in a new way
is asked again; a test that no longer runs is a fault. What it runs on one side it runs on the other, so that both are
as used when they are compared.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ftc.agent.stress_run import Bench, CannotRun, Ended, OneRun, Tree, build, run_once, tally
from ftc.core.fix import Amplifier, Gate
from ftc.core.recipes import NotRunnable, possible
from ftc.core.stress import Stratum

BUILD, TEST, NEIGHBOURS = "build", "test", "neighbours"
ASKED = 3
"""Runs of the neighbours after a change, before a new failure of theirs is held against it."""
NAMED = 5
"""Tests or signatures named in a detail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gated:
    """The gates in order, up to the first that failed."""

    gates: tuple[Gate, ...]
    own: Stratum | None = None
    """Where the last one failed by the test itself and by nothing else: its runs, which count as much as any later."""


def fast_gate(bench: Bench, before: Tree, after: Tree, *, known: frozenset[str]) -> Gated:
    """Whether the change may be stressed; ``known`` are other failures that the base, which is built, has shown."""
    found: list[Gate] = []
    for gate, own in _gates(bench, before, after, known=known):
        found.append(gate)
        if not gate.passed:
            return Gated(gates=tuple(found), own=own)
    return Gated(gates=tuple(found))


def _gates(bench: Bench, before: Tree, after: Tree, *, known: frozenset[str]) -> Iterator[tuple[Gate, Stratum | None]]:
    try:
        yield _built(bench, after), None
        run_once(bench, before, Amplifier.PLAIN, seed=1)  # whatever a run leaves behind, both sides have it
        yield _tested(run_once(bench, after, Amplifier.PLAIN, seed=1), known=known)
        if Amplifier.NEIGHBOURS in possible(bench.recipe):
            build(bench, before, Amplifier.NEIGHBOURS)
            yield _beside(bench, before, after, known=known)
    except (CannotRun, NotRunnable) as error:
        yield Gate(name=BUILD, passed=False, detail=str(error)), None


def _built(bench: Bench, after: Tree) -> Gate:
    build(bench, after, Amplifier.PLAIN)
    detail = "it builds" if bench.recipe.prepare else "nothing has to be built"
    return Gate(name=BUILD, passed=True, detail=detail)


def _tested(run: OneRun, *, known: frozenset[str]) -> tuple[Gate, Stratum | None]:
    """Whether the test itself passed; a failure in the way of the issue is one, however rare."""
    if run.ended is Ended.PASSED:
        return Gate(name=TEST, passed=True, detail="the test passes"), None
    if run.ended is Ended.OTHER and run.others and run.others <= known:
        return Gate(name=TEST, passed=True, detail="the test fails in a way in which it fails on the base, too"), None
    if run.ended is Ended.BROKEN:
        return Gate(name=TEST, passed=False, detail=f"the test did not run: {run.problem}"), None
    how = "as the issue says" if run.ended is Ended.TARGET else f"in a new way: {run.problem}"
    gate = Gate(name=TEST, passed=False, detail=f"the test failed in its first run, {how}")
    return gate, _own(Amplifier.PLAIN, None, [run], fresh=run.others - known)


def _own(amplifier: Amplifier, base: OneRun | None, seen: list[OneRun], *, fresh: frozenset[str]) -> Stratum | None:
    """The runs as counts, if it is the test itself that failed in each, and no failure in ``fresh`` is another's."""
    own = frozenset().union(*(run.own for run in seen))
    if fresh - own or not all(run.own or run.ended is Ended.TARGET for run in seen):
        return None
    before = tally([base] if base else [])
    return Stratum(leg="", amplifier=str(amplifier), before=before, after=tally(seen))


def _beside(bench: Bench, before: Tree, after: Tree, *, known: frozenset[str]) -> tuple[Gate, Stratum | None]:
    """Whether the tests of its file, class or package run and pass as they did."""
    base = run_once(bench, before, Amplifier.NEIGHBOURS, seed=1)
    seen: list[OneRun] = []
    for number in range(ASKED):
        if number:
            run_once(bench, before, Amplifier.NEIGHBOURS, seed=number + 1)  # as often as the other side
        seen.append(run_once(bench, after, Amplifier.NEIGHBOURS, seed=number + 1))
        problem = _problem(base, seen, known=known)
        if not problem:
            return Gate(name=NEIGHBOURS, passed=True, detail=_passed(base, seen)), None
    gate = Gate(name=NEIGHBOURS, passed=False, detail=problem)
    fresh = _fresh(base, seen, known=known)
    return gate, None if _missing(base, seen) else _own(Amplifier.NEIGHBOURS, base, seen, fresh=fresh)


def _missing(base: OneRun, seen: list[OneRun]) -> frozenset[str]:
    """Tests that ran before, and in no run so far."""
    return base.executed - frozenset().union(*(run.executed for run in seen))


def _fresh(base: OneRun, seen: list[OneRun], *, known: frozenset[str]) -> frozenset[str]:
    """Failures of every run so far that the base does not show."""
    return frozenset.intersection(*(run.others for run in seen)) - base.others - known


def _problem(base: OneRun, seen: list[OneRun], *, known: frozenset[str]) -> str:
    """What every run so far has against the change; empty when one of them has nothing."""
    missing, fresh = _missing(base, seen), _fresh(base, seen, known=known)
    if missing:
        return f"tests that ran before do not run any more: {_some(missing)}"
    if fresh:
        return f"beside its neighbours it failed in a new way in {len(seen)} of {len(seen)} runs: {seen[-1].problem}"
    if all(run.ended is Ended.TARGET for run in seen):
        return "beside its neighbours the test fails as the issue says"
    return ""


def _passed(base: OneRun, seen: list[OneRun]) -> str:
    again = f"; in {len(seen)} runs, since one failed in a new way" if len(seen) > 1 else ""
    return f"{len(base.executed)} tests of its file, class or package run as before{again}"


def _some(names: frozenset[str]) -> str:
    return ", ".join(sorted(names)[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


def whole_gate(bench: Bench, before: Tree, after: Tree, *, where: str) -> Gate:
    """For a change without a test of its own: everything in the file, class or package at ``where`` runs as before."""
    try:
        build(bench, after, Amplifier.NEIGHBOURS)
        try:
            build(bench, before, Amplifier.NEIGHBOURS)
            base = run_once(bench, before, Amplifier.NEIGHBOURS, seed=1)
        except CannotRun:
            base = OneRun(ended=Ended.BROKEN)  # a new file has no base
        run = run_once(bench, after, Amplifier.NEIGHBOURS, seed=1)
    except (CannotRun, NotRunnable) as error:
        return Gate(name=f"tests: {where}", passed=False, detail=str(error))
    problem = "" if run.executed else f"no test ran: {run.problem}"
    problem = problem or _problem(base, [run], known=frozenset())
    return Gate(name=f"tests: {where}", passed=not problem, detail=problem or f"{len(run.executed)} tests ran")
