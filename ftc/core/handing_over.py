"""How long GitHub's own coding agent is waited for, once an issue was handed over to it.

The rule it keeps: an issue does not stay approved for ever because somebody else never came; that is said once.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from ftc.core.fix import TaskKind
from ftc.core.model import Flake, Status
from ftc.core.progress import RunRecord, RunStatus
from ftc.core.sweeping import Facts, Manner, Outcome, Told, went

PATIENCE = timedelta(days=7)
"""The agent opens its pull request within minutes; a week lets a person enable it, or a queue of its jobs run dry."""
NEVER_CAME = "GitHub's coding agent has no open pull request"


def awaited(flake: Flake) -> RunRecord | None:
    """The run that handed the issue over, while it stays so: approved, and nothing of ours is queued or at work.

    Only the newest try counts; a task that somebody started beside it is none.
    """
    run = next((run for run in flake.progress.runs if run.command != TaskKind.START.value), None)
    if flake.status is not Status.APPROVED_TO_FIX or flake.progress.lease is not None or run is None:
        return None
    return run if is_handed_over(run) and run.finished is not None else None


def is_handed_over(run: RunRecord) -> bool:
    """Whether the run ended by handing the issue over: of those that succeeded only such a one has no pull request."""
    return run.status is RunStatus.SUCCEEDED and not run.pull


def earlier_handed_over(flake: Flake, task: str) -> bool:
    """Whether another run than this task's handed the issue over before, whatever the agent made of it."""
    others = (run for run in flake.progress.runs if run.id != task)
    return any(is_handed_over(run) or run.error == NEVER_CAME for run in others)


def overdue(flake: Flake, *, now: datetime) -> RunRecord | None:
    """The awaited run, once the agent has had its time: only then is it worth a request to ask what came of it."""
    run = awaited(flake)
    return run if run is not None and run.finished is not None and now - run.finished >= PATIENCE else None


def agent_never_came(outcome: Outcome, facts: Facts, manner: Manner) -> Outcome:
    """An attempt that was handed over and came to nothing has failed; with a pull request there it goes on.

    One that was merged and left the issue open is no failure either: people close the issue, or find it wanting.
    """
    run = overdue(outcome.flake, now=manner.now)
    if run is None or facts.delivered is not False:
        return outcome
    failed = replace(run, status=RunStatus.FAILED, error=NEVER_CAME, updated=manner.now)
    flake = replace(outcome.flake, progress=outcome.flake.progress.with_run(failed))
    ended = went(replace(outcome, flake=flake), Status.FIX_FAILED, manner)
    return ended.telling(Told.AGENT_SILENT, run.id, days=PATIENCE.days)
