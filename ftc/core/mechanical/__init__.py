"""Mechanical fixes: exact transformations of a test's file for a few causes, for those who opted in (spec, section 9).

The rule they keep: each applies only where, as far as the file tells, it cannot change what the test asserts, and
otherwise not at all; one that gives an order up is doubtful by itself (``doubts``). Whether it helped is proven as for
any other change.
"""

from ftc.core.mechanical.environment import without_leaked_environment
from ftc.core.mechanical.loop_variable import with_own_loop_variable
from ftc.core.mechanical.port import with_ephemeral_port
from ftc.core.mechanical.rewrite import Rule, Spot
from ftc.core.mechanical.unordered import with_order_free_comparison

RULES: dict[str, Rule] = {
    "fixed-port": Rule(
        rewrite=with_ephemeral_port,
        hypothesis="network: the test listens on a fixed port, which another process or test may hold",
        summary="Listens on a port that the system chooses, and asks the listener for it.",
    ),
    "unordered-comparison": Rule(
        rewrite=with_order_free_comparison,
        hypothesis="unordered-collections: the same elements came in another order, which nothing promises",
        summary="Compares the elements without their order.",
    ),
    "loop-variable": Rule(
        rewrite=with_own_loop_variable,
        hypothesis="concurrency: a closure that runs later shares the loop's variable with the loop",
        summary="Gives each turn of the loop a variable of its own.",
    ),
    "leaked-environment": Rule(
        rewrite=without_leaked_environment,
        hypothesis="order-dependency: an environment variable that a test sets stays set for the tests after it",
        summary="Sets the environment variable for the test alone, so that it is restored at its end.",
    ),
}
"""By the name that the configuration uses, in the order in which they are tried."""

__all__ = ["RULES", "Rule", "Spot"]
