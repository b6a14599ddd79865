"""Evidence that costs requests of its own, fetched only for failures that are new and only where it can decide.

The rule it keeps: at most ``MOST_LOOKUPS`` look-ups a scan, and none for what an earlier scan has looked at.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ftc.core.errors import BudgetExceeded, Forbidden, NotFound
from ftc.core.model import Attempt, Occurrence
from ftc.core.observe import PULL_EVENTS
from ftc.core.unrelated import Touched
from ftc.ingest.extract import extract_stream
from ftc.jobs.context import Context

MOST_LOOKUPS = 20
"""Requests of each kind: enough for the pull requests of half a dozen flakes, a small part of a scan's budget."""


def changed_files(ctx: Context, pulls: Iterable[int]) -> Touched:
    """Changed paths of these pull requests; those that cannot be read are left out.

    A job token without ``pull-requests: read`` may not look into those of a private repository.
    """
    found: dict[int, tuple[str, ...]] = {}
    for number in list(pulls)[:MOST_LOOKUPS]:
        try:
            found[number] = ctx.read.pull_files(number)
        except NotFound:
            continue
        except (BudgetExceeded, Forbidden):
            break
    return found


def with_tested_trees(
    ctx: Context, attempts: Sequence[Attempt], occurrences: Iterable[Occurrence]
) -> tuple[Attempt, ...]:
    """The attempts, those that may have passed on a failure's tested tree with the tree their log names.

    A pull request run tests a merge that only its log tells (spec, section 5), so the log of the same job is read
    where another run of the same head passed.
    """
    wanted = {
        (item.workflow, item.sha, item.job): item
        for item in occurrences
        if item.tree and item.event in PULL_EVENTS and not item.passed_in_run
    }
    left = MOST_LOOKUPS
    told: list[Attempt] = []
    for attempt in attempts:
        job = next((key[2] for key in wanted if key[:2] == (attempt.run.workflow, attempt.run.sha)), "")
        asked = bool(job and left and attempt.passed and not attempt.jobs)
        left -= asked
        told.append(_told(ctx, attempt, job=job) if asked else attempt)
    return tuple(told)


def _told(ctx: Context, attempt: Attempt, *, job: str) -> Attempt:
    """The attempt with the checkout of one of its jobs read; as it was when that log is gone."""
    try:
        jobs = ctx.read.jobs(attempt.run.id).get(attempt.run.attempt, ())
        return replace(
            attempt,
            jobs=tuple(
                replace(
                    item, extraction=extract_stream(ctx.read.job_log(item.id), path=item.name, sanitizer=ctx.sanitizer)
                )
                if item.name == job
                else item
                for item in jobs
            ),
        )
    except (NotFound, BudgetExceeded):
        return attempt
