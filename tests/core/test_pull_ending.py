"""The bot's own pull request has ended: what that makes of its issue, and whose pull request is asked about."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ftc.core.commands import Command, Name
from ftc.core.lifecycle import PULL_OPEN
from ftc.core.model import Status
from ftc.core.progress import Lease, Progress, PullRef, RunRecord, RunStatus
from ftc.core.pull_ending import own_pull, pulls_to_ask, wants_fix
from ftc.core.sweep_rules import RULES
from ftc.core.sweeping import Facts, Hand, Manner, Who, swept
from ftc.core.turns import Turn, TurnKind
from tests.builders import LINK, NOON, a_flake, an_occurrence, days

S = Status
OURS = PullRef(number=9, url=f"{LINK}/9", branch="ai/9", opened=days(2))
CLOSED = replace(OURS, closed=days(3))
MERGED = replace(CLOSED, merged=days(3), merge_sha="f" * 40)
OPENED = Facts(is_open=True)


def in_review(*, status=S.PR_OPEN, pull=OURS, **progress):
    return a_flake(an_occurrence(created=days(1)), issue=5, status=status, progress=Progress(pull=pull, **progress))


def decide(flake, facts=OPENED, *, day=4.0, **over):
    return swept(flake, facts, Manner(now=days(day), actor="bot[bot]", **over), rules=RULES)


@pytest.mark.parametrize(
    ("flake", "found", "over", "target", "told", "why"),
    [
        (in_review(), OURS, {}, S.PR_OPEN, [], "it waits for review"),
        (in_review(), None, {}, S.PR_OPEN, [], "nobody asked, or GitHub does not know it any more"),
        (in_review(), CLOSED, {}, S.CLOSED_WONTFIX, ["pull-closed"], "closed a day ago"),
        (in_review(), CLOSED, {"retry_declined": True}, S.FIX_FAILED, ["pull-closed"], "by configuration a failed try"),
        (in_review(status=S.PR_NEEDS_CHANGES), CLOSED, {}, S.CLOSED_WONTFIX, ["pull-closed"], "after a review"),
        (in_review(), CLOSED, {"day": 3 + 0.9 / 24}, S.PR_OPEN, [], "perhaps only to start CI: 54 minutes"),
        (in_review(), CLOSED, {"day": 3 + 1 / 24}, S.CLOSED_WONTFIX, ["pull-closed"], "an hour"),
        (in_review(), replace(CLOSED, number=8), {}, S.PR_OPEN, [], "another one than the state has"),
        (in_review(pull=replace(OURS, by_person=True)), CLOSED, {}, S.PR_OPEN, [], "a person's says nothing of ours"),
        (in_review(pull=None), CLOSED, {}, S.PR_OPEN, [], "the state names none"),
        (in_review(status=S.FIXING, lease=None), CLOSED, {}, S.FIX_FAILED, ["lease-lost"], "an older one's is past"),
        (in_review(status=S.CLOSED_WONTFIX), CLOSED, {}, S.CLOSED_WONTFIX, [], "told already"),
        (in_review(muted_until=days(9)), CLOSED, {}, S.CLOSED_WONTFIX, [], "muted: nobody is asked"),
        (in_review(), MERGED, {}, S.MERGED, [], "merged into a branch where its words close nothing"),
        (in_review(), MERGED, {"day": 3.001}, S.MERGED, [], "what is merged needs no second thoughts"),
    ],
)  # fmt: skip
def test_how_it_ended(flake, found, over, target, told, why):
    got = decide(flake, replace(OPENED, pull=found), **over)
    assert (got.flake.status, [item.what.value for item in got.told], got.is_open) == (target, told, True), why


def test_what_the_state_keeps():
    got = decide(in_review(), replace(OPENED, pull=CLOSED))
    assert got.flake.progress.pull == CLOSED, "the moment is known, the rest is as it was"
    assert got.told[0].purpose == "pull-closed:9", "one question for each pull request"
    last = got.flake.audit[-1]
    assert (last.actor, last.url, last.at) == ("bot[bot]", CLOSED.url, CLOSED.closed), "when people closed it"
    assert decide(in_review(), replace(OPENED, pull=MERGED)).flake.progress.pull == MERGED


@pytest.mark.parametrize("status", PULL_OPEN)
def test_nothing_is_under_way_after_it(status):
    """A run that works on the pull request loses its lease and publishes nothing; a task beside it goes on."""
    values = {"created": days(2), "updated": days(2), "status": RunStatus.RUNNING}
    update, task = (RunRecord(id=f"5-{word}", command=word, **values) for word in ("ai-fix", "start"))
    lease = Lease(run="7", attempt=1, nonce="n", taken=days(2))
    flake = in_review(status=status, lease=lease, runs=(update, task))
    got = decide(flake, replace(OPENED, pull=CLOSED)).flake.progress
    ended = RunStatus.STOPPED if status is S.PR_UPDATING else RunStatus.RUNNING
    assert (got.lease, [run.status for run in got.runs]) == (None, [ended, RunStatus.RUNNING])


def test_who_asks_for_another_fix_has_thought_already():
    just = replace(OPENED, pull=CLOSED, insisted=True)
    assert decide(in_review(), just, day=3.001).flake.status is S.CLOSED_WONTFIX
    assert decide(in_review(), replace(just, pull=OURS)).flake.status is S.PR_OPEN, "it is open all the same"


def test_a_person_who_closed_the_issue_is_asked_nothing():
    hand = Hand(closed=True, at=days(3), login="ada", who=Who.PERSON)
    got = decide(in_review(), Facts(is_open=False, hand=hand, pull=CLOSED))
    assert (got.flake.status, got.told, got.is_open) == (S.CLOSED_WONTFIX, (), False)


def test_a_sweep_decides_the_same_again():
    """It wrote the comment and the labels and died before the state."""
    facts = replace(OPENED, pull=CLOSED)
    assert decide(in_review(), facts, day=4).told == decide(in_review(), facts, day=5).told
    after = decide(in_review(), facts).flake
    assert decide(after, OPENED, day=5).flake == after


def test_whose_is_asked_about():
    flakes = [(number, in_review(pull=replace(OURS, number=100 + number))) for number in (3, 1, 2)]
    others = [(7, in_review(status=S.FIXING)), (8, in_review(pull=replace(OURS, by_person=True)))]
    assert pulls_to_ask([*flakes, *others], most=3, now=NOON) == {1, 2, 3}
    assert pulls_to_ask(others, most=3, now=NOON) == frozenset()
    asked = [pulls_to_ask(flakes, most=2, now=NOON + timedelta(days=day)) for day in range(3)]
    assert {len(some) for some in asked} == {2}, "no more than the limit"
    assert frozenset().union(*asked) == {1, 2, 3}, "and nobody is left out for ever"
    assert own_pull(flakes[0][1]) == 103


@pytest.mark.parametrize(
    ("kind", "command", "wanted"),
    [
        (TurnKind.COMMAND, Command(name=Name.AI_FIX), True),
        (TurnKind.COMMAND, Command(name=Name.RETRY), True),
        (TurnKind.LABEL, None, True),
        (TurnKind.COMMAND, Command(name=Name.STATUS), False),
        (TurnKind.TALK, None, False),
        (TurnKind.LABEL_GONE, None, False),
    ],
)
def test_who_wants_another_fix(kind, command, wanted):
    assert wants_fix(Turn(kind=kind, id=2, at=NOON, login="ada", command=command)) == wanted
