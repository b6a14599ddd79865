"""Deployments of exact commits and their statuses."""

from ftc.simulator.access import reads, writes
from ftc.simulator.http import Response, invalid, not_found
from ftc.simulator.rest.call import Call, endpoint
from ftc.simulator.rest.commits import known_commit
from ftc.simulator.rest.listing import page
from ftc.simulator.shapes.checks import deployment, deployment_status
from ftc.simulator.world import Deployment, DeploymentStatus

_STATES = ("error", "failure", "inactive", "pending", "success", "queued", "in_progress")


@endpoint("GET", "/deployments", reads("deployments"))
def list_deployments(call: Call) -> Response:
    """Deployments, newest first, by sha, ref, task or environment."""
    query = call.request.query
    names = ("sha", "ref", "task", "environment")
    found = [
        entry
        for entry in reversed(call.repo.deployments.values())
        if all(not query.get(name) or getattr(entry, name) == query[name] for name in names)
    ]
    return page(call, found, lambda entry: deployment(call.view, call.repo, entry))


def _find(call: Call) -> Deployment:
    found = call.repo.deployments.get(call.number("deployment_id"))
    if found is None:
        raise not_found()
    return found


@endpoint("GET", "/deployments/{deployment_id}", reads("deployments"))
def get_deployment(call: Call) -> Response:
    """One deployment."""
    return Response.of_json(deployment(call.view, call.repo, _find(call)))


@endpoint("POST", "/deployments", writes("deployments"))
def create_deployment(call: Call) -> Response:
    """A deployment of the commit a ref stands for now."""
    fields = call.fields()
    if not fields.get("ref"):
        raise invalid("Deployment", "ref", "missing_field")
    payload = fields.get("payload")
    entry = Deployment(
        id=call.world.next_id(),
        sha=known_commit(call, str(fields["ref"])).sha,
        ref=str(fields["ref"]),
        task=str(fields.get("task") or "deploy"),
        environment=str(fields.get("environment") or "production"),
        creator=call.user.login,
        created_at=call.world.now(),
        payload=payload if isinstance(payload, dict) else {},
        description=fields.get("description"),
    )
    call.repo.deployments[entry.id] = entry
    return Response.of_json(deployment(call.view, call.repo, entry), status=201)


@endpoint("GET", "/deployments/{deployment_id}/statuses", reads("deployments"))
def list_statuses(call: Call) -> Response:
    """The statuses of a deployment, newest first."""
    parent = _find(call)
    found = list(reversed(parent.statuses))
    return page(call, found, lambda entry: deployment_status(call.view, call.repo, parent, value=entry))


@endpoint("POST", "/deployments/{deployment_id}/statuses", writes("deployments"))
def create_status(call: Call) -> Response:
    """A state change of a deployment."""
    parent, fields = _find(call), call.fields()
    if fields.get("state") not in _STATES:
        raise invalid("DeploymentStatus", "state", "invalid")
    entry = DeploymentStatus(
        id=call.world.next_id(),
        state=str(fields["state"]),
        creator=call.user.login,
        created_at=call.world.now(),
        description=str(fields.get("description") or ""),
        environment_url=str(fields.get("environment_url") or ""),
    )
    parent.statuses.append(entry)
    return Response.of_json(deployment_status(call.view, call.repo, parent, value=entry), status=201)
