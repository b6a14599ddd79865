"""What the runs of the window prove about a failure: who passed on the same code, and how the base branch fared.

The rule it keeps: an attempt whose jobs are unknown proves nothing, neither a pass nor a failure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import TypeVar

from ftc.core.model import Attempt, Flake, Grade, Occurrence
from ftc.core.observe import COMPLETED, PULL_EVENTS, tested_tree

MERGE_QUEUE = "gh-readonly-queue"
"""First part of the branch names that GitHub's merge queue makes up; the base branch follows."""

K = TypeVar("K")

RunId = tuple[str, str]
"""Source and id of a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseRun:
    """One base-branch run as it went for one test; a run can do both, when a re-run turned it."""

    id: RunId
    sha: str
    created: datetime
    failed: bool
    passed: bool
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Streak:
    """Base-branch commits in a row on which a test failed and never passed, oldest first."""

    shas: tuple[str, ...]
    begun: datetime
    ended: datetime | None
    """Creation of the first run that passed again; none while it lasts."""
    after_pass: bool
    """Whether a commit that passed comes right before, which makes the first commit the suspect."""
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """The attempts of the window, indexed; build it with ``index``."""

    attempts: tuple[Attempt, ...] = ()
    """Completed ones, oldest first."""
    base_branches: tuple[str, ...] = ("main",)
    """Globs of the branches whose health counts."""
    by_run: Mapping[RunId, tuple[Attempt, ...]] = field(default_factory=dict)
    by_tree: Mapping[tuple[str, str, str], tuple[Attempt, ...]] = field(default_factory=dict)
    """By source, workflow and tested tree."""
    by_workflow: Mapping[tuple[str, str], tuple[Attempt, ...]] = field(default_factory=dict)
    base_by_workflow: Mapping[tuple[str, str], tuple[Attempt, ...]] = field(default_factory=dict)
    """Those that are base-branch evidence."""

    def on_base(self, *, event: str, branch: str) -> bool:
        """Whether this is base-branch evidence: a base branch itself, or the merge queue in front of it."""
        return _is_base(event, branch, self.base_branches)


def _is_base(event: str, branch: str, base_branches: Sequence[str]) -> bool:
    if event in PULL_EVENTS:
        return False
    globs = (*base_branches, *(f"{MERGE_QUEUE}/{glob}/*" for glob in base_branches))
    return any(fnmatchcase(branch, glob) for glob in globs)


def index(attempts: Iterable[Attempt], *, flakes: Iterable[Flake] = (), base_branches: Sequence[str]) -> Runs:
    """Index the attempts; stored occurrences add the tested trees of runs whose logs an earlier scan has read."""
    done = sorted(
        (item for item in attempts if item.run.conclusion in COMPLETED),
        key=lambda item: (item.run.created, item.run.id, item.run.attempt),
    )
    trees = _trees(done, flakes)
    return Runs(
        attempts=tuple(done),
        base_branches=tuple(base_branches),
        by_run=_grouped((run_id(item), item) for item in done),
        by_tree=_grouped(((*workflow_of(item), tree), item) for item in done if (tree := trees.get(run_id(item), ""))),
        by_workflow=_grouped((workflow_of(item), item) for item in done),
        base_by_workflow=_grouped(
            (workflow_of(item), item) for item in done if _is_base(item.run.event, item.run.branch, base_branches)
        ),
    )


def run_id(attempt: Attempt) -> RunId:
    """Identity of the run an attempt belongs to."""
    return (attempt.run.source, attempt.run.id)


def workflow_of(attempt: Attempt) -> tuple[str, str]:
    """The workflow of an attempt, with its source."""
    return (attempt.run.source, attempt.run.workflow)


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


def job_passed(attempt: Attempt, job: str) -> bool:
    """Whether this job is known to have passed; without its jobs, a failed attempt says nothing about any."""
    named = [item.conclusion for item in attempt.jobs if item.name == job]
    return attempt.passed or (bool(named) and all(conclusion == "success" for conclusion in named))


def earned(occurrence: Occurrence, runs: Runs) -> tuple[Grade, str]:
    """The grade this occurrence deserves by passes on the same code, and the link that proves it."""
    if occurrence.passed_in_run:
        return Grade.A_PLUS, occurrence.url
    sisters = [
        item
        for item in runs.by_run.get((occurrence.source, occurrence.run), ())
        if item.run.attempt != occurrence.attempt and job_passed(item, occurrence.job)
    ]
    for item in sisters:
        if item.run.attempt > occurrence.attempt:
            return Grade.A_PLUS, item.run.url
    others = runs.by_tree.get((occurrence.source, occurrence.workflow, occurrence.tree), ()) if occurrence.tree else ()
    passed = [item for item in others if job_passed(item, occurrence.job)]
    for item in (*sisters, *passed):
        return Grade.A, item.run.url
    return Grade.D, ""


def base_history(flake: Flake, runs: Runs) -> tuple[BaseRun, ...]:
    """Every base-branch run known to have failed or passed this test, oldest first; none if it never failed there."""
    failed = {
        (item.source, item.run): item
        for item in reversed(flake.occurrences)
        if runs.on_base(event=item.event, branch=item.branch)
    }
    if not failed:
        return ()
    passed = {
        run_id(item): item
        for workflow, names in _jobs_by_workflow(flake.occurrences).items()
        for item in runs.base_by_workflow.get(workflow, ())
        if all(job_passed(item, job) for job in names)
    }
    known = [_base_run(key, failed.get(key), passed.get(key)) for key in {*failed, *passed}]
    return tuple(sorted(known, key=lambda item: (item.created, item.id)))


def _jobs_by_workflow(occurrences: Iterable[Occurrence]) -> dict[tuple[str, str], set[str]]:
    jobs: dict[tuple[str, str], set[str]] = {}
    for item in occurrences:
        jobs.setdefault((item.source, item.workflow), set()).add(item.job)
    return jobs


def _base_run(key: RunId, failed: Occurrence | None, passed: Attempt | None) -> BaseRun:
    if failed is not None:
        created, sha, url = failed.created, failed.sha, failed.url
    else:
        assert passed is not None, "a base run is known by a failure or by a pass"
        created, sha, url = passed.run.created, passed.run.sha, passed.run.url
    return BaseRun(
        id=key,
        sha=sha,
        created=created,
        failed=failed is not None,
        passed=passed is not None or _turned(failed),
        url=url,
    )


def _turned(failed: Occurrence | None) -> bool:
    """Whether a failure is proven to have passed on the same code, which no regression does."""
    return failed is not None and failed.grade in (Grade.A_PLUS, Grade.A)


def streaks(history: Sequence[BaseRun], *, least: int) -> tuple[Streak, ...]:
    """Every stretch of at least ``least`` commits that only failed, oldest first."""
    commits: dict[str, list[BaseRun]] = {}
    for run in history:
        commits.setdefault(run.sha, []).append(run)
    found: list[Streak] = []
    open_: list[list[BaseRun]] = []
    after_pass = seen_pass = False
    for group in commits.values():
        if not any(run.passed for run in group):
            after_pass = after_pass if open_ else seen_pass
            open_.append(group)
            continue
        found += _streak(open_, ended=group[0].created, after_pass=after_pass, least=least)
        open_, seen_pass = [], True
    return (*found, *_streak(open_, ended=None, after_pass=after_pass, least=least))


def _streak(
    commits: Sequence[Sequence[BaseRun]], *, ended: datetime | None, after_pass: bool, least: int
) -> tuple[Streak, ...]:
    if len(commits) < least:
        return ()
    return (
        Streak(
            shas=tuple(group[0].sha for group in commits),
            begun=commits[0][0].created,
            ended=ended,
            after_pass=after_pass,
            urls=tuple(group[0].url for group in commits),
        ),
    )
