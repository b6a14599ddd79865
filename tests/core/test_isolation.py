"""What is said of a sandbox, and what may lie beside it."""

import pytest

from ftc.core.isolation import Guarantees, Level, may_run_beside_secret

HOLDING = {"environment": True, "network": True, "files": True, "processes": True}


def test_all_must_hold_beside_a_secret():
    guarantees = Guarantees(level=Level.CONTAINER, **HOLDING)
    assert may_run_beside_secret(guarantees)
    assert guarantees.text == "container: isolated, without a network"


@pytest.mark.parametrize("lacking", HOLDING)
def test_one_that_does_not_hold_is_enough_to_refuse_and_is_said(lacking):
    guarantees = Guarantees(level=Level.CONTAINER, **{**HOLDING, lacking: False})
    assert not may_run_beside_secret(guarantees)
    assert len(guarantees.lacks) == 1
    assert guarantees.text == f"container: {guarantees.lacks[0]}"


def test_what_nobody_claimed_does_not_hold():
    assert len(Guarantees(level=Level.PLAIN).lacks) == 3
