"""How sure a share of failures is: the exact confidence interval of a binomial proportion.

The rule it keeps: never narrower than promised. Clopper and Pearson, "The use of confidence or fiducial limits
illustrated in the case of the binomial", Biometrika 26 (1934) 404-413: the lower limit is the p at which seeing
``failures`` or more has probability 2.5 %, the upper one that at which seeing ``failures`` or fewer has.
"""

from math import exp, lgamma, log, log1p

CONFIDENCE = 0.95
PRECISION = 1e-9
"""Width at which the search for a limit ends; shown are per mille at most."""
LEAST_SHOWN = 0.001
"""Smallest share that is told apart from nothing at all."""
NEGLIGIBLE = 1e-17
"""Share of a sum below which a further term is lost to rounding; the terms fall from there on."""


def interval(failures: int, runs: int) -> tuple[float, float]:
    """Lower and upper 95 % limit for the share behind ``failures`` of ``runs``; all of [0, 1] without runs."""
    if not 0 <= failures <= runs:
        raise ValueError(f"{failures} failures of {runs} runs")
    tail = (1 - CONFIDENCE) / 2
    low = 0.0 if failures == 0 else 1 - _upper(runs - failures, runs, tail)
    high = 1.0 if failures == runs else _upper(failures, runs, tail)
    return low, high


def percent(share: float) -> str:
    """A share for people: one decimal near the ends, and 0 % or 100 % only for what is exactly that."""
    if 0.1 <= share <= 0.9 or share in (0, 1):
        return f"{share:.0%}"
    if share < LEAST_SHOWN:
        return f"under {LEAST_SHOWN:.1%}"
    return f"over {1 - LEAST_SHOWN:.1%}" if share > 1 - LEAST_SHOWN else f"{share:.1%}"


def _upper(successes: int, runs: int, tail: float) -> float:
    """The share at which ``successes`` or fewer of ``runs`` has probability ``tail``, by bisection."""
    low, high = successes / runs, 1.0
    while high - low > PRECISION:
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(successes, runs, middle) > tail else (low, middle)
    return (low + high) / 2


def _at_most(successes: int, runs: int, share: float) -> float:
    """P(X <= successes) for X binomial and ``share`` at least ``successes / runs``.

    The last term is the largest then; it is taken from logarithms, since the first ones of long histories underflow,
    and the others follow by their ratios until they no longer add anything.
    """
    chance = lgamma(runs + 1) - lgamma(successes + 1) - lgamma(runs - successes + 1)
    term = exp(chance + successes * log(share) + (runs - successes) * log1p(-share))
    total = term
    for k in range(successes, 0, -1):
        term *= k * (1 - share) / ((runs - k + 1) * share)
        total += term
        if term < total * NEGLIGIBLE:
            break
    return total
