"""What ends by itself: a quarantine and a mute past their date, a lease whose run is over.

Rule: each end is told once, by the one comment that belongs to it; the end of a mute is told by speaking again.
"""

from collections.abc import Iterator
from dataclasses import replace

from ftc.core.dispatch import START
from ftc.core.model import Flake, Status
from ftc.core.progress import RunRecord, RunStatus
from ftc.core.requeue import may_go_again
from ftc.core.sweeping import LEASED, Facts, Manner, Outcome, Told, stamp, went

LOST = "the workflow run ended without reporting a result"
"""What the record of a run says that was found dead."""


def unmuted(outcome: Outcome, _facts: Facts, manner: Manner) -> Outcome:
    """A mute ends with its date; the first rule, since the others are silent while it lasts."""
    until = outcome.flake.progress.muted_until
    if until is None or until > manner.now:
        return outcome
    progress = replace(outcome.flake.progress, muted_until=None)
    return replace(outcome, flake=replace(outcome.flake, progress=progress))


def out_of_quarantine(outcome: Outcome, _facts: Facts, manner: Manner) -> Outcome:
    """A quarantine ends with its date; CI has stopped tolerating the test by itself then."""
    held = outcome.flake.progress.quarantine
    if held is None or held.until > manner.now:
        return outcome
    progress = replace(outcome.flake.progress, quarantine=None)
    ended = replace(
        outcome,
        flake=replace(outcome.flake, progress=progress),
        labels_off=(*outcome.labels_off, "quarantined"),
    )
    return ended.telling(Told.QUARANTINE_OVER, stamp(held.until), until=held.until)


def lease_taken_over(outcome: Outcome, facts: Facts, manner: Manner) -> Outcome:
    """Work whose run GitHub calls completed, though it never said so here, has failed.

    An order that nobody had taken up yet goes back into its place in the queue instead, and nothing is said.
    """
    flake, lease = outcome.flake, outcome.flake.progress.lease
    lost = flake.status in LEASED and (lease is None or facts.ended is not None)
    if not lost:
        return outcome
    page, unheard = facts.ended or manner.run_url, any(run.started is None for run in _orders(flake))
    if flake.status is Status.FIXING and lease is not None and _not_begun(flake):
        kept = replace(outcome, flake=replace(flake, progress=replace(flake.progress, lease=None)))
        return went(kept, Status.APPROVED_TO_FIX, manner, url=page)
    runs = tuple(_failed(run, manner) for run in flake.progress.runs)
    flake = replace(flake, progress=replace(flake.progress, lease=None, runs=runs))
    outcome = replace(outcome, flake=flake)
    if flake.status is Status.PR_UPDATING:
        return went(outcome, Status.PR_NEEDS_CHANGES, manner, url=page)
    outcome = went(outcome, Status.FIX_FAILED, manner, url=page)
    name = f"{lease.run}-{lease.attempt}" if lease else stamp(manner.now)
    return outcome.telling(Told.LEASE_LOST, name, page=facts.ended or "", unheard=unheard)


def _not_begun(flake: Flake) -> bool:
    """Whether the order at work is as queued as before, and may be queued once more."""
    return any(run.started is None and may_go_again(flake, run) for run in _orders(flake))


def _orders(flake: Flake) -> Iterator[RunRecord]:
    """Fixes that were ordered and of which no run has reported anything."""
    return (run for run in flake.progress.runs if run.status is RunStatus.QUEUED and run.command != START)


def _failed(run: RunRecord, manner: Manner) -> RunRecord:
    if run.status not in (RunStatus.QUEUED, RunStatus.RUNNING):
        return run
    return replace(run, status=RunStatus.FAILED, error=LOST, finished=manner.now, updated=manner.now)
