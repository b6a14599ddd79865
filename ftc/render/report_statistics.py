"""The statistics page of the report, as values for its template.

The rule it keeps: every chart has its numbers beside it in a table.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ftc.core.lifecycle import WORDS
from ftc.core.model import FailureClass, Flake, Status
from ftc.core.next_step import words
from ftc.core.overview import costs
from ftc.core.split import standing
from ftc.core.statistics import counted, daily, totals
from ftc.render.issue import VERDICT_WORDS
from ftc.render.report_detail import chart
from ftc.render.report_rows import Project, Row, rows

RANGES = (7, 30, 90)
TREND_DAYS = 30
RATES_SHOWN = 20
SCANS_SHOWN = 20
FACT_DAYS = 365
"""Days among which a reader may choose; older occurrences are counters, and older audit entries are mostly gone."""
LINES = (("Found", "found"), ("Fixed", "merged"), ("Failed", "failed"))
"""What the trend draws, by its name and its name in ``Day``."""
COUNTED = ("found", "failures", "merged", "automatic", "failed", "proven", "back")
PROJECT_COUNTED = ("found", "failures", "merged", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One line of a bar chart that is a table: name, count, and the share of the longest bar in percent."""

    name: str
    count: int
    width: int
    note: str = ""
    color: str = ""


def statistics(projects: Sequence[Project], *, now: datetime) -> dict[str, object]:
    """The values of the page. What was found and fixed is counted from the issues; the watch list is no finding yet."""
    flakes = counted(flake for project in projects for flake in project.flakes)
    filed = _filed(projects)
    until = now.date()
    since = now - timedelta(days=TREND_DAYS - 1)
    trend = daily(filed, until=until, days=TREND_DAYS)
    return {
        "trend": trend,
        "trend_days": TREND_DAYS,
        "chart": chart(
            [day.day for day in trend], **{name: [getattr(day, key) for day in trend] for name, key in LINES}
        ),
        "totals": [totals(filed, until=until, days=days) for days in RANGES],
        "facts": _facts(projects, until=until),
        "states": _states(projects),
        "classes": _classes(flakes),
        "workflows": _workflows(flakes),
        "lines": [standing(project.repo, counted(project.flakes), since=since) for project in projects],
        "rates": _rates(rows(projects, now=now)),
        "projects": projects,
        "scans_shown": SCANS_SHOWN,
        "cost": costs(filed, now=now, beside=(bill for project in projects for bill in project.healing)),
    }


def _filed(projects: Iterable[Project]) -> tuple[Flake, ...]:
    return counted(item.flake for project in projects for item in project.filed)


def _facts(projects: Sequence[Project], *, until: date) -> dict[str, object]:
    """What the script adds up for a range of days that a reader chooses: every number of every day, in columns."""
    shown = daily(_filed(projects), until=until, days=FACT_DAYS)
    spans = {name: [getattr(day, name) for day in shown] for name in ("triage", "fix", "merge")}
    return {
        "days": [day.day.isoformat() for day in shown],
        "counts": {name: [getattr(day, name) for day in shown] for name in COUNTED},
        "spans": {
            name: {"count": [item.count for item in items], "seconds": [item.length.total_seconds() for item in items]}
            for name, items in spans.items()
        },
        "projects": [_project_facts(project, until=until) for project in projects],
    }


def _project_facts(project: Project, *, until: date) -> dict[str, object]:
    shown = daily(_filed([project]), until=until, days=FACT_DAYS)
    return {"repo": project.repo, **{name: [getattr(day, name) for day in shown] for name in PROJECT_COUNTED}}


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


def _rates(listed: Sequence[Row]) -> tuple[Row, ...]:
    """Managed flakes by failure rate, highest first."""
    known = [row for row in listed if row.rate.runs and row.flake.issue and row.flake.status != Status.DUPLICATE]
    return tuple(sorted(known, key=lambda row: (-row.rate.share, row.page)))[:RATES_SHOWN]
