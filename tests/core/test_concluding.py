"""What several legs say of several candidates, and the one conclusion: every doubt lowers what is claimed."""

from dataclasses import replace

import pytest

from ftc.core.concluding import conclude
from ftc.core.config import Masking
from ftc.core.fix import Gate, Judged, Quota, TaskKind, Verification
from ftc.core.patch import Rule, Violation
from ftc.core.stress import Stratum, Tally, Verdict
from tests.agent.fix_runs import task

LEGS = ("1", "2")
OFFENCE = Violation(rule=Rule.PROTECTED, path="go.mod", text="never changed")
QUOTA = Quota(runs=200, minutes=30, usd=5.0, steps=20, candidates=2)
SKIP = "skip: tests/test_x.py: @pytest.mark.skip"
GATE = Gate(name="build", passed=True, detail="")


def strata(before, after=0, *, runs=100, others=frozenset()):
    """One stratum: so many failures before and after, in so many runs each."""
    counts = Tally(runs=runs, target=before), Tally(runs=runs, target=after, others=others)
    return (Stratum(leg="", amplifier="plain", before=counts[0], after=counts[1]),)


def judged(before=3, after=0, *, number=1, **over):
    values = {
        "violations": (), "masking": (), "gates": (GATE,), "strata": strata(before, after), "executed_same": True,
        "files": ("tests/test_x.py",), "diff": "diff",
    }  # fmt: skip
    return Judged(candidate=number, **(values | over))


def leg(name, *found, **over):
    values = {"task": "7-abc", "base_sha": "a" * 40, "commands": ("pytest x",), "problems": ()}
    return Verification(leg=name, judged=found, **(values | over))


def concluded(*legs, masking=Masking.REFUSE, pull_on=("verified",), **over):
    return conclude(task(legs=LEGS, **({"quota": QUOTA} | over)), legs, masking=masking, pull_on=pull_on)


def both(first, second=None):
    """The same candidate on both legs."""
    return leg("1", first), leg("2", second or first)


def test_both_legs_together_verify():
    found = concluded(*both(judged(3)))
    assert found.candidate == 1
    assert found.proof.verdict is Verdict.VERIFIED
    assert (found.proof.before, found.proof.after) == (Tally(runs=200, target=6), Tally(runs=200))
    assert [stratum.leg for stratum in found.judged.strata] == ["1", "2"]
    assert (found.legs, found.missing_legs, found.rejected, found.problems) == (LEGS, (), (), ())
    assert found.commands == ("pytest x",)


REJECTED = {
    "policy": (both(judged(violations=(OFFENCE,))), "protected: go.mod: never changed"),
    "masking": (both(judged(masking=(SKIP,), strata=())), f"masking: {SKIP}"),
    "a gate, on one leg": (
        both(judged(), judged(gates=(replace(GATE, passed=False, detail="it does not compile"),))),
        "build: leg 2: it does not compile",
    ),
    "other tests ran, on one leg": (both(judged(), judged(executed_same=False)), "executed tests"),
    "it failed after, on one leg": (both(judged(5), judged(3, after=1)), "did-not-hold: it failed in 8 of 200 runs"),
    "it fails otherwise": (both(judged(strata=strata(3, others=frozenset({"x"})))), "new-signature"),
    "not measured": (both(judged(strata=())), "not measured"),
    "no runs": (both(judged(strata=strata(0, runs=0))), "not measured"),
    "it never failed": (both(judged(0)), "not-reproduced: it failed in 0 of 200 runs before"),
    "too few failures": (both(judged(2)), "supported: it failed in 4 of 200"),
    # A leg cannot call what another one saw harmless.
    "the legs saw two patches": (both(judged(), judged(diff="another")), "disagree about its diff"),
    "the legs saw two policies": (both(judged(), judged(violations=(OFFENCE,))), "disagree about its violations"),
}


@pytest.mark.parametrize(("legs", "why"), REJECTED.values(), ids=REJECTED)
def test_what_is_rejected_whatever_its_figures(legs, why):
    found = concluded(*legs)
    assert (found.candidate, found.judged) == (0, None)
    assert why in found.rejected[0].why


@pytest.mark.parametrize(
    ("before", "pull_on", "candidate"),
    [
        (2, ("verified", "supported"), 1),
        (0, ("verified", "supported"), 0),
        (0, ("verified", "supported", "not-reproduced"), 1),
        (3, (), 0),
    ],
)
def test_configuration_says_on_which_verdicts(before, pull_on, candidate):
    assert concluded(*both(judged(before)), pull_on=pull_on).candidate == candidate


def test_bad_verdicts_are_never_published_even_if_somebody_asks_for_them():
    assert concluded(*both(judged(3, after=1)), pull_on=("did-not-hold",)).candidate == 0


def test_a_missing_leg_lowers_what_is_claimed():
    """Nine failures of one leg would do by themselves, but the other might have seen one after the change."""
    found = concluded(leg("1", judged(9)), pull_on=("verified", "supported"))
    assert found.proof.verdict is Verdict.SUPPORTED
    assert found.missing_legs == ("2",)
    assert found.problems == (
        "leg 2 gave no answer",
        "candidate 1 is not called verified: no runs from leg 2",
    )


@pytest.mark.parametrize(
    "other",
    [
        leg("2", judged(9, number=2)),  # it was about another candidate
        leg("2", judged(9, strata=())),  # it came to no runs
        leg("2", judged(9), task="8-abc"),
        leg("2", judged(9), base_sha="b" * 40),
        leg("3", judged(9)),
        leg("1", judged(9)),  # the same one again
        leg("2", judged(9, strata=strata(101))),  # more failures than runs
        leg("2", judged(9, strata=strata(-1))),
        leg("2", judged(9), judged(9)),
        leg("2", judged(9), judged(9, number=3)),  # nobody may propose so many
        leg("2", judged(9, strata=strata(9, runs=201))),  # more runs than there is a quota for
        leg("2", judged(9, strata=(*strata(9), *strata(0), *strata(0)))),
        leg("2", judged(9, strata=strata(10**12, runs=10**13))),  # and no time is lost with such a figure
    ],
    ids=[
        *("candidate", "no runs", "task", "base", "no leg", "twice", "too many", "negative", "candidate twice"),
        *("no candidate", "beyond the quota", "beyond it in all", "absurd"),
    ],
)
def test_a_leg_that_does_not_count_never_helps(other):
    found = concluded(leg("1", judged(9)), other, pull_on=("verified", "supported"))
    assert found.candidate == 1
    assert found.proof.verdict is Verdict.SUPPORTED
    assert found.proof.before.target == 9
    assert found.problems


def test_no_leg_at_all():
    found = concluded()
    assert (found.candidate, found.proof, found.legs, found.missing_legs) == (0, None, (), LEGS)


def test_flagged_masking_may_be_published_and_is_never_verified():
    found = concluded(*both(judged(9, masking=(SKIP,))), masking=Masking.FLAG, pull_on=("verified", "supported"))
    assert (found.candidate, found.proof.verdict) == (1, Verdict.SUPPORTED)
    assert found.judged.masking == (SKIP,)
    assert "may hide the flake" in found.problems[0]


def two(first, second):
    return leg("1", first, second), leg("2", first, second)


def test_each_stressed_candidate_uses_up_a_share():
    """The second one needs seven failures; the first, which was never stressed, would not have counted."""
    tried = judged(3, after=1), judged(3, number=2)
    found = concluded(*two(*tried), pull_on=("verified", "supported"))
    assert (found.candidate, found.proof.verdict, found.proof.failures_needed) == (2, Verdict.SUPPORTED, 7)
    assert concluded(*two(tried[0], judged(4, number=2))).proof.verdict is Verdict.VERIFIED
    unstressed = judged(masking=(SKIP,), strata=())
    assert concluded(*two(unstressed, judged(3, number=2))).proof.failures_needed == 5
    assert concluded(*two(*tried), attempt=3).proof.failures_needed == 9


def test_verified_goes_before_supported_and_of_equals_the_first():
    pull_on = ("verified", "supported")
    found = concluded(*two(judged(2), judged(9, number=2)), pull_on=pull_on)
    assert found.candidate == 2
    assert found.rejected[0].why == "candidate 2 goes before it"
    assert concluded(*two(judged(9), judged(9, number=2)), pull_on=pull_on).candidate == 1


def test_the_best_rejected_one_is_told():
    found = concluded(*two(judged(9, after=2), judged(1, number=2)))
    assert found.candidate == 0
    assert found.proof.verdict is Verdict.SUPPORTED
    assert [item.candidate for item in found.rejected] == [1, 2]


def test_a_person_s_pull_request_is_told_of_the_policy_and_measured_all_the_same():
    found = concluded(*both(judged(violations=(OFFENCE,))), kind=TaskKind.VERIFY)
    assert (found.candidate, found.proof.verdict) == (1, Verdict.VERIFIED)
    assert found.judged.violations == (OFFENCE,)
    masked = concluded(*both(judged(masking=(SKIP,))), kind=TaskKind.VERIFY, pull_on=("verified", "supported"))
    assert (masked.candidate, masked.proof.verdict) == (1, Verdict.SUPPORTED)
    failed = concluded(*both(judged(3, after=2)), kind=TaskKind.VERIFY)
    assert (failed.candidate, failed.proof.verdict) == (0, Verdict.DID_NOT_HOLD)
    assert failed.judged.gates == (GATE,)


def test_an_instruction_has_no_test_and_so_no_proof():
    first = judged(gates=(replace(GATE, passed=False, detail="it fails"),), strata=())
    found = concluded(*two(first, judged(number=2, strata=())), kind=TaskKind.START)
    assert (found.candidate, found.proof) == (2, None)
    assert found.rejected[0].why == "build: leg 1: it fails"


GATES = [
    # What both legs say of one gate, and what is said of both: the worst, with its leg where it failed.
    ((GATE, GATE), (True, False, "")),
    ((GATE, replace(GATE, flagged=True, detail="not measured")), (True, True, "not measured")),
    ((replace(GATE, flagged=True, detail="not measured"), GATE), (True, True, "not measured")),
    ((replace(GATE, flagged=True), replace(GATE, passed=False, detail="blind")), (False, False, "leg 2: blind")),
    ((replace(GATE, passed=False, detail="blind"), replace(GATE, flagged=True)), (False, False, "leg 1: blind")),
]


@pytest.mark.parametrize(("gates", "expected"), GATES)
def test_a_flag_of_one_leg_is_not_lost(gates, expected):
    first, second = gates
    found = concluded(*both(judged(gates=(first,)), judged(gates=(second,))))
    if expected[0]:
        (one,) = found.judged.gates
        assert (one.passed, one.flagged, one.detail) == expected
    else:
        assert found.rejected[0].why == f"build: {expected[2]}"
