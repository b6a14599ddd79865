"""From the documents of all verify legs to the one conclusion that publish and settle act on.

The rule it keeps: every doubt lowers what is claimed. What offends against the policy, hides the flake, breaks a gate
or runs other tests is rejected whatever its figures; a leg that is missing, of another run, or at odds with the others
never helps a candidate, and is said.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from ftc.core.conclusion import Conclusion, Rejected
from ftc.core.config import Masking
from ftc.core.fix import Gate, Judged, Task, TaskKind, Verification
from ftc.core.masking import refusable
from ftc.core.stress import Proof, Stratum, Verdict, judge
from ftc.core.tally_words import in_words

Item = TypeVar("Item")

ALIKE = ("violations", "masking", "files", "diff")
"""Of a candidate, what every leg must say alike, since none of it depends on the machine."""
PUBLISHABLE = (Verdict.VERIFIED, Verdict.SUPPORTED, Verdict.NOT_REPRODUCED)
"""Verdicts that do not speak against a change, best first; of these configuration chooses."""
RANK = (*PUBLISHABLE, Verdict.NEW_SIGNATURE, Verdict.DID_NOT_HOLD)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Weighed:
    """One candidate over all legs: what it comes to, and why it may not be published (empty when it may)."""

    judged: Judged
    proof: Proof | None
    why: str
    notes: tuple[str, ...] = ()


def conclude(
    task: Task,
    verifications: Sequence[Verification],
    *,
    masking: Masking,
    pull_on: Sequence[str],
    unread: Sequence[str] = (),
) -> Conclusion:
    """The best candidate and its proof over all legs; none when nothing may be published.

    ``unread`` says of documents why they cannot be read; their legs gave no answer.

    A verified candidate goes before a supported one, and of equals the first. ``judged`` of a rejected candidate is
    told for the kind ``verify`` alone, by which nothing is published, and whose violations and masking forbid nothing.
    """
    heard, problems = _heard(task, verifications)
    missing = tuple(leg for leg in task.legs if leg not in heard)
    weighed = tuple(_weighed(task, heard, masking=masking))
    chosen = _chosen(task, weighed, pull_on=pull_on)
    best = chosen or min(weighed, key=_rank, default=None)
    told = best if chosen or task.kind is TaskKind.VERIFY else None
    return Conclusion(
        candidate=chosen.judged.candidate if chosen else 0,
        proof=best.proof if best else None,
        judged=told.judged if told else None,
        rejected=tuple(_rejected(weighed, chosen=chosen, pull_on=pull_on)),
        commands=_unique(command for item in heard.values() for command in item.commands),
        legs=tuple(sorted(heard)),
        missing_legs=missing,
        problems=_unique(
            [*unread, *problems, *_told(heard, missing), *(note for item in weighed for note in item.notes)],
        ),
    )


# --- which documents count


def _heard(task: Task, verifications: Sequence[Verification]) -> tuple[dict[str, Verification], list[str]]:
    """The documents of this run by leg, in the order of the task's legs; and why others do not count."""
    found: dict[str, Verification] = {}
    problems = []
    for item in verifications:
        problem = _stranger(task, item) or ("it is there twice" if item.leg in found else "")
        if problem:
            problems.append(f"leg {item.leg}: not counted, {problem}")
        else:
            found[item.leg] = item
    return {leg: found[leg] for leg in task.legs if leg in found}, problems


def _stranger(task: Task, item: Verification) -> str:
    """Why a document is none of this run's; empty when it is one."""
    if (item.task, item.base_sha) != (task.id, task.base_sha):
        return "it is of another task or base"
    if item.leg not in task.legs:
        return "the task has no such leg"
    numbers = [judged.candidate for judged in item.judged]
    most = max(1, task.quota.candidates)
    if len(set(numbers)) < len(numbers) or any(not 1 <= number <= most for number in numbers):
        return "its candidates are not numbered as they should be"
    possible = all(_possible(judged.strata, quota=task.quota.runs) for judged in item.judged)
    return "" if possible else "its counts are impossible"


def _possible(strata: Sequence[Stratum], *, quota: int) -> bool:
    """Whether one leg can have counted this for one candidate: failures within runs, and runs within the quota."""
    for tallies in ([item.before for item in strata], [item.after for item in strata]):
        counts = [(item.target, item.other, item.silent, item.runs - item.target - item.other) for item in tallies]
        if min((min(each) for each in counts), default=0) < 0 or sum(item.started for item in tallies) > quota:
            return False
    return True


def _told(heard: Mapping[str, Verification], missing: Sequence[str]) -> Iterator[str]:
    yield from (f"leg {leg}: {problem}" for leg, item in heard.items() for problem in item.problems)
    yield from (f"leg {leg} gave no answer" for leg in missing)


# --- one candidate


def _weighed(task: Task, heard: Mapping[str, Verification], *, masking: Masking) -> Iterator[_Weighed]:
    """Every candidate in order; each one that was stressed uses up a share of α, whatever became of it."""
    attempt = task.attempt
    for number in sorted({judged.candidate for item in heard.values() for judged in item.judged}):
        found = {leg: judged for leg, item in heard.items() for judged in item.judged if judged.candidate == number}
        whole = _whole(found)
        yield _weigh(task, whole, legs=found, attempt=attempt, masking=masking)
        attempt += _measured(whole)


def _whole(found: Mapping[str, Judged]) -> Judged:
    """What all legs say of one candidate, as one; a stratum belongs to the leg whose document holds it."""
    first = next(iter(found.values()))
    return replace(
        first,
        violations=_unique(item for judged in found.values() for item in judged.violations),
        masking=_unique(item for judged in found.values() for item in judged.masking),
        gates=_gates(found),
        strata=tuple(replace(stratum, leg=leg) for leg, judged in found.items() for stratum in judged.strata),
        executed_same=all(judged.executed_same for judged in found.values()),
    )


def _gates(found: Mapping[str, Judged]) -> tuple[Gate, ...]:
    """Each gate once: the first leg that it failed on speaks for all, else the first that flags it."""
    gates: dict[str, Gate] = {}
    for leg, judged in found.items():
        for gate in judged.gates:
            told = gate if gate.passed or len(found) == 1 else replace(gate, detail=f"leg {leg}: {gate.detail}")
            known = gates.get(gate.name)
            if known is None or (known.passed, not known.flagged) > (gate.passed, not gate.flagged):
                gates[gate.name] = told
    return tuple(gates.values())


def _measured(judged: Judged) -> bool:
    return any(stratum.before.runs or stratum.after.runs for stratum in judged.strata)


def _weigh(task: Task, judged: Judged, *, legs: Mapping[str, Judged], attempt: int, masking: Masking) -> _Weighed:
    measured = task.kind is not TaskKind.START and _measured(judged)
    proof, notes = judge(judged.strata, attempt=attempt) if measured else None, []
    silent = [leg for leg in task.legs if leg not in legs or (measured and not _measured(legs[leg]))]
    if proof and proof.verdict is Verdict.VERIFIED and silent:
        proof = replace(proof, verdict=Verdict.SUPPORTED)
        notes.append(f"candidate {judged.candidate} is not called verified: no runs from leg {', '.join(silent)}")
    if proof and proof.verdict is Verdict.VERIFIED and not all(gate.passed for gate in judged.gates):
        proof = replace(proof, verdict=Verdict.SUPPORTED)
        notes.append(f"candidate {judged.candidate} is not called verified: it does not pass every gate")
    if proof and proof.after.silent > proof.before.silent:
        notes.append(
            f"candidate {judged.candidate}: more runs vanished after it than before it, so it is never verified"
        )
    if proof and proof.verdict is Verdict.VERIFIED and judged.masking:
        proof = replace(proof, verdict=Verdict.SUPPORTED)
        notes.append(f"candidate {judged.candidate} is not called verified: it may hide the flake")
    why = _disagreement(legs) or _offence(task, judged, masking=masking) or _failure(task, judged, proof)
    return _Weighed(judged=judged, proof=proof, why=why, notes=tuple(notes))


def _disagreement(legs: Mapping[str, Judged]) -> str:
    """What legs say differently of the same patch, by which no document of them can be believed."""
    for name in ALIKE:
        if len({getattr(judged, name) for judged in legs.values()}) > 1:
            return f"legs {', '.join(legs)} disagree about its {name}"
    return ""


def _offence(task: Task, judged: Judged, *, masking: Masking) -> str:
    """What the change itself is not allowed to be; a person's own pull request is only told of it."""
    own = task.kind is TaskKind.VERIFY
    if judged.violations and not own:
        return "; ".join(f"{item.rule}: {item.path or 'the patch'}: {item.text}" for item in judged.violations)
    hides = refusable(judged.masking) if masking is Masking.REFUSE and not own else ()
    if hides:
        return f"masking: {'; '.join(hides)}"
    return "; ".join(f"{gate.name}: {gate.detail}" for gate in judged.gates if not gate.passed)


def _failure(task: Task, judged: Judged, proof: Proof | None) -> str:
    """What the runs say against it; empty where no test is to be run."""
    if task.kind is TaskKind.START:
        return ""
    if proof is None:
        return "not measured: the test was not run before and after it"
    if proof.verdict not in PUBLISHABLE:
        return f"{proof.verdict}: {_counts(proof)}"
    return "" if judged.executed_same else "executed tests: not the same tests ran before and after it"


def _counts(proof: Proof) -> str:
    return f"it {in_words(proof.before, proof.after)}"


# --- which one


def _chosen(task: Task, weighed: Sequence[_Weighed], *, pull_on: Sequence[str]) -> _Weighed | None:
    able = [item for item in weighed if not item.why]
    if task.kind is TaskKind.START:
        return next(iter(able), None)
    wanted = [item for item in able if item.proof and item.proof.verdict in pull_on]
    return min(wanted, key=_rank, default=None)


def _rank(item: _Weighed) -> tuple[int, int, int]:
    place = RANK.index(item.proof.verdict) if item.proof else len(RANK)
    return (bool(item.why), place, item.judged.candidate)


def _rejected(weighed: Sequence[_Weighed], *, chosen: _Weighed | None, pull_on: Sequence[str]) -> Iterator[Rejected]:
    for item in weighed:
        if item is not chosen:
            why = item.why or _passed_over(item, chosen=chosen, pull_on=pull_on)
            yield Rejected(candidate=item.judged.candidate, why=why)


def _passed_over(item: _Weighed, *, chosen: _Weighed | None, pull_on: Sequence[str]) -> str:
    if item.proof and item.proof.verdict not in pull_on:
        return f"{item.proof.verdict}: {_counts(item.proof)}; pull-on asks for {', '.join(pull_on) or 'nothing'}"
    return f"candidate {chosen.judged.candidate} goes before it" if chosen else "it was not chosen"


def _unique(items: Iterable[Item]) -> tuple[Item, ...]:
    return tuple(dict.fromkeys(items))
