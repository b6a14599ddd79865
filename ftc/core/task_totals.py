"""The results of several tasks together: one exit code, and the figures that are compared with the aims.

The rule it keeps: a figure over nothing is None; an aim without a measurement is neither met nor missed.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from ftc.core.task_report import ALL_PASSED, NOTHING_DELIVERED, RISK_OR_PARTIAL

AIM_MINUTES = 30
"""A task takes less (spec, appendix A)."""
AIM_CONFLICTS = 0.10
"""Of the tasks, those that leave a conflict to people are fewer."""
AIM_FIRST_TRY = 0.85
"""Of the batches, those that pass their gates at the first try are more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """One finished task: status, exit code, batches that were measured, and how many of them passed at once."""

    status: Mapping[str, object]
    code: int
    batches: int
    first_try: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What the dashboard shows of tasks; shares are from 0 to 1, None where there is nothing to count."""

    tasks: int
    delivered: int
    with_risk: int
    failed: int
    median_minutes: float | None
    conflict_share: float | None
    first_try_share: float | None
    coverage_gain: float | None
    """Percentage points, of all tasks that measured it."""
    cost: float


def together(codes: Sequence[int]) -> int:
    """The exit code of several tasks: 0 when all gave 0, 1 when nothing was delivered at all, else 2."""
    if all(code == ALL_PASSED for code in codes):
        return ALL_PASSED
    return NOTHING_DELIVERED if all(code == NOTHING_DELIVERED for code in codes) else RISK_OR_PARTIAL


def totals(finished: Sequence[Finished]) -> Totals:
    """The figures of these tasks."""
    minutes = sorted(found for item in finished if (found := _minutes(item.status)) is not None)
    gains = [found for item in finished if (found := _gain(item.status)) is not None]
    conflicts = sum("needs-manual-review" in _labels(item.status) for item in finished)
    batches = sum(item.batches for item in finished)
    return Totals(
        tasks=len(finished),
        delivered=sum(item.code == ALL_PASSED for item in finished),
        with_risk=sum(item.code == RISK_OR_PARTIAL for item in finished),
        failed=sum(item.code not in (ALL_PASSED, RISK_OR_PARTIAL) for item in finished),
        median_minutes=round(minutes[len(minutes) // 2], 2) if minutes else None,
        conflict_share=round(conflicts / len(finished), 4) if finished else None,
        first_try_share=round(sum(item.first_try for item in finished) / batches, 4) if batches else None,
        coverage_gain=round(sum(gains), 2) if gains else None,
        cost=round(sum(_number(item.status.get("cost")) or 0.0 for item in finished), 6),
    )


def totals_text(found: Totals, finished: Sequence[Finished]) -> str:
    """``tasks.json``: the figures, the aims, and every task's status."""
    document = {
        "totals": asdict(found),
        "aims": {"minutes": AIM_MINUTES, "conflict_share": AIM_CONFLICTS, "first_try_share": AIM_FIRST_TRY},
        "tasks": [{"code": item.code, **item.status} for item in finished],
    }
    return json.dumps(document, indent=1) + "\n"


def _minutes(status: Mapping[str, object]) -> float | None:
    try:
        began, ended = (datetime.fromisoformat(str(status[name])) for name in ("started_at", "finished_at"))
    except (KeyError, ValueError):
        return None
    return (ended - began).total_seconds() / 60


def _gain(status: Mapping[str, object]) -> float | None:
    before, after = (_number(status.get(f"coverage_{side}")) for side in ("before", "after"))
    return None if before is None or after is None else after - before


def _labels(status: Mapping[str, object]) -> tuple[str, ...]:
    labels = status.get("risk_labels")
    return tuple(map(str, labels)) if isinstance(labels, list | tuple) else ()


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
