"""The repository's own runners; only whoever administers it may list them, which no job's token does."""

from ftc.simulator.access import reads
from ftc.simulator.http import Response
from ftc.simulator.rest.call import Call, endpoint
from ftc.simulator.rest.listing import page
from ftc.simulator.shapes.view import JSON
from ftc.simulator.world import SelfHosted


@endpoint("GET", "/actions/runners", reads("administration", role="admin", signed_in=True))
def list_runners(call: Call) -> Response:
    """Every runner with its labels and what it does now."""
    return page(call, call.repo.runners, _runner, key="runners")


def _runner(value: SelfHosted) -> JSON:
    labels = [
        {"name": "self-hosted", "type": "read-only"},
        *({"name": name, "type": "custom"} for name in value.labels),
    ]
    return {
        "id": value.id,
        "name": value.name,
        "os": "linux",
        "status": "online" if value.online else "offline",
        "busy": value.busy,
        "labels": [{"id": number, **label} for number, label in enumerate(labels, start=1)],
    }
