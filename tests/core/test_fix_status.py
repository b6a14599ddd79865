"""``status.json`` and the exit code of a fix run, from what its jobs handed on."""

import json
from datetime import UTC, datetime

import pytest

from ftc.core.fix import Gate, Judged, Publication, TaskKind, Verification
from ftc.core.fix_status import fix_exit_code, fix_status
from ftc.core.patch import Rule, Violation
from ftc.core.stress import Stratum, Tally, judge
from ftc.core.task_report import Status, status_text
from tests.agent.fix_runs import task

STARTED, FINISHED = (datetime(2025, 3, 1, 10, minute, tzinfo=UTC) for minute in (0, 20))
DIFF = """diff --git a/cart/cart_test.go b/cart/cart_test.go
--- a/cart/cart_test.go
+++ b/cart/cart_test.go
@@ -1,3 +1,3 @@
 a
--- looks like a header
+b
 c
"""
LEG = "ubuntu-latest"


def stratum(before=5, after=0, runs=50, leg=LEG, amplifier="race-detector"):
    return Stratum(
        leg=leg, amplifier=amplifier, before=Tally(runs=runs, target=before), after=Tally(runs=runs, target=after)
    )


def judged(**over):
    values = {
        "candidate": 1, "violations": (), "masking": (), "gates": (Gate(name="fast", passed=True, detail=""),),
        "strata": (stratum(),), "executed_same": True, "files": ("cart/cart_test.go",), "diff": DIFF,
    }  # fmt: skip
    return Judged(**{**values, **over})


def verification(*found, leg=LEG):
    return Verification(
        task="7-abc", leg=leg, base_sha="b" * 40, judged=found, commands=("go test -race",), problems=()
    )


def publication(**over):
    values = {
        "task": "7-abc", "proof": None, "candidate": 1, "pull": 9, "url": "https://github.com/acme/shop/pull/9",
        "branch": "ai/fix/7-abc", "head_sha": "c" * 40, "draft": False, "risk_labels": (), "text": "", "problem": "",
    }  # fmt: skip
    return Publication(**{**values, **over})


def status(task_, legs, proof, published):
    return fix_status(task_, legs, proof, published, cost=0.25, started=STARTED, finished=FINISHED)


def proof_of(*strata):
    return judge(strata, attempt=1)


ONE_LEG = task(legs=(LEG,))


def test_the_members_are_those_of_every_task_and_the_proofs():
    legs = (verification(judged(candidate=2, strata=(stratum(before=1),), diff=""), judged()),)
    found = status(ONE_LEG, legs, proof_of(stratum()), publication())
    document = json.loads(status_text(found))
    assert document.keys() - Status.__dataclass_fields__.keys() == {
        "before", "after", "p_value", "upper_bound", "verdict",
    }  # fmt: skip
    side = {"runs": 50, "failures": 5, "commands": ["go test -race"], "amplifier": "race-detector"}
    assert (document["before"], document["after"]) == (side, {**side, "failures": 0})
    assert (document["verdict"], document["partial"], document["partial_share"]) == ("verified", False, 1.0)
    assert document["p_value"] == pytest.approx(0.0281, abs=1e-4)  # Fisher's test of 5 of 50 against 0 of 50
    assert document["upper_bound"] == pytest.approx(0.0582, abs=1e-4)  # 1 - 0.05 ** (1 / 50)
    assert (document["diff_lines"], document["risk_level"], document["cost"]) == (2, "low", 0.25)
    assert (document["commits"], document["pr_url"]) == (["c" * 40], "https://github.com/acme/shop/pull/9")
    assert (document["tests_passed"], document["lint_errors"]) == (None, None)  # nobody counted them
    assert (document["started_at"], document["finished_at"]) == ("2025-03-01T10:00:00Z", "2025-03-01T10:20:00Z")


def test_amplifiers_and_commands_of_all_legs_are_named_once():
    both = (stratum(before=3), stratum(before=2, amplifier="plain"))
    legs = (verification(judged(strata=both)), verification(judged(strata=both), leg="macos-latest"))
    found = status(task(legs=(LEG, "macos-latest")), legs, proof_of(*both, *both), publication())
    assert found.before.amplifier == "race-detector, plain"
    assert found.before.commands == ("go test -race",)
    assert (found.before.runs, found.before.failures, found.partial) == (200, 10, False)


def test_without_a_publication_the_figures_are_those_of_the_candidate_that_the_proof_is_about():
    rare = stratum(before=1, amplifier="plain")
    legs = (verification(judged(candidate=1), judged(candidate=2, strata=(rare,))),)
    found = status(ONE_LEG, legs, proof_of(rare), None)
    assert (found.verdict, found.before.amplifier, found.before.failures) == ("supported", "plain", 1)
    assert (found.commits, found.diff_lines, found.branch) == ((), 0, ONE_LEG.branch)


VERIFIED, SUPPORTED, BROKEN = proof_of(stratum()), proof_of(stratum(before=1)), proof_of(stratum(after=1))
BAD = Violation(rule=Rule.EMPTY, path="", text="")
# The task, what the leg said, the proof, the publication, and: exit code, risk, share.
ENDS = [
    (ONE_LEG, judged(), VERIFIED, publication(), (0, "low", 1.0)),
    # A branch without a pull request was asked for; it is delivered all the same.
    (ONE_LEG, judged(), VERIFIED, publication(pull=0, url=""), (0, "low", 1.0)),
    (ONE_LEG, judged(), VERIFIED, publication(pull=0, url="", problem="GitHub refused"), (2, "low", 1.0)),
    (ONE_LEG, judged(), SUPPORTED, publication(draft=True), (2, "medium", 1.0)),
    (ONE_LEG, judged(), BROKEN, publication(draft=True), (2, "high", 1.0)),
    (ONE_LEG, judged(), VERIFIED, publication(risk_labels=("large-diff",)), (2, "medium", 1.0)),
    (ONE_LEG, judged(masking=("sleep: x",)), VERIFIED, publication(), (0, "medium", 1.0)),
    (ONE_LEG, judged(files=("cart/cart.go",)), VERIFIED, publication(), (0, "medium", 1.0)),
    (ONE_LEG, judged(violations=(BAD,)), VERIFIED, publication(), (2, "high", 1.0)),
    (ONE_LEG, judged(gates=(Gate(name="slow", passed=False, detail=""),)), VERIFIED, publication(), (2, "high", 1.0)),
    # The proof may be of runs that tested something else.
    (ONE_LEG, judged(executed_same=False), VERIFIED, publication(), (2, "high", 1.0)),
    # One leg of two died: its half is missing.
    (task(legs=(LEG, "windows-latest")), judged(), VERIFIED, publication(), (2, "medium", 0.5)),
    (ONE_LEG, judged(), SUPPORTED, None, (1, "low", 0.0)),
    (ONE_LEG, judged(), None, publication(head_sha="", url="", candidate=0, problem="dry run"), (1, "low", 0.0)),
    # An instruction has nothing to be proven by runs; people decide.
    (task(kind=TaskKind.START, legs=(LEG,)), judged(strata=()), None, publication(), (2, "medium", 1.0)),
    (task(kind=TaskKind.VERIFY, legs=(LEG,)), judged(), VERIFIED, None, (0, "low", 0.0)),
    (task(kind=TaskKind.VERIFY, legs=(LEG,)), judged(), SUPPORTED, None, (2, "low", 0.0)),
    (task(kind=TaskKind.VERIFY, legs=(LEG,)), judged(), BROKEN, None, (1, "low", 0.0)),
    (task(kind=TaskKind.VERIFY, legs=(LEG,)), judged(), None, None, (1, "low", 0.0)),
]


@pytest.mark.parametrize(("task_", "leg", "proof", "published", "end"), ENDS)
def test_exit_code_risk_and_share(task_, leg, proof, published, end):
    found = status(task_, (verification(leg),), proof, published)
    assert (fix_exit_code(task_, found, published), found.risk_level, found.partial_share) == end


def test_a_diff_that_nobody_can_read_has_no_lines():
    found = status(ONE_LEG, (verification(judged(diff="@@ -1,9 +1 @@\n-x")),), VERIFIED, publication())
    assert found.diff_lines == 0
