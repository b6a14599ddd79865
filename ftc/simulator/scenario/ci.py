"""Workflows, runs with attempts and jobs, and artifacts of a scenario."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ftc.simulator.scenario.fields import Section, existing, existing_file, refuse
from ftc.simulator.scenario.place import Place
from ftc.simulator.world import (
    Artifact,
    Attempt,
    Content,
    Job,
    Run,
    Step,
    WorkflowFile,
)

_RUN = (
    "id", "workflow", "event", "branch", "sha", "commit", "files", "pull", "title", "actor", "at", "took", "status",
    "conclusion", "jobs", "attempts", "artifacts", "artifacts_expired", "times", "every",
)  # fmt: skip
_ATTEMPT = ("jobs", "at", "took", "actor", "status", "conclusion")
_JOB = ("conclusion", "status", "log", "expired", "labels", "steps", "id")
CONCLUSIONS = (
    "success", "failure", "cancelled", "skipped", "timed_out", "neutral", "action_required", "stale",
    "startup_failure",
)  # fmt: skip
STATUSES = ("queued", "in_progress", "completed", "waiting", "requested", "pending")
RETENTION = timedelta(days=90)  # GitHub's default for artifacts
_TOOK = timedelta(minutes=5)


def add_ci(place: Place, given: Section) -> None:
    """The ``workflows`` and ``runs`` of a repository."""
    _add_workflows(place, given)
    defaults = Section(given.get("run_defaults"), f"{given.where}.run_defaults", _RUN).values
    for where, value in given.items("runs"):
        _add_runs(place, Section(defaults | dict(value or {}) if isinstance(value, dict) else value, where, _RUN))


def _add_workflows(place: Place, given: Section) -> None:
    values = given.get("workflows", {})
    if isinstance(values, list):
        values = dict.fromkeys(values)
    for where, name, value in Section({"workflows": values}, given.where, ("workflows",)).pairs("workflows"):
        entry = Section({"path": value} if isinstance(value, str) else value, where, ("path", "state", "id"))
        _workflow(place, name, entry)


def _workflow(place: Place, name: str, entry: Section) -> WorkflowFile:
    file_name = "".join(letter if letter.isalnum() else "-" for letter in name.lower())
    made = WorkflowFile(
        id=entry.number("id", place.world.next_id()),
        name=name,
        path=entry.text("path", f".github/workflows/{file_name}.yml"),
        state=entry.text("state", "active"),
        created_at=place.repository.created_at,
    )
    place.repository.workflows.append(made)
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """What a run tests."""

    event: str
    branch: str
    sha: str
    repository: str
    title: str
    pulls: tuple[int, ...] = ()


def _add_runs(place: Place, given: Section) -> None:
    first = given.time("at", now=place.world.now())
    step, changes = given.span("every", timedelta(hours=1)), "commit" in given or "files" in given
    head = None
    for index in range(given.number("times", 1)):
        at = first + index * step
        if head is None or changes:
            head = _head(place, given, at=at)
        _add_run(place, given, head=head, at=at)


def _add_run(place: Place, given: Section, *, head: _Head, at: datetime) -> None:
    repository, world = place.repository, place.world
    workflow = _workflow_of(place, given)
    actor = world.user(given.text("actor", repository.owner)).login
    run = Run(
        id=given.number("id", world.next_id()),
        workflow_id=workflow.id,
        number=1 + sum(other.workflow_id == workflow.id for other in repository.runs.values()),
        event=head.event,
        head_branch=head.branch,
        head_sha=head.sha,
        head_repository=head.repository,
        title=given.text("title", head.title),
        actor=actor,
        created_at=at,
        pull_numbers=head.pulls,
    )
    world.next_id()  # the check suite's id is the run's plus one
    _add_attempts(place, run, given)
    repository.runs[run.id] = run
    for where, name, value in given.pairs("artifacts"):
        _add_artifact(place, run, name, value, where=where, expired=given.flag("artifacts_expired"))


def _workflow_of(place: Place, given: Section) -> WorkflowFile:
    name = given.text("workflow", place.repository.workflows[0].name if place.repository.workflows else "CI")
    for workflow in place.repository.workflows:
        if name in (workflow.name, workflow.path, workflow.path.rpartition("/")[2]):
            return workflow
    return _workflow(place, name, Section(None, given.where, ()))


def _head(place: Place, given: Section, *, at: datetime) -> _Head:
    if "pull" in given:
        return _pull_head(place, given, at=at)
    branch = given.text("branch", place.repository.default_branch)
    if "commit" in given or "files" in given:
        sha = _commit(place, branch, given, at=at)
    else:
        sha = commit_of(place, given, default=branch)
    commit = place.repository.commit(sha)
    title = commit.message.partition("\n")[0] if commit else f"Run on {branch}"
    event = given.text("event", "push")
    return _Head(event=event, branch=branch, sha=sha, repository=place.repository.full_name, title=title)


def commit_of(place: Place, given: Section, *, default: str) -> str:
    """A known commit, or forty hex digits standing for one that is gone."""
    name = given.text("sha", default)
    if len(name) == 40 and all(letter in "0123456789abcdef" for letter in name):
        return name
    return place.resolve(name, where=f"{given.where}.sha")


def _commit(place: Place, branch: str, given: Section, *, at: datetime) -> str:
    files = {str(name): None if text is None else str(text).encode() for _, name, text in given.pairs("files")}
    author = given.text("actor", place.repository.owner)
    return place.commit(branch, message=given.text("commit", "Change"), author=author, at=at, files=files)


def _pull_head(place: Place, given: Section, *, at: datetime) -> _Head:
    number = given.number("pull", 0)
    issue = place.repository.issues.get(number)
    pull = issue.pull if issue else None
    if issue is None or pull is None:
        raise refuse(f"{given.where}.pull", f"no pull request {number}")
    own = pull.head_repository == place.repository.full_name
    source = place.world.repository(pull.head_repository) or place.repository
    if "commit" in given or "files" in given:
        _commit(Place(world=place.world, repository=source, folder=place.folder), pull.head_ref, given, at=at)
    sha = commit_of(place, given, default=pull.head_sha)
    return _Head(
        event=given.text("event", "pull_request"),
        branch=pull.head_ref,
        sha=sha,
        repository=pull.head_repository,
        title=issue.title,
        pulls=(number,) if own else (),  # GitHub leaves it empty for forks
    )


def _add_attempts(place: Place, run: Run, given: Section) -> None:
    if "attempts" not in given:
        own = {key: value for key, value in given.values.items() if key in _ATTEMPT}
        run.attempts.append(_attempt(place, Section(own, given.where, _ATTEMPT), 1, at=run.created_at, actor=run.actor))
        return
    at = run.created_at
    for where, value in given.items("attempts"):
        only_jobs = isinstance(value, Mapping) and not set(value) & set(_ATTEMPT)
        entry = Section({"jobs": value} if only_jobs else value, where, _ATTEMPT)
        at = entry.time("at", now=place.world.now(), default=at)
        run.attempts.append(_attempt(place, entry, len(run.attempts) + 1, at=at, actor=run.actor))
        at = run.latest.updated_at + timedelta(minutes=10)


def _attempt(place: Place, given: Section, number: int, *, at: datetime, actor: str) -> Attempt:
    end = at + given.span("took", _TOOK)
    entries = list(given.pairs("jobs")) or [(f"{given.where}.jobs", "build", given.text("conclusion", "success"))]
    jobs = [_job(place, name, value, where=where, started=at, ended=end) for where, name, value in entries]
    status = given.text("status", "completed" if all(job.status == "completed" for job in jobs) else "in_progress")
    conclusion = given.maybe_text("conclusion") or _summary([job.conclusion for job in jobs])
    return Attempt(
        number=number,
        status=allowed(status, STATUSES, f"{given.where}.status"),
        conclusion=allowed(conclusion, CONCLUSIONS, f"{given.where}.conclusion") if status == "completed" else None,
        started_at=at,
        updated_at=end,
        actor=place.world.user(given.text("actor", actor)).login,
        jobs=jobs,
    )


def _summary(conclusions: list[str | None]) -> str:
    for word in ("failure", "timed_out", "cancelled"):
        if word in conclusions:
            return "failure" if word == "timed_out" else word
    return "skipped" if conclusions and set(conclusions) == {"skipped"} else "success"


def allowed(word: str, known: tuple[str, ...], where: str) -> str:
    """The word, if it is one of the known ones."""
    if word not in known:
        raise refuse(where, f"must be one of {', '.join(known)}, not {word!r}")
    return word


def _job(place: Place, name: str, value: Any, *, where: str, started: datetime, ended: datetime) -> Job:
    """``failure``; ``{failure: job.log}``; or a mapping with conclusion, log, steps, labels, expired."""
    if isinstance(value, str):
        value = {"status": value} if value in STATUSES else {"conclusion": value}
    if isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in CONCLUSIONS:
        ((conclusion, log),) = value.items()
        value = {"conclusion": conclusion, "log": log}
    given = Section(value, where, _JOB)
    status = allowed(given.text("status", "completed"), STATUSES, f"{where}.status")
    done = status == "completed"
    conclusion = allowed(given.text("conclusion", "success"), CONCLUSIONS, f"{where}.conclusion") if done else None
    return Job(
        id=given.number("id", place.world.next_id()),
        name=name,
        status=status,
        conclusion=conclusion,
        started_at=started,
        completed_at=ended if done else None,
        steps=_steps(given, conclusion),
        labels=tuple(given.names("labels") or ("ubuntu-latest",)),
        log=content(place, given.text("log"), f"{where}.log") if "log" in given else _default_log(conclusion),
        log_expired=given.flag("expired"),
    )


def _default_log(conclusion: str | None) -> Content | None:
    return None if conclusion in (None, "skipped") else Content(inline=b"")


def _steps(given: Section, conclusion: str | None) -> list[Step]:
    names = given.names("steps") or ["Set up job", "Run tests", "Complete job"]
    if conclusion == "skipped":
        return []
    steps = [Step(number=number, name=name) for number, name in enumerate(names, 1)]
    if conclusion not in ("success", None):
        failing = steps[-2] if len(steps) > 2 and "steps" not in given else steps[-1]
        failing.conclusion = conclusion
    return steps


def content(place: Place, value: str, where: str) -> Content:
    """Text with a line end is the content itself, anything else a file beside the scenario."""
    if "\n" in value:
        return Content(inline=value.encode())
    return Content(file=existing_file(place.folder, value, where))


def _add_artifact(place: Place, run: Run, name: str, value: Any, *, where: str, expired: bool) -> None:
    files: dict[str, Content] = {}
    if isinstance(value, Mapping):
        files = {str(path): content(place, str(text), f"{where}.{path}") for path, text in value.items()}
    else:
        path = existing(place.folder, str(value), where)
        found = [path] if path.is_file() else [each for each in sorted(path.rglob("*")) if each.is_file()]
        root = path.parent if path.is_file() else path
        files = {each.relative_to(root).as_posix(): Content(file=each) for each in found}
    made = run.latest.updated_at
    artifact = Artifact(
        id=place.world.next_id(),
        run_id=run.id,
        name=name,
        files=files,
        created_at=made,
        expires_at=made + RETENTION,
        expired=expired,
    )
    place.repository.artifacts[artifact.id] = artifact
