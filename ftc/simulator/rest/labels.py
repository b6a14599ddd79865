"""Labels of a repository and of its issues."""

import re

from ftc.simulator.access import reads, writes
from ftc.simulator.http import ApiError, Response, invalid, not_found
from ftc.simulator.rest.call import Call, endpoint
from ftc.simulator.rest.issues import THREADS, add_labels, label_names, remove_label, set_labels
from ftc.simulator.rest.listing import page
from ftc.simulator.shapes.issues import labels as issue_labels
from ftc.simulator.shapes.repository import label as label_shape
from ftc.simulator.shapes.view import JSON
from ftc.simulator.world import Issue, Label

NAME_LIMIT = 50  # characters (GitHub)
DESCRIPTION_LIMIT = 100  # characters (GitHub)


@endpoint("GET", "/labels", reads(*THREADS))
def list_labels(call: Call) -> Response:
    """The labels of the repository."""
    return page(call, call.repo.labels, lambda entry: label_shape(call.view, call.repo, entry))


def _find(call: Call) -> Label:
    found = call.repo.label(call.params["name"])
    if found is None:
        raise not_found()
    return found


def _answer(call: Call, label: Label, *, status: int = 200) -> Response:
    return Response.of_json(label_shape(call.view, call.repo, label), status=status)


@endpoint("GET", "/labels/{name}", reads(*THREADS))
def get_label(call: Call) -> Response:
    """One label."""
    return _answer(call, _find(call))


@endpoint("POST", "/labels", writes(*THREADS))
def create_label(call: Call) -> Response:
    """A new label; a name that exists (in any case) is answered as 422 already_exists."""
    fields = call.fields()
    name = fields.get("name")
    if not isinstance(name, str) or not name.strip():
        raise invalid("Label", "name", "missing_field")
    if call.repo.label(name) is not None:
        raise invalid("Label", "name", "already_exists")
    label = Label(id=call.world.next_id(), name=name)
    _apply(label, fields)
    call.repo.labels.append(label)
    return _answer(call, label, status=201)


def _apply(label: Label, fields: JSON) -> None:
    color, description = fields.get("color", label.color), fields.get("description", label.description)
    if not re.fullmatch(r"[0-9a-fA-F]{6}", str(color)):
        raise invalid("Label", "color", "invalid")
    if len(label.name) > NAME_LIMIT:
        raise invalid("Label", "name", "custom", f"name is too long (maximum is {NAME_LIMIT} characters)")
    if description is not None and len(description) > DESCRIPTION_LIMIT:
        message = f"description is too long (maximum is {DESCRIPTION_LIMIT} characters)"
        raise invalid("Label", "description", "custom", message)
    label.color, label.description = str(color).lower(), description


@endpoint("PATCH", "/labels/{name}", writes(*THREADS))
def update_label(call: Call) -> Response:
    """Rename or repaint a label; issues keep it under its new name."""
    label, fields = _find(call), call.fields()
    _apply(label, fields)
    new, old = fields.get("new_name"), label.name
    if isinstance(new, str) and new and new != old:
        if call.repo.label(new) not in (None, label):
            raise invalid("Label", "name", "already_exists")
        label.name = new
        for issue in call.repo.issues.values():
            issue.labels = [new if name == old else name for name in issue.labels]
    return _answer(call, label)


@endpoint("DELETE", "/labels/{name}", writes(*THREADS))
def delete_label(call: Call) -> Response:
    """Remove a label from the repository and all its issues."""
    label = _find(call)
    call.repo.labels.remove(label)
    for issue in call.repo.issues.values():
        issue.labels = [name for name in issue.labels if name != label.name]
    return Response.empty()


def _names(call: Call) -> list[str]:
    """The body is ``{"labels": [...]}`` or the bare array."""
    body = call.request.json()
    return label_names(body.get("labels") or [] if isinstance(body, dict) else body)


def _labels_page(call: Call, issue: Issue) -> Response:
    return page(call, issue_labels(call.view, call.repo, issue), lambda entry: entry)


@endpoint("GET", "/issues/{issue_number}/labels", reads(*THREADS))
def list_issue_labels(call: Call) -> Response:
    """The labels of an issue."""
    return _labels_page(call, call.issue())


@endpoint("POST", "/issues/{issue_number}/labels", writes(*THREADS, role="triage"))
def add_issue_labels(call: Call) -> Response:
    """Add labels to an issue; unknown ones are created."""
    issue = call.issue()
    add_labels(call, issue, _names(call))
    return _labels_page(call, issue)


@endpoint("PUT", "/issues/{issue_number}/labels", writes(*THREADS, role="triage"))
def set_issue_labels(call: Call) -> Response:
    """Make exactly these the labels of an issue."""
    issue = call.issue()
    set_labels(call, issue, _names(call))
    return _labels_page(call, issue)


@endpoint("DELETE", "/issues/{issue_number}/labels", writes(*THREADS, role="triage"))
def clear_issue_labels(call: Call) -> Response:
    """Take all labels off an issue."""
    set_labels(call, call.issue(), [])
    return Response.empty()


@endpoint("DELETE", "/issues/{issue_number}/labels/{name}", writes(*THREADS, role="triage"))
def remove_issue_label(call: Call) -> Response:
    """Take one label off an issue; one it does not have is answered as 404."""
    issue, name = call.issue(), call.params["name"]
    if name.lower() not in [label.lower() for label in issue.labels]:
        raise ApiError(404, "Label does not exist")
    remove_label(call, issue, name)
    return _labels_page(call, issue)
