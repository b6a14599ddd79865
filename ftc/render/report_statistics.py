"""The statistics page of the report, as values for its template.

The rule it keeps: every chart has its numbers beside it in a table.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ftc.core.lifecycle import WORDS
from ftc.core.model import FailureClass, Flake, Status
from ftc.core.next_step import words
from ftc.core.statistics import counted, daily, failures_by_day, totals
from ftc.render.issue import VERDICT_WORDS
from ftc.render.report_detail import chart
from ftc.render.report_rows import Project, Row, rows

RANGES = (7, 30, 90)
TREND_DAYS = 30
RATES_SHOWN = 20
SCANS_SHOWN = 20
_REVIEW = (Status.PR_OPEN, Status.PR_NEEDS_CHANGES, Status.PR_UPDATING)
_MERGED = (Status.MERGED, Status.DEPLOYED, Status.VERIFIED)
_FAILED = (Status.FIX_FAILED, Status.CLOSED_WONTFIX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One line of a bar chart that is a table: name, count, and the share of the longest bar in percent."""

    name: str
    count: int
    width: int
    note: str = ""
    color: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectLine:
    """One project in numbers."""

    repo: str
    issues: int
    watched: int
    review: int
    merged: int
    failed: int
    recent: int
    """Failures of the last ``TREND_DAYS`` days."""


def statistics(projects: Sequence[Project], *, now: datetime) -> dict[str, object]:
    """The values of the page."""
    flakes = counted(flake for project in projects for flake in project.flakes)
    until = now.date()
    trend = daily(flakes, until=until, days=TREND_DAYS)
    series = {name: [getattr(day, name.lower()) for day in trend] for name in ("Failures", "Found")}
    return {
        "trend": trend,
        "trend_days": TREND_DAYS,
        "chart": chart([day.day for day in trend], **series),
        "totals": [totals(flakes, until=until, days=days) for days in RANGES],
        "states": _states(projects),
        "classes": _classes(flakes),
        "workflows": _workflows(flakes),
        "lines": [_line(project, now=now) for project in projects],
        "rates": _rates(rows(projects, now=now)),
        "projects": projects,
        "scans_shown": SCANS_SHOWN,
    }


def bars(counts: Iterable[tuple[str, int, str, str]]) -> tuple[Bar, ...]:
    """Bars in the given order out of (name, count, note, colour)."""
    given = tuple(counts)
    longest = max((count for _, count, _, _ in given), default=0)
    return tuple(
        Bar(name=name, count=count, width=round(100 * count / longest) if longest else 0, note=note, color=color)
        for name, count, note, color in given
    )


def _states(projects: Sequence[Project]) -> tuple[Bar, ...]:
    counts = Counter(flake.status for project in projects for flake in project.flakes)
    known = [(status, counts[status]) for status in Status if counts[status]]
    return bars(
        (
            words(status),
            count,
            f"repair: {WORDS[status].repair}; dispatch: {WORDS[status].dispatch}",
            WORDS[status].color,
        )
        for status, count in known
    )


def _classes(flakes: Sequence[Flake]) -> tuple[Bar, ...]:
    counts = Counter(flake.verdict.failure_class if flake.verdict else FailureClass.UNKNOWN for flake in flakes)
    return bars((VERDICT_WORDS[kind], counts[kind], "", "") for kind in FailureClass if counts[kind])


def _workflows(flakes: Sequence[Flake]) -> tuple[Bar, ...]:
    """Failures by workflow; days kept as numbers only no longer know theirs."""
    counts = Counter(item.workflow or "unknown" for flake in flakes for item in flake.occurrences)
    older = sum(item.count for flake in flakes for item in flake.sealed)
    named = [(name, count, "", "") for name, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]
    return bars([*named, *([("older, kept as numbers only", older, "", "")] if older else [])])


def _line(project: Project, *, now: datetime) -> ProjectLine:
    flakes = counted(project.flakes)
    counts = Counter(flake.status for flake in flakes)
    since = now.date() - timedelta(days=TREND_DAYS - 1)
    recent = sum(count for flake in flakes for day, count in failures_by_day(flake).items() if day >= since)
    return ProjectLine(
        repo=project.repo,
        issues=len(flakes) - counts[Status.DISCOVERED],
        watched=counts[Status.DISCOVERED],
        review=sum(counts[status] for status in _REVIEW),
        merged=sum(counts[status] for status in _MERGED),
        failed=sum(counts[status] for status in _FAILED),
        recent=recent,
    )


def _rates(listed: Sequence[Row]) -> tuple[Row, ...]:
    """Managed flakes by failure rate, highest first."""
    known = [row for row in listed if row.rate.runs and row.flake.issue and row.flake.status != Status.DUPLICATE]
    return tuple(sorted(known, key=lambda row: (-row.rate.share, row.page)))[:RATES_SHOWN]
