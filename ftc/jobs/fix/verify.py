"""``ftc fix verify``: one leg of the matrix judges every candidate and runs the test before and after each.

The rule it keeps: it holds no secret; what it writes are gates and counts, and the verdict over all legs is formed
elsewhere, by ``core.concluding``.
"""

import argparse
import os

from ftc.agent.verifier import verify
from ftc.clients import runner
from ftc.clients.undumpable import become_undumpable
from ftc.core.errors import UsageError
from ftc.core.fix import Fix, Reproduction, Task, Verification
from ftc.core.stress import Stratum
from ftc.jobs.fix.folder import Folder, open_folder
from ftc.jobs.fix.proving import belongs, clone_of, opened, refuse_secrets
from ftc.jobs.settings import Settings, flag_values, load_settings


def carry_out(args: argparse.Namespace) -> int:
    """Judge the candidates as the leg ``--leg``; exit code 0 also when none holds, which the document says."""
    become_undumpable()
    settings = load_settings(environ=os.environ, flags=flag_values(args))
    refuse_secrets(settings, os.environ, job="verify")
    folder = open_folder(args)
    task = folder.need(Task, of="gate")
    if args.leg not in task.legs:
        raise UsageError(f"--leg: the task has no leg {args.leg}; it has {', '.join(task.legs)}")
    reproduction, fix = folder.need(Reproduction, of="reproduce"), folder.need(Fix, of="generate")
    belongs(reproduction, task)
    belongs(fix, task)
    found = _verified(task, reproduction, fix, settings=settings, folder=folder, args=args)
    folder.write(found)
    runner.write_outputs(os.environ, {"sha256": folder.digests()})
    print(f"Candidates: {len(found.judged)}; runs before and after: {_runs(found)}.")
    return 0


def _verified(
    task: Task, reproduction: Reproduction, fix: Fix, *, settings: Settings, folder: Folder, args: argparse.Namespace
) -> Verification:
    clone = clone_of(task, settings, source=args.source)
    name, evidence = f"verify-{args.leg}", folder.part() / "evidence"
    with opened(task, settings, os.environ, clone=clone, evidence=evidence, name=name) as ground:
        return verify(task, reproduction, fix, leg=args.leg, ground=ground)


def _runs(found: Verification) -> str:
    def total(strata: list[Stratum]) -> tuple[int, int]:
        return sum(item.before.runs for item in strata), sum(item.after.runs for item in strata)

    before, after = total([stratum for judged in found.judged for stratum in judged.strata])
    return f"{before} and {after}"
