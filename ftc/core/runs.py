"""What the runs of the window prove about a failure: who passed on the same code.

The rule it keeps: an attempt whose jobs are unknown proves nothing, except that a successful run passed the jobs that
runs of its event are known to have.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fnmatch import fnmatchcase
from typing import TypeVar

from ftc.core.model import Attempt, Flake, Grade, Occurrence
from ftc.core.observe import COMPLETED, PULL_EVENTS, tested_tree

MERGE_QUEUE = "gh-readonly-queue/"
"""How the branch names begin that GitHub's merge queue makes up; the base branch and the pull request follow."""

K = TypeVar("K")

RunId = tuple[str, str]
"""Source and id of a run."""
JobOf = tuple[str, str, str]
"""Source, workflow and name of a job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """The attempts of the window, indexed; build it with ``index``."""

    base_branches: tuple[str, ...] = ("main",)
    """Globs of the branches whose health counts, the default branch first."""
    by_run: Mapping[RunId, tuple[Attempt, ...]] = field(default_factory=dict)
    by_tree: Mapping[tuple[str, str, str], tuple[Attempt, ...]] = field(default_factory=dict)
    """By source, workflow and tested tree."""
    by_workflow: Mapping[tuple[str, str], tuple[Attempt, ...]] = field(default_factory=dict)
    """Oldest first."""
    by_branch: Mapping[tuple[str, str, str], tuple[Attempt, ...]] = field(default_factory=dict)
    """Those that are base-branch evidence, by source, workflow and base branch."""
    per_day: Mapping[tuple[str, str], Mapping[date, int]] = field(default_factory=dict)
    """Attempts by workflow and UTC day."""
    events: Mapping[JobOf, frozenset[str]] = field(default_factory=dict)
    """The events whose runs are known to have run a job."""
    passes: dict[tuple[frozenset[JobOf], str], "Passes"] = field(default_factory=dict, compare=False, repr=False)
    """What ``passes_on`` has worked out, since most tests of a repository fail in the same few jobs."""

    def base_branch(self, *, event: str, branch: str) -> str:
        """The base branch that a run is evidence for: its own, or that behind the merge queue; empty for neither."""
        if event in PULL_EVENTS:
            return ""
        if branch.startswith(MERGE_QUEUE):
            branch = branch.removeprefix(MERGE_QUEUE).rpartition("/")[0]
        return branch if any(fnmatchcase(branch, glob) for glob in self.base_branches) else ""

    def on_base(self, *, event: str, branch: str) -> bool:
        """Whether this is base-branch evidence."""
        return bool(self.base_branch(event=event, branch=branch))

    def passed(self, attempt: Attempt, job: str) -> bool:
        """Whether this job is known to have passed.

        A successful run whose jobs nobody asked for proves those that runs of its event have: a job that only the
        nightly event runs was skipped, and proves nothing, in a push run of the same workflow.
        """
        if attempt.jobs:
            named = [item.conclusion for item in attempt.jobs if item.name == job]
            return bool(named) and all(conclusion == "success" for conclusion in named)
        known = self.events.get((*workflow_of(attempt), job))
        return attempt.passed and (known is None or attempt.run.event in known)

    def between(self, workflow: tuple[str, str], first: datetime, last: datetime) -> tuple[Attempt, ...]:
        """The attempts of a workflow whose runs were created after one moment and before another."""
        items = self.by_workflow.get(workflow, ())
        begin = bisect_right(items, first, key=_created)
        return tuple(item for item in items[begin : bisect_right(items, last, key=_created)] if _created(item) < last)

    def passes_on(self, branch: str, jobs: frozenset[JobOf]) -> "Passes":
        """The attempts on a base branch in which these jobs passed, as far as they are known to have run."""
        if (jobs, branch) not in self.passes:
            names: dict[tuple[str, str], set[str]] = {}
            for source, workflow, job in jobs:
                names.setdefault((source, workflow), set()).add(job)
            found = [
                item
                for workflow, its_jobs in names.items()
                for item in self.by_branch.get((*workflow, branch), ())
                if self._all_passed(item, its_jobs)
            ]
            self.passes[jobs, branch] = _passes(sorted(found, key=lambda item: (item.run.created, item.run.id)))
        return self.passes[jobs, branch]

    def _all_passed(self, attempt: Attempt, jobs: Iterable[str]) -> bool:
        """Whether some of these jobs passed and none failed; a matrix leg may be missing."""
        if attempt.jobs:
            ran = {item.name for item in attempt.jobs if item.conclusion in COMPLETED}
            jobs = [job for job in jobs if job in ran]
            return bool(jobs) and all(self.passed(attempt, job) for job in jobs)
        return any(self.passed(attempt, job) for job in jobs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passes:
    """Attempts that passed, oldest first, and where to find them."""

    attempts: tuple[Attempt, ...]
    moments: tuple[datetime, ...]
    places: Mapping[str | RunId, tuple[int, ...]]
    """Positions by commit and by run."""


def _passes(attempts: Sequence[Attempt]) -> Passes:
    places: dict[str | RunId, tuple[int, ...]] = {}
    for at, item in enumerate(attempts):
        for name in (item.run.sha, run_id(item)):
            places[name] = (*places.get(name, ()), at)
    return Passes(attempts=tuple(attempts), moments=tuple(map(_created, attempts)), places=places)


def _created(attempt: Attempt) -> datetime:
    return attempt.run.created


def index(attempts: Iterable[Attempt], *, flakes: Iterable[Flake] = (), base_branches: Sequence[str]) -> Runs:
    """Index the attempts; stored occurrences add the tested trees of runs whose logs an earlier scan has read."""
    flakes = tuple(flakes)
    done = sorted(
        (item for item in attempts if item.run.conclusion in COMPLETED),
        key=lambda item: (item.run.created, item.run.id, item.run.attempt),
    )
    trees = _trees(done, flakes)
    plain = Runs(base_branches=tuple(base_branches))
    by_workflow = _grouped((workflow_of(item), item) for item in done)
    return Runs(
        base_branches=plain.base_branches,
        by_run=_grouped((run_id(item), item) for item in done),
        by_tree=_grouped(((*workflow_of(item), tree), item) for item in done if (tree := trees.get(run_id(item), ""))),
        by_workflow=by_workflow,
        by_branch=_grouped(
            ((*workflow_of(item), branch), item)
            for item in done
            if (branch := plain.base_branch(event=item.run.event, branch=item.run.branch))
        ),
        per_day={name: Counter(item.run.created.date() for item in items) for name, items in by_workflow.items()},
        events=_events(done, flakes),
    )


def _events(attempts: Iterable[Attempt], flakes: Iterable[Flake]) -> dict[JobOf, frozenset[str]]:
    """The events in whose runs each job was seen to run, by what was read now and by what failed before."""
    found: dict[JobOf, set[str]] = {}
    for attempt in attempts:
        for job in attempt.jobs:
            if job.conclusion in COMPLETED:
                found.setdefault((*workflow_of(attempt), job.name), set()).add(attempt.run.event)
    for item in (item for flake in flakes for item in flake.occurrences if item.event):
        found.setdefault(job_of(item), set()).add(item.event)
    return {job: frozenset(events) for job, events in found.items()}


def run_id(attempt: Attempt) -> RunId:
    """Identity of the run an attempt belongs to."""
    return (attempt.run.source, attempt.run.id)


def workflow_of(attempt: Attempt) -> tuple[str, str]:
    """The workflow of an attempt, with its source."""
    return (attempt.run.source, attempt.run.workflow)


def job_of(occurrence: Occurrence) -> JobOf:
    """The job a failure was seen in, as all its runs share it."""
    return (occurrence.source, occurrence.workflow, occurrence.job)


def _grouped(pairs: Iterable[tuple[K, Attempt]]) -> dict[K, tuple[Attempt, ...]]:
    groups: dict[K, list[Attempt]] = {}
    for key, item in pairs:
        groups.setdefault(key, []).append(item)
    return {key: tuple(items) for key, items in groups.items()}


def _trees(attempts: Iterable[Attempt], flakes: Iterable[Flake]) -> dict[RunId, str]:
    """Tested tree by run; re-runs keep theirs, so one attempt that tells speaks for all."""
    stored = {(item.source, item.run): item.tree for flake in flakes for item in flake.occurrences if item.tree}
    for attempt in attempts:
        told = [tested_tree(attempt.run, job.extraction) for job in attempt.jobs]
        tree = next(filter(None, told), tested_tree(attempt.run, None))
        if tree:
            stored[run_id(attempt)] = tree
    return stored


def earned(occurrence: Occurrence, runs: Runs) -> tuple[Grade, str]:
    """The grade this occurrence deserves by passes on the same code, and the link that proves it."""
    if occurrence.passed_in_run:
        return Grade.A_PLUS, occurrence.url
    sisters = [
        item
        for item in runs.by_run.get((occurrence.source, occurrence.run), ())
        if item.run.attempt != occurrence.attempt and runs.passed(item, occurrence.job)
    ]
    for item in sisters:
        if item.run.attempt > occurrence.attempt:
            return Grade.A_PLUS, item.run.url
    others = runs.by_tree.get((occurrence.source, occurrence.workflow, occurrence.tree), ()) if occurrence.tree else ()
    passed = [item for item in others if runs.passed(item, occurrence.job)]
    for item in (*sisters, *passed):
        return Grade.A, item.run.url
    return Grade.D, ""
