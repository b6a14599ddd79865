"""The file of an ordered task as the gate reads it back: strictly, and only for what the page cannot tell.

The rule it keeps: an order lies among the files of a run, where other jobs of that run can write. It names an issue and
a turn; what it says beyond that is compared with the page before it counts.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ftc.core.documents import no_number
from ftc.core.errors import UsageError
from ftc.core.fix import TaskKind
from ftc.core.orders import SCHEMA, Order, branch_name, task_id

MAX_CHARS = 1_000_000
"""Of a file that is read: a title, a body and an instruction take 70,000 characters, each six at most in JSON."""
_TEXTS = (
    *("id", "kind", "repository", "title", "body", "digest", "instruction", "by", "ordered", "turn", "branch"),
    *("runner", "key", "scope"),
)
_NUMBERS = ("schema", "issue")
_OPTIONAL = ("nonce",)
"""The lease's, where it is another one than the turn's key."""


class OrderUnreadable(UsageError):
    """The file is no order, or was altered; the text names the member."""


def read_order(text: str) -> Order:
    """The order in a file that ``ftc respond`` or ``ftc sweep`` wrote, hostile still; raises ``OrderUnreadable``."""
    values = _members(text)
    try:
        kind, ordered = TaskKind(values["kind"]), datetime.fromisoformat(values["ordered"])
    except ValueError as error:
        raise OrderUnreadable(f"--order: kind or ordered: {error}") from None
    if ordered.tzinfo is None:
        raise OrderUnreadable("--order: ordered has no time zone")
    taken = {name: values[name] for name in _TEXTS if name not in ("kind", "repository", "digest", "ordered")}
    order = Order(
        kind=kind,
        repo=values["repository"],
        issue=values["issue"],
        ordered=ordered.astimezone(UTC),
        nonce=values.get("nonce") or values["turn"],
        **taken,
    )
    return _consistent(order, digest=values["digest"])


def _members(text: str) -> Mapping[str, Any]:
    """The members, each of its type."""
    if len(text) > MAX_CHARS:
        raise OrderUnreadable(f"--order: the file is larger than {MAX_CHARS} characters")
    try:
        values = json.loads(text, parse_constant=no_number)
    except (ValueError, RecursionError) as error:
        raise OrderUnreadable(f"--order: not readable as JSON ({error})") from None
    if not isinstance(values, dict):
        raise OrderUnreadable("--order: the file holds no order; it is the task.json that was handed on")
    wrong = sorted((set(_TEXTS) | set(_NUMBERS)) ^ (values.keys() - set(_OPTIONAL)))
    if wrong:
        raise OrderUnreadable(f"--order: members missing or unknown: {', '.join(wrong)[:200]}")
    for name, value in values.items():
        fits = type(value) is int if name in _NUMBERS else isinstance(value, str)
        if not fits:
            raise OrderUnreadable(f"--order: {name} is of the wrong type")
    if values["schema"] != SCHEMA:
        raise OrderUnreadable(f"--order: schema {values['schema']} is not {SCHEMA}; it comes from another version")
    return values


def _consistent(order: Order, *, digest: str) -> Order:
    """The order, if its parts fit each other as only one that was made by the rules does."""
    branches = {branch_name(order.issue, order.id)} | ({""} if order.kind is TaskKind.VERIFY else set())
    checks = {
        "issue": order.issue > 0,
        "id": order.id == task_id(order.issue, order.turn),
        "branch": order.branch in branches,
        "digest": order.digest == digest,
    }
    wrong = [name for name, right in checks.items() if not right]
    if wrong:
        raise OrderUnreadable(f"--order: {', '.join(wrong)} does not fit the rest, so the file was altered")
    return order
