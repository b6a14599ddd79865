"""Risk rules: what they mean, and that nothing else can be said in them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftc.core.errors import ConfigError
from ftc.core.risk import METRICS, Risk, Unknown, checked_rule, holds, raised, risk_by_rules

KNOWN = dict.fromkeys(METRICS, 0.0) | {"coverage_delta": -2.5, "diff_lines": 120.0, "tests_failed": 1.0}

TRUE = [
    "coverage_delta < -2",
    "-3 < coverage_delta < -2",  # a chain, as people write it
    "not coverage_delta > -2",
    "diff_lines / 2 > 50 and tests_failed",
    "cost > 1 or tests_failed == 1",
    "(diff_lines + 80) * 2 >= 400",
    "tests_failed != 0",
]
FALSE = ["coverage_delta < -2.5", "cost > 0", "tests_failed and cost", "+diff_lines < 100", "3 < 2 < 1"]


@pytest.mark.parametrize(("rule", "is_so"), [*((r, True) for r in TRUE), *((r, False) for r in FALSE)])
def test_a_rule_means_what_it_says(rule, is_so):
    assert holds(checked_rule(rule), KNOWN) is is_so


HOSTILE = [
    "__import__('os').system('true')",
    "().__class__",
    "coverage_delta.real",
    "[1][0]",
    "{'a': 1}",
    "lambda: 1",
    "(x := 1)",
    "f'{cost}'",
    "'a' < 'b'",
    "True",  # no number, and what would it mean
    "None",
    "2 ** 9 ** 9 ** 9",  # no power: it would never end
    "1 << 99999",
    "cost if cost else 1",
    "cost in (1, 2)",
    "1j < 2",
    "1e999 > 1",
    "cost; cost",
    "cost < 1 #\nimport os",
    "",
    "(" * 150 + "1" + ")" * 40,
    "-" * 100 + "1",  # deeper than the bound on parts
    "1 + " * 70 + "1",
    "\0",
    "coverage",
]


@pytest.mark.parametrize("rule", HOSTILE)
def test_nothing_else_can_be_said(rule):
    with pytest.raises(ConfigError, match="risk rule"):
        checked_rule(rule)


@given(st.text(max_size=250))
def test_any_text_is_a_rule_or_refused(text):
    with contextlib.suppress(ConfigError, Unknown):
        holds(checked_rule(text), KNOWN)


@pytest.mark.parametrize("rule", ["coverage_delta < -2", "1 / cost > 2", "1000000000000 * 1000000000000 / cost > 1"])
def test_what_cannot_be_told_counts_as_high(rule):
    metrics = {**KNOWN, "coverage_delta": None, "cost": 0.0}
    level, reasons = risk_by_rules([rule], metrics)
    assert level == Risk.HIGH
    assert "cannot be told" in reasons[0]


def test_a_model_raises_and_never_lowers():
    assert raised(Risk.HIGH, [Risk.LOW]) == Risk.HIGH
    assert raised(Risk.LOW, [Risk.LOW, Risk.MEDIUM]) == Risk.MEDIUM
    assert raised(Risk.MEDIUM, []).word == "medium"
