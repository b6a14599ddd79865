"""``ftc pr-answers``: on pull requests with red checks, say which failures are known flakes, in one comment each.

The rule it keeps: the event only says where to look. What is said follows from the runs of the pull request's head,
found by repository and commit, and the comment is edited, never written twice.
"""

import argparse
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from ftc.clients import runner
from ftc.clients.payloads import same_login
from ftc.clients.pull_payloads import Proposed
from ftc.core.errors import BudgetExceeded, FtcError, UsageError
from ftc.core.markdown import strip_control
from ftc.core.model import Run
from ftc.jobs.context import Context, moment, open_context
from ftc.jobs.pr_answer import Answers, Decided, carry_out
from ftc.jobs.settings import add_config_flags, flag_values, load_settings

RECENT = timedelta(days=1)
"""How far back a scheduled look goes; runs that ended earlier were there for an earlier look."""
MOST_PULLS = 30
"""Pull requests answered by one job; each costs five requests and more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a job said and left, one line for each."""

    lines: tuple[str, ...] = ()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of the command beside those of the configuration."""
    parser.add_argument("--run-id", metavar="ID", default="", help="look at the pull request of this run only")
    parser.add_argument("--now", metavar="TIME", default="", help="decide as if it were this moment (ISO, UTC)")
    add_config_flags(parser)


def run(args: argparse.Namespace) -> int:
    """Answer as the configuration says; without ``pr-answers`` nothing is read."""
    settings = load_settings(environ=os.environ, flags=flag_values(args))
    if settings.config.disabled or not settings.config.pr_answers:
        why = "FTC_DISABLED" if settings.config.disabled else "pr-answers is false"
        print(f"Disabled by configuration ({why}); nothing was read or written.")
        return 0
    run_id = args.run_id or run_of_event(os.environ)
    report = pr_answers(open_context(settings, os.environ, now=moment(args.now)), run_id=run_id)
    for line in report.lines or ("Nothing to say.",):
        print(runner.harmless(strip_control(line)))
    return 0


def run_of_event(environ: Mapping[str, str]) -> str:
    """Id of the run that ended, when a ``workflow_run`` event started this job; else empty."""
    if environ.get("GITHUB_EVENT_NAME") != "workflow_run":
        return ""
    run = runner.event_payload(environ).get("workflow_run")
    number = run.get("id") if isinstance(run, Mapping) else None
    if not isinstance(number, int):
        raise UsageError("the payload of the workflow_run event names no run; give --run-id instead")
    return str(number)


def pr_answers(ctx: Context, *, run_id: str = "") -> Report:
    """One look at the pull requests of a run, or at all that ran lately."""
    if not same_login(ctx.read.repo, ctx.write.repo):
        raise UsageError(
            "pr-answers: pull requests are answered where the bot writes, but repo and write-repo differ; "
            "nothing is said in a repository that is only read"
        )
    lines: list[str] = []
    due: list[Decided] = []
    answers = Answers(ctx)
    for pull in wanted(ctx, run_id):
        try:
            decided = answers.decide(pull)
            due += [decided] if decided else []
        except BudgetExceeded as spent:
            lines.append(f"the other pull requests wait for the next look: {spent}")
            break
        except FtcError as error:
            lines.append(f"pull request {pull.number} could not be answered: {error}")
    return Report(lines=(*(line for decided in due for line in carry_out(ctx, decided)), *lines))


def wanted(ctx: Context, run_id: str) -> Iterator[Proposed]:
    """Open pull requests whose head is that of the run, or of a run of the last day; newest activity first.

    ``workflow_run.pull_requests`` is empty for forks, so repository and commit are compared.
    """
    runs = (ctx.read.run(run_id),) if run_id else tuple(ctx.read.runs(ctx.now - RECENT))
    heads = {head_of(run) for run in runs}
    found = 0
    for pull in ctx.read.open_pulls(sort="updated") if heads else ():
        if (pull.head_repo.lower(), pull.head_sha) in heads and found < MOST_PULLS:
            found += 1
            yield pull


def head_of(run: Run) -> tuple[str, str]:
    """What a run and a pull request have in common."""
    return ((run.head_repo or run.repo).lower(), run.sha)
