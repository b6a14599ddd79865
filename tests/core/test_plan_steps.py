"""The steps are read back from the very comment that people read, whatever stands in them."""

import pytest

from ftc.core.analysis import Analysis, Cause, FixPlan, RootCause, Sources
from ftc.core.plan_steps import steps_of
from ftc.render.analysis import analysis_comment

STEPS = {
    "plain": ("Wait for the channel.", "Drop the sleep."),
    "more than are on show": tuple(f"Step {number}." for number in range(1, 6)),
    "what Markdown would take": ("Use `t.Cleanup` in *every* _test_ | see <b> & [this](x) #12 @bea",),
    "a number of its own": ("1. first", "2) second"),
    "longer than fits on a line": ("word " * 60 + "end",),
    "none": (),
}


@pytest.mark.parametrize("case", STEPS)
def test_what_is_rendered_is_read_back(case):
    steps = STEPS[case]
    plan = FixPlan(steps=steps, planned_files=("a_test.go",), sketch="--- a\n+++ b\n1. no step\n")
    causes = (Cause(root_cause=RootCause.ASYNC_WAIT, probability=0.8),)
    checklist = ("1. Is it so?",)
    analysis = Analysis(causes=causes, sources=Sources(), plan=plan, checklist=checklist)
    text = analysis_comment(analysis, repo="octo/widgets", server="https://github.com")
    assert steps_of(text) == tuple(step.strip() for step in steps)
    assert steps_of(text.replace("\n", "\r\n")) == steps_of(text)


@pytest.mark.parametrize("text", ["", "1. a step of nobody", "**Plan** (low risk)\n\nFiles: none\n\n1. later"])
def test_without_a_plan_there_are_no_steps(text):
    assert steps_of(text) == ()
