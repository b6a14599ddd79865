"""Grade B: the same test failing the same way in changes that have nothing to do with each other.

The rule it keeps: a failure that its own change, or a broken base branch, could explain is not counted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from posixpath import basename, dirname

from ftc.core.model import Flake, Occurrence, TestId
from ftc.core.runs import BaseRun, Runs, Streak, base_history, job_passed, streaks
from ftc.core.thresholds import Thresholds

Touched = Mapping[int, tuple[str, ...]]
"""Changed paths by pull request; one that is missing was not asked for."""

PULLS_WITH_BASE_HIT = 2
"""Pull requests that are enough once the base branch failed the same way (spec, section 6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrelated:
    """The failures of one signature that no single change explains."""

    occurrences: tuple[Occurrence, ...]
    """The counted ones, newest first."""
    changes: tuple[str, ...]
    authors: tuple[str, ...]
    on_base: int
    enough: bool
    """Whether they earn grade B."""


def change_of(occurrence: Occurrence) -> str:
    """Name of the change a failure was seen in: its pull request, else author and branch as GitHub shows a fork's."""
    if occurrence.pull_request is not None:
        return f"PR {occurrence.pull_request}"
    return f"{occurrence.author}:{occurrence.branch}"


def unrelated(flake: Flake, runs: Runs, *, touched: Touched, thresholds: Thresholds) -> Unrelated | None:
    """The strongest case that one signature makes, if any failure counts at all."""
    history = base_history(flake, runs)
    broken = streaks(history, least=thresholds.regression_commits)
    counted = [item for item in flake.occurrences if not _explained(item, flake, broken=broken, touched=touched)]
    healthy = not failing_on_base(history, newest=thresholds.base_runs)
    by_signature: dict[str, list[Occurrence]] = {}
    for item in counted:
        by_signature.setdefault(item.fingerprint, []).append(item)
    cases = [_case(items, runs, thresholds=thresholds, healthy=healthy) for items in by_signature.values()]
    return max(cases, key=lambda case: (case.enough, len(case.changes), case.on_base), default=None)


def _case(items: Sequence[Occurrence], runs: Runs, *, thresholds: Thresholds, healthy: bool) -> Unrelated:
    base = [item for item in items if runs.on_base(event=item.event, branch=item.branch)]
    changes = {change_of(item) for item in items if item not in base}
    authors = {item.author for item in items if item.author}
    needed = PULLS_WITH_BASE_HIT if base else thresholds.unrelated_prs
    spread = len(changes) >= needed and len(authors) >= thresholds.unrelated_authors
    return Unrelated(
        occurrences=tuple(items),
        changes=tuple(sorted(changes)),
        authors=tuple(sorted(authors)),
        on_base=len(base),
        enough=spread and healthy and _passed_between(items, runs),
    )


def _passed_between(items: Sequence[Occurrence], runs: Runs) -> bool:
    """Whether one of the failing jobs passed somewhere between the first and the last of these failures."""
    first, last = min(item.created for item in items), max(item.created for item in items)
    jobs = {(item.source, item.workflow, item.job) for item in items}
    return any(
        first < attempt.run.created < last and job_passed(attempt, job)
        for source, workflow, job in jobs
        for attempt in runs.by_workflow.get((source, workflow), ())
    )


def failing_on_base(history: Sequence[BaseRun], *, newest: int) -> bool:
    """Whether one of the newest base-branch runs that tell anything about a test failed and stayed failed."""
    return any(run.failed and not run.passed for run in history[-newest:])


def _explained(occurrence: Occurrence, flake: Flake, *, broken: Iterable[Streak], touched: Touched) -> bool:
    paths = touched.get(occurrence.pull_request, ()) if occurrence.pull_request is not None else ()
    return touches(paths, flake.test, flake.repo) or any(_within(occurrence, streak) for streak in broken)


def _within(occurrence: Occurrence, streak: Streak) -> bool:
    """Whether a failure was tested on, or while the base branch stood at, commits that only failed."""
    # The tree of a pull request run is its head plus its base; a branch keeps a broken base until it is updated.
    if set(occurrence.tree.split("+")) & set(streak.shas):
        return True
    return streak.begun <= occurrence.created and (streak.ended is None or occurrence.created < streak.ended)


def touches(paths: Iterable[str], test: TestId, repo: str) -> bool:
    """Whether one of these changed paths lies in the directory of the test's package."""
    return any(_in_package(path, test, repo) for path in paths)


def _in_package(path: str, test: TestId, repo: str) -> bool:
    suite = test.suite.strip("/")
    if test.ecosystem == "go":
        folder = dirname(path)
        # The module path is not known here; a package of the repository's root ends with the repository's name.
        return suite == folder or suite.endswith(f"/{folder}" if folder else f"/{basename(repo)}")
    return path == suite or dirname(path) == dirname(suite)


def unknown_changes(occurrences: Iterable[Occurrence], touched: Touched) -> tuple[int, ...]:
    """Pull requests among these failures whose changed paths nobody has looked up."""
    numbers = {item.pull_request for item in occurrences if item.pull_request is not None}
    return tuple(sorted(number for number in numbers if number not in touched))
