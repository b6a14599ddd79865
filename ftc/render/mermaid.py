"""Charts as GitHub draws them out of Mermaid: the daily trend, and what failures turn out to be.

The rule it keeps: a chart holds numbers and our own words only, so that no name from a log can end or extend it.
"""

from collections.abc import Iterable, Sequence

from ftc.core.statistics import Day

SERIES = ("found", "merged", "failed")
"""What the trend shows of each day: tests found, fixes merged, fixes given up."""


def trend_chart(days: Sequence[Day]) -> str:
    """The trend as ``xychart-beta``: found as bars, merged and failed as lines; empty when there is nothing to draw."""
    columns = {name: [getattr(day, name) for day in days] for name in SERIES}
    top = max((number for column in columns.values() for number in column), default=0)
    if not top:
        return ""
    labels = ", ".join(f'"{day.day:%m-%d}"' for day in days)
    found, merged, failed = (", ".join(map(str, columns[name])) for name in SERIES)
    lines = ["xychart-beta", f"    x-axis [{labels}]", f'    y-axis "Tests" 0 --> {top}']
    return "\n".join([*lines, f"    bar [{found}]", f"    line [{merged}]", f"    line [{failed}]"])


def pie_chart(parts: Iterable[tuple[str, int]]) -> str:
    """The parts as ``pie``, each with its number; ``parts`` are words of ours. Empty when there is nothing to draw."""
    slices = [f'    "{name}" : {count}' for name, count in parts if count > 0]
    return "\n".join(["pie showData", *slices]) if slices else ""
