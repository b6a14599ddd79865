"""The list of the report: projects with their flakes, each as one row, and what the list can be filtered by.

The rule it keeps: one test of one project is one row, whatever copies of it a stopped scan has left behind.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ftc.core.history import Rate, failure_rate, joined
from ftc.core.ledger import Charge
from ftc.core.lifecycle import WORDS, Word
from ftc.core.model import Flake, ScanRecord, Status
from ftc.core.next_step import NEXT_STEPS, NextStep, Turn

_PULL = re.compile(r"https?://[^\s\"'<>]+/pull/([0-9]{1,10})(?:[#?/].*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A managed issue: its flake, and what GitHub says of the issue."""

    flake: Flake
    url: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Everything one repository of issues holds, as read."""

    repo: str
    filed: tuple[Filed, ...] = ()
    watched: tuple[Flake, ...] = ()
    scans: tuple[ScanRecord, ...] = ()
    """Newest first."""
    dashboard_url: str = ""
    notes: tuple[str, ...] = ()
    healing: tuple[Charge, ...] = ()
    """What repairs of the base branch have cost."""

    @property
    def flakes(self) -> tuple[Flake, ...]:
        """Every flake once: the managed ones, then what is on the watch list only."""
        return (*(item.flake for item in self.filed), *watched_once(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One flake as the list shows it."""

    flake: Flake
    project: str
    page: str
    """Path of its own page in the report."""
    url: str
    labels: tuple[str, ...]
    age: timedelta | None
    rate: Rate
    word: Word
    step: NextStep
    pull_url: str
    pull: str
    """Number of the pull request with the fix; empty without one."""
    branch: str
    """Branch of the fix; empty without one."""

    @property
    def haystack(self) -> str:
        """What the search looks into: lower case, one line."""
        parts = (str(self.flake.test), *(item.text for item in self.flake.signatures), self.project)
        return " ".join(" ".join(parts).lower().split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The rows for which it is the same one's turn."""

    turn: Turn
    rows: tuple[Row, ...]


def watched_once(project: Project) -> tuple[Flake, ...]:
    """The watch list without copies, and without tests that have an issue by now."""
    filed = {item.flake.key for item in project.filed}
    found: dict[str, Flake] = {}
    for flake in project.watched:
        if flake.key not in filed:
            found[flake.key] = joined(found[flake.key], flake) if flake.key in found else flake
    return tuple(found.values())


def rows(projects: Iterable[Project], *, now: datetime) -> tuple[Row, ...]:
    """All rows, those that wait for a person first, then by the last failure, newest first."""
    made = [row for project in projects for row in _of_project(project, now=now)]
    order = list(Turn)
    made.sort(key=lambda row: (row.project.lower(), str(row.flake.test), row.page))
    made.sort(key=lambda row: row.flake.last_seen or row.flake.first_seen or now, reverse=True)
    return tuple(sorted(made, key=lambda row: order.index(row.step.turn)))


def groups(listed: Sequence[Row]) -> tuple[Group, ...]:
    """The rows by whose turn it is, empty groups left out."""
    made = (Group(turn=turn, rows=tuple(row for row in listed if row.step.turn == turn)) for turn in Turn)
    return tuple(group for group in made if group.rows)


def options(listed: Sequence[Row]) -> dict[str, tuple[tuple[str, int], ...]]:
    """What can be chosen in each filter, with how many rows have it."""
    counts = Counter(row.flake.status for row in listed)
    return {
        "state": tuple((status.value, counts[status]) for status in Status if counts[status]),
        "project": _choices([row.project] for row in listed),
        "framework": _choices([row.flake.framework or "unknown"] for row in listed),
        "label": _choices(row.labels for row in listed),
    }


def _choices(values: Iterable[Iterable[str]]) -> tuple[tuple[str, int], ...]:
    counts: dict[str, int] = {}
    for row in values:
        for value in set(row):
            counts[value] = counts.get(value, 0) + 1
    return tuple(sorted(counts.items()))


def _of_project(project: Project, *, now: datetime) -> Iterable[Row]:
    for item in project.filed:
        number = item.flake.issue.issue if item.flake.issue else 0
        yield _row(item, project=project, name=f"{number}", now=now)
    for flake in watched_once(project):
        yield _row(Filed(flake=flake, url=project.dashboard_url), project=project, name=f"watch-{flake.key}", now=now)


def _row(item: Filed, *, project: Project, name: str, now: datetime) -> Row:
    flake = item.flake
    # GitHub takes no owner with two hyphens in a row or at the end, so no two projects share a name here.
    page = re.sub(r"[^\w.-]", "_", f"{project.repo.replace('/', '--')}--{name}", flags=re.ASCII)
    pull_number, pull_url = _pull(flake)
    return Row(
        flake=flake,
        project=project.repo,
        page=f"flakes/{page}.html",
        url=item.url,
        labels=item.labels,
        age=now - flake.first_seen if flake.first_seen else None,
        rate=failure_rate(flake),
        word=WORDS[flake.status],
        step=NEXT_STEPS[flake.status],
        pull_url=pull_url,
        pull=pull_number,
        branch=_branch(flake),
    )


def _pull(flake: Flake) -> tuple[str, str]:
    """Number and address of the pull request with the fix, as recorded, or else as the audit trail links to one."""
    known = flake.progress.pull
    if known is not None:
        return str(known.number), known.url
    found = next((match for entry in reversed(flake.audit) if (match := _PULL.fullmatch(entry.url))), None)
    return (found[1], found[0]) if found else ("", "")


def _branch(flake: Flake) -> str:
    known = flake.progress.pull
    runs = (run.branch for run in flake.progress.runs if run.branch)
    return (known.branch if known else "") or next(runs, "")
