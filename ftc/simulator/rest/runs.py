"""Workflow runs, their attempts and jobs, and re-runs."""

from collections.abc import Callable
from datetime import datetime, timedelta

from ftc.simulator.access import reads, writes
from ftc.simulator.http import ApiError, Response, not_found
from ftc.simulator.rest.call import Call, endpoint, parse_time
from ftc.simulator.rest.listing import FILTERED_RUNS_LIMIT, page
from ftc.simulator.shapes.actions import job as job_shape
from ftc.simulator.shapes.actions import run as run_shape
from ftc.simulator.world import Attempt, Job, Run

_FILTERS = ("actor", "branch", "created", "event", "head_sha", "status", "check_suite_id")


@endpoint("GET", "/actions/runs", reads("actions"))
def list_runs(call: Call) -> Response:
    """Runs, newest first; a filtered query gives at most 1,000 results however many there are."""
    return runs_page(call, list(call.repo.runs.values()))


def runs_page(call: Call, runs: list[Run]) -> Response:
    """The runs the query's filters leave, as a page."""
    query = call.request.query
    wanted = sorted((run for run in runs if _wanted(call, run)), key=lambda run: (run.created_at, run.id), reverse=True)
    limit = FILTERED_RUNS_LIMIT if any(query.get(name) for name in _FILTERS) else None
    return page(call, wanted, lambda run: run_shape(call.view, call.repo, run), key="workflow_runs", limit=limit)


def _wanted(call: Call, run: Run) -> bool:
    query = call.request.query
    facts = {
        "actor": run.actor,
        "branch": run.head_branch,
        "event": run.event,
        "head_sha": run.head_sha,
        "check_suite_id": str(run.id + 1),
    }
    if any(query.get(name) and query[name] != fact for name, fact in facts.items()):
        return False
    status = query.get("status")
    if status and status not in (run.latest.status, run.latest.conclusion):
        return False
    return not query.get("created") or created_matches(query["created"], run.created_at)


def created_matches(expression: str, moment: datetime) -> bool:
    """GitHub's date syntax: ``>=``, ``>``, ``<=``, ``<``, ``a..b`` (``*`` is open), or one day or moment."""
    low, dots, high = expression.partition("..")
    if dots:
        return _at_least(low, moment) and _at_most(high, moment)
    comparisons: dict[str, Callable[[datetime], bool]] = {
        ">=": lambda bound: moment >= bound,
        "<=": lambda bound: moment <= bound,
        ">": lambda bound: moment > bound,
        "<": lambda bound: moment < bound,
    }
    for sign, holds in comparisons.items():
        if expression.startswith(sign):
            return holds(_bound(expression.removeprefix(sign), end=sign in ("<=", ">")))
    return _at_least(expression, moment) and _at_most(expression, moment)


def _at_least(text: str, moment: datetime) -> bool:
    return text == "*" or moment >= _bound(text, end=False)


def _at_most(text: str, moment: datetime) -> bool:
    return text == "*" or moment <= _bound(text, end=True)


def _bound(text: str, *, end: bool) -> datetime:
    """A bare day stands for its first second, or for its last where the comparison includes the whole day."""
    moment = parse_time(text)
    return moment + timedelta(days=1, seconds=-1) if end and len(text) == len("2026-11-20") else moment


def find_run(call: Call) -> Run:
    """The run of the path."""
    found = call.repo.runs.get(call.number("run_id"))
    if found is None:
        raise not_found()
    return found


def find_attempt(call: Call, run: Run) -> Attempt:
    """The attempt of the path."""
    number = call.number("attempt_number")
    found = next((attempt for attempt in run.attempts if attempt.number == number), None)
    if found is None:
        raise not_found()
    return found


@endpoint("GET", "/actions/runs/{run_id}", reads("actions"))
def get_run(call: Call) -> Response:
    """A run as of its newest attempt."""
    return Response.of_json(run_shape(call.view, call.repo, find_run(call)))


@endpoint("GET", "/actions/runs/{run_id}/attempts/{attempt_number}", reads("actions"))
def get_attempt(call: Call) -> Response:
    """A run as of one attempt."""
    run = find_run(call)
    return Response.of_json(run_shape(call.view, call.repo, run, attempt=find_attempt(call, run)))


@endpoint("GET", "/actions/runs/{run_id}/attempts/{attempt_number}/jobs", reads("actions"))
def list_attempt_jobs(call: Call) -> Response:
    """The jobs of one attempt."""
    run = find_run(call)
    attempt = find_attempt(call, run)
    return _jobs_page(call, run, [(attempt, job) for job in attempt.jobs])


@endpoint("GET", "/actions/runs/{run_id}/jobs", reads("actions"))
def list_jobs(call: Call) -> Response:
    """``filter=latest`` (default): each job's newest execution; ``all``: those of every attempt."""
    run = find_run(call)
    everything = [(attempt, job) for attempt in reversed(run.attempts) for job in attempt.jobs]
    if call.request.query.get("filter") == "all":
        return _jobs_page(call, run, everything)
    newest: dict[str, tuple[Attempt, Job]] = {}
    for attempt, job in everything:
        newest.setdefault(job.name, (attempt, job))
    return _jobs_page(call, run, list(newest.values()))


def _jobs_page(call: Call, run: Run, jobs: list[tuple[Attempt, Job]]) -> Response:
    return page(
        call,
        jobs,
        lambda pair: job_shape(call.view, call.repo, run, attempt=pair[0], value=pair[1]),
        key="jobs",
    )


def find_job(call: Call) -> tuple[Run, Attempt, Job]:
    """The job of the path, in its attempt and run."""
    number = call.number("job_id")
    for run in call.repo.runs.values():
        for attempt in run.attempts:
            for job in attempt.jobs:
                if job.id == number:
                    return run, attempt, job
    raise not_found()


@endpoint("GET", "/actions/jobs/{job_id}", reads("actions"))
def get_job(call: Call) -> Response:
    """One job."""
    run, attempt, job = find_job(call)
    return Response.of_json(job_shape(call.view, call.repo, run, attempt=attempt, value=job))


@endpoint("POST", "/actions/runs/{run_id}/rerun", writes("actions"))
def rerun(call: Call) -> Response:
    """A new queued attempt with all jobs."""
    return _new_attempt(call, find_run(call), lambda job: True)


@endpoint("POST", "/actions/runs/{run_id}/rerun-failed-jobs", writes("actions"))
def rerun_failed(call: Call) -> Response:
    """A new queued attempt with the jobs that failed."""
    return _new_attempt(call, find_run(call), lambda job: job.conclusion not in ("success", "skipped"))


@endpoint("POST", "/actions/jobs/{job_id}/rerun", writes("actions"))
def rerun_job(call: Call) -> Response:
    """A new queued attempt with one job."""
    run, _, wanted = find_job(call)
    return _new_attempt(call, run, lambda job: job.name == wanted.name)


@endpoint("POST", "/actions/runs/{run_id}/cancel", writes("actions"))
def cancel(call: Call) -> Response:
    """Ends a run that is not completed."""
    run = find_run(call)
    if run.latest.status == "completed":
        raise ApiError(409, "Cannot cancel a workflow run that is completed.")
    run.latest.status, run.latest.conclusion, run.latest.updated_at = "completed", "cancelled", call.world.now()
    return Response.of_json({}, status=202)


def _new_attempt(call: Call, run: Run, wanted: Callable[[Job], bool]) -> Response:
    if run.latest.status != "completed":
        raise ApiError(403, "This workflow is already running")
    now = call.world.now()
    jobs = [
        Job(id=call.world.next_id(), name=job.name, status="queued", conclusion=None, started_at=now, labels=job.labels)
        for job in run.latest.jobs
        if wanted(job)
    ]
    if not jobs:
        raise ApiError(403, "This workflow run has no jobs to re-run")
    run.attempts.append(
        Attempt(
            number=run.latest.number + 1,
            status="queued",
            conclusion=None,
            started_at=now,
            updated_at=now,
            actor=call.user.login,
            jobs=jobs,
        )
    )
    return Response.of_json({}, status=201)
