"""The comment about new failures of a managed issue.

The rule it keeps: it shows no link twice within itself, and of many failures the newest.
"""

from ftc.core.notices import MOST_SHOWN, Due
from ftc.render.environment import render


def notice_text(due: Due, *, language: str = "en") -> str:
    """Counts since the last notice, the newest failures with their links, and the trend."""
    trend = due.rates.trend
    values = {
        "flake": due.flake,
        "since": due.since,
        "count": len(due.fresh),
        "shown": due.fresh[:MOST_SHOWN],
        "rates": due.rates,
        "trend": trend.value if trend else "",
    }
    return render("notice.md.j2", values, language=language)
