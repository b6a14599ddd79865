"""Workflows and dispatches; nothing runs here, accepted dispatches are kept for tests and demos to look at."""

from ftc.simulator.access import reads, writes
from ftc.simulator.http import ApiError, Response, not_found
from ftc.simulator.rest.call import Call, endpoint
from ftc.simulator.rest.listing import page
from ftc.simulator.rest.runs import runs_page
from ftc.simulator.shapes.actions import workflow as workflow_shape
from ftc.simulator.world import Dispatch, WorkflowFile

_INPUTS_LIMIT = 25  # inputs of one workflow_dispatch (GitHub)
_PAYLOAD_LIMIT = 10  # top-level keys of a client_payload (GitHub)


@endpoint("GET", "/actions/workflows", reads("actions"))
def list_workflows(call: Call) -> Response:
    """All workflows of the repository."""
    return page(call, call.repo.workflows, lambda entry: workflow_shape(call.view, call.repo, entry), key="workflows")


def _find(call: Call) -> WorkflowFile:
    """A workflow by id or file name."""
    name = call.params["workflow_id"]
    for entry in call.repo.workflows:
        if name in (str(entry.id), entry.path.rpartition("/")[2]):
            return entry
    raise not_found()


@endpoint("GET", "/actions/workflows/{workflow_id}", reads("actions"))
def get_workflow(call: Call) -> Response:
    """One workflow."""
    return Response.of_json(workflow_shape(call.view, call.repo, _find(call)))


@endpoint("GET", "/actions/workflows/{workflow_id}/runs", reads("actions"))
def list_workflow_runs(call: Call) -> Response:
    """The runs of one workflow, filtered like all runs."""
    workflow = _find(call)
    return runs_page(call, [run for run in call.repo.runs.values() if run.workflow_id == workflow.id])


@endpoint("POST", "/actions/workflows/{workflow_id}/dispatches", writes("actions"))
def dispatch_workflow(call: Call) -> Response:
    """204 once accepted; unknown ref, disabled workflow or too many inputs are 422."""
    workflow, fields = _find(call), call.fields()
    ref, inputs = fields.get("ref"), fields.get("inputs") or {}
    if not isinstance(ref, str) or call.repo.git.resolve(ref) is None:
        raise ApiError(422, f"No ref found for: {ref}")
    if workflow.state != "active":
        raise ApiError(422, "Cannot trigger a 'workflow_dispatch' on a disabled workflow")
    if not isinstance(inputs, dict) or len(inputs) > _INPUTS_LIMIT:
        raise ApiError(422, "Invalid request.\n\nFor 'properties/inputs', too many or no object.")
    call.repo.dispatches.append(
        Dispatch(
            event="workflow_dispatch",
            actor=call.user.login,
            created_at=call.world.now(),
            ref=ref,
            workflow=workflow.path,
            inputs=inputs,
        )
    )
    return Response.empty()


@endpoint("POST", "/dispatches", writes("contents"))
def dispatch_repository(call: Call) -> Response:
    """A ``repository_dispatch`` with its client payload."""
    fields = call.fields()
    event, payload = fields.get("event_type"), fields.get("client_payload") or {}
    if not isinstance(event, str) or not 0 < len(event) <= 100:
        raise ApiError(422, 'Invalid request.\n\n"event_type" wasn\'t supplied.')
    if not isinstance(payload, dict) or len(payload) > _PAYLOAD_LIMIT:
        raise ApiError(422, "Invalid request.\n\nNo more than 10 properties are allowed.")
    call.repo.dispatches.append(
        Dispatch(event=event, actor=call.user.login, created_at=call.world.now(), inputs=payload)
    )
    return Response.empty()
