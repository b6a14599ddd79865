"""How risky a result is: rules that people write over named metrics, evaluated by a small language of its own.

The rule it keeps: an expression is parsed, never run. It knows numbers, the metrics below, comparisons, arithmetic and
``and``, ``or``, ``not``; whatever else it holds is refused when the task is read, and its length bounds its work.
"""

import ast
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import IntEnum
from math import isfinite

from ftc.core.config import nearest
from ftc.core.errors import ConfigError

METRICS = (
    *("coverage_delta", "coverage_before", "coverage_after", "commits", "cost", "diff_lines", "files_changed"),
    *("lint_errors", "partial_share", "product_files", "tests_failed", "tests_passed", "type_errors"),
)
"""What a rule may name. Coverage is in percent and its delta in points, ``cost`` in US dollars."""

MAX_CHARS = 200
"""Of one expression; a rule that a person writes has less than fifty."""
MAX_NODES = 60
"""Parts of one expression; bounds how deep its evaluation goes."""
MAX_NUMBER = 1e12

Number = float | bool


class Risk(IntEnum):
    """How carefully people should look; the larger wins."""

    LOW = 0
    MEDIUM = 1
    HIGH = 2

    @property
    def word(self) -> str:
        """As ``status.json`` has it."""
        return self.name.lower()


class Unknown(Exception):
    """An expression needs a metric that was not measured."""


_ARITHMETIC: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARISONS: Mapping[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_PARTS = (
    *(ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd, ast.BinOp, ast.Compare),
    *(ast.Name, ast.Load, ast.Constant, *_ARITHMETIC, *_COMPARISONS),
)


def checked_rule(text: str) -> str:
    """The expression, known to be of the language; ``ConfigError`` says what it holds that is not."""
    _parsed(text)
    return text.strip()


def holds(text: str, metrics: Mapping[str, float | None]) -> bool:
    """Whether an expression is true of these metrics.

    Raises ``Unknown`` when it needs one that is None or missing, or divides by zero; ``ConfigError`` for one that is
    not of the language.
    """
    return bool(_value(_parsed(text), metrics))


def risk_by_rules(rules: Iterable[str], metrics: Mapping[str, float | None]) -> tuple[Risk, tuple[str, ...]]:
    """High with the rules that hold, else low; a rule that cannot be told counts as one that holds."""
    found = tuple(said for rule in rules if (said := _said(rule, metrics)))
    return (Risk.HIGH if found else Risk.LOW), found


def raised(level: Risk, by_model: Sequence[Risk]) -> Risk:
    """The level after a model had its say: it may raise it and never lower it."""
    return max((level, *by_model))


def _said(rule: str, metrics: Mapping[str, float | None]) -> str:
    try:
        return rule if holds(rule, metrics) else ""
    except Unknown as error:
        return f"{rule} (cannot be told: {error})"


def _parsed(text: str) -> ast.expr:
    if len(text) > MAX_CHARS:
        raise ConfigError(f"risk rule: longer than {MAX_CHARS} characters; split it into several rules")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ConfigError(f"risk rule {text!r}: no expression; write one such as `coverage_delta < -2`") from None
    nodes = list(ast.walk(tree))
    if len(nodes) > MAX_NODES:
        raise ConfigError(f"risk rule {text!r}: more than {MAX_NODES} parts; split it into several rules")
    for node in nodes:
        _check(node, text)
    return tree.body


def _check(node: ast.AST, text: str) -> None:
    if not isinstance(node, _PARTS):
        raise ConfigError(
            f"risk rule {text!r}: {type(node).__name__} is not allowed; rules know numbers, metrics, comparisons, "
            "+ - * /, and, or, not"
        )
    if isinstance(node, ast.Constant) and not _is_number(node.value):
        raise ConfigError(f"risk rule {text!r}: {node.value!r:.40} is no number a rule may hold")
    if isinstance(node, ast.Name) and node.id not in METRICS:
        close = nearest(node.id, METRICS)
        hint = f"did you mean {close}?" if close else "the metrics are " + ", ".join(METRICS)
        raise ConfigError(f"risk rule {text!r}: there is no metric {node.id}; {hint}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MAX_NUMBER


def _value(node: ast.expr, metrics: Mapping[str, float | None]) -> Number:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return _metric(name, metrics)
        case ast.BoolOp(op=op, values=parts):
            every = (bool(_value(part, metrics)) for part in parts)
            return all(every) if isinstance(op, ast.And) else any(every)
        case ast.UnaryOp(op=op, operand=operand):
            return _signed(op, _value(operand, metrics))
        case ast.BinOp(left=left, op=op, right=right):
            return _computed(_ARITHMETIC[type(op)], _value(left, metrics), _value(right, metrics))
        case ast.Compare(left=left, ops=ops, comparators=others):
            values = [_value(part, metrics) for part in (left, *others)]
            pairs = zip(values[:-1], ops, values[1:], strict=True)
            return all(_COMPARISONS[type(op)](first, second) for first, op, second in pairs)
    raise AssertionError(f"{type(node).__name__} was refused when the rule was read")


def _metric(name: str, metrics: Mapping[str, float | None]) -> float:
    value = metrics.get(name)
    if value is None:
        raise Unknown(f"{name} was not measured")
    return float(value)


def _signed(op: ast.unaryop, value: Number) -> Number:
    if isinstance(op, ast.Not):
        return not value
    return -value if isinstance(op, ast.USub) else value


def _computed(function: Callable[[float, float], float], left: Number, right: Number) -> float:
    try:
        result = function(float(left), float(right))
    except (ZeroDivisionError, OverflowError):
        raise Unknown("it divides by zero or overflows") from None
    if not isfinite(result):
        raise Unknown("it overflows")
    return result
