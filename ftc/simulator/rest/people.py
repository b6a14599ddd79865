"""Users and the collaborators of a repository, with their real roles."""

from ftc.simulator.access import INTEGRATION_REFUSED, Need, reads
from ftc.simulator.http import ApiError, Response, not_found
from ftc.simulator.rest.call import Call, endpoint
from ftc.simulator.rest.listing import page
from ftc.simulator.shapes.repository import collaborator
from ftc.simulator.shapes.view import private_user, public_user
from ftc.simulator.world import User

# The old permission word of each role, as ``permission`` gives it beside ``role_name``.
_LEGACY = {"none": "none", "read": "read", "triage": "read", "write": "write", "maintain": "write", "admin": "admin"}


@endpoint("GET", "!/user", Need())
def get_authenticated_user(call: Call) -> Response:
    """The person behind the token; a job's token is no person."""
    user = call.user
    if call.actor.is_job:
        raise ApiError(403, INTEGRATION_REFUSED)
    return Response.of_json(private_user(call.view, user))


@endpoint("GET", "!/users/{username}", Need())
def get_user(call: Call) -> Response:
    """Anybody's public profile."""
    return Response.of_json(public_user(call.view, _known(call)))


def _known(call: Call) -> User:
    found = call.world.users.get(call.params["username"].lower())
    if found is None:
        raise not_found()
    return found


@endpoint("GET", "/collaborators", reads("metadata", role="write", signed_in=True))
def list_collaborators(call: Call) -> Response:
    """The owner and everybody with a role of their own."""
    logins = {call.repo.owner: None} | {call.world.user(login).login: None for login in call.repo.collaborators}
    users = [call.world.user(login) for login in logins]
    return page(call, users, lambda user: collaborator(call.view, call.repo, user))


@endpoint("GET", "/collaborators/{username}/permission", reads("metadata", signed_in=True))
def get_permission(call: Call) -> Response:
    """What a user may do; triage and maintain show only in ``role_name``, as on GitHub."""
    user = _known(call)
    shown = collaborator(call.view, call.repo, user)
    role = shown["role_name"]
    return Response.of_json({"permission": _LEGACY[role], "user": shown, "role_name": role})


@endpoint("GET", "/collaborators/{username}", reads("metadata", role="write", signed_in=True))
def check_collaborator(call: Call) -> Response:
    """204 for a collaborator, 404 for anybody else."""
    login = call.params["username"].lower()
    if login != call.repo.owner.lower() and login not in call.repo.collaborators:
        raise not_found()
    return Response.empty()


@endpoint("GET", "/assignees", reads("issues", "pull_requests"))
def list_assignees(call: Call) -> Response:
    """Who can be assigned: everybody with a role above none."""
    logins = {call.repo.owner: None} | dict.fromkeys(call.repo.collaborators)
    return page(call, list(logins), call.view.user)
