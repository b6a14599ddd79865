"""Signs in the history of failures: on which systems, in which jobs, at which hours and dates.

Rule: a pattern needs enough failures to be one; each number that decides it is named and has its reason.
"""

import re
from datetime import datetime

from ftc.core.analysis import RootCause
from ftc.core.model import Kind, Occurrence
from ftc.core.taxonomy.case import Case, Find, Reads, Rule, Spot

ENOUGH = 4
"""Failures from which "always" says something: by chance four of one of two equal kinds come together once in eight."""
ENOUGH_HOURS = 5
"""Failures from which hours are compared: five inside of three hours of the day are chance once in 800."""
ARC = 3
"""Hours of the day inside of which failures count as clustered."""
SPREAD_HOURS = 6
"""Different hours of the day from which the time of day plays no part."""
ENOUGH_MONTHS = 3
"""Months whose first or last day a test failed on."""
COMMON_OS = "linux"
"""The system most CI runs on; that failures are all there says nothing."""
_RACE = re.compile(r"(?:^|[^a-z])race(?:$|[^a-z])", re.IGNORECASE)


def _one_os(case: Case) -> Spot | None:
    seen = [item for item in case.flake.occurrences if item.os]
    systems = {item.os.lower() for item in seen}
    if len(seen) < ENOUGH or len(systems) != 1 or COMMON_OS in systems:
        return None
    return Spot(link=seen[0].url, word=str(len(seen)))


def _several_os(case: Case) -> Spot | None:
    systems = {item.os.lower() for item in case.flake.occurrences if item.os}
    return Spot(link=case.link, word=str(len(systems))) if len(systems) > 1 else None


def _race_jobs(case: Case) -> Spot | None:
    seen = case.flake.occurrences
    if len(seen) < ENOUGH or not all(_RACE.search(item.job) for item in seen):
        return None
    return Spot(link=case.link, word=str(len(seen)))


def _untimed(case: Case) -> list[Occurrence]:
    """Failures of runs that people or pushes began; scheduled ones always come at the same hour."""
    return [item for item in case.flake.occurrences if item.event != "schedule"]


def _one_time_of_day(case: Case) -> Spot | None:
    seen = _untimed(case)
    days = {item.day for item in seen}
    if len(seen) < ENOUGH_HOURS or len(days) < ENOUGH_HOURS // 2 + 1:
        return None
    hours = {item.created.hour for item in seen}
    arcs = ({(start + step) % 24 for step in range(ARC)} for start in range(24))
    return Spot(link=seen[0].url, word=str(len(seen))) if any(hours <= arc for arc in arcs) else None


def _all_hours(case: Case) -> Spot | None:
    hours = {item.created.hour for item in _untimed(case)}
    return Spot(link=case.link, word=str(len(hours))) if len(hours) >= SPREAD_HOURS else None


def _month_ends(case: Case) -> Spot | None:
    seen = case.flake.occurrences
    months = {(item.created.year, item.created.month) for item in seen}
    if len(months) < ENOUGH_MONTHS or not all(_at_month_end(item.created) for item in seen):
        return None
    return Spot(link=case.link, word=str(len(seen)))


def _at_month_end(at: datetime) -> bool:
    """The first day, or one from the 28th on, which in some zone or month is the last."""
    return at.day == 1 or at.day >= 28


def _mostly_timeouts(case: Case) -> Spot | None:
    seen = case.flake.occurrences
    late = [item for item in seen if item.kind is Kind.TIMEOUT]
    return Spot(link=late[0].url, word=str(len(late))) if len(late) >= ENOUGH and 2 * len(late) > len(seen) else None


def _no_timeouts(case: Case) -> Spot | None:
    seen = case.flake.occurrences
    if len(seen) < ENOUGH or any(item.kind is Kind.TIMEOUT for item in seen):
        return None
    return Spot(link=case.link, word=str(len(seen)))


def _retried_in_run(case: Case) -> Spot | None:
    hits = [item for item in case.flake.occurrences if item.passed_in_run]
    return Spot(link=hits[0].url, word=str(len(hits))) if hits else None


def _history(id: str, cause: RootCause, weight: float, find: Find, sentence: str) -> Rule:
    return Rule(id=id, cause=cause, weight=weight, reads=Reads.HISTORY, sentence=sentence, find=find)


C = RootCause
RULES: tuple[Rule, ...] = (
    _history("history-one-os", C.PLATFORM, 5.0, _one_os, "All {word} failures were on one operating system."),
    _history("history-several-os", C.PLATFORM, -2.0, _several_os, "It failed on {word} operating systems."),
    _history(
        "history-race-jobs",
        C.CONCURRENCY,
        3.0,
        _race_jobs,
        "All {word} failures were in jobs named for the race detector.",
    ),
    _history(
        "history-time-of-day",
        C.TIME,
        5.0,
        _one_time_of_day,
        "All {word} failures of unscheduled runs fall into the same three hours of the day (UTC).",
    ),
    _history("history-all-hours", C.TIME, -1.0, _all_hours, "It failed at {word} different hours of the day."),
    _history(
        "history-month-end", C.TIME, 5.0, _month_ends, "All {word} failures fall on the first or last days of a month."
    ),
    _history("history-timeouts", C.TIGHT_TIMEOUT, 2.0, _mostly_timeouts, "{word} of the failures were time-outs."),
    _history(
        "history-no-timeouts", C.TIGHT_TIMEOUT, -1.5, _no_timeouts, "None of the last {word} failures was a time-out."
    ),
    _history(
        "history-retry-passes",
        C.PRODUCT_BUG,
        -1.0,
        _retried_in_run,
        "It passed {word} times when it was tried again in the same job.",
    ),
)
"""Signs in the history; weights tuned on tests/core/taxonomy/cases.yaml."""
