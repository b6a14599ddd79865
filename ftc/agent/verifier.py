"""One leg of a proof: every candidate is applied to the pinned base, judged in code, and run before and after in turns.

The rule it keeps: nothing that a patch says of itself is believed, and nothing of a patch that policy or masking refuse
is run. Each candidate is compared with a base of its own: both sides get the same number of runs, in fresh checkouts
and sandboxes; the counts are kept outside of them.
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from ftc.agent.fast_gate import fast_gate, whole_gate
from ftc.agent.fix_noticing import news_of, noticed_gates
from ftc.agent.fixer import policy_of
from ftc.agent.ground import Ground, Side
from ftc.agent.locking import remove_tree
from ftc.agent.patching import Applied, apply_patch
from ftc.agent.stress import AFTER, BEFORE, Comparison, Limits, Stress
from ftc.agent.stress_run import Bench, CannotRun, build
from ftc.core.config import Masking
from ftc.core.errors import CommandFailed
from ftc.core.fix import Amplifier, Candidate, Fix, Gate, Judged, Reproduction, Task, TaskKind, Verification
from ftc.core.languages import is_test_file, language_of_path
from ftc.core.masking import refusable
from ftc.core.mechanical.doubts import found_in
from ftc.core.model import TestId
from ftc.core.new_tests import NewTest
from ftc.core.patch import Violation, secrets, violations
from ftc.core.recipes import NotRunnable, possible
from ftc.core.stress import Stratum, joined, shares, suffices

APPLIES, SET_UP = "applies", "set-up"
WHOLE_FILES = 3
"""Changed test files of which everything is run, for a change that has no test of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ready:
    """A candidate that is applied and may be run, and its two sides."""

    candidate: Candidate
    applied: Applied
    before: Side
    after: Side
    news: tuple[NewTest, ...]
    again: str = ""
    """What tells its second pair of sides from the first; empty for that."""

    @property
    def name(self) -> str:
        return f"candidate-{self.candidate.number}{self.again}"


@dataclass(slots=True, kw_only=True)
class _Leg:
    """What one leg knows while it goes through the candidates."""

    task: Task
    reproduction: Reproduction
    leg: str
    ground: Ground
    attempt: int
    problems: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    proven: int = 0
    """The candidate that needs no other beside it on this leg; 0 for none."""
    base_problem: str = ""
    """Why the base could not be set up."""
    compiled: Side | None = None
    """The first base that was built; what its compiler left is lent to later ones, and by them to the change."""

    def judge(self, candidate: Candidate, *, waiting: int) -> Judged:
        """One candidate; ``waiting`` further ones share the time that is left with it."""
        try:
            applied = apply_patch(self.ground.mirror, self.task.base_sha, candidate.patch)
        except CommandFailed as error:
            return _judged(candidate, gates=(Gate(name=APPLIES, passed=False, detail=self._clean(str(error))),))
        judged = _judged(candidate, gates=(Gate(name=APPLIES, passed=True, detail="it applies to the base"),))
        judged = replace(
            judged,
            violations=self._violations(applied),
            masking=tuple(self._clean(found.told) for found in found_in(candidate.by, applied.diffs)),
            files=tuple(change.path for change in applied.changes),
            diff=applied.text,
        )
        if self._refused(judged):
            return judged
        with self._pair(candidate, applied) as ready:
            judged, own = self._gated(ready, judged)
            if self.task.kind is TaskKind.START or (own is None and not _all_passed(judged)):
                return judged
            if not ready.news:
                return self._measured(ready, judged, own=own, waiting=waiting)
        # New tests were run on broken code, on one side only: what is compared has to be as it was again.
        with self._pair(candidate, applied, again="-again") as ready:
            problem = self._set_up(ready) or self._built(self._bench(ready), ready)
            if problem:
                return self._with(judged, Gate(name=SET_UP, passed=False, detail=problem))
            return self._measured(ready, judged, own=own, waiting=waiting)

    @contextlib.contextmanager
    def _pair(self, candidate: Candidate, applied: Applied, *, again: str = "") -> Iterator[_Ready]:
        """Both sides, alike: a checkout and a home each that nothing has run in."""
        of, mirror = f"{candidate.number}{again}", self.ground.mirror
        with mirror.worktree(self.task.base_sha) as base, mirror.worktree(applied.commit) as root:
            before = self.ground.side(BEFORE, base, home_name=f"before-{of}")
            after = self.ground.side(AFTER, root, home_name=f"after-{of}")
            news = news_of(applied, self.ground, base=self.task.base_sha)
            try:
                yield _Ready(candidate=candidate, applied=applied, before=before, after=after, news=news, again=again)
            finally:
                # Caches of compilers are large, and nobody looks at these again.
                for side in (before, after):
                    if side is not self.compiled:
                        remove_tree(side.sandbox.tmp)

    def _violations(self, applied: Applied) -> tuple[Violation, ...]:
        added = {diff.path: "\n".join(diff.added) for diff in applied.diffs}
        return (*violations(applied.changes, policy_of(self.task)), *secrets(added, self.ground.sanitizer))

    def _refused(self, judged: Judged) -> bool:
        """Whether it is not even run; a person's own pull request is told of it, and run all the same."""
        masked = refusable(judged.masking) and self.ground.config.masking is Masking.REFUSE
        return self.task.kind is not TaskKind.VERIFY and bool(judged.violations or masked)

    def _gated(self, ready: _Ready, judged: Judged) -> tuple[Judged, Stratum | None]:
        """With its gates, and what is to be counted although the last of them failed."""
        problem = self._set_up(ready)
        if problem:
            return self._with(judged, Gate(name=SET_UP, passed=False, detail=problem)), None
        if self.task.kind is TaskKind.START:
            judged = self._with(judged, *self._whole(ready))
            return (self._with(judged, *self._noticed(ready)) if _all_passed(judged) else judged), None
        try:
            bench = self._bench(ready)
        except NotRunnable as error:
            return self._with(judged, Gate(name="test", passed=False, detail=str(error))), None
        if problem := self._built(bench, ready):
            return self._with(judged, Gate(name=SET_UP, passed=False, detail=problem)), None
        gated = fast_gate(bench, ready.before.tree, ready.after.tree, known=self._known)
        judged = self._with(judged, *gated.gates)
        if _all_passed(judged):
            judged = self._with(judged, *self._noticed(ready))
        # Of somebody's own pull request people want to know how often its test still fails.
        return judged, gated.own if self.task.kind is TaskKind.VERIFY else None

    def _measured(self, ready: _Ready, judged: Judged, *, own: Stratum | None, waiting: int) -> Judged:
        """With the counts of both sides."""
        stress = Stress(
            bench=self._bench(ready),
            journal=self.ground.evidence / f"candidate-{ready.candidate.number}.jsonl",
            leg=self.leg,
            trees=(self.task.base_sha, ready.applied.tree),
            news=ready.news,
            known=self._known,
        )
        return self._stressed(ready, judged, self._compare(ready, stress, own=own, waiting=waiting), own=own)

    def _bench(self, ready: _Ready) -> Bench:
        return self.ground.bench(self.task, ready.before, ready.after, name=ready.name)

    @property
    def _known(self) -> frozenset[str]:
        """Other failures that the base has shown."""
        return frozenset(other for trial in self.reproduction.trials for other in trial.others)

    def _noticed(self, ready: _Ready) -> tuple[Gate, ...]:
        sides, commit = (ready.before, ready.after), ready.applied.commit
        return noticed_gates(ready.news, self.task, self.ground, commit=commit, sides=sides, name=ready.name)

    def _built(self, bench: Bench, ready: _Ready) -> str:
        """Build the base first, and lend the change what was compiled; why it cannot be built, or an empty text."""
        if self.compiled:
            self.ground.lend(self.compiled, ready.before)
        try:
            for amplifier in self._amplifiers():
                build(bench, ready.before.tree, amplifier)
        except (CannotRun, NotRunnable) as error:
            return str(error)
        self.compiled = self.compiled or ready.before
        self.ground.lend(ready.before, ready.after)
        return ""

    def _amplifiers(self) -> tuple[Amplifier, ...]:
        return tuple(dict.fromkeys((self.reproduction.chosen, Amplifier.PLAIN)))

    def _with(self, judged: Judged, *gates: Gate) -> Judged:
        cleaned = (replace(gate, detail=self._clean(gate.detail)) for gate in gates)
        return replace(judged, gates=(*judged.gates, *cleaned))

    def _set_up(self, ready: _Ready) -> str:
        self.base_problem = self.base_problem or self.ground.set_up(ready.before)
        return self.base_problem or self.ground.set_up(ready.after)

    def _whole(self, ready: _Ready) -> tuple[Gate, ...]:
        """The changed test files of a change that mends no test, each with everything in it."""
        paths = [change.path for change in ready.applied.changes if change.status != "D" and is_test_file(change.path)]
        gates = []
        for number, path in enumerate(paths[:WHOLE_FILES]):
            test = TestId(ecosystem=language_of_path(path), suite=path, name="")
            try:
                name = f"{ready.name}-{number}"
                bench = self.ground.bench(self.task, ready.before, ready.after, name=name, test=test, test_file=path)
            except NotRunnable as error:
                self.problems.append(str(error))
                continue
            if Amplifier.NEIGHBOURS not in possible(bench.recipe):
                self.problems.append(f"{path}: the configured command runs single tests only")
                continue
            gates.append(whole_gate(bench, ready.before.tree, ready.after.tree, where=path))
        if not gates:
            self.problems.append(f"candidate {ready.candidate.number}: it changes no test that could be run")
        return tuple(gates)

    def _compare(self, ready: _Ready, stress: Stress, *, own: Stratum | None, waiting: int) -> Comparison:
        legs = len(self.task.legs)
        limits = Limits(
            runs=max(0, shares(self.task.quota.runs, legs)[0] - (own.after.runs if own else 0)),
            seconds=self.ground.left / (1 + waiting),
        )
        return stress.compare(
            ready.before.tree.root,
            ready.after.tree.root,
            limits,
            amplifiers=self._amplifiers(),
            attempt=self.attempt,
            legs=legs,
        )

    def _stressed(self, ready: _Ready, judged: Judged, found: Comparison, *, own: Stratum | None) -> Judged:
        """With the counts; those of the fast gate go on top where it failed by the test itself."""
        number = ready.candidate.number
        ran = any(stratum.before.runs or stratum.after.runs for stratum in found.strata)
        strata = joined(found.strata, replace(own, leg=self.leg)) if own and ran else found.strata
        if found.news and self.task.kind is TaskKind.VERIFY:  # of a candidate of ours its verdict says enough
            self.problems.append(
                f"candidate {number}: after the change it failed in a new way: {self._clean(found.news)}"
            )
        self.problems += [f"candidate {number}: {self._clean(problem)}" for problem in found.problems]
        for name, tests in (("no longer ran", found.missing), ("ran only after the change", found.added)):
            if tests:
                self.problems.append(f"candidate {number}: {name}: {self._clean(', '.join(tests[:5]))}")
        self.commands += [command for command in found.commands if command and command not in self.commands]
        if found.executed_same and suffices(strata, attempt=self.attempt, legs=len(self.task.legs)):
            self.proven = number
        self.attempt += ran
        return replace(judged, strata=strata, executed_same=found.executed_same or not ran)

    def _clean(self, text: str) -> str:
        return self.ground.sanitizer.clean(text)


def verify(task: Task, reproduction: Reproduction, fix: Fix, *, leg: str, ground: Ground) -> Verification:
    """What one leg sees of every candidate, in their order.

    Those behind one that has this leg's share of the failures before it, and none after, are not run any more. Run
    again after a kill it goes on from its journals. Raises ``CommandFailed`` when the base cannot be had.
    """
    at_work = _Leg(task=task, reproduction=reproduction, leg=leg, ground=ground, attempt=task.attempt)
    judged: Sequence[Judged] = _all(at_work, fix.candidates) if fix.candidates else ()
    guarantees = ground.sandbox.guarantees
    weakness = [f"sandbox {guarantees.text}"] if guarantees.lacks else []
    return Verification(
        task=task.id,
        leg=leg,
        base_sha=task.base_sha,
        judged=tuple(judged),
        commands=tuple(at_work.commands),
        problems=(*weakness, *at_work.problems),
    )


def _all(leg: _Leg, candidates: Sequence[Candidate]) -> list[Judged]:
    judged: list[Judged] = []
    for at, candidate in enumerate(candidates):
        if leg.proven:
            names = ", ".join(str(item.number) for item in candidates[at:])
            leg.problems.append(f"not run, since candidate {leg.proven} needs no other: {names}")
            break
        judged.append(leg.judge(candidate, waiting=len(candidates) - at - 1))
    return judged


def _all_passed(judged: Judged) -> bool:
    return all(gate.passed for gate in judged.gates)


def _judged(candidate: Candidate, *, gates: tuple[Gate, ...]) -> Judged:
    return Judged(
        candidate=candidate.number,
        violations=(),
        masking=(),
        gates=gates,
        strata=(),
        executed_same=True,
        files=(),
        diff="",
    )
