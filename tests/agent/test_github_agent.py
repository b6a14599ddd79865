"""Whether GitHub's coding agent took an issue."""

import pytest

from ftc.agent.github_agent import AGENT_LOGIN, assigned, hand_over, let_go
from ftc.core.errors import Forbidden


@pytest.mark.parametrize(
    ("logins", "at_work"),
    [
        (("Copilot",), True),  # as the REST API shows it
        (("copilot-swe-agent[bot]", "ann"), True),
        (("ann",), False),  # silently left out: not enabled, or no token of a person
        ((), False),
        (("copilot-fan",), False),
    ],
)
def test_only_its_name_among_the_assignees_counts(logins, at_work):
    asked = []

    def assign(number, login):
        asked.append((number, login))
        return logins

    assert assigned(logins) is at_work
    assert (hand_over(7, assign) == "") is at_work
    assert asked == [(7, AGENT_LOGIN)]


def test_a_refusal_says_what_the_token_lacks():
    def assign(number, login):
        raise Forbidden("403: Resource not accessible by integration")

    assert "must be a person's (403" in hand_over(7, assign)


@pytest.mark.parametrize(("left", "gone"), [((), True), (("ann",), True), (("Copilot", "ann"), False)])
def test_it_is_let_go_by_either_name(left, gone):
    asked = []

    def unassign(number, logins):
        asked.append((number, *logins))
        return left

    assert (let_go(7, unassign) == "") is gone
    assert asked == [(7, "Copilot", AGENT_LOGIN)]


def test_who_may_not_unassign_it_is_told_what_to_do():
    def unassign(number, logins):
        raise Forbidden("403: Resource not accessible by integration")

    assert "Unassign it by hand and order it again. (403" in let_go(7, unassign)
