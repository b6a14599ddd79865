"""How much one run of the agent may use, and whether it has used it up.

The rule it keeps: limits are looked at before a model is asked, and the price of the answer that comes next counts as
the most that one may cost, so that what was reserved is never exceeded.
"""

from dataclasses import dataclass, replace

from ftc.core.fix import Quota

MOST_TOKENS = 1_500_000
"""Read and written, all calls together; a linear dialogue of 40 steps over a large context reads about a million."""
MOST_REPEATS = 3
"""The same call in the same state of the files: its answer cannot change, and a model that asks again is lost."""
MOST_FORMAT_ERRORS = 3
"""Answers in a row that hold no readable call."""
MOST_CANDIDATES = 3
"""Changes of one run; each further one needs more failures for its proof (``stress.failures_needed``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most that one run may use; money in US dollars."""

    steps: int
    usd: float
    minutes: float
    call_usd: float = 0.0
    """The most one answer may cost (``budget-call``)."""
    tokens: int = MOST_TOKENS
    repeats: int = MOST_REPEATS
    format_errors: int = MOST_FORMAT_ERRORS
    candidates: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What has been used: answers, tokens, money, seconds."""

    steps: int = 0
    tokens: int = 0
    usd: float = 0.0
    seconds: float = 0.0

    def plus(self, *, steps: int = 0, tokens: int = 0, usd: float = 0.0, seconds: float = 0.0) -> "Spent":
        """With one more step's use."""
        return replace(
            self,
            steps=self.steps + steps,
            tokens=self.tokens + tokens,
            usd=self.usd + usd,
            seconds=self.seconds + seconds,
        )


def limits_of(quota: Quota, *, call_usd: float) -> Limits:
    """What the gate allowed."""
    return Limits(
        steps=quota.steps,
        usd=quota.usd,
        minutes=quota.minutes,
        call_usd=call_usd,
        candidates=max(1, min(quota.candidates, MOST_CANDIDATES)),
    )


def used_up(limits: Limits, spent: Spent) -> str:
    """Which limit forbids one more step; empty when none does."""
    if spent.steps >= limits.steps:
        return f"all {limits.steps} steps are used"
    if spent.tokens >= limits.tokens:
        return f"{spent.tokens} of {limits.tokens} tokens are used"
    if spent.usd + limits.call_usd > limits.usd or spent.usd >= limits.usd:
        return f"${spent.usd:.2f} are spent, and another answer could exceed the ${limits.usd:.2f} that were reserved"
    if spent.seconds >= limits.minutes * 60:
        return f"all {limits.minutes:g} minutes are over"
    return ""
