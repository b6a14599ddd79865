"""Conversations in scenario files: answering as a step, people's comments, and what can be expected of the words."""

import re
from pathlib import Path

import pytest

from ftc.jobs.scenario.command import played
from ftc.jobs.scenario.expectation import _TOP, LISTS
from ftc.jobs.scenario.file import _RESPOND, _SCAN, _STEPS, _SWEEP, read_scenario
from ftc.jobs.scenario.person import _DEED
from ftc.jobs.scenario.result import Result, Status

DOCUMENT = Path(__file__).parents[2] / "docs" / "scenario-files.md"
HEAD = f"name: story\nwhy: A test.\nworld: {Path(__file__).parents[1] / 'scenarios' / 'worlds' / 'pay.yaml'}\nsteps:\n"
SCANNED = "- scan: {config: {analysis: false}}\n"


def outcome(folder: Path, *steps: str, scanned: str = SCANNED) -> Result:
    path = folder / "story.yaml"
    path.write_text(HEAD + scanned + "".join(f"- {step}\n" for step in steps))
    return played(read_scenario(path))


def issues(wanted: str) -> str:
    return f"expect: {{issues: [{{test: TestPay, {wanted}}}, TestRefund]}}"


ASKED = ("person: {who: rita, issue: TestPay, now: +1h, comment: /ftc status}", "respond: {issue: TestPay, now: +1m}")


def test_what_the_bot_answered_is_told_apart_from_what_people_said(tmp_path):
    calm = issues("answers: 0, reactions: [], comments: 0")
    said = issues("answers: 1, answer: [Seen 2 times], says: [/ftc status], reactions: [eyes], comments: 2")
    assert outcome(tmp_path, calm, *ASKED, said, issues("unsaid: [a poem], without: [blocked]")).message == ""


WRONG = [
    ("answers: 2", "issues[0].answers: expected 2, found 1"),
    ("answer: [/ftc status]", "issues[0].answer: expected '/ftc status', found this:"),
    ("unsaid: [Seen 2, a poem]", "issues[0].unsaid: expected none of 'Seen 2', found this:"),
    ("without: [ai-managed, blocked]", "issues[0].without: expected none of 'ai-managed', found ('ai-managed',"),
    ("reactions: [rocket]", "issues[0].reactions: expected 'rocket', found ('eyes',)"),
]


@pytest.mark.parametrize(("wanted", "said"), WRONG)
def test_a_wrong_expectation_says_what_was_found(tmp_path, wanted, said):
    result = outcome(tmp_path, *ASKED, issues(wanted))
    assert result.status is Status.FAILED
    assert said in result.message


def test_tasks_and_notes_are_those_of_the_last_job(tmp_path):
    result = outcome(tmp_path, "expect: {tasks: 1}")
    assert "expect.tasks: expected 1, found 0" in result.message
    label = "flaky-test-cleaner/ai-managed"
    left = (f"person: {{issue: TestPay, remove-label: {label}}}", ASKED[1], "expect: {writes: 0, notes: [left alone]}")
    assert outcome(tmp_path, *left).message == ""


def test_people_edit_and_delete_their_own_comments_and_no_others(tmp_path):
    wrote = "person: {who: rita, issue: TestPay, comment: One}"
    edited = "person: {who: rita, issue: TestPay, now: +1m, edit-comment: Two}"
    gone = "person: {who: rita, issue: TestPay, delete-comment: true}"
    assert (
        outcome(tmp_path, wrote, edited, issues("says: [Two], unsaid: [One]"), gone, issues("comments: 0")).message
        == ""
    )
    assert (
        "expected a comment by ben on issue 2, found none"
        in outcome(tmp_path, wrote, edited.replace("rita", "ben")).message
    )


def test_the_clock_moves_for_a_person_and_back_for_nobody(tmp_path):
    """What a person did late is answered late: a quarantine counts from the comment."""
    result = outcome(
        tmp_path,
        "person: {who: ben, issue: TestPay, now: 2026-11-20T12:00:00Z, comment: /ftc quarantine 2}",
        "respond: {issue: TestPay}",
        issues('answer: ["2026-11-22 12:00 UTC"]'),
    )
    assert result.message == ""


REFUSED = [
    ("respond:", "respond.issue: must be a number or a part of a title"),
    ("respond: {issue: 2, run-id: 7}", "respond: unknown key 'run-id'"),
    ("person: {issue: 2, delete-comment: false}", "delete-comment: must be true"),
    ("expect: {issues: [{test: x, closed-as: completed}]}", "unknown key 'closed-as'"),
    ("expect: {closed: [{test: x, closed-as: bored}]}", "closed-as: must be one of completed, not_planned, duplicate"),
]


@pytest.mark.parametrize(("step", "said"), REFUSED)
def test_a_bad_step_is_told_where(tmp_path, step, said):
    with pytest.raises(Exception, match=re.escape(said)):
        outcome(tmp_path, step)


def test_an_issue_that_is_not_there_fails_the_step(tmp_path):
    result = outcome(tmp_path, "respond: {issue: TestNothing}")
    assert result.status is Status.FAILED
    assert "steps[1].respond: expected one issue 'TestNothing', found 0; there is: #" in result.message


def test_a_respond_that_lives_on_after_its_kill_is_a_mistake(tmp_path):
    result = outcome(tmp_path, "kill: {write: 1}", "respond: {issue: TestPay}")
    assert "kill: expected the respond to live until then, found that it made" in result.message


def test_the_documentation_names_every_key():
    told = set(re.findall(r"`([a-z-]+)`", DOCUMENT.read_text()))
    keys = {*_TOP, *_STEPS, *_SCAN, *_SWEEP, *_RESPOND, *_DEED, *(key for rule in LISTS.values() for key in rule.keys)}
    assert keys - told == set()
