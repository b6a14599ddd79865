"""What the dashboard says: the managed issues, the watch list and the last scans in numbers and short lists.

The rule it keeps: everything follows from the stored states and the moment alone, never from what one job happened to
decide, so that every job that writes the dashboard writes the same text.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ftc.core.history import joined
from ftc.core.ledger import Charge, spent
from ftc.core.model import Dashboard, FailureClass, Flake, ScanRecord, Status
from ftc.core.next_step import NEXT_STEPS, NextStep, Turn
from ftc.core.placing import BREAKAGE
from ftc.core.split import Standing, Workflow, by_project, by_workflow, lost_seconds, recent
from ftc.core.statistics import Day, Totals, counted, daily, totals
from ftc.core.task_block import TaskBoard, TaskShown, task_board
from ftc.core.thresholds import Thresholds
from ftc.core.triage import badness, may_be_filed

RANGES = (7, 30, 90)
"""Days for which fixes are told in numbers: a week, a month, a quarter."""
TREND_DAYS = 14
"""Days of the trend: as many as a chart in an issue has room to name."""
OVERDUE = 1.5
"""Windows without a record from which scans look dead. One that runs at least once a window records something each
time that its cursor has moved by half a window (``core.triage``), however quiet CI is."""
NEARLY_SPENT = 0.9
"""Share of the request budget from which a scan has probably left runs unread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A managed issue that waits for a person, and what can be done."""

    flake: Flake
    step: NextStep


@dataclass(frozen=True, slots=True, kw_only=True)
class Offender:
    """A managed issue with its failures inside the window."""

    flake: Flake
    recent: int
    seconds: int
    """CI time of the jobs that failed by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A test that CI tolerates until a moment."""

    flake: Flake
    until: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """US dollars for models and runs, as far as the issues remember: of the last seven days, and of all time."""

    week: float
    total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How scanning fares; the times are those of the jobs that last changed something."""

    scans: tuple[ScanRecord, ...]
    """Newest first."""
    swept: datetime | None
    silent: timedelta | None
    """How long ago the last scan changed something; None before the first."""
    overdue: bool
    request_budget: int
    nearly_spent: bool
    """Whether the last scan came close to its budget of requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The dashboard's content; every sequence is whole and in the order in which it is shown."""

    repo: str
    now: datetime
    window_days: int
    states: tuple[tuple[Status, int], ...]
    """Managed issues by state, in the order of the states; those without any are left out."""
    watched: int
    due: tuple[Due, ...]
    """By failures inside the window, most first."""
    waiting: tuple[Flake, ...]
    """Entries of the watch list with enough evidence for an issue, worst first."""
    why: str
    """Why they wait, as the last scan gave it."""
    breakage: bool
    """Whether the last scan took them, or some of them, for one broken change."""
    note: str
    """What the last scan wanted to be looked at."""
    quarantined: tuple[Quarantined, ...]
    """Those that expire first come first."""
    offenders: tuple[Offender, ...]
    """By failures inside the window, then by CI time, most first."""
    lost: int
    """Seconds of CI time lost inside the window by managed issues, each job once."""
    ranges: tuple[Totals, ...]
    trend: tuple[Day, ...]
    """Oldest day first."""
    classes: tuple[tuple[FailureClass, int], ...]
    """Every test known, by what its failures are."""
    workflows: tuple[Workflow, ...]
    projects: tuple[Standing, ...]
    cost: Cost
    health: Health
    tasks: TaskBoard | None
    """None when no task ever left a record."""


def overview(  # noqa: PLR0913 - what the dashboard is made of, by name
    managed: Iterable[Flake],
    watched: Iterable[Flake],
    dashboard: Dashboard,
    *,
    now: datetime,
    thresholds: Thresholds,
    request_budget: int = 0,
    tasks: Sequence[TaskShown] = (),
    bills: Iterable[Charge] = (),
) -> Overview:
    """The dashboard of these issues and this watch list; copies that a stopped scan left behind count once.

    ``bills`` tell what was spent beside the flakes, on the base branch.
    """
    flakes = tuple(sorted(managed, key=_number))
    entries = once(watched, taken={flake.key for flake in flakes})
    live, since = counted(flakes), now - thresholds.window
    states = Counter(flake.status for flake in flakes)
    last = dashboard.scans[0] if dashboard.scans else None
    offenders = _offenders(live, since=since)
    return Overview(
        repo=dashboard.repo,
        now=now,
        window_days=thresholds.window_days,
        states=tuple((status, states[status]) for status in Status if states[status]),
        watched=len(entries),
        due=_due(live, since=since),
        waiting=_waiting(entries, since=since, thresholds=thresholds),
        why=last.why if last else "",
        breakage=bool(last and last.why == BREAKAGE),
        note=last.note if last else "",
        quarantined=_quarantined(live, now=now),
        offenders=offenders,
        lost=lost_seconds(recent(live, since=since)),
        ranges=tuple(totals(live, until=now.date(), days=days) for days in RANGES),
        trend=daily(live, until=now.date(), days=TREND_DAYS),
        classes=_classes((*live, *entries)),
        workflows=by_workflow(recent(live, since=since)),
        projects=by_project((*live, *entries), since=since),
        cost=costs(flakes, now=now, beside=bills),
        health=_health(dashboard, now=now, thresholds=thresholds, request_budget=request_budget),
        tasks=task_board(tasks),
    )


def once(watched: Iterable[Flake], *, taken: set[str]) -> tuple[Flake, ...]:
    """The watch list in the order of its keys, without copies and without tests that have an issue by now."""
    found: dict[str, Flake] = {}
    for flake in watched:
        if flake.key not in taken:
            found[flake.key] = joined(found[flake.key], flake) if flake.key in found else flake
    return tuple(flake for _, flake in sorted(found.items()))


def _number(flake: Flake) -> int:
    return flake.issue.issue if flake.issue else 0


def _due(flakes: Sequence[Flake], *, since: datetime) -> tuple[Due, ...]:
    due = [Due(flake=flake, step=NEXT_STEPS[flake.status]) for flake in flakes]
    people = [item for item in due if item.step.turn == Turn.PERSON]
    return tuple(sorted(people, key=lambda item: (-len(recent([item.flake], since=since)), _number(item.flake))))


def _waiting(entries: Sequence[Flake], *, since: datetime, thresholds: Thresholds) -> tuple[Flake, ...]:
    """By the stored verdicts, which are those of the last scan that learnt something about the test."""
    judged = [(flake, flake.verdict) for flake in entries if flake.verdict]
    ready = [(flake, verdict) for flake, verdict in judged if may_be_filed(flake, verdict, thresholds)]
    return tuple(flake for flake, _ in sorted(ready, key=lambda pair: badness(*pair, since=since)))


def _quarantined(flakes: Sequence[Flake], *, now: datetime) -> tuple[Quarantined, ...]:
    found = [
        Quarantined(flake=flake, until=given.until, by=given.by)
        for flake in flakes
        if (given := flake.progress.quarantine) and given.until > now
    ]
    return tuple(sorted(found, key=lambda item: (item.until, _number(item.flake))))


def _offenders(flakes: Sequence[Flake], *, since: datetime) -> tuple[Offender, ...]:
    found = []
    for flake in flakes:
        if failures := recent([flake], since=since):
            found.append(Offender(flake=flake, recent=len(failures), seconds=lost_seconds(failures)))
    return tuple(sorted(found, key=lambda item: (-item.recent, -item.seconds, _number(item.flake))))


def _classes(flakes: Iterable[Flake]) -> tuple[tuple[FailureClass, int], ...]:
    counts = Counter(flake.verdict.failure_class if flake.verdict else FailureClass.UNKNOWN for flake in flakes)
    return tuple((kind, counts[kind]) for kind in FailureClass if counts[kind])


def costs(flakes: Iterable[Flake], *, now: datetime, beside: Iterable[Charge] = ()) -> Cost:
    """What models and runs have cost; duplicates count, since what was spent on them was spent."""
    bills = [*(bill for flake in flakes for bill in flake.bills), *beside]
    return Cost(week=spent(bills, now=now), total=sum(bill.usd for bill in bills))


def _health(dashboard: Dashboard, *, now: datetime, thresholds: Thresholds, request_budget: int) -> Health:
    last = dashboard.scans[0] if dashboard.scans else None
    silent = now - last.at if last else None
    return Health(
        scans=dashboard.scans,
        swept=dashboard.swept,
        silent=silent,
        overdue=silent is not None and silent > OVERDUE * thresholds.window,
        request_budget=request_budget,
        nearly_spent=bool(last and request_budget and last.requests >= NEARLY_SPENT * request_budget),
    )
