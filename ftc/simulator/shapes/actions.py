"""Workflows, runs, jobs and artifacts as JSON."""

from ftc.simulator.shapes.commits import simple_commit
from ftc.simulator.shapes.repository import minimal_repository
from ftc.simulator.shapes.view import JSON, View, node_id, stamp
from ftc.simulator.world import Artifact, Attempt, Issue, Job, Repository, Run, WorkflowFile


def workflow(view: View, repository: Repository, value: WorkflowFile) -> JSON:
    """A ``workflow``."""
    return {
        "id": value.id,
        "node_id": node_id("W", value.id),
        "name": value.name,
        "path": value.path,
        "state": value.state,
        "created_at": stamp(value.created_at),
        "updated_at": stamp(value.created_at),
        "url": view.repo(repository, f"/actions/workflows/{value.id}"),
        "html_url": view.page(repository, f"/blob/{repository.default_branch}/{value.path}"),
        "badge_url": view.page(repository, f"/workflows/{value.name}/badge.svg"),
    }


def workflow_of(repository: Repository, value: Run) -> WorkflowFile:
    """The workflow a run belongs to."""
    return next(entry for entry in repository.workflows if entry.id == value.workflow_id)


def run(view: View, repository: Repository, value: Run, *, attempt: Attempt | None = None) -> JSON:
    """A ``workflow-run`` as of its newest attempt, or of the attempt given."""
    shown = attempt or value.latest
    url = view.repo(repository, f"/actions/runs/{value.id}")
    attempt_url = url if attempt is None else f"{url}/attempts/{shown.number}"
    source = workflow_of(repository, value)
    return {
        "id": value.id,
        "name": source.name,
        "node_id": node_id("WFR", value.id),
        "check_suite_id": value.id + 1,
        "check_suite_node_id": node_id("CS", value.id + 1),
        "head_branch": value.head_branch,
        "head_sha": value.head_sha,
        "path": source.path,
        "run_number": value.number,
        "run_attempt": shown.number,
        "referenced_workflows": [],
        "event": value.event,
        "display_title": value.title,
        "status": shown.status,
        "conclusion": shown.conclusion,
        "workflow_id": value.workflow_id,
        "url": url,
        "html_url": view.page(repository, f"/actions/runs/{value.id}"),
        "pull_requests": [pull_minimal(view, repository, number) for number in value.pull_numbers],
        "created_at": stamp(value.created_at),
        "updated_at": stamp(shown.updated_at),
        "actor": view.user(value.actor),
        "triggering_actor": view.user(shown.actor),
        "run_started_at": stamp(shown.started_at),
        "jobs_url": f"{attempt_url}/jobs",
        "logs_url": f"{attempt_url}/logs",
        "check_suite_url": view.repo(repository, f"/check-suites/{value.id + 1}"),
        "artifacts_url": f"{url}/artifacts",
        "cancel_url": f"{url}/cancel",
        "rerun_url": f"{url}/rerun",
        "previous_attempt_url": f"{url}/attempts/{shown.number - 1}" if shown.number > 1 else None,
        "workflow_url": view.repo(repository, f"/actions/workflows/{value.workflow_id}"),
        **_source(view, repository, value),
    }


def _source(view: View, repository: Repository, value: Run) -> JSON:
    """Commit and repositories; a head repository this world does not know stands as the run's own."""
    head = view.world.repository(value.head_repository) or repository
    commit = head.commit(value.head_sha)
    return {
        "head_commit": simple_commit(commit) if commit else None,
        "repository": minimal_repository(view, repository),
        "head_repository": minimal_repository(view, head),
    }


def pull_minimal(view: View, repository: Repository, number: int) -> JSON:
    """A ``pull-request-minimal``; a number without a pull request still has its link."""
    found = repository.issues.get(number)
    short = {"id": repository.id, "url": view.repo(repository), "name": repository.name}
    return {
        "id": found.id if found else number,
        "number": number,
        "url": view.repo(repository, f"/pulls/{number}"),
        "head": _end(found, "head", short),
        "base": _end(found, "base", short),
    }


def _end(issue: Issue | None, side: str, short: JSON) -> JSON:
    pull = issue.pull if issue else None
    ref, sha = ("", "") if pull is None else (pull.head_ref, pull.head_sha)
    if pull is not None and side == "base":
        ref, sha = pull.base_ref, pull.base_sha
    return {"ref": ref, "sha": sha, "repo": short}


def job(view: View, repository: Repository, run_of: Run, *, attempt: Attempt, value: Job) -> JSON:
    """A ``job`` of one attempt."""
    page = view.page(repository, f"/actions/runs/{run_of.id}/job/{value.id}")
    ran = value.conclusion != "skipped"
    return {
        "id": value.id,
        "run_id": run_of.id,
        "workflow_name": workflow_of(repository, run_of).name,
        "head_branch": run_of.head_branch,
        "run_url": view.repo(repository, f"/actions/runs/{run_of.id}"),
        "run_attempt": attempt.number,
        "node_id": node_id("CR", value.id),
        "head_sha": run_of.head_sha,
        "url": view.repo(repository, f"/actions/jobs/{value.id}"),
        "html_url": page,
        "status": value.status,
        "conclusion": value.conclusion,
        "created_at": stamp(attempt.started_at),
        "started_at": stamp(value.started_at),
        "completed_at": stamp(value.completed_at),
        "name": value.name,
        "steps": [
            {
                "name": step.name,
                "status": "completed" if value.status == "completed" else "in_progress",
                "conclusion": step.conclusion,
                "number": step.number,
                "started_at": stamp(value.started_at),
                "completed_at": stamp(value.completed_at),
            }
            for step in value.steps
        ],
        "check_run_url": view.repo(repository, f"/check-runs/{value.id}"),
        "labels": list(value.labels),
        "runner_id": 1 if ran else None,
        "runner_name": "GitHub Actions 1" if ran else None,
        "runner_group_id": 0 if ran else None,
        "runner_group_name": "GitHub Actions" if ran else None,
    }


def artifact(view: View, repository: Repository, value: Artifact, *, size: int) -> JSON:
    """An ``artifact``; ``size`` is that of the zip in bytes."""
    url = view.repo(repository, f"/actions/artifacts/{value.id}")
    origin = repository.runs[value.run_id]
    head = view.world.repository(origin.head_repository) or repository
    return {
        "id": value.id,
        "node_id": node_id("MDg6QXJ0aWZhY3Q", value.id),
        "name": value.name,
        "size_in_bytes": size,
        "url": url,
        "archive_download_url": f"{url}/zip",
        "expired": value.expired or value.expires_at <= view.world.now(),
        "created_at": stamp(value.created_at),
        "updated_at": stamp(value.created_at),
        "expires_at": stamp(value.expires_at),
        "workflow_run": {
            "id": origin.id,
            "repository_id": repository.id,
            "head_repository_id": head.id,
            "head_branch": origin.head_branch,
            "head_sha": origin.head_sha,
        },
    }
