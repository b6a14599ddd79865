"""Repositories and their branches."""

from ftc.simulator.access import reads
from ftc.simulator.http import ApiError, Response, not_found
from ftc.simulator.rest.call import Call, endpoint
from ftc.simulator.rest.listing import page
from ftc.simulator.shapes.commits import branch, short_branch
from ftc.simulator.shapes.repository import full_repository


@endpoint("GET", "", reads("metadata"))
def get_repository(call: Call) -> Response:
    """The repository, with the reader's permissions when somebody is signed in."""
    role = call.repo.role(call.actor.login) if call.actor.login else None
    if call.actor.is_job:
        role = "write" if call.actor.owns(call.repo) and call.actor.has("contents", "write") else "read"
    return Response.of_json(full_repository(call.view, call.repo, role=role))


@endpoint("GET", "/branches", reads("contents"))
def list_branches(call: Call) -> Response:
    """All branches by name."""
    heads = call.repo.git.references("refs/heads/")
    names = [(name.removeprefix("refs/heads/"), sha) for name, sha in heads.items()]
    return page(call, names, lambda entry: short_branch(call.view, call.repo, entry[0], sha=entry[1]))


@endpoint("GET", "/branches/{branch*}", reads("contents"))
def get_branch(call: Call) -> Response:
    """One branch with its head commit."""
    name = call.params["branch"]
    head = call.repo.git.commit(f"refs/heads/{name}")
    if head is None:
        raise ApiError(404, "Branch not found")
    return Response.of_json(branch(call.view, call.repo, name, head=head))


@endpoint("GET", "!/repositories/{repository_id}", reads("metadata"))
def get_repository_by_id(call: Call) -> Response:
    """The repository with a numeric id, the form some links take."""
    for repository in call.world.repositories.values():
        if str(repository.id) == call.params["repository_id"]:
            call.params |= {"owner": repository.owner, "repo": repository.name}
            call.require(call.need)
            return get_repository(call)
    raise not_found()
