"""Grade B: the same test failing the same way in changes that have nothing to do with each other.

The rule it keeps: a failure that its own change, or a broken base branch, could explain is not counted.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from posixpath import basename, dirname

from ftc.core.base_branch import Streak, base_histories, failing_on_base, streaks
from ftc.core.model import Flake, Occurrence, TestId
from ftc.core.runs import MERGE_QUEUE, Runs
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


def changes_of(occurrences: Iterable[Occurrence]) -> dict[tuple[str, str, int, str], str]:
    """Name of the change each failure was seen in, by its key: its pull request, else author and branch.

    A push to the branch of a pull request is that pull request's change, and so is a run of the same commit.
    """
    occurrences = tuple(occurrences)
    names: dict[tuple[str, str], str] = {}
    for item in occurrences:
        if (number := pull_of(item)) is not None:
            names |= {("", item.sha): f"PR {number}", (item.author, item.branch): f"PR {number}"}
    return {item.key: _change(item, names) for item in occurrences}


def _change(item: Occurrence, names: Mapping[tuple[str, str], str]) -> str:
    if (number := pull_of(item)) is not None:
        return f"PR {number}"
    known = names.get(("", item.sha)) if item.sha else None
    return known or names.get((item.author, item.branch)) or f"{item.author}:{item.branch}"


def pull_of(occurrence: Occurrence) -> int | None:
    """The pull request a failure was seen in; the merge queue puts its number into the name of its branch."""
    if occurrence.pull_request is not None or not occurrence.branch.startswith(MERGE_QUEUE):
        return occurrence.pull_request
    number = _QUEUED.search(occurrence.branch)
    return int(number[1]) if number else None


_QUEUED = re.compile(r"/pr-(\d{1,9})-")


def unrelated(flake: Flake, runs: Runs, *, touched: Touched, thresholds: Thresholds) -> Unrelated | None:
    """The strongest case that one signature makes, if any failure counts at all."""
    base = base_of(flake, runs, thresholds=thresholds)
    counted = [item for item in flake.occurrences if not _explained(item, flake, base=base, runs=runs, touched=touched)]
    by_signature: dict[str, list[Occurrence]] = {}
    for item in counted:
        by_signature.setdefault(item.fingerprint, []).append(item)
    cases = [_case(items, runs, thresholds=thresholds, healthy=not base.failing) for items in by_signature.values()]
    return max(cases, key=lambda case: (case.enough, len(case.changes), case.on_base), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """How the base branches fare with one test."""

    default: str
    broken: Mapping[str, tuple[Streak, ...]]
    """By branch, the stretches of commits that only failed."""
    failing_on: frozenset[str]
    """Branches on which one of the newest runs failed."""

    @property
    def failing(self) -> bool:
        """Whether the default branch is one of them."""
        return self.default in self.failing_on

    @property
    def elsewhere(self) -> tuple[Streak, ...]:
        """The stretches of the other branches."""
        return tuple(item for name, found in sorted(self.broken.items()) if name != self.default for item in found)


def base_of(flake: Flake, runs: Runs, *, thresholds: Thresholds) -> Base:
    """The base branches' health as far as the test's known failures and passes tell."""
    histories = base_histories(flake, runs, newest=thresholds.base_runs)
    return Base(
        default=runs.base_branches[0] if runs.base_branches else "",
        broken={name: streaks(runs_, least=thresholds.regression_commits) for name, runs_ in histories.items()},
        failing_on=frozenset(
            name for name, runs_ in histories.items() if failing_on_base(runs_, newest=thresholds.base_runs)
        ),
    )


def _case(items: Sequence[Occurrence], runs: Runs, *, thresholds: Thresholds, healthy: bool) -> Unrelated:
    names = changes_of(items)
    changes = {names[item.key] for item in items if not runs.on_base(event=item.event, branch=item.branch)}
    # In the merge queue a pull request fails once more by its own fault; that is no second witness.
    base = [
        item
        for item in items
        if runs.on_base(event=item.event, branch=item.branch)
        and not (pull_of(item) is not None and names[item.key] in changes)
    ]
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
        runs.passed(attempt, job)
        for source, workflow, job in jobs
        for attempt in runs.between((source, workflow), first, last)
    )


def _explained(occurrence: Occurrence, flake: Flake, *, base: Base, runs: Runs, touched: Touched) -> bool:
    paths = touched.get(occurrence.pull_request, ()) if occurrence.pull_request is not None else ()
    if touches(paths, flake.test, flake.repo):
        return True
    branch = runs.base_branch(event=occurrence.event, branch=occurrence.branch)
    if branch and branch != base.default and branch in base.failing_on:
        return True
    return any(
        _within(occurrence, streak, elsewhere=name != base.default)
        for name, found in base.broken.items()
        for streak in found
    )


def _within(occurrence: Occurrence, streak: Streak, *, elsewhere: bool) -> bool:
    """Whether a failure was tested on, or while the default branch stood at, commits that only failed."""
    # The tree of a pull request run is its head plus its base; a branch keeps a broken base until it is updated.
    if set(occurrence.tree.split("+")) & set(streak.shas):
        return True
    during = streak.begun <= occurrence.created and (streak.ended is None or occurrence.created < streak.ended)
    return during and not elsewhere


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
