"""When one more answer may be asked for."""

from datetime import UTC, datetime, timedelta

import pytest
from builders import a_flake

from ftc.core.ledger import MAX_CHARGES, Budget, Charge, refusal, spent
from ftc.core.progress import Progress, RunRecord, RunStatus, merge_progress

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
BUDGET = Budget(call=0.5, issue=5.0, week=50.0)


def a_charge(usd=1.0, *, issue=7, days=0.0, purpose="analysis"):
    return Charge(at=NOW - timedelta(days=days), usd=usd, issue=issue, purpose=purpose, model="m")


@pytest.mark.parametrize(
    ("charges", "reason"),
    [
        ([], ""),
        ([a_charge(4.5)], ""),  # the next answer just fits
        ([a_charge(4.51)], "budget-issue"),
        ([a_charge(4.51, issue=8)], ""),
        ([a_charge(4.51, days=7.1)], ""),  # a week has passed
        ([a_charge(4.51, days=6.9)], "budget-issue"),
        ([a_charge(4.51, days=-1)], "budget-issue"),  # a clock that runs ahead spends all the same
        ([a_charge(10.0, issue=number) for number in range(10, 15)], "budget-week"),
        ([a_charge(0.0, days=number / 100) for number in range(MAX_CHARGES)], "no more can be counted"),
    ],
)
def test_what_is_refused(charges, reason):
    told = refusal(charges, now=NOW, issue=7, budget=BUDGET)
    assert reason in told
    assert bool(told) == bool(reason)


def test_a_budget_of_nothing_allows_nothing():
    assert "budget-call" in refusal([], now=NOW, issue=7, budget=Budget(call=0, issue=5, week=50))
    assert "budget-issue" in refusal([], now=NOW, issue=7, budget=Budget(call=0.5, issue=0.4, week=50))


def test_what_was_spent_is_told_by_issue_and_in_all():
    charges = [a_charge(1), a_charge(2, issue=8), a_charge(4, days=9)]
    assert (spent(charges, now=NOW), spent(charges, now=NOW, issue=7)) == (3, 1)


def test_an_issue_remembers_charges_and_the_cost_of_its_runs():
    run = RunRecord(id="t1", command="fix", status=RunStatus.FAILED, created=NOW, updated=NOW, cost=2.0)
    free = RunRecord(id="t2", command="fix", status=RunStatus.FAILED, created=NOW, updated=NOW)
    progress = Progress(runs=(run, free)).charged([a_charge(1.0)]).charged([a_charge(1.0)])
    bills = a_flake(issue=7, progress=progress).bills
    assert sorted(item.usd for item in bills) == [1.0, 2.0]
    assert {item.issue for item in bills} == {7}


def test_two_writers_lose_no_charge():
    one, other = (Progress().charged([a_charge(purpose=name)]) for name in ("reply:1", "reply:2"))
    assert [item.purpose for item in merge_progress(one, other).charges] == ["reply:2", "reply:1"]


def test_the_newest_charges_are_kept():
    progress = Progress().charged(a_charge(days=number) for number in range(MAX_CHARGES + 5))
    assert len(progress.charges) == MAX_CHARGES
    assert progress.charges[0].at == NOW
