"""Which issues share a root cause."""

from dataclasses import replace

import pytest

from ftc.core.groups import group_leads
from ftc.core.model import IssueRef, Kind, Location, Signature, Status
from tests.builders import a_flake, a_test


def a_member(number: int, *marks: str, name: str = "", status: Status = Status.ISSUE_OPEN, placed: bool = True):
    """A managed flake that fails in these ways; number 0 is on the watch list."""
    places = (Location(path="server/leader.go", line=7),) if placed else ()
    ways = tuple(Signature(fingerprint=mark, text=mark, kind=Kind.ERROR, locations=places) for mark in marks)
    where = IssueRef(repo="o/r", issue=number) if number else None
    name = name or f"Test{number}"
    flake = a_flake(key=f"{number:016x}", test=a_test(name))
    return replace(flake, issue=where, signatures=ways, status=status)


@pytest.mark.parametrize(
    ("members", "leads", "why"),
    [
        ([], {}, "nothing"),
        ([a_member(3, "a")], {3: 0}, "alone"),
        ([a_member(3, "a"), a_member(5, "b")], {3: 0, 5: 0}, "two causes"),
        ([a_member(5, "a"), a_member(3, "a")], {3: 3, 5: 3}, "the lowest number leads"),
        ([a_member(3, "a"), a_member(5, "a", status=Status.VERIFIED)], {3: 3, 5: 3}, "closed ones belong to it"),
        ([a_member(3, "a", status=Status.DUPLICATE), a_member(5, "a")], {5: 0}, "a duplicate is no issue of its own"),
        ([a_member(3, "a"), a_member(5, "a", "b"), a_member(7, "b")], {3: 3, 5: 3, 7: 3}, "linked through a third"),
        ([a_member(7, "b"), a_member(9, "a", "b"), a_member(2, "a")], {2: 2, 7: 2, 9: 2}, "in any order"),
        ([a_member(3, "a", placed=False), a_member(5, "a", placed=False)], {3: 0, 5: 0}, "a text without a place"),
        ([a_member(n, "a") for n in range(1, 6)], dict.fromkeys(range(1, 6), 1), "five tests may share"),
        ([a_member(n, "a") for n in range(1, 7)], dict.fromkeys(range(1, 7), 0), "six share a helper"),
    ],
)
def test_the_lead_of_each_issue(members, leads, why):
    assert group_leads(members) == leads, why
    assert group_leads(members[::-1]) == leads, "the order of the issues decides nothing"


def test_tests_on_the_watch_list_count_but_are_not_linked():
    members = [a_member(n, "a") for n in (1, 2)]
    assert group_leads(members, [a_member(0, "a", name=f"TestW{n}") for n in range(3)]) == {1: 1, 2: 1}
    assert group_leads(members, [a_member(0, "a", name=f"TestW{n}") for n in range(4)]) == {1: 0, 2: 0}
