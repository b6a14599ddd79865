"""A write repository in memory for tests of deciding: it keeps what effects write and forgets nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from ftc.core.effects import CloseAsDuplicate, Effect, OpenDashboard, OpenIssue, SaveDashboard, SaveFlake, SaveWatchPage
from ftc.core.judged import Scan
from ftc.core.model import Attempt, Dashboard, Flake, IndexEntry, IssueRef, Status
from ftc.core.readings import readings
from ftc.core.triage import Plan, plan
from tests.builders import REPO


@dataclass
class World:
    """Issues, watch pages and dashboard as they stand; ``number`` is the newest issue's."""

    number: int = 10
    issues: dict[int, Flake] = field(default_factory=dict)
    pages: dict[int, tuple[Flake, ...]] = field(default_factory=dict)
    dashboard: Dashboard = field(default_factory=lambda: Dashboard(repo=REPO))
    labels: set[str] = field(default_factory=set)

    @property
    def watched(self) -> tuple[Flake, ...]:
        return tuple(flake for _, page in sorted(self.pages.items()) for flake in page)

    @property
    def open(self) -> dict[int, Flake]:
        return {number: flake for number, flake in self.issues.items() if flake.status != Status.DUPLICATE}

    def snapshot(self, attempts: Sequence[Attempt], *, now: datetime, **over: Any) -> Scan:
        """What a scan of this world knows; it reads what ``readings`` asks for."""
        known = readings(self.dashboard.ledger, (*self.issues.values(), *self.watched))
        wanted = {item.run.id for item in attempts if known.wanted(item.run)}
        listed = tuple(item if item.run.id in wanted else replace(item, jobs=()) for item in attempts)
        values: dict[str, Any] = {
            "repo": REPO,
            "now": now,
            "dashboard": self.dashboard,
            "attempts": listed,
            "read": tuple(item for item in listed if item.run.id in wanted),
            "cursor": now - timedelta(days=7),
            "managed": tuple(self.issues.values()),
            "watched": self.watched,
        }
        return Scan(**{**values, **over})

    def carry_out(self, effects: Sequence[Effect]) -> None:
        opened: list[IndexEntry] = []
        for effect in effects:
            match effect:
                case OpenDashboard():
                    self.number += 1
                    ref = IssueRef(repo=REPO, issue=self.number)
                    self.dashboard = replace(self.dashboard, issue=ref)
                case OpenIssue():
                    self.number += 1
                    ref = IssueRef(repo=REPO, issue=self.number)
                    self.issues[self.number] = replace(effect.flake, issue=ref)
                    self.labels.update(effect.labels)
                    opened.append(IndexEntry(issue=self.number, key=effect.flake.key))
                case SaveFlake() | CloseAsDuplicate():
                    self.issues[effect.number] = effect.flake
                case SaveWatchPage():
                    self.pages[effect.page] = effect.flakes
                case SaveDashboard():
                    index = (*effect.dashboard.index, *opened)
                    self.dashboard = replace(effect.dashboard, issue=self.dashboard.issue, index=index)

    def scan(self, attempts: Sequence[Attempt], *, now: datetime, cut: int | None = None, **over: Any) -> Plan:
        """One scan, stopped after ``cut`` effects if given."""
        decided = plan(self.snapshot(attempts, now=now, **over))
        self.carry_out(decided.effects[:cut])
        return decided

    def final(self) -> tuple[object, ...]:
        """What must come out the same however often a scan was interrupted; numbers and records may differ."""
        ledger = sorted(self.dashboard.ledger, key=lambda entry: (entry.run, entry.attempt))
        index = sorted((entry.key, entry.gone) for entry in self.dashboard.index)
        issues = sorted((replace(flake, issue=None) for flake in self.open.values()), key=lambda flake: flake.key)
        pages = {page: flakes for page, flakes in self.pages.items() if flakes}
        return issues, pages, ledger, index, self.dashboard.cursor
