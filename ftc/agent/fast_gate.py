"""The fast gate: a changed tree builds, and the test and its neighbours pass once, as far as they did before.

The rule it keeps: what fails on the base as well is no fault of a change, and a neighbour that fails once in a new way
is asked again; a test that no longer runs is a fault.
"""

from collections.abc import Iterator

from ftc.agent.stress_run import Bench, CannotRun, Ended, OneRun, Tree, build, run_once
from ftc.core.fix import Amplifier, Gate
from ftc.core.recipes import NotRunnable, possible

BUILD, TEST, NEIGHBOURS = "build", "test", "neighbours"
ASKED = 3
"""Runs of the neighbours after a change, before a new failure of theirs is held against it."""
NAMED = 5
"""Tests or signatures named in a detail."""


def fast_gate(bench: Bench, before: Tree, after: Tree, *, known: frozenset[str]) -> tuple[Gate, ...]:
    """The gates in order, ending with the first that failed; ``known`` are other failures that the base has shown."""
    found: list[Gate] = []
    for gate in _gates(bench, before, after, known=known):
        found.append(gate)
        if not gate.passed:
            break
    return tuple(found)


def _gates(bench: Bench, before: Tree, after: Tree, *, known: frozenset[str]) -> Iterator[Gate]:
    try:
        yield _built(bench, after)
        yield _tested(run_once(bench, after, Amplifier.PLAIN, seed=1), known=known)
        if Amplifier.NEIGHBOURS in possible(bench.recipe):
            build(bench, before, Amplifier.NEIGHBOURS)
            yield _beside(bench, before, after, known=known)
    except (CannotRun, NotRunnable) as error:
        yield Gate(name=BUILD, passed=False, detail=str(error))


def _built(bench: Bench, after: Tree) -> Gate:
    build(bench, after, Amplifier.PLAIN)
    detail = "it builds" if bench.recipe.prepare else "nothing has to be built"
    return Gate(name=BUILD, passed=True, detail=detail)


def _tested(run: OneRun, *, known: frozenset[str]) -> Gate:
    """Whether the test itself passed; a failure in the way of the issue is one, however rare."""
    if run.ended is Ended.PASSED:
        return Gate(name=TEST, passed=True, detail="the test passes")
    if run.ended is Ended.OTHER and run.others and run.others <= known:
        return Gate(name=TEST, passed=True, detail="the test fails in a way in which it fails on the base, too")
    if run.ended is Ended.BROKEN:
        return Gate(name=TEST, passed=False, detail=f"the test did not run: {run.problem}")
    how = "as the issue says" if run.ended is Ended.TARGET else f"in a new way: {run.problem}"
    return Gate(name=TEST, passed=False, detail=f"the test failed in its first run, {how}")


def _beside(bench: Bench, before: Tree, after: Tree, *, known: frozenset[str]) -> Gate:
    """Whether the tests of its file, class or package run and pass as they did."""
    base = run_once(bench, before, Amplifier.NEIGHBOURS, seed=1)
    seen: list[OneRun] = []
    for number in range(ASKED):
        seen.append(run_once(bench, after, Amplifier.NEIGHBOURS, seed=number + 1))
        problem = _problem(base, seen, known=known)
        if not problem:
            return Gate(name=NEIGHBOURS, passed=True, detail=_passed(base, seen))
    return Gate(name=NEIGHBOURS, passed=False, detail=problem)


def _problem(base: OneRun, seen: list[OneRun], *, known: frozenset[str]) -> str:
    """What every run so far has against the change; empty when one of them has nothing."""
    missing = base.executed - frozenset().union(*(run.executed for run in seen))
    fresh = frozenset.intersection(*(run.others for run in seen)) - base.others - known
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
