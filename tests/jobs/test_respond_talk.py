"""A whole conversation on an issue: people comment, the job runs, the page shows one reply each."""

from dataclasses import replace

import pytest
from fakes import PRICE, ScriptedModel
from scans import Killed, killing
from threads import Page, a_page

from ftc.core.conversation import TOLD
from ftc.jobs.converse import converse
from ftc.jobs.desk import Partners
from ftc.jobs.partners import everybody


def a_talk(model=None, **config) -> Page:
    """A page on which this model takes part, or what the configuration gives."""

    def with_model(ctx, flake, **said):
        return converse(ctx, flake, **{**said, "model": model})

    found = Partners(converse=with_model) if model else everybody()
    return replace(a_page(), partners=found, config=config)


def test_a_question_gets_one_reply_and_running_again_changes_nothing():
    page = a_talk()
    asked = page.comment("bea", "How often does this fail?")
    page.respond()
    assert "observed runs" in page.answer(asked)
    before = len(page.issue.comments)
    page.respond()
    assert len(page.issue.comments) == before


def test_talk_among_people_is_left_alone():
    page = a_talk()
    page.comment("bea", "I will look at it.")
    page.comment("tim", "Thanks!")
    page.respond()
    assert page.said() == {}


def test_what_a_model_costs_is_kept_even_for_silence():
    answer = {"reply": "", "cites": [], "changes_view": False, "new_root_cause": "unknown", "confidence": 0,
              "needs_person": False}  # fmt: skip
    page = a_talk(ScriptedModel(answer))
    page.comment("bea", "Could the cart be shared here?")
    page.respond()
    assert page.said() == {}
    assert [item.usd for item in page.flake.progress.charges] == [PRICE]


def test_a_model_without_its_key_leaves_the_rules_to_answer():
    page = a_talk(model="")
    page.config = {"model": "openai/small"}
    asked = page.comment("bea", "How often does this fail?")
    page.respond()
    assert "observed runs" in page.answer(asked)
    assert "a model was asked, but it cannot be asked as it is configured." in page.answer(asked)


def test_a_changed_view_is_kept_with_the_reply():
    answer = {
        "reply": "Both write to the cart.", "cites": ["E1"], "changes_view": True, "new_root_cause": "concurrency",
        "confidence": 0.7, "needs_person": True,
    }  # fmt: skip
    page = a_talk(ScriptedModel(answer)).analysed()
    asked = page.comment("bea", "I think it is a data race on the cart.")
    page.respond()
    assert "the likeliest cause is now `concurrency`, before it was `async-wait`" in page.answer(asked)
    held = page.flake.progress.assessment
    assert (held.root_cause, held.confidence, held.by) == ("concurrency", 0.7, "scripted")


@pytest.mark.parametrize("before", [True, False])
def test_killed_anywhere_it_ends_with_one_reply(before):
    page = a_talk()
    asked = page.comment("bea", "This is a data race again. How often does it fail?")
    whole = page.copy()
    whole.respond()
    first = len(page.simulator.requests)
    for entry in whole.simulator.requests[first:]:
        again = page.copy()
        killed_once(again, entry.number, before=before)
        again.respond()
        assert again.answer(asked) == whole.answer(asked)
        assert [item.result for item in again.flake.audit if item.action == TOLD] == ["concurrency"]


def killed_once(page: Page, number: int, *, before: bool) -> None:
    hook = killing(number, before=before)
    simulator = page.simulator
    simulator.on_request, simulator.after_request = (hook, None) if before else (None, hook)
    with pytest.raises(Killed):
        page.respond()
    simulator.on_request = simulator.after_request = None
