"""Runs and attempts since the cursor, with the logs and reports of their failed jobs.

The rule it keeps: a run is either read whole or left for the next scan; the ledger never names a half-read run.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import PurePosixPath
from tempfile import TemporaryFile
from zipfile import BadZipFile

from ftc.clients.payloads import Artifact
from ftc.core.errors import BudgetExceeded, NotFound, Unavailable
from ftc.core.model import Attempt, Extraction, JobResult, Outcome, Run
from ftc.core.observe import FAILED
from ftc.core.readings import Readings
from ftc.ingest.archive import Budget
from ftc.ingest.extract import extract_stream
from ftc.ingest.merge import belongs, merged
from ftc.ingest.publishable import one_line
from ftc.ingest.zipped import extract_zip
from ftc.jobs.context import Context

PASSED = frozenset({"success", "skipped", "neutral"})
"""Job conclusions that leave a run green."""
ARTIFACT_BYTES = 50_000_000
"""Larger artifacts are builds or dumps, not test reports."""
LOG_BYTES = 1 << 30
"""Of a log; ten times the largest one in the wild, some twenty seconds of reading."""
REPORT_BYTES = 200_000_000
"""Unpacked of one artifact: a pull request may upload a bomb of any size, and every scan would read it again."""
MOST_UNAVAILABLE = 3
"""Runs that could not be read before the rest waits for the next scan: then it is GitHub and not a single log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What one scan has seen of the source.

    ``attempts`` holds every completed attempt of the window; ``read`` those whose jobs were read now; ``unread`` the
    runs that the request budget left for the next scan, oldest first.
    """

    attempts: tuple[Attempt, ...] = ()
    read: tuple[Attempt, ...] = ()
    unread: tuple[Run, ...] = ()
    listed: int = 0
    complete: bool = True
    """Whether every run of the window was listed."""
    notes: tuple[str, ...] = ()


def collect(ctx: Context, runs: Iterable[Run], *, known: Readings, asked: str = "") -> Collected:
    """Read the runs that are not known yet, oldest first, so that none slides out of the window unread.

    When ``asked`` names a run, that one alone is read.
    """
    notes: list[str] = []
    # Slices of a long listing share their edge, so a run may come twice.
    listed = tuple({run.id: publishable_run(ctx, run) for run in _within_budget(runs, notes)}.values())
    complete = not notes
    refused = {run.id: why for run in listed if (why := _refused(ctx, run))}
    notes += [f"run {asked} does not count: {refused[asked]}"] if asked in refused else []
    counted = sorted((run for run in listed if run.id not in refused), key=lambda run: (run.created, run.id))
    wanted = (lambda run: run.id == asked) if asked else known.wanted
    attempts, read, unread = _read_all(ctx, counted, wanted, notes)
    return Collected(
        attempts=attempts, read=read, unread=unread, listed=len(listed), complete=complete, notes=tuple(notes)
    )


def _read_all(
    ctx: Context, runs: Iterable[Run], wanted: Callable[[Run], bool], notes: list[str]
) -> tuple[tuple[Attempt, ...], tuple[Attempt, ...], tuple[Run, ...]]:
    """All attempts, those read now, and the runs left unread because the budget or GitHub gave out."""
    attempts: list[Attempt] = []
    read: list[Attempt] = []
    unread: list[Run] = []
    tries = MOST_UNAVAILABLE
    for run in runs:
        found: tuple[Attempt, ...] = ()
        if wanted(run):
            try:
                found = _read_run(ctx, run, notes) if tries else ()
            except BudgetExceeded as spent:
                notes.append(str(spent))
                tries = 0
            except Unavailable as error:
                notes.append(f"run {run.id} is read in the next scan: {error}")
                tries -= 1
            unread += [] if found else [run]
        read += found
        attempts += found or (Attempt(run=run),)
    return tuple(attempts), tuple(read), tuple(unread)


def _within_budget(runs: Iterable[Run], notes: list[str]) -> Iterator[Run]:
    """The runs as far as the request budget reaches; the cursor stays where it is when some were not listed."""
    try:
        yield from runs
    except BudgetExceeded as spent:
        notes.append(f"not all runs could be listed: {spent}")


def _refused(ctx: Context, run: Run) -> str:
    """Why this run may not speak, empty when it may; unfinished runs come back with the next scan."""
    config = ctx.config
    names = (run.workflow, run.workflow_file, PurePosixPath(run.workflow_file).name)
    named = not config.workflows or any(fnmatch(name, glob) for name in names for glob in config.workflows)
    if run.status != "completed":
        return "it has not ended yet"
    if not named:
        return f"its workflow {run.workflow} is not among `workflows`"
    return f"its event {run.event} is not among `events`" if config.events and run.event not in config.events else ""


def publishable_run(ctx: Context, run: Run) -> Run:
    """The run with every text that people chose on one line and without secrets."""
    return replace(
        run,
        workflow=one_line(run.workflow, sanitizer=ctx.sanitizer),
        branch=one_line(run.branch, sanitizer=ctx.sanitizer),
        actor=one_line(run.actor, sanitizer=ctx.sanitizer),
    )


def publishable_job(ctx: Context, job: JobResult) -> JobResult:
    """The job, likewise."""
    return replace(
        job,
        name=one_line(job.name, sanitizer=ctx.sanitizer),
        os=one_line(job.os, sanitizer=ctx.sanitizer),
        step=one_line(job.step, sanitizer=ctx.sanitizer),
    )


def _read_run(ctx: Context, run: Run, notes: list[str]) -> tuple[Attempt, ...]:
    """Every attempt of a run with its jobs, and with the logs and reports of those that failed."""
    by_attempt = {number: [publishable_job(ctx, job) for job in jobs] for number, jobs in ctx.read.jobs(run.id).items()}
    failed = any(job.conclusion in FAILED for jobs in by_attempt.values() for job in jobs)
    reports = _reports(ctx, run, by_attempt, notes) if failed else {}
    return tuple(
        Attempt(
            run=_attempt_run(run, number, jobs),
            jobs=_read_jobs(ctx, jobs, tuple(reports.get(number, ())), notes),
        )
        for number, jobs in sorted(by_attempt.items())
    ) or (Attempt(run=run),)


def _attempt_run(run: Run, number: int, jobs: Sequence[JobResult]) -> Run:
    """The run as it stood after one of its attempts; only the newest attempt's conclusion is in the listing."""
    if number == run.attempt:
        return run
    ended = {job.conclusion for job in jobs}
    conclusion = "failure" if ended & FAILED else "success" if ended <= PASSED else "cancelled"
    return replace(run, attempt=number, conclusion=conclusion, url=f"{run.url}/attempts/{number}")


def _read_jobs(
    ctx: Context, jobs: Sequence[JobResult], reports: tuple[Extraction, ...], notes: list[str]
) -> tuple[JobResult, ...]:
    """The jobs of one attempt, the failed ones with what their logs and reports say."""
    logs = {job.id: _read_log(ctx, job, notes) for job in jobs if job.conclusion in FAILED}
    shares, left = attributed(reports, logs, names={job.id: job.name for job in jobs})
    told = tuple(
        replace(job, extraction=merged(logs[job.id], shares.get(job.id, ()))) if job.id in logs else job for job in jobs
    )
    return told + tuple(_report_job(ctx, view) for view in left if view.failures)


def _read_log(ctx: Context, job: JobResult, notes: list[str]) -> Extraction:
    """What a job's log says; an expired log is a note, since the next scan would not find it either."""
    try:
        chunks = capped(ctx.read.job_log(job.id), LOG_BYTES)
        return extract_stream(chunks, path=job.name, sanitizer=ctx.sanitizer)
    except NotFound:
        notes.append(f"the log of {job.name} has expired or was deleted: {job.url}")
        return Extraction(path=job.name, outcome=Outcome.INFRASTRUCTURE, problems=("the log has expired",))


def capped(chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    """The first ``limit`` bytes; what a server says about sizes is a claim."""
    for chunk in chunks:
        yield chunk[:limit]
        limit -= len(chunk)
        if limit <= 0:
            return


def _report_job(ctx: Context, view: Extraction) -> JobResult:
    """A stand-in for the job of a report that no failed job's log accounts for, such as a green job's retries."""
    name = one_line(f"report {view.path}", sanitizer=ctx.sanitizer)
    return JobResult(id="", name=name, conclusion="failure", url="", extraction=view)


def attributed(
    reports: Sequence[Extraction], logs: Mapping[str, Extraction], *, names: Mapping[str, str]
) -> tuple[dict[str, tuple[Extraction, ...]], tuple[Extraction, ...]]:
    """Reports by the id of the failed job they tell of, and those of no failed job.

    What several logs could have brought forth and no name tells apart is left to those logs.
    """
    shares: dict[str, tuple[Extraction, ...]] = {}
    left: list[Extraction] = []
    for view in reports:
        sharing = [job for job, log in logs.items() if belongs(view, to=log)]
        alone = bool(sharing) or view.outcome == Outcome.TEST_FAILURE
        owner = _owner(view, {job: names[job] for job in sharing or logs}, alone=alone)
        if owner:
            shares[owner] = (*shares.get(owner, ()), view)
        elif not sharing:
            left.append(view)
    return shares, tuple(left)


def _owner(view: Extraction, names: Mapping[str, str], *, alone: bool) -> str:
    """Which of these jobs a report tells of, or none; ``alone`` says whether being the only one is enough.

    GitHub does not say which job uploaded an artifact, but people put the job's name into the artifact's.
    """
    named = [job for job, name in names.items() if _within(name.lower(), view.path.lower())]
    if len(named) == 1:
        return named[0]
    return next(iter(names)) if alone and len(names) == 1 else ""


def _within(name: str, text: str) -> bool:
    """Whether a name stands in a text as words of its own, so that ``unit`` is no part of ``junit``."""
    return re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", text) is not None


def _reports(
    ctx: Context, run: Run, by_attempt: Mapping[int, Sequence[JobResult]], notes: list[str]
) -> dict[int, list[Extraction]]:
    """The test reports of a run, by the attempt during which they were uploaded."""
    if not ctx.config.artifact_pattern:
        return {}
    begun = {
        number: min((job.started for job in jobs if job.started), default=run.created)
        for number, jobs in by_attempt.items()
    }
    found: dict[int, list[Extraction]] = {}
    for artifact in ctx.read.artifacts(run.id):
        if not _is_report(ctx, artifact):
            continue
        number = max((n for n, start in begun.items() if start <= artifact.created), default=min(begun))
        found.setdefault(number, []).extend(_read_artifact(ctx, artifact, notes))
    return found


def _is_report(ctx: Context, artifact: Artifact) -> bool:
    named = any(fnmatch(artifact.name, glob) for glob in ctx.config.artifact_pattern)
    return named and not artifact.expired and artifact.bytes <= ARTIFACT_BYTES


def _read_artifact(ctx: Context, artifact: Artifact, notes: list[str]) -> tuple[Extraction, ...]:
    """What the reports in one artifact say; one that cannot be read costs its evidence, not the scan."""
    name = one_line(artifact.name, sanitizer=ctx.sanitizer)
    with TemporaryFile() as spool:
        try:
            for chunk in capped(ctx.read.artifact(artifact.id), ARTIFACT_BYTES):
                spool.write(chunk)
        except NotFound as gone:
            notes.append(f"artifact {name}: {gone}")
            return ()
        try:
            budget = Budget(member=REPORT_BYTES, total=REPORT_BYTES)
            return tuple(extract_zip(spool, path=name, sanitizer=ctx.sanitizer, budget=budget))
        except BadZipFile as broken:
            notes.append(f"artifact {name} is no zip file: {broken}")
            return ()
