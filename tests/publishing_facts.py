"""What a run has to publish, as plain facts without git: each with one thing of its own."""

from dataclasses import replace
from datetime import UTC, datetime

from builders import REPO, a_test

from ftc.core.conclusion import Conclusion
from ftc.core.fix import Amplifier, Candidate, Fix, Gate, Judged, Quota, Reproduction, Trial
from ftc.core.orders import branch_name
from ftc.core.patch import Change
from ftc.core.publishing import Evidence, Proposal
from ftc.core.risk import Risk
from ftc.core.stress import Stratum, Tally, Verdict, judge
from tests.agent import fix_runs

BASE = "a" * 40
COMMAND = "go test ./cart -run '^TestTotal$' -count=20 -cpu=1"
CREATED = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)


def a_task(**over):
    values = {
        "issue": 7, "repo": REPO, "source_repo": REPO, "tests": (a_test(),), "fingerprints": ("v1:aaaa",), "plan": (),
        "title": "flaky", "body": "", "model": "scripted", "runner": "ubuntu-latest", "legs": ("1", "2"),
        "quota": Quota(runs=100, minutes=10, usd=2.0, steps=10, candidates=1), "approved_by": "bea", "approval": 5,
        "id": "7-abc", "created": CREATED, **over,
    }  # fmt: skip
    return fix_runs.task(**{"branch": branch_name(values["issue"], values["id"]), **values})


def a_candidate(**over):
    values = {"number": 1, "patch": "", "hypothesis": "It was not ready.", "summary": "Wait for it.", "by": "scripted"}
    return Candidate(**{**values, **over})


def a_fix(*candidates, **over):
    values = {"task": "7-abc", "base_sha": BASE, "candidates": candidates or (a_candidate(),), "give_up": ""}
    return Fix(**{**values, "usd": 0.1, "tokens": 100, "steps": 3, **over})


def strata(*, failures=6, runs=20, after=0):
    """What two legs counted, each under one amplifier."""
    before = Tally(runs=runs, target=failures // 2)
    later = Tally(runs=runs, target=after)
    return tuple(Stratum(leg=leg, amplifier="one-cpu", before=before, after=later) for leg in ("1", "2"))


def a_judged(**over):
    values = {
        "candidate": 1,
        "violations": (),
        "masking": (),
        "gates": (Gate(name="fast gate", passed=True, detail="it builds; 4 tests pass"),),
        "strata": strata(),
        "executed_same": True,
        "files": ("cart/cart_test.go",),
        "diff": "",
    }
    return Judged(**{**values, **over})


def a_conclusion(*, verdict=Verdict.VERIFIED, **over):
    values = {
        "candidate": 1,
        "proof": replace(judge(strata(), attempt=1), verdict=verdict) if verdict else None,
        "judged": a_judged(),
        "rejected": (),
        "commands": (COMMAND,),
        "legs": ("1", "2"),
        "missing_legs": (),
        "problems": (),
    }
    return Conclusion(**{**values, **over})


def a_trial(**over):
    values = {"amplifier": Amplifier.ONE_CPU, "runs": 40, "target": 7, "others": frozenset(), "command": COMMAND}
    return Trial(**{**values, "seconds": 1.0, "executed": ("TestTotal",), "problem": "", **over})


def a_reproduction(*trials, **over):
    values = {"task": "7-abc", "base_sha": BASE, "runner": "go", "trials": trials or (a_trial(),)}
    values |= {"chosen": Amplifier.ONE_CPU, "reproduced": True, "covered_files": (), "excerpt": "", "problems": ()}
    return Reproduction(**{**values, **over})


def an_evidence(**over):
    values = {"task": a_task(), "fix": a_fix(), "conclusion": a_conclusion(), "reproduction": a_reproduction()}
    return Evidence(**{**values, **over})


def a_change(**over):
    values = {"path": "cart/cart_test.go", "status": "M", "old_mode": "100644", "new_mode": "100644", "added": 1}
    return Change(**{**values, "removed": 0, **over})


def a_proposal(**over):
    values = {
        "evidence": an_evidence(),
        "candidate": a_candidate(),
        "title": "tests: stabilize TestTotal",
        "changes": (a_change(),),
        "masking": (),
        "draft": False,
        "risk": Risk.LOW,
        "reasons": (),
    }
    return Proposal(**{**values, **over})
