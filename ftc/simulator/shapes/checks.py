"""Check runs, commit statuses and deployments as JSON."""

from ftc.simulator.shapes.repository import minimal_repository
from ftc.simulator.shapes.view import JSON, View, node_id, stamp
from ftc.simulator.world import CheckRun, CommitStatus, Deployment, DeploymentStatus, Repository

_APP_ID = 15368  # GitHub Actions' own app


def app(view: View, slug: str) -> JSON:
    """An ``integration``."""
    created = stamp(view.world.user("github").created_at)
    return {
        "id": _APP_ID,
        "slug": slug,
        "node_id": node_id("A", _APP_ID),
        "owner": view.user("github"),
        "name": slug.replace("-", " ").title(),
        "description": None,
        "external_url": view.web("/features/actions"),
        "html_url": view.web(f"/apps/{slug}"),
        "created_at": created,
        "updated_at": created,
        "permissions": {"checks": "write", "metadata": "read"},
        "events": [],
    }


def check_run(view: View, repository: Repository, value: CheckRun) -> JSON:
    """A ``check-run``."""
    url = view.repo(repository, f"/check-runs/{value.id}")
    page = view.page(repository, f"/runs/{value.id}")
    return {
        "id": value.id,
        "name": value.name,
        "node_id": node_id("CR", value.id),
        "head_sha": value.head_sha,
        "external_id": value.external_id,
        "url": url,
        "html_url": page,
        "details_url": value.details_url or page,
        "status": value.status,
        "conclusion": value.conclusion,
        "started_at": stamp(value.started_at),
        "completed_at": stamp(value.completed_at),
        "output": {
            "title": value.title,
            "summary": value.summary,
            "text": value.text,
            "annotations_count": len(value.annotations),
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": repository.id},
        "app": app(view, value.app),
        "pull_requests": [],
    }


def annotation(view: View, repository: Repository, value: CheckRun, *, entry: JSON) -> JSON:
    """A ``check-annotation``."""
    names = ("path", "start_line", "end_line", "start_column", "end_column")
    texts = ("annotation_level", "title", "message", "raw_details")
    path = entry.get("path", "")
    return {name: entry.get(name) for name in (*names, *texts)} | {
        "blob_href": view.repo(repository, f"/git/blobs/{value.head_sha}?path={path}")
    }


def simple_status(view: View, repository: Repository, value: CommitStatus) -> JSON:
    """A ``simple-commit-status``."""
    return {
        "url": view.repo(repository, f"/statuses/{value.sha}"),
        "avatar_url": view.user(value.creator)["avatar_url"],
        "id": value.id,
        "node_id": node_id("SC", value.id),
        "state": value.state,
        "description": value.description,
        "target_url": value.target_url,
        "context": value.context,
        "created_at": stamp(value.created_at),
        "updated_at": stamp(value.created_at),
    }


def status(view: View, repository: Repository, value: CommitStatus) -> JSON:
    """A ``status``."""
    return simple_status(view, repository, value) | {"creator": view.user(value.creator)}


def combined_status(view: View, repository: Repository, values: list[CommitStatus], *, sha: str) -> JSON:
    """A ``combined-commit-status``; ``values`` are the newest of each context."""
    states = {value.state for value in values}
    state = "pending" if not values or "pending" in states else "success"
    if states & {"failure", "error"}:
        state = "failure"
    return {
        "state": state,
        "statuses": [simple_status(view, repository, value) for value in values],
        "sha": sha,
        "total_count": len(values),
        "repository": minimal_repository(view, repository),
        "commit_url": view.repo(repository, f"/commits/{sha}"),
        "url": view.repo(repository, f"/commits/{sha}/status"),
    }


def deployment(view: View, repository: Repository, value: Deployment) -> JSON:
    """A ``deployment``."""
    url = view.repo(repository, f"/deployments/{value.id}")
    updated = value.statuses[-1].created_at if value.statuses else value.created_at
    return {
        "url": url,
        "id": value.id,
        "node_id": node_id("DE", value.id),
        "sha": value.sha,
        "ref": value.ref,
        "task": value.task,
        "payload": value.payload,
        "original_environment": value.environment,
        "environment": value.environment,
        "description": value.description,
        "creator": view.user(value.creator),
        "created_at": stamp(value.created_at),
        "updated_at": stamp(updated),
        "statuses_url": f"{url}/statuses",
        "repository_url": view.repo(repository),
        "transient_environment": False,
        "production_environment": value.environment == "production",
        "performed_via_github_app": None,
    }


def deployment_status(view: View, repository: Repository, parent: Deployment, *, value: DeploymentStatus) -> JSON:
    """A ``deployment-status``."""
    url = view.repo(repository, f"/deployments/{parent.id}")
    return {
        "url": f"{url}/statuses/{value.id}",
        "id": value.id,
        "node_id": node_id("DES", value.id),
        "state": value.state,
        "creator": view.user(value.creator),
        "description": value.description,
        "environment": parent.environment,
        "target_url": "",
        "created_at": stamp(value.created_at),
        "updated_at": stamp(value.created_at),
        "deployment_url": url,
        "repository_url": view.repo(repository),
        "environment_url": value.environment_url,
        "log_url": "",
        "performed_via_github_app": None,
    }
