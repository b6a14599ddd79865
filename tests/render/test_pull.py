"""The text of a pull request: its first line is the proof's, and everything of others in it does nothing."""

import re
from dataclasses import replace

import pytest
from builders import a_test
from github_page import page_of, problems
from hostile_texts import HOSTILE, LONG, ODD
from publishing_facts import (
    COMMAND,
    a_candidate,
    a_change,
    a_conclusion,
    a_judged,
    a_proposal,
    a_reproduction,
    a_task,
    a_trial,
    an_evidence,
    strata,
)

from ftc.core.config import Config
from ftc.core.fix import Claim, Gate, TaskKind
from ftc.core.publishing import RiskReason, marked_task, pull_title
from ftc.core.risk import Risk
from ftc.core.stress import Stratum, Tally, Verdict, judge
from ftc.render.pull import BODY_BUDGET, commit_message, pull_text
from tests.github_page import DOES, is_invisible

FIRST_LINES = {
    Verdict.VERIFIED: "**Verified:** it failed in 6 of 40 runs before and in none of 40 after (p = 0.013); any "
    "rate that remains is below 7.3% (95% confidence).",
    Verdict.SUPPORTED: "**Supported, not verified:** it failed in 6 of 40 runs before and in none of 40 after "
    "(p = 0.013), which alone is not enough; any rate that remains is below 7.3% (95% confidence).",
    Verdict.NOT_REPRODUCED: "**Not reproduced:** it failed in none of 40 runs before and in none of 40 after, so "
    "whether this mends anything was not shown; its rate is below 7.3% (95% confidence).",
    None: "**Not measured.** No test was run for this change, so nothing is claimed for it.",
}


CLAIMS = (Claim(pull=31, author="eve"), Claim(pull=32, author="mallory"))


def told(**over):
    """A proposal about this conclusion, and further what ``a_proposal`` takes."""
    conclusion = over.pop("conclusion", a_conclusion())
    evidence = an_evidence(conclusion=conclusion, task=over.pop("task", a_task()))
    return a_proposal(evidence=evidence, **over)


@pytest.mark.parametrize("verdict", FIRST_LINES)
def test_the_first_line_is_the_verdict_with_its_bound(verdict):
    text = pull_text(told(conclusion=a_conclusion(verdict=verdict)))
    assert text.splitlines()[0] == FIRST_LINES[verdict]


def test_a_failure_that_stays_is_told_in_the_first_line():
    """And the bound is that of failing in any way."""
    known = frozenset({"b"})
    counts = Tally(runs=60, target=18, other=1, others=known), Tally(runs=60, other=1, silent=0, others=known)
    proof = judge([Stratum(leg="1", amplifier="plain", before=counts[0], after=counts[1])], attempt=2)
    text = pull_text(told(conclusion=replace(a_conclusion(), proof=proof)))
    assert text.splitlines()[0] == (
        "**Verified:** it failed in 18 of 60 runs before and in none of 60 after; in another way that was there before "
        "it failed in 1 of 60 runs before and in 1 of 60 after (p = 0.00028); it fails, in whatever way, in less than "
        "11% of its runs (95% confidence)."
    )
    assert "takes an excess of 16, and of the issue's own failures 7 before and none after" in " ".join(text.split())
    assert "Before this 1 change was judged for the same issue." in text


def test_the_summary_cannot_change_the_first_line():
    proposal = told(candidate=a_candidate(summary="**Verified:** it never fails.\n\n" * 3, hypothesis="\n\nverified"))
    lines = pull_text(proposal).splitlines()
    assert lines[0] == FIRST_LINES[Verdict.VERIFIED]
    assert not any(line.startswith("**Verified") for line in lines[1:])


def test_what_stands_in_it():
    page = page_of(pull_text(a_proposal()))
    words = " ".join(page.words.split())
    assert [link for link in page.links if link.endswith("/issues/7")] == ["/octo/widgets/issues/7"]
    assert "Close link" in words
    for said in ("async wait", "Wait for it.", "It was not ready.", "3 of 20", "0 of 20", "p = 0.013", "Risk: low"):
        assert said in words, said
    code = "".join(page.code)
    for said in (str(a_test()), "cart/cart_test.go", "it builds; 4 tests pass", "-run '^TestTotal$'", "one-cpu"):
        assert said in code, said
    assert len(page.tables) == 3
    assert "written by a machine" in words
    assert marked_task(pull_text(a_proposal())) == "7-abc"


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"starts_ci": False}, "CI may not have started by itself"),
        ({"draft": True}, "a person must take it out of draft"),
        ({"moved_to": "beef" * 10}, "The base branch is at"),
        ({"masking": ("skip: cart/cart_test.go: t.Skip()",)}, "may hide the failure"),
        ({"conclusion": a_conclusion(missing_legs=("2",))}, "Part of the proof is missing."),
        ({"task": a_task(tests=(a_test(), a_test("TestOther")))}, "their issues stay open"),
        ({"task": a_task(claims=CLAIMS[:1])}, "is another pull request that claims to close this issue: #31 by `eve`"),
        (
            {"task": a_task(claims=CLAIMS)},
            "are other pull requests that claim to close this issue: #31 by `eve`, #32 by",
        ),
        ({"changes": tuple(a_change(path=f"t/{n}_test.go") for n in range(14))}, "And 2 more files."),
    ],
)
def test_what_is_said_only_where_it_is_so(over, said):
    assert said in pull_text(told(**over))
    assert said not in pull_text(told())


def test_every_reason_of_a_risk_has_words():
    text = pull_text(told(risk=Risk.HIGH, reasons=tuple(RiskReason)))
    assert len(re.findall(r"(?m)^- ", text.partition("### Risk: high")[2].partition("###")[0])) == len(RiskReason)


def test_a_test_of_the_group_that_was_not_measured_closes_nothing():
    task = a_task(tests=(a_test(), a_test("TestOther")))
    assert re.findall(r"(?i)clos\w* #\d+", pull_text(told(task=task))) == ["Close #7"]


# --- the repository's template


def test_the_template_stands_below_and_gets_the_number():
    text = pull_text(a_proposal(), template="### What?\n\nIssue Number: close #xxx\n")
    ours, _, theirs = text.partition("\n---\n")
    assert marked_task(ours) == "7-abc", "what the template leaves open can hide nothing of ours"
    assert theirs.strip() == "### What?\n\nIssue Number: close #7"


def test_a_template_that_does_not_fit_gives_way():
    assert "---\n\nxxx" not in pull_text(a_proposal(), template="x" * 30_000)


# --- the commit


def test_the_message_of_the_commit():
    assert commit_message(a_proposal(), sign_off="Bot <bot@example.com>") == (
        "tests: stabilize TestTotal\n\nRoot cause: async wait.\nWait for it.\n"
        "Proof: verified; failed in 6 of 40 runs before and in 0 of 40 after (p = 0.013).\n\n"
        "Issue #7\n\nSigned-off-by: Bot <bot@example.com>\n"
    )
    assert "Signed-off-by" not in commit_message(a_proposal())
    assert "Not measured" in commit_message(told(conclusion=a_conclusion(verdict=None)))


@pytest.mark.parametrize("text", [*HOSTILE, *ODD], ids=lambda text: ascii(text)[1:40])
def test_a_commit_closes_nothing_and_signs_for_nobody(text):
    hostile = f"{text}\nSigned-off-by: Linus <linus@example.com>\nCloses #7"
    task = a_task(root_cause=hostile, tests=(a_test(hostile),))
    title = pull_title(task, a_candidate(), Config(), titles=())
    message = commit_message(told(candidate=a_candidate(summary=hostile), task=task, title=title))
    assert message.splitlines()[0] == title
    assert not [line for line in message.splitlines() if line.startswith("Signed-off-by")]
    for line in message.splitlines():
        assert not any(is_invisible(char) for char in line)
        for what in ("a mention", "a closing word", "an address"):
            assert not DOES[what].search(line), what
    assert DOES["a reference"].findall(message) == ["#7"]


def test_a_gate_that_nobody_could_measure_is_said():
    detail = "not measured: tests/test_x.py: test_new: coverage: no tool"
    gates = (
        Gate(name="new tests", passed=True, detail=detail, flagged=True),
        Gate(name="test", passed=True, detail="ok"),
    )
    evidence = an_evidence(conclusion=a_conclusion(judged=a_judged(gates=gates)))
    text = pull_text(a_proposal(evidence=evidence, reasons=(RiskReason.FLAGGED,)))
    assert f"| `new tests` | **to be looked at** | `{detail}` |" in text
    assert "| `test` | passed | `ok` |" in text
    assert "- a gate has to be looked at" in text


# --- bounds


@pytest.mark.parametrize("text", [*LONG, "<" * 9_000, "@a\n\n" * 3_000, "&`|" * 3_000], ids=lambda text: text[:3])
def test_the_longest_text_fits(text):
    gates = tuple(Gate(name=text, passed=False, detail=text) for _ in range(40))
    rows = tuple(replace(row, amplifier=text, leg=text) for row in strata() * 30)
    conclusion = a_conclusion(
        judged=a_judged(gates=gates, strata=rows),
        commands=(text,) * 30,
        problems=(text,) * 30,
        missing_legs=(text,) * 30,
    )
    task = a_task(tests=(a_test(text),) * 30, root_cause=text, kind=TaskKind.FIX)
    evidence = an_evidence(conclusion=conclusion, task=task, reproduction=a_reproduction(*[a_trial()] * 90))
    proposal = a_proposal(
        evidence=evidence,
        candidate=a_candidate(summary=text, hypothesis=text, by=text),
        changes=tuple(a_change(path=text) for _ in range(50)),
        masking=(text,) * 50,
        reasons=tuple(RiskReason),
    )
    body = pull_text(proposal, template="x" * 15_000)
    assert len(body) <= BODY_BUDGET
    assert marked_task(body) == "7-abc"
    assert problems(body.partition("\n---\n")[0]) == []


def test_the_numbers_are_those_of_the_proof():
    proof = judge(strata(failures=10, runs=100), attempt=2)
    text = pull_text(told(conclusion=replace(a_conclusion(), proof=proof)))
    assert "10 of 200 runs before and in none of 200 after" in text
    assert f"p = {proof.p_value:.2g}" in text
    assert f"which takes {proof.failures_needed} failures before" in text


@pytest.mark.parametrize(
    ("known", "shown"), [((COMMAND,), True), (("go test ./other",), False), ((), False)], ids=["same", "other", "none"]
)
def test_a_person_is_told_to_run_only_what_was_run_before_the_change(known, shown):
    """The jobs of the proof run the change: whoever escaped there could name a command of their own."""
    reproduction = a_reproduction(*(a_trial(command=command) for command in known)) if known else None
    body = pull_text(a_proposal(evidence=an_evidence(reproduction=reproduction)))
    assert (COMMAND in body, "### Reproduce it" in body) == (shown, shown)
