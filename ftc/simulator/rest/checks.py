"""Check runs (those of Actions jobs among them), commit statuses and deployments."""

from ftc.simulator.access import reads, writes
from ftc.simulator.http import ApiError, Response, invalid, not_found
from ftc.simulator.rest.call import BODY_LIMIT, Call, endpoint, parse_time, text_field
from ftc.simulator.rest.commits import known_commit
from ftc.simulator.rest.listing import page
from ftc.simulator.shapes.checks import annotation, check_run, combined_status, status
from ftc.simulator.shapes.view import JSON
from ftc.simulator.world import CheckRun, CommitStatus, Job, Repository, Run

_STATES = ("error", "failure", "pending", "success")
ANNOTATIONS_LIMIT = 50  # annotations of one request (GitHub)
STATUSES_LIMIT = 1000  # statuses of one context and commit (GitHub)


def checks_of(repository: Repository, sha: str) -> list[CheckRun]:
    """Every check run of a commit, newest first: those made through the API and the jobs of its runs."""
    found = [entry for entry in repository.check_runs.values() if entry.head_sha == sha]
    for run in repository.runs.values():
        if run.head_sha == sha:
            found += [_of_job(run, job) for attempt in run.attempts for job in attempt.jobs]
    return sorted(found, key=lambda entry: entry.id, reverse=True)


def _of_job(run: Run, job: Job) -> CheckRun:
    return CheckRun(
        id=job.id,
        name=job.name,
        head_sha=run.head_sha,
        status=job.status,
        conclusion=job.conclusion,
        started_at=job.started_at,
        completed_at=job.completed_at,
    )


def _find(call: Call) -> CheckRun:
    number = call.number("check_run_id")
    if number in call.repo.check_runs:
        return call.repo.check_runs[number]
    for run in call.repo.runs.values():
        for attempt in run.attempts:
            for job in attempt.jobs:
                if job.id == number:
                    return _of_job(run, job)
    raise not_found()


@endpoint("GET", "/commits/{ref*}/check-runs", reads("checks"))
def list_for_commit(call: Call) -> Response:
    """``filter=latest`` (default) keeps the newest of each name."""
    query = call.request.query
    found = checks_of(call.repo, known_commit(call, call.params["ref"]).sha)
    if query.get("filter", "latest") == "latest":
        newest: dict[tuple[str, str], CheckRun] = {}
        for entry in found:
            newest.setdefault((entry.app, entry.name), entry)
        found = list(newest.values())
    for name, fact in (("check_name", "name"), ("status", "status")):
        if query.get(name):
            found = [entry for entry in found if getattr(entry, fact) == query[name]]
    return page(call, found, lambda entry: check_run(call.view, call.repo, entry), key="check_runs")


@endpoint("GET", "/check-runs/{check_run_id}", reads("checks"))
def get_check_run(call: Call) -> Response:
    """One check run."""
    return Response.of_json(check_run(call.view, call.repo, _find(call)))


@endpoint("GET", "/check-runs/{check_run_id}/annotations", reads("checks"))
def list_annotations(call: Call) -> Response:
    """The annotations of a check run."""
    found = _find(call)
    return page(call, found.annotations, lambda entry: annotation(call.view, call.repo, found, entry=entry))


@endpoint("POST", "/check-runs", writes("checks"))
def create_check_run(call: Call) -> Response:
    """A check run; only apps (a job's token) may, people are refused as on GitHub."""
    if not call.actor.is_job:
        raise ApiError(403, "You must authenticate via a GitHub App.")
    fields = call.fields()
    if not fields.get("name") or not fields.get("head_sha"):
        raise invalid("CheckRun", "name" if fields.get("head_sha") else "head_sha", "missing_field")
    sha = known_commit(call, str(fields["head_sha"])).sha
    entry = CheckRun(id=call.world.next_id(), name=str(fields["name"]), head_sha=sha, started_at=call.world.now())
    _apply(call, entry, fields)
    call.repo.check_runs[entry.id] = entry
    return Response.of_json(check_run(call.view, call.repo, entry), status=201)


@endpoint("PATCH", "/check-runs/{check_run_id}", writes("checks"))
def update_check_run(call: Call) -> Response:
    """Change a check run; annotations add up."""
    entry = call.repo.check_runs.get(call.number("check_run_id"))
    if entry is None:
        raise not_found()
    _apply(call, entry, call.fields())
    return Response.of_json(check_run(call.view, call.repo, entry))


def _apply(call: Call, entry: CheckRun, fields: JSON) -> None:
    entry.name = str(fields.get("name") or entry.name)
    entry.status = str(fields.get("status") or entry.status)
    entry.details_url = fields.get("details_url") or entry.details_url
    entry.external_id = str(fields.get("external_id") or entry.external_id)
    if fields.get("conclusion"):
        entry.status, entry.conclusion = "completed", str(fields["conclusion"])
        entry.completed_at = parse_time(fields["completed_at"]) if fields.get("completed_at") else call.world.now()
    elif entry.status == "completed" and entry.conclusion is None:
        raise invalid("CheckRun", "conclusion", "missing_field")
    output = fields.get("output") or {}
    for name in ("title", "summary", "text"):
        if output.get(name) is not None:
            setattr(entry, name, text_field(output, name, resource="CheckRun", limit=BODY_LIMIT))
    annotations = output.get("annotations") or []
    if len(annotations) > ANNOTATIONS_LIMIT:
        raise ApiError(422, "Invalid request.\n\nNo more than 50 items are allowed.")
    entry.annotations += annotations


@endpoint("POST", "/statuses/{sha}", writes("statuses"))
def create_status(call: Call) -> Response:
    """A status of a commit."""
    sha, fields = known_commit(call, call.params["sha"]).sha, call.fields()
    if fields.get("state") not in _STATES:
        raise invalid("Status", "state", "invalid")
    context = str(fields.get("context") or "default")
    if sum((entry.sha, entry.context) == (sha, context) for entry in call.repo.statuses) >= STATUSES_LIMIT:
        message = f"This SHA and context has reached the maximum number of statuses ({STATUSES_LIMIT})."
        raise invalid("Status", "base", "custom", message)
    entry = CommitStatus(
        id=call.world.next_id(),
        sha=sha,
        state=str(fields["state"]),
        context=context,
        description=fields.get("description"),
        target_url=fields.get("target_url"),
        creator=call.user.login,
        created_at=call.world.now(),
    )
    call.repo.statuses.append(entry)
    return Response.of_json(status(call.view, call.repo, entry), status=201)


@endpoint("GET", "/commits/{ref*}/statuses", reads("statuses"))
def list_statuses(call: Call) -> Response:
    """Every status of a commit, newest first."""
    sha = known_commit(call, call.params["ref"]).sha
    found = [entry for entry in reversed(call.repo.statuses) if entry.sha == sha]
    return page(call, found, lambda entry: status(call.view, call.repo, entry))


@endpoint("GET", "/commits/{ref*}/status", reads("statuses"))
def get_combined(call: Call) -> Response:
    """The newest status of each context, and their sum."""
    sha = known_commit(call, call.params["ref"]).sha
    newest: dict[str, CommitStatus] = {}
    for entry in call.repo.statuses:
        if entry.sha == sha:
            newest[entry.context] = entry
    return Response.of_json(combined_status(call.view, call.repo, list(newest.values()), sha=sha))
