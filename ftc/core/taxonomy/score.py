"""From the signs that were seen to causes with their shares of the probability.

Rule: base rates and weights add up in log-odds, as in the rules of evidence; causes nobody saw a sign of share what is
left as ``unknown``, so that weak signs alone never look like knowledge.
"""

import math
from collections.abc import Iterable

from ftc.core.analysis import Cause, Clue, RootCause
from ftc.core.taxonomy.case import Case, Rule

BASE_RATES: dict[RootCause, float] = {
    RootCause.ASYNC_WAIT: 0.45,
    RootCause.CONCURRENCY: 0.20,
    RootCause.ORDER_DEPENDENCY: 0.12,
}
"""Shares of causes among fixed flaky tests (Luo et al., FSE 2014); the others share the rest evenly."""
_OTHERS = [cause for cause in RootCause if cause not in BASE_RATES and cause is not RootCause.UNKNOWN]
REST = (1 - sum(BASE_RATES.values())) / len(_OTHERS)
LEAST_UNKNOWN = 0.03
"""Probability that none of the causes seen is the right one, however many signs there are: they are signs of code and
text, and nobody has watched the test fail."""
FADING = 0.5
"""A second sign of one cause is rarely independent of the first, so it counts half, a third a quarter."""
SHOWN_CLUES = 4
"""Reasons kept for each side of one cause, strongest first."""

Seen = tuple[Rule, Clue]


def seen(case: Case, rules: Iterable[Rule]) -> list[Seen]:
    """Every rule that speaks in this case, with its reason."""
    found = ((rule, rule.apply(case)) for rule in rules)
    return [(rule, clue) for rule, clue in found if clue is not None]


def causes(signs: list[Seen]) -> tuple[Cause, ...]:
    """The causes that signs speak for, likeliest first, and ``unknown`` for all others; the shares add up to 1."""
    by_cause: dict[RootCause, list[Seen]] = {}
    for sign in signs:
        by_cause.setdefault(sign[0].cause, []).append(sign)
    known = {cause: items for cause, items in by_cause.items() if any(rule.weight > 0 for rule, _ in items)}
    odds = {cause: _base(cause) * math.exp(_weight(items)) for cause, items in known.items()}
    left = sum(_base(cause) for cause in RootCause if cause is not RootCause.UNKNOWN and cause not in known)
    total = sum(odds.values()) + left
    room = min(1.0, (1 - LEAST_UNKNOWN) * total / sum(odds.values())) if odds else 1.0
    found = [_cause(cause, odds[cause] / total * room, known[cause]) for cause in known]
    rest = Cause(root_cause=RootCause.UNKNOWN, probability=1 - sum(item.probability for item in found))
    ranked = sorted([*found, rest], key=lambda item: (-item.probability, list(RootCause).index(item.root_cause)))
    return tuple(ranked)


def _base(cause: RootCause) -> float:
    return BASE_RATES.get(cause, REST)


def _weight(items: list[Seen]) -> float:
    """Reasons for the cause with fading weight, strongest first, and all reasons against it."""
    favour = sorted((rule.weight for rule, _ in items if rule.weight > 0), reverse=True)
    against = sum(rule.weight for rule, _ in items if rule.weight < 0)
    return sum(weight * FADING**place for place, weight in enumerate(favour)) + against


def _cause(cause: RootCause, probability: float, items: list[Seen]) -> Cause:
    ranked = sorted(items, key=lambda item: (-abs(item[0].weight), item[0].id))
    favour = [clue for rule, clue in ranked if rule.weight > 0]
    against = [clue for rule, clue in ranked if rule.weight < 0]
    return Cause(
        root_cause=cause,
        probability=probability,
        evidence_for=tuple(favour[:SHOWN_CLUES]),
        evidence_against=tuple(against[:SHOWN_CLUES]),
    )
