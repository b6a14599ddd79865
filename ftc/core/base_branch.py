"""How the base branches fared with one test: who passed and failed there, and stretches of commits that only failed.

The rule it keeps: each branch is judged by itself; a broken release branch says nothing about the default branch.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ftc.core.model import Attempt, Flake, Grade, Occurrence
from ftc.core.runs import Passes, RunId, Runs, job_of, run_id


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


def base_histories(flake: Flake, runs: Runs, *, newest: int) -> Mapping[str, tuple[BaseRun, ...]]:
    """For each base branch on which the test failed, the runs known to have failed or passed it, oldest first.

    Of the passes, those next to a failure or of its commit tell everything, and so do the ``newest`` ones.
    """
    failed: dict[str, dict[RunId, Occurrence]] = {}
    for item in reversed(flake.occurrences):
        if branch := runs.base_branch(event=item.event, branch=item.branch):
            failed.setdefault(branch, {})[item.source, item.run] = item
    jobs = frozenset(map(job_of, flake.occurrences))
    return {
        branch: _history(tuple(items.values()), runs.passes_on(branch, jobs), newest=newest)
        for branch, items in sorted(failed.items())
    }


def _history(failed: Sequence[Occurrence], passes: Passes, *, newest: int) -> tuple[BaseRun, ...]:
    size = len(passes.attempts)
    places = {bisect_left(passes.moments, item.created) + step for item in failed for step in (-1, 0)}
    places |= {
        at for item in failed for name in (item.sha, (item.source, item.run)) for at in passes.places.get(name, ())
    }
    places |= set(range(size - newest, size))
    near = [passes.attempts[at] for at in places if 0 <= at < size]
    ids, turned = {(item.source, item.run) for item in failed}, {run_id(item) for item in near}
    known = [_failed(item, passed=(item.source, item.run) in turned) for item in failed]
    known += [_passed(item) for item in near if run_id(item) not in ids]
    return tuple(sorted(known, key=lambda item: (item.created, item.id)))


def _failed(item: Occurrence, *, passed: bool) -> BaseRun:
    # Proof that it passed on the same code outlives the run that proved it; no regression does that.
    turned = passed or item.grade in (Grade.A_PLUS, Grade.A)
    return BaseRun(
        id=(item.source, item.run), sha=item.sha, created=item.created, failed=True, passed=turned, url=item.url
    )


def _passed(item: Attempt) -> BaseRun:
    run = item.run
    return BaseRun(id=run_id(item), sha=run.sha, created=run.created, failed=False, passed=True, url=run.url)


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


def failing_on_base(history: Sequence[BaseRun], *, newest: int) -> bool:
    """Whether one of the newest base-branch runs that tell anything about a test failed and stayed failed."""
    return any(run.failed and not run.passed for run in history[-newest:])
