"""What people read of fix runs, with every word of others given from outside, for ``bot_texts``."""

from dataclasses import replace

from ftc.core.conclusion import Conclusion, Rejected
from ftc.core.endings import Ended, Ending, Papers
from ftc.core.fix import (
    Amplifier,
    Candidate,
    Claim,
    Fix,
    Gate,
    Judged,
    Publication,
    Quota,
    Refused,
    Reproduction,
    TaskKind,
    Trial,
    Verification,
)
from ftc.core.marks import marked
from ftc.core.patch import Violation
from ftc.core.stress import Stratum, Tally, Verdict, judge
from ftc.render.runs import About, Phase, outcome_text, progress_text, report_text
from tests.agent import fix_runs
from tests.builders import LINK, NOON, REPO, a_test

BASE = "a" * 40


def plain(place):
    """Ordinary words for every place."""
    return f"some {place}"


def a_fix_task(says=plain, **over):
    """A task as the gate freezes it."""
    values = {
        "id": "7-9", "repo": REPO, "source_repo": REPO, "branch": "ai/fix/7-0a1b2c3d",
        "tests": (replace(a_test(), name=says("test")),), "plan": (), "title": "", "body": "", "legs": ("1", "2"),
        "quota": Quota(runs=600, minutes=30, usd=2.0, steps=40, candidates=3), "nonce": "0-0123456789abcdef",
        "approved_by": "bea", "approval": 9, "head_sha": "b" * 40, "created": NOON,
        "claims": (Claim(pull=7, author=says("login")),),
    }  # fmt: skip
    return fix_runs.task(**(values | over))


def strata(before=9, after=0, *, runs=40):
    """Two legs that saw the same."""
    sides = {"before": Tally(runs=runs, target=before), "after": Tally(runs=runs, target=after)}
    return tuple(Stratum(leg=leg, amplifier="race-detector", **sides) for leg in ("1", "2"))


def a_reproduction(says=plain, **over):
    """One amplifier showed it, another could not be tried."""
    trial = Trial(
        amplifier=Amplifier.RACE, runs=40, target=9, others=frozenset(), command=says("command"), seconds=9.0,
        executed=("TestPay",), problem="",
    )  # fmt: skip
    values = {
        "task": "7-9", "base_sha": BASE, "runner": "go", "trials": (trial, replace(trial, problem=says("problem"))),
        "chosen": Amplifier.RACE, "reproduced": True, "covered_files": (), "excerpt": says("excerpt"),
        "problems": (says("problem"),),
    }  # fmt: skip
    return Reproduction(**(values | over))


def a_judged(says=plain, **over):
    """A candidate as all legs saw it."""
    values = {
        "candidate": 1, "violations": (Violation(rule="path", path=says("path"), text=says("reason")),),
        "masking": (says("path"),), "gates": (Gate(name=says("gate"), passed=False, detail=says("message")),),
        "strata": strata(), "executed_same": True, "files": ("cart/cart_test.go",), "diff": "",
    }  # fmt: skip
    return Judged(**(values | over))


def a_conclusion(says=plain, *, chosen=1, counts=(), **over):
    """One candidate was looked at twice over."""
    values = {
        "candidate": chosen, "proof": judge(counts or strata(), attempt=1), "judged": a_judged(says),
        "rejected": (Rejected(candidate=2, why=says("reason")),), "commands": (says("command"),),
        "legs": ("1", "2"), "missing_legs": (), "problems": (says("problem"),),
    }  # fmt: skip
    return Conclusion(**(values | over))


def a_fix(says=plain, **over):
    """Two candidates for 31 cents."""
    candidates = tuple(
        Candidate(number=number, patch="", hypothesis="", summary=says("summary"), by=says("model"))
        for number in (1, 2)
    )
    values = {
        "task": "7-9", "base_sha": BASE, "candidates": candidates, "give_up": "", "usd": 0.31, "tokens": 9, "steps": 4,
    }  # fmt: skip
    return Fix(**(values | over))


def a_publication(says=plain, **over):
    """A draft that is open."""
    values = {
        "task": "7-9", "proof": None, "candidate": 1, "pull": 12, "url": f"{LINK}/12", "branch": says("branch"),
        "head_sha": "c" * 40, "draft": True, "risk_labels": (), "text": says("text"), "problem": "",
        "compare_url": f"{LINK}/compare",
    }  # fmt: skip
    return Publication(**(values | over))


def a_verification(**over):
    """What one leg handed on."""
    values = {
        "task": "7-9", "leg": "1", "base_sha": BASE, "judged": (a_judged(candidate=1),), "commands": (),
        "problems": (),
    }  # fmt: skip
    return Verification(**(values | over))


def papers(says=plain, **over):
    """Everything a run may leave."""
    values = {
        "task": a_fix_task(says), "reproduction": a_reproduction(says), "fix": a_fix(says),
        "conclusion": a_conclusion(says), "publication": a_publication(says), "damaged": (says("problem"),),
    }  # fmt: skip
    return Papers(**(values | over))


COUNTS = {
    Verdict.VERIFIED: strata(),
    Verdict.SUPPORTED: strata(1),
    Verdict.NOT_REPRODUCED: strata(0),
    Verdict.DID_NOT_HOLD: strata(9, 2),
    Verdict.NEW_SIGNATURE: (
        Stratum(
            leg="1", amplifier="plain", before=Tally(runs=40, target=9), after=Tally(runs=40, others=frozenset({"f"}))
        ),
    ),
}


def run_texts(says):
    """Every text by a name of its own."""
    about = About(task="7-9", kind=TaskKind.FIX, run_url=LINK)
    done = papers(says)
    ends = [Ended(ending=ending, reason=says("reason"), job="verify", pull=12, url=LINK) for ending in Ending]
    ends += [Ended(ending=Ending.REFUSED, reason=says("reason"), refused=why, pull=7, spent=True) for why in Refused]
    ends.append(Ended(ending=Ending.AGAIN, refused=Refused.BUSY))
    texts = {
        f"run {at}: {end.ending} {end.refused or ''}": outcome_text(end, done, about, again=1)
        for at, end in enumerate(ends)
        if end.ending is not Ending.PROVEN
    }
    for kind in TaskKind:
        told = replace(about, kind=kind)
        texts |= {f"run of kind {kind} {phase}": progress_text(phase, done, told) for phase in Phase}
    unmeasured = papers(says, conclusion=a_conclusion(says, proof=None))
    texts["proof of nothing"] = report_text(
        Ended(ending=Ending.PROVEN), unmeasured, replace(about, kind=TaskKind.VERIFY)
    )
    for verdict, counts in COUNTS.items():
        found = papers(says, conclusion=a_conclusion(says, counts=counts))
        assert found.conclusion.proof.verdict is verdict
        texts[f"proof {verdict}"] = report_text(
            Ended(ending=Ending.PROVEN), found, replace(about, kind=TaskKind.VERIFY)
        )
        texts[f"run {verdict}"] = outcome_text(Ended(ending=Ending.PUBLISHED, pull=1, url=LINK), found, about)
    return {name: marked(text, "fix:7-9") for name, text in texts.items()}
