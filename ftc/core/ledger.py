"""What models have cost, and whether one more answer may be asked for.

The rule it keeps: fail closed. An answer whose price is unknown counts as the most that one may cost, and where the
money could be overspent, or could no longer be counted, nothing is asked.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

WEEK = timedelta(days=7)
"""The span over which money is counted; it rolls, so that no Monday frees a second budget within hours."""
MAX_CHARGES = 60
"""Charges that one issue remembers: more than five replies and an analysis a day make in a week."""


class Purpose(StrEnum):
    """What a model was asked for."""

    ANALYSIS = "analysis"
    REPLY = "reply"
    OPINION = "opinion"
    FIX = "fix"
    REVIEW = "review"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Charge:
    """One thing that a model was asked for and what it cost, all its attempts together."""

    at: datetime
    usd: float
    """US dollars."""
    issue: int
    """Number of the issue it was for; 0 for none."""
    purpose: str
    """A ``Purpose``, with an id where there are several at one moment: ``reply:123``."""
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The most that may be spent, in US dollars: on one answer, on one issue a week, on the repository a week."""

    call: float
    issue: float
    week: float


def spent(charges: Iterable[Charge], *, now: datetime, issue: int | None = None) -> float:
    """US dollars of the week before ``now``, all or those for one issue; what lies ahead of ``now`` counts, too."""
    return sum(item.usd for item in _recent(charges, now) if issue is None or item.issue == issue)


def refusal(charges: Iterable[Charge], *, now: datetime, issue: int, budget: Budget) -> str:
    """Why one more answer for this issue may not be asked for; empty when it may.

    The whole price of the next answer must still fit, since what it costs is known only afterwards.
    """
    known = tuple(charges)
    if budget.call <= 0:
        return "`budget-call` is 0, so no answer may cost anything"
    for name, limit, used in (
        ("budget-issue", budget.issue, spent(known, now=now, issue=issue)),
        ("budget-week", budget.week, spent(known, now=now)),
    ):
        if used + budget.call > limit:
            return (
                f"${used:.2f} were spent within a week, and another ${budget.call:.2f} (`budget-call`) "
                f"would exceed the ${limit:.2f} of `{name}`"
            )
    if issue and sum(item.issue == issue for item in _recent(known, now)) >= MAX_CHARGES:
        return f"a model was asked {MAX_CHARGES} times within a week for this issue, and no more can be counted"
    return ""


def _recent(charges: Iterable[Charge], now: datetime) -> Iterable[Charge]:
    return (item for item in charges if item.at > now - WEEK)
