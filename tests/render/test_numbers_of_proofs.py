"""Numbers that a fix is judged by, as people read them: nothing is rounded towards the better."""

import pytest

from ftc.render.environment import at_most, p_value


@pytest.mark.parametrize(
    ("bound", "shown"),
    [
        (1.0, "100%"),
        (0.45, "45%"),
        (0.1391, "14%"),  # 20 runs: 13% would be below the bound
        (0.0722, "7.3%"),
        (0.03, "3.0%"),
        (0.00498, "0.50%"),  # 600 runs
        (0.0002996, "0.03%"),  # 9999 runs, which are no reason to say 0.0%
    ],
)
def test_an_upper_bound_is_rounded_up(bound, shown):
    assert at_most(bound) == shown


@pytest.mark.parametrize(
    ("chance", "shown"), [(1.0, "= 1"), (0.25, "= 0.25"), (1 / 32, "= 0.031"), (0.0001, "= 0.0001"), (1e-6, "< 0.0001")]
)
def test_a_p_value_has_no_exponent(chance, shown):
    assert p_value(chance) == shown
