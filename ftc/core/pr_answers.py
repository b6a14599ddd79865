"""Is it my fault? What the failures of a pull request's newest commit are, as far as the known flakes tell.

The rule it keeps: "not yours" is said only of a test that fails in a way its open issue already knows. Everything
uncertain is called unknown, and nothing at all is said where there is nothing to tell apart.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ftc.core.fingerprint import issue_key
from ftc.core.model import Attempt, Failure, Flake, JobResult, Outcome, TestId
from ftc.core.observe import FAILED
from ftc.core.unrelated import touches

MOST_ROWS = 20
"""Tests shown; with more failing nobody asks about a single one."""


class Fault(StrEnum):
    """The answer about one failing test."""

    KNOWN = "known"
    CHANGED = "changed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One failing test; ``jobs`` are names and pages of the jobs it failed in."""

    failure: Failure
    fault: Fault
    jobs: tuple[tuple[str, str], ...]
    issue: int = 0
    """The open issue about this test; also where it now fails in another way."""
    touched: bool = False
    """Whether the pull request changes the test's package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Everything there is to say about one commit."""

    sha: str
    rows: tuple[Row, ...] = ()
    others: tuple[tuple[str, str], ...] = ()
    """Names and pages of red jobs in which no failing test is known, such as a build that broke."""
    green: bool = False
    """Whether every check of the commit has ended and passed."""
    again: bool = False
    """Whether something ran a second time."""
    rerun: JobResult | None = None
    """The one job to run again."""

    @property
    def worth_opening(self) -> bool:
        """Whether a first comment is due: there is a test of which something can be said."""
        return any(row.fault is not Fault.UNKNOWN for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What failures are compared with: open flakes by key, and the paths that the pull request changes."""

    repo: str
    flakes: Mapping[str, Flake]
    paths: Collection[str] | None
    """None when they could not be read."""
    by_signature: bool = False


def answered(sha: str, attempts: Sequence[Attempt], known: Known, *, rerun: bool = False) -> Answer:
    """The answer about a commit from the newest attempt of each of its runs, failed ones with their jobs read.

    ``rerun`` is whether the configuration wants the one failed job run again.
    """
    failed = [job for attempt in attempts for job in attempt.jobs if job.conclusion in FAILED and job.id]
    rows = _rows(failed, known)
    again = any(attempt.run.attempt > 1 for attempt in attempts)
    ended = bool(attempts) and all(attempt.run.status == "completed" for attempt in attempts)
    answer = Answer(
        sha=sha,
        rows=rows,
        others=tuple((job.name, job.url) for job in failed if not _tests(job)),
        green=ended and all(attempt.run.conclusion in ("success", "skipped", "neutral") for attempt in attempts),
        again=again,
    )
    job = failed[0] if rerun and ended and not again and len(failed) == 1 and known.paths is not None else None
    if job is None or not _only_flakes(job, rows):
        return answer
    return Answer(sha=sha, rows=rows, rerun=job)


def _only_flakes(job: JobResult, rows: Sequence[Row]) -> bool:
    """Whether the job failed by known flakes of foreign packages and nothing else, as far as its log tells."""
    read = job.extraction
    whole = read is not None and read.outcome is Outcome.TEST_FAILURE and not read.problems
    return whole and bool(rows) and all(row.fault is Fault.KNOWN and not row.touched for row in rows)


def _rows(jobs: Iterable[JobResult], known: Known) -> tuple[Row, ...]:
    """One row for each failing test: first those that may be the author's, each group in the order of the jobs."""
    found: dict[TestId, Row] = {}
    for job in jobs:
        for failure in _tests(job):
            row = found.get(failure.test) or _row(failure, known)
            found[failure.test] = _joined(row, _row(failure, known), (job.name, job.url))
    order = (Fault.CHANGED, Fault.UNKNOWN, Fault.KNOWN)
    return tuple(sorted(found.values(), key=lambda row: order.index(row.fault)))


def _joined(row: Row, other: Row, job: tuple[str, str]) -> Row:
    """The test in one more job; known only where it fails in a known way in all of them."""
    worse = other if row.fault is Fault.KNOWN else row
    return Row(
        failure=worse.failure, fault=worse.fault, jobs=(*row.jobs, job), issue=worse.issue, touched=worse.touched
    )


def _tests(job: JobResult) -> tuple[Failure, ...]:
    """Tests that stayed failed, each once."""
    failures = job.extraction.failures if job.extraction else ()
    return tuple({item.test: item for item in reversed(failures) if not item.flaky_in_run}.values())[::-1]


def _row(failure: Failure, known: Known) -> Row:
    key = issue_key(known.repo, failure.test, failure.fingerprint if known.by_signature else "")
    flake = known.flakes.get(key)
    number = flake.issue.issue if flake and flake.issue else 0
    touched = touches(known.paths or (), failure.test, known.repo)
    same = flake is not None and any(item.fingerprint == failure.fingerprint for item in flake.signatures)
    fault = Fault.KNOWN if same and number else Fault.CHANGED if touched else Fault.UNKNOWN
    return Row(failure=failure, fault=fault, jobs=(), issue=number, touched=touched)
