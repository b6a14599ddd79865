"""From attempts with their jobs read to occurrences, and to what was left out with its reason.

The rule it keeps: a failure either becomes an occurrence or appears under a named reason; none is dropped silently.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fnmatch import fnmatchcase

from ftc.core.fingerprint import issue_key
from ftc.core.model import Attempt, Extraction, Failure, JobResult, Occurrence, Outcome, Run, TestId
from ftc.core.thresholds import Thresholds

FAILED = frozenset({"failure", "timed_out"})
"""Conclusions of jobs and runs that failed on their own; cancelled ones were stopped by something else."""
COMPLETED = FAILED | {"success"}
"""Conclusions that say something about the code; the others are no evidence in either direction."""
HEAD_EVENTS = frozenset({"push", "merge_group", "schedule", "workflow_dispatch"})
"""Events whose runs check out their head sha itself; pull request runs test a merge that only their log names."""
PULL_EVENTS = frozenset({"pull_request", "pull_request_target"})


class Reason(StrEnum):
    """Why a job or a failure does not count (spec, section 5)."""

    CANCELLED = "cancelled or skipped"
    BUILD = "build failure"
    INFRASTRUCTURE = "red job without a failing test"
    ENVIRONMENT_LOG = "several tests fail in one log"
    ENVIRONMENT_COMMIT = "many jobs of this commit fail"
    CARRIED_OVER = "not run again in this attempt"
    TOLERATED = "the job passed although this test failed"
    NOT_A_TEST = "not counted by its log"
    TOMBSTONE = "its issue was taken away from the bot"
    IGNORED = "ignored by configuration"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """One job or failure that does not count; ``test`` is empty when it concerns the whole job."""

    reason: Reason
    run: str
    attempt: int
    job: str
    url: str
    test: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One occurrence together with the failure it was made from."""

    failure: Failure
    occurrence: Occurrence


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What the jobs that were read say, in the order of the attempts."""

    repo: str
    """Repository of the code, ``owner/name``."""
    sightings: tuple[Sighting, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    failed_jobs: int = 0
    by_signature: bool = False
    """Whether each way in which a test fails is a flake of its own."""

    def key(self, sighting: Sighting) -> str:
        """The key of the flake that a sighting belongs to."""
        failure = sighting.failure
        return issue_key(self.repo, failure.test, failure.fingerprint if self.by_signature else "")

    def without(self, reason: Reason, *, unwanted: Callable[[Sighting], bool]) -> "Observed":
        """The observation with the unwanted sightings left out for this reason."""
        dropped = [unwanted(item) for item in self.sightings]
        if not any(dropped):
            return self
        pairs = tuple(zip(self.sightings, dropped, strict=True))
        return replace(
            self,
            sightings=tuple(item for item, out in pairs if not out),
            left_out=(*self.left_out, *(_unwanted(item, reason) for item, out in pairs if out)),
        )

    @property
    def infrastructure(self) -> int:
        """Jobs that were red without a failing test."""
        return sum(item.reason == Reason.INFRASTRUCTURE for item in self.left_out)


def observe(
    attempts: Sequence[Attempt],
    *,
    repo: str,
    thresholds: Thresholds,
    ignored: Sequence[str] = (),
    by_signature: bool = False,
) -> Observed:
    """Occurrences and exclusions of every job that was read; attempts without jobs add nothing here.

    ``ignored`` are globs over ``suite name``; what they match is left out, though it still speaks of its environment.
    """
    attempts = tuple({(item.run.source, item.run.id, item.run.attempt): item for item in attempts}.values())
    poor = _environment_commits(attempts, thresholds)
    again = _carried_over(attempts)
    found = [item for one in attempts for item in _of_attempt(one, poor=poor, again=again, thresholds=thresholds)]
    seen = Observed(
        repo=repo,
        sightings=tuple(item for item in found if isinstance(item, Sighting)),
        left_out=tuple(item for item in found if isinstance(item, LeftOut)),
        failed_jobs=sum(_is_job(job) and job.conclusion in FAILED for attempt in attempts for job in attempt.jobs),
        by_signature=by_signature,
    )
    return seen.without(Reason.IGNORED, unwanted=lambda item: is_ignored(item.failure.test, ignored))


def is_ignored(test: TestId, globs: Sequence[str]) -> bool:
    """Whether the configuration wants to hear nothing of a test; a name full of brackets may be given as it is."""
    return any(str(test) == glob or fnmatchcase(str(test), glob) for glob in globs)


def _unwanted(sighting: Sighting, reason: Reason) -> LeftOut:
    seen = sighting.occurrence
    return LeftOut(
        reason=reason, run=seen.run, attempt=seen.attempt, job=seen.job, url=seen.url, test=str(sighting.failure.test)
    )


def _is_job(job: JobResult) -> bool:
    """Whether this is a job of the run; a report that no job accounts for comes in as one without an id."""
    return bool(job.id)


def _environment_commits(attempts: Sequence[Attempt], thresholds: Thresholds) -> Mapping[str, str]:
    """Commits with more than the allowed share of failing jobs, each with the figures.

    Jobs that fail by one and the same test, as legs of a matrix do, count as one: the test is to blame.
    """
    sizes: Counter[str] = Counter()
    for attempt in attempts:
        sizes[attempt.run.workflow] = max(sizes[attempt.run.workflow], len(_conclusive(attempt)))
    failing: dict[str, set[object]] = {}
    total: Counter[str] = Counter()
    distinct: dict[str, set[object]] = {}
    for attempt in attempts:
        jobs = _conclusive(attempt)
        failing.setdefault(attempt.run.sha, set()).update(
            _cause(attempt, job) for job in jobs if job.conclusion in FAILED
        )
        # Nobody asked for the jobs of a run that passed, so they count as many as its failing sisters have.
        unasked = max(sizes[attempt.run.workflow], 1) if attempt.passed and not jobs else 0
        total[attempt.run.sha] += len(jobs) + unasked
        names = (*(job.name for job in jobs), *range(unasked))
        distinct.setdefault(attempt.run.sha, set()).update((attempt.run.id, name) for name in names)
    return {
        sha: f"{len(causes)} of {total[sha]} jobs"
        for sha, causes in failing.items()
        # Attempts repeat the jobs of their run and make them no more.
        if len(distinct[sha]) >= thresholds.environment_jobs
        and len(causes) > thresholds.environment_failing_share * total[sha]
    }


def _cause(attempt: Attempt, job: JobResult) -> object:
    """What a job failed by: the one test that failed in it, or else the job itself."""
    tests = _failing_top_level(job.extraction) if job.extraction is not None else frozenset()
    return next(iter(tests)) if len(tests) == 1 else (attempt.run.id, attempt.run.attempt, job.id)


def _conclusive(attempt: Attempt) -> tuple[JobResult, ...]:
    return tuple(job for job in attempt.jobs if _is_job(job) and job.conclusion in COMPLETED)


def _carried_over(attempts: Sequence[Attempt]) -> frozenset[str]:
    """Ids of jobs that an attempt lists without having run them.

    A re-run of some jobs lists the others with new ids and their old times; reading such a failure as a second one
    would let a single failure pass the second-failure gate.
    """
    ran: set[tuple[object, ...]] = set()
    copies: set[str] = set()
    for attempt in sorted(attempts, key=lambda item: (item.run.source, item.run.id, item.run.attempt)):
        for job in attempt.jobs:
            times = (attempt.run.source, attempt.run.id, job.name, job.started, job.completed)
            if _is_job(job) and job.started and job.completed and times in ran:
                copies.add(job.id)
            ran.add(times)
    return frozenset(copies)


def _of_attempt(
    attempt: Attempt, *, poor: Mapping[str, str], again: frozenset[str], thresholds: Thresholds
) -> Iterator[Sighting | LeftOut]:
    run = attempt.run
    for job in attempt.jobs:
        if job.conclusion not in COMPLETED:
            yield _left_out(run, job, reason=Reason.CANCELLED, detail=job.conclusion)
        elif job.conclusion in FAILED and job.id in again:
            yield _left_out(run, job, reason=Reason.CARRIED_OVER)
        elif job.conclusion in FAILED and run.sha in poor:
            yield _left_out(run, job, reason=Reason.ENVIRONMENT_COMMIT, detail=poor[run.sha])
        else:
            yield from _of_job(run, job, thresholds)


def _of_job(run: Run, job: JobResult, thresholds: Thresholds) -> Iterator[Sighting | LeftOut]:
    read = job.extraction
    failed = job.conclusion in FAILED
    crowd = _failing_top_level(read) if read is not None else frozenset()
    if failed and _is_job(job) and not crowd:
        yield _red_without_test(run, job)
    if read is None:
        return
    for cut in read.excluded:
        yield _left_out(run, job, reason=Reason.NOT_A_TEST, test=f"{cut.suite} {cut.name}".strip(), detail=cut.reason)
    if failed and len(crowd) >= thresholds.environment_failing_tests:
        yield _left_out(run, job, reason=Reason.ENVIRONMENT_LOG, detail=f"{len(crowd)} distinct tests")
        return
    for failure in _one_per_test(read):
        if failed or failure.flaky_in_run:
            yield Sighting(failure=failure, occurrence=_occurrence(run, job, failure))
        else:
            yield _left_out(run, job, reason=Reason.TOLERATED, test=str(failure.test))


def _one_per_test(read: Extraction) -> tuple[Failure, ...]:
    """One failure a test: the same job attempt and test is one occurrence; the first is the cause, others follow it."""
    first: dict[object, Failure] = {}
    for failure in read.failures:
        first.setdefault(failure.test, failure)
    return tuple(first.values())


def _failing_top_level(read: Extraction) -> frozenset[tuple[str, str, str]]:
    """Top-level tests that stayed failed; one that passed on a retry speaks against the environment as cause."""
    return frozenset(
        (item.test.ecosystem, item.test.suite, item.test.top_level) for item in read.failures if not item.flaky_in_run
    )


def _red_without_test(run: Run, job: JobResult) -> LeftOut:
    read = job.extraction
    if read is not None and read.outcome == Outcome.BUILD_FAILURE:
        return _left_out(run, job, reason=Reason.BUILD)
    detail = read.problems[0] if read is not None and read.problems else ""
    return _left_out(run, job, reason=Reason.INFRASTRUCTURE, detail=detail)


def _left_out(run: Run, job: JobResult, *, reason: Reason, test: str = "", detail: str = "") -> LeftOut:
    url = job.url or run.url
    return LeftOut(reason=reason, run=run.id, attempt=run.attempt, job=job.name, url=url, test=test, detail=detail)


def _occurrence(run: Run, job: JobResult, failure: Failure) -> Occurrence:
    return Occurrence(
        source=run.source,
        run=run.id,
        attempt=run.attempt,
        job=job.name,
        job_id=job.id,
        created=run.created,
        workflow=run.workflow,
        event=run.event,
        branch=run.branch,
        sha=run.sha,
        tree=tested_tree(run, job.extraction),
        fingerprint=failure.fingerprint,
        kind=failure.kind,
        url=job.url or run.url,
        pull_request=_pull_request(run, job.extraction),
        author=run.actor,
        os=job.os,
        passed_in_run=failure.flaky_in_run,
        seconds=job.seconds if job.conclusion in FAILED else 0,
    )


def tested_tree(run: Run, read: Extraction | None) -> str:
    """What a run tested: equal trees mean equal code, empty means unknown (spec, section 5)."""
    if run.event in HEAD_EVENTS:
        return run.sha
    return read.tested_tree if read is not None else ""


def _pull_request(run: Run, read: Extraction | None) -> int | None:
    """The pull request a run tested; a push run also lists those whose head its branch happens to be."""
    if read is not None and read.pull_request is not None:
        return read.pull_request
    return run.pull_requests[0] if run.event in PULL_EVENTS and run.pull_requests else None
