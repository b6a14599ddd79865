"""``ftc fix JOB``: one of the jobs of a fix run, each a module with ``carry_out(args) -> int``.

Rule: only the module of the job that was asked for is imported, so that a job without a model loads none.
"""

import argparse
import importlib
import os

from ftc.core.errors import UsageError
from ftc.jobs.fix.folder import ARTIFACTS
from ftc.jobs.settings import add_config_flags, flag_values, load_settings

JOBS = {
    "gate": "decide whether an ordered fix may run, and freeze everything it may rely on",
    "reproduce": "run the test many times at the base, and find what makes it fail",
    "generate": "look for a change that mends it",
    "verify": "judge every candidate: policy, masking, gates, and runs before and after",
    "publish": "push the proven change and open its pull request",
    "settle": "write outcome, cost and state into the issue; always the last job",
    "tell": "edit the one comment that says how far a run has come",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The job, and what the jobs share."""
    parser.add_argument("job", choices=tuple(JOBS), help="; ".join(f"{name}: {text}" for name, text in JOBS.items()))
    parser.add_argument("--task", required=True, metavar="ID", help="the ordered task, as the matrix of fixes names it")
    parser.add_argument("--artifacts", default=ARTIFACTS, metavar="DIR", help="where the folder of each task lies")
    parser.add_argument("--source", default="", metavar="DIR", help="a clone that holds the base; else it is fetched")
    parser.add_argument(
        "--expect", default="", metavar="DIGESTS", help="refuse documents of other digests: `task.json=<sha256>,...`"
    )
    parser.add_argument("--order", default="", metavar="FILE", help="gate: the file of the order that was given")
    parser.add_argument("--leg", default="", metavar="NAME", help="verify: which share of the runs this job takes")
    parser.add_argument("--phase", default="", metavar="NAME", help="tell: the phase that has ended")
    parser.add_argument("--now", default="", metavar="TIME", help="decide as if it were this moment (ISO, UTC)")
    add_config_flags(parser)


def run(args: argparse.Namespace) -> int:
    """Carry out one job."""
    if args.job == "verify" and not args.leg:
        raise UsageError("verify needs --leg NAME, one of the task's legs")
    # The gate refuses its order instead, so that no other job begins; the sweep frees what an unsettled run held.
    if args.job != "gate" and load_settings(environ=os.environ, flags=flag_values(args)).config.disabled:
        print("Disabled by configuration (FTC_DISABLED); nothing was read or written.")
        return 0
    code: int = importlib.import_module(f"ftc.jobs.fix.{args.job}").carry_out(args)
    return code
