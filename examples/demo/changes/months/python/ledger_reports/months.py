"""Names of months, as statements print them."""

import calendar


def title(year: int, month: int) -> str:
    """The heading of a monthly statement."""
    return f"{calendar.month_name[month]} {year}"
