"""Lengths of time, shares and money as people read them, the same in issues and in the HTML report.

The rule it keeps: what was never observed says so, and never reads as a zero.
"""

from datetime import timedelta

from ftc.core.binomial import percent
from ftc.core.statistics import Share

NO_DATA = "no data yet"
_LONG_HOURS = 100
"""Hours from which the minutes beside them say nothing."""


def span(length: timedelta | None) -> str:
    """A length of time in its largest two-digit unit."""
    if length is None:
        return NO_DATA
    minutes = max(int(length.total_seconds() // 60), 0)
    if minutes < 60:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < 48 else f"{hours // 24} d"


def share(value: Share) -> str:
    """A share with its numbers, or that there are none."""
    return f"{percent(value.part / value.whole)} ({value.part} of {value.whole})" if value.whole else NO_DATA


def duration(seconds: int) -> str:
    """CI time to the minute: ``3 h 12 min``; a dash for none, since then nobody measured it."""
    if seconds <= 0:
        return "–"
    minutes = max(1, round(seconds / 60))
    hours = minutes // 60
    if not hours:
        return f"{minutes} min"
    return f"{hours} h" if hours >= _LONG_HOURS or not minutes % 60 else f"{hours} h {minutes % 60} min"


def dollars(amount: float) -> str:
    """US dollars to the cent; less than a cent that was spent does not read as nothing."""
    return "under $0.01" if 0 < amount < 0.01 else f"${amount:.2f}"
