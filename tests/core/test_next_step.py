"""Who has to move in each state, and that nobody is asked for what the transition table refuses."""

import pytest

from ftc.core.lifecycle import allowed
from ftc.core.model import Status
from ftc.core.next_step import NEXT_STEPS, Turn


def test_every_state_has_its_next_step():
    assert set(NEXT_STEPS) == set(Status)


@pytest.mark.parametrize("status", [status for status, step in NEXT_STEPS.items() if step.action == "Restart"])
def test_a_restart_is_offered_only_where_a_new_approval_is_a_move(status):
    assert allowed(status, Status.APPROVED_TO_FIX)


def test_a_state_that_nobody_can_leave_asks_nobody():
    ends = [status for status in Status if not any(allowed(status, target) for target in Status)]
    assert ends == [Status.DUPLICATE]
    assert {NEXT_STEPS[status].turn for status in ends} == {Turn.DONE}
