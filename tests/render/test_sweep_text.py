"""What a sweep says: every telling in a common and in an odd case, and hostile text inside of it."""

import re
from datetime import timedelta

import pytest

from ftc.core.exposure import Before, Silence, proof
from ftc.core.returning import Return, Settled
from ftc.core.sweeping import Telling, Told
from ftc.render.sweep import telling_text
from tests.builders import NOON, an_occurrence, days

NUMBERS = Silence(
    failures=3, span=timedelta(days=4), silence=timedelta(days=41, hours=12), longest_gap=timedelta(days=2.5), runs=30,
    chance=0.0077,
)  # fmt: skip
FIX = Settled(since=NOON, fix="f" * 40, pull=7)
SHOWN = proof(Before(failures=5, runs=100), runs=81, merged=NOON, now=days(14.5))


def text(what, **values):
    return telling_text(Telling(what=what, id="1", values=values), prefix="bot")


def closing(**over):
    return text(Told.CLOSING, **{"numbers": NUMBERS, "by_age": False, "doubts": (), "last_seen": NOON, **over})


def test_a_closing_shows_the_numbers_and_how_to_prevent_it():
    said = closing()
    for words in ("42 days in 30 runs", "| 3 over 4 days;", "| 2.5 days |", "| 0.8% |", "`bot/keep-open`"):
        assert words in said
    assert "all the same" not in said


@pytest.mark.parametrize(
    ("doubts", "words"),
    [
        (("few-runs",), "gone: fewer than 20 runs. After 90 days"),
        (("gap", "chance"), "gone: it has been silent as long before. After 90 days"),
        (("chance",), "prove that it is gone. After 90 days"),
    ],
)
def test_a_closing_by_age_says_what_is_missing(doubts, words):
    assert words in closing(by_age=True, doubts=doubts)


@pytest.mark.parametrize(("pull", "words"), [(7, "the merge of #7"), (0, "the merge of the fix")])
def test_a_proof(pull, words):
    done = Settled(since=NOON, fix="f" * 40, pull=pull)
    said = text(Told.VERIFIED, proof=SHOWN, done=done, older=2)
    assert words in said
    assert "chance of such a silence would be 4.9%" in said
    assert "| 81 of 81 needed |" in said
    assert "| Failures on branches without the fix | 2 |" in said


def test_an_unproven_fix_of_which_no_rate_is_known():
    nothing = proof(Before(failures=0, runs=0), runs=12, merged=NOON, now=days(91))
    said = text(Told.UNPROVEN, proof=nothing, done=FIX, older=0)
    assert "| Failure rate before | unknown |" in said
    assert "| Runs after the merge | 12 |" in said
    assert "branches without" not in said


HOSTILE = "x|y`<!-- @ada #1 /ai-fix"


@pytest.mark.parametrize("verified", [True, False])
@pytest.mark.parametrize("done", [FIX, Settled(since=NOON, fix="f" * 40), Settled(since=NOON)])
def test_a_return_whatever_the_branch_is_called(done, verified):
    seen = an_occurrence(branch=HOSTILE, run="9] (javascript:x)")
    said = text(Told.RETURNED, back=Return(settled=done, occurrence=seen, count=2, older=1), verified=verified)
    rows = [line for line in said.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)[|]", row)) for row in rows} == {3}, "two cells in each row, whatever it holds"
    assert "](javascript" not in said
    assert ("did not hold" in said) == bool(done.fix)
    assert ("had been verified" in said) == (bool(done.fix) and verified)


@pytest.mark.parametrize(
    ("declined", "words"), [(True, "so no further fix is tried."), (False, "so this attempt counts as failed.")]
)
def test_a_pull_request_that_was_closed_is_asked_about(declined, words):
    said = text(Told.PULL_CLOSED, pull=7, declined=declined)
    assert f"#7 was closed without being merged, {words} What spoke against it?" in said
    assert "<code>&#47;ai-fix</code>" in said
    assert "<code>&#47;ftc wontfix</code>" in said


@pytest.mark.parametrize("page", ["https://github.com/o/r/actions/runs/1", ""])
def test_what_ends_by_itself_names_no_command_that_could_be_obeyed(page):
    lost = text(Told.LEASE_LOST, page=page, unheard=True)
    over = text(Told.QUARANTINE_OVER, until=NOON)
    assert "`fix.yml`" in lost
    assert "`fix.yml`" not in text(Told.LEASE_LOST, page=page, unheard=False)
    assert "/ftc" not in lost + over
    assert "<code>&#47;ftc retry</code>" in lost
    assert "<code>&#47;ftc quarantine</code>" in over
