"""``ftc fix reproduce``: the test is run many times at the base, and what makes it fail is written down.

The rule it keeps: it holds no secret and decides nothing; what it could not do is said in the document, which is
written all the same, so that people learn why there is nothing to prove with.
"""

import argparse
import os
from pathlib import Path

from ftc.agent.coverage import covered_files
from ftc.agent.ground import Ground
from ftc.agent.stress import BEFORE, Limits, Stress, best
from ftc.agent.stress_run import Bench
from ftc.clients import runner
from ftc.clients.undumpable import become_undumpable
from ftc.core.fix import Amplifier, Reproduction, Task, TaskKind, Trial
from ftc.core.recipes import NotRunnable
from ftc.jobs.fix.folder import open_folder
from ftc.jobs.fix.proving import clone_of, opened, refuse_secrets
from ftc.jobs.settings import flag_values, load_settings

JOURNAL = "reproduce.jsonl"
COVERAGE_SHARE = 0.1
"""Of the time; coverage serves the one who looks for a fix, and proves nothing."""


def carry_out(args: argparse.Namespace) -> int:
    """Reproduce the task's test; exit code 0 also when it never failed or could not be run, which the document says."""
    become_undumpable()
    settings = load_settings(environ=os.environ, flags=flag_values(args))
    refuse_secrets(settings, os.environ, job="reproduce")
    folder = open_folder(args)
    task = folder.need(Task, of="gate")
    if task.kind is TaskKind.START or not task.tests:
        found = _nothing(task, "")
    else:
        clone = clone_of(task, settings, source=args.source)
        evidence = folder.part() / "evidence"
        with opened(task, settings, os.environ, clone=clone, evidence=evidence, name="reproduce") as ground:
            found = reproduced(task, ground)
    folder.write(found)
    runner.write_outputs(os.environ, {"reproduced": str(found.reproduced).lower(), "sha256": folder.digests()})
    print(f"Reproduced: {'yes' if found.reproduced else 'no'}; runs: {sum(trial.runs for trial in found.trials)}.")
    return 0


def reproduced(task: Task, ground: Ground) -> Reproduction:
    """What the test shows at the base; run again after a kill it goes on from its journal."""
    with ground.mirror.worktree(task.base_sha) as root:
        try:
            return _on(task, ground, root)
        except NotRunnable as error:
            return _nothing(task, str(error))


def _on(task: Task, ground: Ground, root: Path) -> Reproduction:
    side = ground.side(BEFORE, root)
    bench = ground.bench(task, side, name="base")
    if problem := ground.set_up(side):
        return _nothing(task, problem, recipe=bench.recipe.name)
    stress = Stress(bench=bench, journal=ground.evidence / JOURNAL, trees=(task.base_sha,))
    limits = Limits(runs=task.quota.runs, seconds=ground.left * (1 - COVERAGE_SHARE))
    trials = stress.trial(side.tree, limits)
    covered, problem = covered_files(
        bench, side.tree, files=ground.mirror.files(task.base_sha), seconds=max(30.0, ground.left)
    )
    chosen = best(trials)
    return Reproduction(
        task=task.id,
        base_sha=task.base_sha,
        runner=bench.recipe.name,
        trials=trials,
        chosen=chosen.amplifier if chosen else Amplifier.PLAIN,
        reproduced=chosen is not None,
        covered_files=covered,
        excerpt=stress.excerpt(BEFORE),
        problems=tuple(filter(None, (*_problems(bench, trials), problem, _weakness(ground)))),
    )


def _problems(bench: Bench, trials: tuple[Trial, ...]) -> tuple[str, ...]:
    """What a reader of the counts should know: that it cannot be run, or failed in ways that are not looked for."""
    if not any(trial.runs for trial in trials):
        return tuple(trial.problem for trial in trials[:1])
    others = sorted({other for trial in trials for other in trial.others})
    if not others or any(trial.target for trial in trials) or not bench.fingerprints:
        return ()
    return (f"it failed in other ways than the issue is about, with the signatures {', '.join(others[:5])}",)


def _weakness(ground: Ground) -> str:
    """What the sandbox of this machine does not keep apart; empty when nothing is missing."""
    guarantees = ground.sandbox.guarantees
    return f"sandbox {guarantees.text}" if guarantees.lacks else ""


def _nothing(task: Task, problem: str, *, recipe: str = "") -> Reproduction:
    return Reproduction(
        task=task.id,
        base_sha=task.base_sha,
        runner=recipe,
        trials=(),
        chosen=Amplifier.PLAIN,
        reproduced=False,
        covered_files=(),
        excerpt="",
        problems=(problem,) if problem else (),
    )
