"""Quarantine: which commands put a test into one, what ends it, and which entries of a list count."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ftc.core.approval import Wish
from ftc.core.authority import Actor, Approvers, Policy, Role, Signal
from ftc.core.commands import Command, Name
from ftc.core.quarantine import Entry, Lapse, in_force, standing_quarantine
from tests.builders import NOON, a_test, days, hours

ANN = Actor(login="ann", role=Role.WRITE)
EVE = Actor(login="eve", role=Role.READ)
TIM = Actor(login="tim", role=Role.TRIAGE)
POLICY = Policy(own=frozenset({"our-app[bot]"}))


def a_wish(at=0.0, *, name=Name.QUARANTINE, length=14, actor=ANN, **over):
    command = Command(name=name, days=length if name is Name.QUARANTINE else 0)
    return Wish(id=over.pop("id", int(at * 100) + 1000), at=hours(at), actor=actor, command=command, **over)


NOW = hours(24)


def standing(*wishes, now=NOW, policy=POLICY):
    return standing_quarantine(wishes, policy=policy, now=now)


@pytest.mark.parametrize(
    ("wishes", "until", "why"),
    [
        ((), None, "nobody asked"),
        ((a_wish(),), days(14), "an approver asked"),
        ((a_wish(actor=EVE),), None, "a reader may not"),
        ((a_wish(actor=TIM),), None, "nor may triage: it changes what CI accepts"),
        ((a_wish(edited=True),), None, "whoever may write can put words into a maintainer's comment"),
        ((a_wish(actor=replace(ANN, type="Bot")),), None, "no person"),
        ((a_wish(actor=Actor(login="our-app[bot]", role=Role.ADMIN)),), None, "our own words"),
        ((a_wish(actor=replace(ANN, via_app="someapp")),), None, "an app in a person's name"),
        ((a_wish(signal=Signal.LABEL),), None, "no label puts a test into quarantine"),
        ((a_wish(at=25),), None, "given after the moment that is decided about"),
        ((a_wish(), a_wish(1, length=3)), hours(1) + timedelta(days=3), "the newest wins, also where it is shorter"),
        ((a_wish(), a_wish(1, length=90, actor=EVE)), days(14), "a stranger's command does not lengthen it"),
        ((a_wish(), a_wish(1, length=90, edited=True)), days(14), "nor does an edited one"),
        ((a_wish(1), a_wish(0, length=90)), hours(1) + timedelta(days=14), "in whichever order they are read"),
        ((a_wish(), a_wish(1, name=Name.UNQUARANTINE)), None, "taken back"),
        ((a_wish(), a_wish(1, name=Name.STOP)), None, "so does stop"),
        ((a_wish(), a_wish(1, name=Name.WONTFIX)), None, "and wontfix: what nobody mends is not tolerated"),
        ((a_wish(), a_wish(1, name=Name.UNQUARANTINE, edited=True)), None, "the safe mistake is a red job"),
        ((a_wish(), a_wish(1, name=Name.UNQUARANTINE, actor=EVE)), days(14), "a stranger ends nothing"),
        ((a_wish(), a_wish(1, name=Name.MUTE)), days(14), "another command"),
        ((a_wish(1), a_wish(0, name=Name.UNQUARANTINE)), hours(1) + timedelta(days=14), "given again after the end"),
        ((a_wish(id=7), a_wish(id=8, name=Name.UNQUARANTINE)), None, "in one second the ids tell"),
        ((a_wish(id=8), a_wish(id=7, name=Name.UNQUARANTINE)), days(14), "which came first"),
        ((a_wish(), a_wish(1, name=Name.UNQUARANTINE), a_wish(2, edited=True)), None, "an edited one revives nothing"),
        ((a_wish(length=90), a_wish(0.5, length=1)), None, "the newest has just expired; the older one is over, too"),
    ],
)
def test_the_newest_sound_command_stands_until_its_days_are_over(wishes, until, why):
    got = standing(*wishes, now=hours(24.5))
    assert (got.until if got else None) == until, why


def test_it_says_who_gave_it_and_where():
    got = standing(a_wish(id=77))
    assert (got.by, got.comment) == ("ann", 77)


@pytest.mark.parametrize(("now", "stands"), [(days(14) - timedelta(seconds=1), True), (days(14), False)])
def test_it_ends_at_the_moment_it_says(now, stands):
    assert (standing(a_wish(), now=now) is not None) is stands


def test_who_may_is_what_the_configuration_says():
    policy = replace(POLICY, approvers=Approvers(least=None, users=frozenset({"eve"})))
    assert standing(a_wish(actor=EVE), policy=policy)
    assert not standing(a_wish(actor=ANN), policy=policy)


def an_entry(number, *, until=1.0):
    return Entry(test=a_test(f"Test{number}"), framework="go test", until=days(until), issue=number)


@pytest.mark.parametrize(
    ("untils", "most", "kept", "lapses"),
    [
        ((1, 2), 10, [0, 1], []),
        ((1, 0), 10, [0], [Lapse.EXPIRED]),
        ((90, 90.01), 10, [0], [Lapse.TOO_LONG]),
        ((5, 1, 2), 2, [0, 1], [Lapse.OVER_CAP]),
        ((0, 1, 2), 2, [1, 2], [Lapse.EXPIRED]),
        ((1,), 0, [], [Lapse.OVER_CAP]),
    ],
    ids=["all", "the moment itself is over", "ninety days at most", "the older stay", "expired takes no room", "off"],
)
def test_which_entries_of_a_list_count(untils, most, kept, lapses):
    entries = [an_entry(number, until=until) for number, until in enumerate(untils)]
    got = in_force(entries, now=NOON, most=most)
    assert [entry.issue for entry in got.entries] == kept
    assert [why for _, why in got.lapsed] == lapses
