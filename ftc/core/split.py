"""Failures and fixes of many flakes by workflow and by project: who has most of them, and what they cost in CI time.

The rule it keeps: a job in which several tests failed was lost once, whatever the number of flakes that remember it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ftc.core.model import Flake, Occurrence, Status
from ftc.core.statistics import failures_by_day

IN_REVIEW = (Status.PR_OPEN, Status.PR_NEEDS_CHANGES, Status.PR_UPDATING)
MERGED = (Status.MERGED, Status.DEPLOYED, Status.VERIFIED)
FAILED = (Status.FIX_FAILED, Status.CLOSED_WONTFIX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """One workflow: failures of known flakes since a moment, and the CI time of the jobs lost by them."""

    name: str
    failures: int
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The flakes of one project in numbers."""

    repo: str
    issues: int
    watched: int
    review: int
    """Fixes that wait for review or for changes."""
    merged: int
    failed: int
    """Fixes given up and tests that people do not want fixed."""
    recent: int
    """Failures since a moment, whole UTC days."""


def recent(flakes: Iterable[Flake], *, since: datetime) -> tuple[Occurrence, ...]:
    """The failures since that moment which are known one by one."""
    return tuple(item for flake in flakes for item in flake.occurrences if item.created >= since)


def lost_seconds(failures: Iterable[Occurrence]) -> int:
    """Seconds of CI time of the jobs in which these failures happened, each job once."""
    jobs: dict[tuple[str, str, int, str], int] = {}
    for item in failures:
        jobs[item.key] = max(item.seconds, jobs.get(item.key, 0))
    return sum(jobs.values())


def by_workflow(failures: Sequence[Occurrence]) -> tuple[Workflow, ...]:
    """These failures by workflow, most first."""
    groups: dict[str, list[Occurrence]] = {}
    for item in failures:
        groups.setdefault(item.workflow, []).append(item)
    found = [Workflow(name=name, failures=len(items), seconds=lost_seconds(items)) for name, items in groups.items()]
    return tuple(sorted(found, key=lambda item: (-item.failures, -item.seconds, item.name)))


def standing(repo: str, flakes: Sequence[Flake], *, since: datetime) -> Standing:
    """One project in numbers; the flakes hold no duplicates (``core.statistics.counted``)."""
    states = Counter(flake.status for flake in flakes)
    return Standing(
        repo=repo,
        issues=len(flakes) - states[Status.DISCOVERED],
        watched=states[Status.DISCOVERED],
        review=sum(states[status] for status in IN_REVIEW),
        merged=sum(states[status] for status in MERGED),
        failed=sum(states[status] for status in FAILED),
        recent=sum(count for flake in flakes for day, count in failures_by_day(flake).items() if day >= since.date()),
    )


def by_project(flakes: Iterable[Flake], *, since: datetime) -> tuple[Standing, ...]:
    """Every repository of code that these flakes belong to, most failures first."""
    groups: dict[str, list[Flake]] = {}
    for flake in flakes:
        groups.setdefault(flake.repo, []).append(flake)
    found = [standing(repo, items, since=since) for repo, items in groups.items()]
    return tuple(sorted(found, key=lambda item: (-item.recent, item.repo)))
