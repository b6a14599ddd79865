"""What a test is run on to be reproduced or proven: checkouts of the base, a sandbox for each side, and their limits.

The rule it keeps: each side has its own home, caches and builds, and may write nothing of the other's; what counts as
evidence is written where no side can reach it.
"""

import contextlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ftc.agent.stress_run import Bench, Tree
from ftc.agent.workspace import Mirror
from ftc.clients.sandbox import Sandbox
from ftc.clients.shell import Result
from ftc.core.config import Config
from ftc.core.errors import CommandFailed, UsageError
from ftc.core.fix import Task
from ftc.core.model import TestId
from ftc.core.recipes import NotRunnable, home, recipe_for, target_of
from ftc.core.sanitize import Sanitizer
from ftc.core.snippets import languages, places

SETUP_SECONDS = 1_800.0
SETUP_TRIES = 2
"""A set-up step fetches over the network, which fails now and then; a test is never run again for its failure."""
RUN_SHARE = 10
"""One run may take this part of the minutes, so that a test that hangs is met several times, and not once."""
SHORTEST_RUN, LONGEST_RUN = 60, 600
"""Seconds within which that part is kept."""
TAIL_CHARS = 300
GO_BUILD = ".cache/go-build"
"""Go's cache of compiled packages, from the home."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One checkout and the sandbox that its code runs in."""

    tree: Tree
    sandbox: Sandbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Runs each command in the sandbox of the side in whose checkout it runs; a ``stress_run.Sandbox``."""

    sides: tuple[Side, ...]
    scratch: Path
    """A folder of each side lies below, named after it."""

    def __call__(self, argv: list[str], *, cwd: Path, env: Mapping[str, str], timeout: float) -> Result:
        """Run it to its end; a bad exit code is a result, ``CommandFailed`` when it cannot be started."""
        real = cwd.resolve()
        side = next((item for item in self.sides if real.is_relative_to(item.tree.root.resolve())), None)
        if side is None:
            raise CommandFailed(f"{argv[0]} was not started: a link leads from {cwd.name} out of the checkout")
        own = self.scratch / side.tree.side
        own.mkdir(parents=True, exist_ok=True)
        return side.sandbox.run(argv, cwd=cwd, env=env, timeout=timeout, writable=[side.tree.root, own])


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The means of one job that runs repository code."""

    mirror: Mirror
    sandbox: Sandbox
    config: Config
    sanitizer: Sanitizer
    evidence: Path
    """A folder that the sandbox cannot reach, for what a killed job goes on from."""
    clock: Callable[[], float]
    """Seconds that only rise, as ``time.monotonic``."""
    until: float
    """The moment, by the clock, at which no new run is begun."""

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return max(0.0, self.until - self.clock())

    def side(self, name: str, root: Path, *, home_name: str = "") -> Side:
        """A side over a checkout, with a home of its own."""
        return Side(tree=Tree(side=name, root=root), sandbox=self.sandbox.beside(home_name or name))

    def set_up(self, side: Side) -> str:
        """Run the configured set-up step on a side, again if it fails; why it could not be done, or an empty text."""
        said = ""
        for _ in range(SETUP_TRIES if self.config.setup_script else 0):
            try:
                timeout = min(SETUP_SECONDS, max(1.0, self.left))
                done = side.sandbox.set_up(self.config.setup_script, side.tree.root, timeout=timeout)
            except (CommandFailed, UsageError) as error:
                return str(error)
            if done.ok:
                return ""
            told = self.sanitizer.clean(f"{done.out.strip()}\n{done.err.strip()}".strip())[-TAIL_CHARS:]
            ending = "took too long" if done.timed_out else f"ended with {done.code}"
            said = f"setup-script {ending} on the side {side.tree.side}: {' '.join(told.split())}"
        return said

    def lend(self, one: Side, other: Side) -> None:
        """Give one side's compiled packages to another that has none, so that a toolchain is not compiled twice.

        It is a copy: what the other side does to it, the first does not see.
        """
        source, target = (side.sandbox.scratch / "home" / GO_BUILD for side in (one, other))
        # A link that code has put in the way would lend it another folder of the machine.
        if source.is_dir() and not target.exists() and all(place == place.resolve() for place in (source, target)):
            # What is no ordinary file is none of the compiler's, and a cache may be incomplete.
            with contextlib.suppress(OSError, shutil.Error):
                shutil.copytree(source, target, symlinks=True)

    def bench(self, task: Task, *sides: Side, name: str, test: TestId | None = None, test_file: str = "") -> Bench:
        """The bench for the task's test, or another one, over these sides; ``NotRunnable`` with the reason.

        ``name`` is that of the folder for builds and reports.
        """
        wanted = test or task.tests[0]
        files = self.mirror.files(task.base_sha)
        file = test_file or next(iter(task.test_files), "") or self._defined(wanted, files, task.base_sha)
        config = self.config
        recipe = recipe_for(wanted, files=files, test_file=file, runner=config.test_runner, command=config.test_command)
        if recipe is None:
            raise NotRunnable(f"no way to run {wanted.name[:200]} is known; set test-runner, or test-command with it.")
        folder = home(recipe, files=files, test_file=file)
        scratch = self.sandbox.reports / name
        return Bench(
            recipe=recipe,
            test=wanted,
            target=target_of(wanted, test_file=file, home_folder=folder),
            names=frozenset({wanted.name, *(item.name for item in task.tests if item.suite == wanted.suite)}),
            fingerprints=frozenset(task.fingerprints),
            run=Sides(sides=sides, scratch=scratch),
            env={},
            scratch=scratch,
            sanitizer=self.sanitizer,
            home=folder,
            seconds=max(SHORTEST_RUN, min(LONGEST_RUN, task.quota.minutes * 60 // RUN_SHARE)),
        )

    def _defined(self, test: TestId, files: Sequence[str], sha: str) -> str:
        """The file in which a test is defined, when nobody told; empty when it is not found."""
        likely = places.candidates(test, files)
        texts = self.mirror.read_files(sha, likely)
        sources = [source for path in likely if path in texts and (source := languages.read_source(path, texts[path]))]
        found = languages.find_test(sources, test)
        return found.test.source.path if found else ""
