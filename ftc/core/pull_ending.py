"""When the bot's own pull request has ended while its issue still says that it is open.

Rule: a pull request that people closed is their no: nothing more is tried until somebody approves anew. They are asked
why, once, and the issue stays open for as long as its test fails.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ftc.core.approval import APPROVING
from ftc.core.dispatch import START
from ftc.core.lifecycle import PULL_OPEN
from ftc.core.model import Flake, Status
from ftc.core.progress import Fate, RunRecord, RunStatus
from ftc.core.sweeping import Facts, Manner, Outcome, Told, went
from ftc.core.turns import Turn, TurnKind

SECOND_THOUGHTS = timedelta(hours=1)
"""A closing younger than this is not taken for a no: to start CI, people close a pull request and open it again."""
UNFINISHED = (RunStatus.QUEUED, RunStatus.RUNNING)


def own_pull(flake: Flake) -> int:
    """Number of the bot's pull request that the state takes for open; 0 where there is none."""
    pull = flake.progress.pull
    waits = flake.status in PULL_OPEN and pull is not None and not pull.by_person
    return pull.number if waits and pull else 0


def pulls_to_ask(flakes: Sequence[tuple[int, Flake]], *, most: int, now: datetime) -> frozenset[int]:
    """Issues whose pull request is asked about in one sweep, out of pairs of issue and flake.

    There are more than ``most`` only after the limit was lowered; then each day begins with another one.
    """
    numbers = sorted(number for number, flake in flakes if own_pull(flake))
    start = now.toordinal() % len(numbers) if numbers else 0
    return frozenset([*numbers[start:], *numbers[:start]][:most])


def wants_fix(turn: Turn) -> bool:
    """Whether it asks for a fix, which is refused while a pull request is open."""
    return turn.kind is TurnKind.LABEL or (turn.command is not None and turn.command.name in APPROVING)


def pull_ended(outcome: Outcome, facts: Facts, manner: Manner) -> Outcome:
    """The pull request of a fix was merged without closing the issue, or closed without being merged."""
    flake, found = outcome.flake, facts.pull
    if found is None or not own_pull(flake) or own_pull(flake) != found.number:
        return outcome
    if found.merged is not None:
        progress = replace(flake.progress, pull=replace(found, by_person=False), lease=None).fated(Fate.MERGED)
        return went(replace(outcome, flake=replace(flake, progress=progress)), Status.MERGED, manner, url=found.url)
    if found.closed is None or not (facts.insisted or manner.now - found.closed >= SECOND_THOUGHTS):
        return outcome
    target = Status.FIX_FAILED if manner.retry_declined else Status.CLOSED_WONTFIX
    declined = replace(outcome, flake=_declined(flake, found.closed, manner))
    # Dated by the closing, so that an approval given since stands after it in the trail.
    declined = went(declined, target, replace(manner, now=found.closed), url=found.url)
    return declined.telling(
        Told.PULL_CLOSED, str(found.number), pull=found.number, declined=target is Status.CLOSED_WONTFIX
    )


def _declined(flake: Flake, closed: datetime, manner: Manner) -> Flake:
    """Nothing is under way any more, so that a run that was at work on the pull request publishes nothing."""
    pull = flake.progress.pull
    runs = tuple(_stopped(run, manner) if _of_fix(run, flake) else run for run in flake.progress.runs)
    progress = replace(flake.progress, pull=pull and replace(pull, closed=closed), lease=None, runs=runs)
    return replace(flake, progress=progress.fated(Fate.DECLINED))


def _of_fix(run: RunRecord, flake: Flake) -> bool:
    """Whether the run is an unfinished one on the pull request; a task that a person ordered beside it goes on."""
    return flake.status is Status.PR_UPDATING and run.status in UNFINISHED and run.command != START


def _stopped(run: RunRecord, manner: Manner) -> RunRecord:
    return replace(run, status=RunStatus.STOPPED, updated=manner.now, finished=manner.now)
