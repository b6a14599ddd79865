"""The agent's own runs of the test: its changes laid over a fresh checkout of the base, run in a sandbox.

The rule it keeps: this runs in the job that holds the model's key, so there is no such tool unless the sandbox keeps
everything from the code it runs. What it shows guides the search and counts for no proof.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ftc.agent.confined import Confined, Refused
from ftc.agent.stress_run import Bench, Ended, OneRun, Tree, build, run_once
from ftc.agent.tools import RunTest, TestRuns
from ftc.agent.workspace import Mirror
from ftc.clients.sandbox import Sandbox
from ftc.clients.shell import Result
from ftc.core.config import Config
from ftc.core.errors import FtcError
from ftc.core.fix import Amplifier, Reproduction, Task
from ftc.core.isolation import may_run_beside_secret
from ftc.core.patch import Policy
from ftc.core.recipe_table import AUTOMATIC, RECIPES_BY_NAME
from ftc.core.recipes import NotRunnable, home, recipe_for, target_of
from ftc.core.sanitize import Sanitizer

CALL_SECONDS = 300.0
"""For one call of the tool; a model that waits longer learns no more."""
RUN_SECONDS = 120
"""For one run of the test."""
SIDE = "candidate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """What the runs need, beside the task."""

    mirror: Mirror
    sandbox: Sandbox
    config: Config
    sanitizer: Sanitizer
    clock: Callable[[], float]


def run_test_of(task: Task, reproduction: Reproduction, runs: Runs) -> RunTest | None:
    """The tool, or None where it may not be had or the test cannot be run.

    A set-up script needs a network, beside which no secret may lie; so where there is one, there is no tool.
    """
    if not may_run_beside_secret(runs.sandbox.guarantees) or runs.config.setup_script or not task.tests:
        return None
    scratch = runs.sandbox.reports
    try:
        made = _bench(task, reproduction, runs, scratch)
    except NotRunnable:
        return None
    if made is None:
        return None
    bench, policy = made

    def run(changed: Mapping[str, str], mode: Amplifier, times: int) -> TestRuns:
        try:
            with runs.mirror.worktree(task.base_sha) as folder:
                tree = Tree(side=SIDE, root=folder.resolve())
                confined = Confined(root=tree.root, policy=policy)
                for path, text in changed.items():
                    confined.write(path, text)
                return _measured(bench, tree, mode, times=times, clock=runs.clock)
        except (FtcError, Refused) as error:
            return TestRuns(runs=0, target=0, problem=str(error))

    return run


def _bench(task: Task, reproduction: Reproduction, runs: Runs, scratch: Path) -> tuple[Bench, Policy] | None:
    files, test = runs.mirror.files(task.base_sha), task.tests[0]
    test_file = task.test_files[0] if task.test_files else ""
    runner = reproduction.runner if reproduction.runner in RECIPES_BY_NAME else AUTOMATIC
    recipe = recipe_for(test, files=files, test_file=test_file, runner=runner, command=runs.config.test_command)
    if recipe is None:
        return None
    folder = home(recipe, files=files, test_file=test_file)
    scratch.mkdir(parents=True, exist_ok=True)

    def inside(argv: list[str], *, cwd: Path, env: Mapping[str, str], timeout: float) -> Result:
        tree = next(parent for parent in (cwd, *cwd.parents) if (parent / ".git").exists())
        return runs.sandbox.run(argv, cwd=cwd, env=env, timeout=timeout, writable=[tree, scratch / SIDE])

    bench = Bench(
        recipe=recipe,
        test=test,
        target=target_of(test, test_file=test_file, home_folder=folder),
        names=frozenset(item.name for item in task.tests),
        fingerprints=frozenset(task.fingerprints),
        run=inside,
        env={},
        scratch=scratch,
        sanitizer=runs.sanitizer,
        home=folder,
        seconds=RUN_SECONDS,
    )
    policy = Policy(allowed=task.allowed_paths, planned=frozenset(task.planned_files), product_code=task.product_code)
    return bench, policy


def _measured(bench: Bench, tree: Tree, mode: Amplifier, *, times: int, clock: Callable[[], float]) -> TestRuns:
    started = clock()
    build(bench, tree, mode)
    found: list[OneRun] = []
    for seed in range(1, times + 1):
        if clock() - started > CALL_SECONDS:
            break
        found.append(run_once(bench, tree, mode, seed=seed))
        if found[-1].ended is Ended.BROKEN:
            break
    told = [run for run in found if run.ended is not Ended.BROKEN]
    broken = next((run.problem for run in found if run.ended is Ended.BROKEN), "")
    short = f"the {CALL_SECONDS:.0f} s of one call were over" if len(found) < times and not broken else ""
    return TestRuns(
        runs=len(told),
        target=sum(run.ended is Ended.TARGET for run in told),
        others=sum(run.ended is Ended.OTHER for run in told),
        seconds=clock() - started,
        excerpt=next((run.excerpt for run in found if run.excerpt), ""),
        problem=broken or short,
    )
