"""The new tests of a task's batch on broken code, in the walls in which its gates are measured.

The rule it keeps: it is looked at last, when everything else has passed, within a share of the time that the task has
left; the worktree is as it was afterwards.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ftc.agent.locking import remove_tree
from ftc.agent.noticing import Court, noticing
from ftc.agent.stress_run import Bench, CannotRun, Tree
from ftc.agent.task_walls import OUTPUT_CAP, Walls
from ftc.agent.workspace import Mirror
from ftc.clients import git_worktree
from ftc.clients.git_worktree import Checkout
from ftc.clients.shell import Result
from ftc.core.new_tests import NewTest, all_new_tests
from ftc.core.noticed import Notice, Noticed
from ftc.core.patch import Change
from ftc.core.recipes import NotRunnable, home, recipe_for, target_of
from ftc.core.sanitize import Sanitizer

SHARE = 0.25
"""Of the time that the task has left; other batches want some, too."""
MOST_SECONDS = 600.0
STAGED_AT = datetime(2000, 1, 1, tzinfo=UTC)
"""Of a commit that nothing points to; the same tree is the same commit."""
SIDE = "task"
RUN_SECONDS = 120
"""For one run of one new test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where and how long new tests are tried: a worktree that holds the staged tree."""

    mirror: Mirror
    checkout: Checkout
    walls: Walls
    sanitizer: Sanitizer
    clock: Callable[[], float]
    deadline: float


def noticed(place: Place, *, base: str, tree: str, changed: Sequence[Change]) -> tuple[Noticed, ...]:
    """How each test fared that ``tree`` has and ``base`` has not; nothing where there is none."""
    paths = [change.path for change in changed if not change.binary]
    # What was staged is read as git has it: the measured tests may have written to the worktree.
    staged = git_worktree.commit_tree(place.checkout, tree, parent=base, message="candidate\n", at=STAGED_AT)
    news = all_new_tests(place.mirror.read_files(base, paths), place.mirror.read_files(staged, paths))
    if not news:
        return ()
    place.walls.freshen()
    remove_tree(place.walls.sandbox.reports)
    now = place.clock()
    files = place.mirror.files(staged)
    court = Court(
        tree=Tree(side=SIDE, root=place.checkout.folder),
        files=files,
        bench=lambda test, name: _bench(place, test, files, name=name),
        clock=place.clock,
        until=now + min(MOST_SECONDS, SHARE * max(0.0, place.deadline - now)),
    )
    try:
        return noticing(news, court)
    except CannotRun as error:
        return (Noticed(test="new tests", notice=Notice.BLIND, detail=str(error)),)


def _bench(place: Place, test: NewTest, files: Sequence[str], *, name: str) -> Bench:
    recipe = recipe_for(test.id, files=files, test_file=test.path)
    if recipe is None:
        raise NotRunnable(f"no way to run a test of {test.path} is known")
    folder = home(recipe, files=files, test_file=test.path)
    scratch = place.walls.sandbox.reports / name

    def run(argv: list[str], *, cwd: Path, env: Mapping[str, str], timeout: float) -> Result:
        writable = [place.checkout.folder, scratch / SIDE]
        return place.walls.sandbox.run(
            argv, cwd=cwd, env=env, timeout=timeout, writable=writable, output_cap=OUTPUT_CAP
        )

    return Bench(
        recipe=recipe,
        test=test.id,
        target=target_of(test.id, test_file=test.path, home_folder=folder),
        names=frozenset({test.name}),
        fingerprints=frozenset(),
        run=run,
        env={},
        scratch=scratch,
        sanitizer=place.sanitizer,
        home=folder,
        seconds=RUN_SECONDS,
    )
