"""Whole scans against a simulator in this process, and what must be the same however they were interrupted."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ftc.clients.transport import Pace
from ftc.core.config import Config
from ftc.core.marks import purpose_of
from ftc.core.model import Dashboard, Flake
from ftc.core.state import decode
from ftc.jobs.context import open_context
from ftc.jobs.scan import scan
from ftc.jobs.scan_report import ScanReport
from ftc.jobs.settings import Settings, Tokens
from ftc.simulator.application import LoggedRequest
from ftc.simulator.simulator import Simulator
from ftc.simulator.world import Issue, Repository

PACE = Pace(write_interval=0, sleep=lambda _: None, clock=lambda: 0.0)
WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})


class Killed(BaseException):
    """The process died here."""


def run_scan(
    simulator: Simulator, *, repo: str, token: str, now: datetime, run_id: str = "", key: str = "", **config: Any
) -> ScanReport:
    """One scan in this process; ``config`` are fields of ``Config``. Without analyses, which have their own tests."""
    settings = Settings(
        config=Config(repo=repo, **{"analysis": False, **config}), tokens=Tokens(read=token, issue=token, state_key=key)
    )
    with simulator.activate():
        ctx = open_context(settings, {}, now=now, pace=PACE)
        # git is a process of its own, so it reads the world's repositories where they lie.
        ctx = replace(ctx, say=lambda _: None, server_url=simulator.world.git_root.as_uri())
        return scan(ctx, run_id=run_id)


def copied(simulator: Simulator) -> Simulator:
    """The same world again; its git repositories, and what is remembered of them, are shared: jobs only read them."""
    repositories = simulator.world.repositories.values()
    shared = {id(part): part for item in repositories for part in (item.git, item.known_commits)}
    return Simulator(world=copy.deepcopy(simulator.world, shared))


def is_write(entry: LoggedRequest) -> bool:
    """Whether a request changed something; GraphQL is only asked by this program."""
    return entry.method in WRITES and entry.path != "/graphql"


def writes(simulator: Simulator) -> list[str]:
    """Method and path of every write so far."""
    return [f"{entry.method} {entry.path}" for entry in simulator.requests if is_write(entry)]


def killing(at: int, *, before: bool) -> Callable[[LoggedRequest], None]:
    """A hook that kills the client at its ``at``-th request, before or after the request was carried out."""

    def hook(entry: LoggedRequest) -> None:
        if entry.number == at:
            raise Killed(f"{'before' if before else 'after'} {entry.method} {entry.path}")

    return hook


def deaths(requests: Sequence[LoggedRequest]) -> list[tuple[LoggedRequest, bool]]:
    """Where to kill, and whether before the request, so that each state a death can leave is tried once.

    A job remembers nothing and a read changes nothing (test_scan_interrupted.py shows it), so that dying at any read,
    or right before a write, leaves what dying after the write before it leaves.
    """
    return [(requests[0], True), *((entry, False) for entry in requests if is_write(entry))]


@dataclass(frozen=True)
class Kept:
    """The state of a repository as the bot keeps it, without what may differ between two ways to the same end."""

    issues: dict[str, tuple[object, ...]]
    watched: dict[str, Flake]
    index: frozenset[tuple[str, bool]]
    ledger: frozenset[tuple[object, ...]]
    cursor: datetime | None
    labels: frozenset[str]
    dashboards: int
    pages: tuple[int, ...]


def kept(simulator: Simulator, repo: str) -> Kept:
    """Decode everything the bot has written; raises when any of it cannot be read."""
    repository = simulator.world.repository(repo)
    assert repository is not None, repo
    assert len({label.name for label in repository.labels}) == len(repository.labels), "a label twice"
    issues: dict[str, tuple[object, ...]] = {}
    dashboards: list[Dashboard] = []
    watched: dict[str, Flake] = {}
    pages: list[int] = []
    for issue in managed_issues(repository):
        block = decode(state_text(issue))
        if block.flake is not None and issue.state == "open":
            assert block.flake.key not in issues, f"two open issues for {block.flake.test}"
            issues[block.flake.key] = (issue.title, frozenset(issue.labels), same(block.flake))
        elif block.dashboard is not None and issue.state == "open":
            dashboards.append(block.dashboard)
            for comment in issue.comments:
                page = decode(comment.body)
                pages.append(page.page)
                watched |= {flake.key: same(flake) for flake in page.flakes}
    lead = dashboards[0] if dashboards else Dashboard(repo=repo)
    return Kept(
        issues=issues,
        watched=watched,
        index=frozenset((entry.key, entry.gone) for entry in lead.index),
        ledger=frozenset((entry.run, entry.attempt, entry.conclusion, entry.occurrences) for entry in lead.ledger),
        cursor=lead.cursor,
        labels=frozenset(label.name for label in repository.labels),
        dashboards=len(dashboards),
        pages=tuple(sorted(pages)),
    )


def state_text(issue: Issue) -> str:
    """The text that keeps the state of an issue: its body, or the one comment for it on an adopted issue."""
    if issue.author.endswith("[bot]"):
        return issue.body
    [comment] = [item for item in issue.comments if item.author != issue.author and purpose_of(item.body) == "state"]
    return comment.body


def same(flake: Flake) -> Flake:
    """A flake without its number, revision and the count of runs by which its rate was once estimated."""
    return replace(flake, issue=None, revision=0, parent=0)


def managed_issues(repository: Repository) -> list[Issue]:
    """Issues with the managed label, in the order of their numbers."""
    issues = [issue for _, issue in sorted(repository.issues.items())]
    return [issue for issue in issues if any(name.endswith("/ai-managed") for name in issue.labels)]
