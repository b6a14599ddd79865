"""A person's issue is adopted by a comment, and is answered on afterwards like any other."""

from contextlib import suppress
from dataclasses import replace

from adopting import guarded, state_of
from scans import Killed, deaths, killing
from small import red, run
from test_respond import RUNS
from test_respond_elsewhere import WRITTEN, asked
from threads import Page, a_page, go_log, words

from ftc.jobs.partners import everybody

WATCHED = run(10, jobs=red(go_log("TestOnce")))


def a_persons_page() -> Page:
    """Issue 70 is a person's; TestOnce is watched, TestTotal has an issue of its own."""
    page = replace(a_page(*RUNS, WATCHED, issues=[WRITTEN]), partners=everybody(), number=70)
    guarded(page.simulator)
    return page


def test_a_comment_adopts_the_issue_and_later_ones_are_answered_there() -> None:
    page = a_persons_page()
    assert "is kept in this issue from now on" in asked(page, "/ftc adopt TestOnce", by="tim")
    assert state_of(page.issue).test.name == "TestOnce"
    assert "Seen 1 times" in asked(page, "/ftc status", by="tim")
    asked(page, "/ftc mute 5", by="tim")
    assert state_of(page.issue).progress.muted_until is not None


def test_who_may_not_triage_adopts_nothing() -> None:
    page = a_persons_page()
    asked(page, "/ftc adopt TestOnce", by="ro")
    assert [purpose for purpose in page.said() if purpose == "state"] == []


def test_killed_at_any_request_it_is_adopted_once_and_answered_once() -> None:
    calm = a_persons_page()
    comment = calm.comment("tim", "/ftc adopt TestOnce")
    start, calm_copy = calm, calm.copy()
    calm_copy.simulator.requests.clear()
    calm_copy.respond()
    for entry, before in deaths(calm_copy.simulator.requests):
        victim = start.copy()
        victim.simulator.requests.clear()
        hook, guard = killing(entry.number, before=before), victim.simulator.after_request
        simulator = victim.simulator
        simulator.on_request, simulator.after_request = (hook, guard) if before else (None, hook)
        with suppress(Killed):
            victim.respond()
        simulator.on_request, simulator.after_request = None, guard
        victim.respond()
        assert state_of(victim.issue).test.name == "TestOnce"
        # Whoever died after adopting finds the issue kept when asked again; either way there is one answer.
        assert "kept" in words(victim.answer(comment))
