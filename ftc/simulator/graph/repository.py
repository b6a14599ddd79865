"""A repository as a GraphQL object: branch, files, issues, pull requests."""

from typing import Any

from ftc.simulator.access import INTEGRATION_REFUSED, Actor, Need, may, reads
from ftc.simulator.graph.connection import Typed, connection
from ftc.simulator.graph.threads import Scope
from ftc.simulator.shapes.view import JSON, View, node_id
from ftc.simulator.world import Issue, Repository

_ISSUES, _PULLS, _CONTENTS = reads("issues"), reads("pull_requests"), reads("contents")


def repository_node(view: View, repository: Repository, actor: Actor) -> JSON:
    """A ``Repository``; fields a job's token lacks the permission for answer FORBIDDEN when they are asked."""
    scope = Scope(view=view, repository=repository, actor=actor)
    return {
        "__typename": "Repository",
        "id": node_id("R", repository.id),
        "databaseId": repository.id,
        "name": repository.name,
        "nameWithOwner": repository.full_name,
        "isPrivate": repository.private,
        "isArchived": repository.archived,
        "isFork": repository.parent is not None,
        "url": view.page(repository),
        "viewerPermission": _permission(repository, actor),
        "defaultBranchRef": lambda _info: _default_branch(scope),
        "object": lambda _info, expression=None, oid=None: _object(scope, oid or expression or ""),
        "issue": lambda _info, number: scope.issue(_thread(scope, number, pull=False)),
        "pullRequest": lambda _info, number: scope.pull(_thread(scope, number, pull=True)),
        "issues": lambda info, **wanted: _issues(scope, info, **wanted),
    }


def _permission(repository: Repository, actor: Actor) -> str | None:
    if actor.is_job:
        return "WRITE" if actor.owns(repository) and actor.has("contents", "write") else "READ"
    role = repository.role(actor.login or "")
    return None if role == "none" else role.upper()


def require(scope: Scope, need: Need) -> None:
    """FORBIDDEN unless the actor has what a field needs."""
    if not may(scope.actor, scope.repository, need):
        raise Typed("FORBIDDEN", INTEGRATION_REFUSED)


def _default_branch(scope: Scope) -> JSON | None:
    repository = scope.repository
    sha = repository.git.resolve(f"refs/heads/{repository.default_branch}")
    if sha is None:
        return None
    return {
        "__typename": "Ref",
        "id": node_id("REF", repository.default_branch),
        "name": repository.default_branch,
        "prefix": "refs/heads/",
        "target": lambda _info: _commit(scope, sha),
    }


def _commit(scope: Scope, sha: str) -> JSON | None:
    found = scope.repository.git.commit(sha)
    message = found.message if found else ""
    return {"__typename": "Commit", "id": node_id("C", sha), "oid": sha, "message": message}


def _object(scope: Scope, expression: str) -> JSON | None:
    """``HEAD:path``, ``branch:path``, a revision or an object id; null for what is not there."""
    require(scope, _CONTENTS)
    git = scope.repository.git
    revision, colon, path = expression.partition(":")
    revision = scope.repository.default_branch if revision == "HEAD" else revision
    sha = git.resolve(revision)
    if not colon:
        return _commit(scope, sha) if sha else _blob(scope, revision)
    entry = git.entry(sha, path) if sha else None
    if entry is None:
        return None
    if entry.kind == "dir":
        return {"__typename": "Tree", "id": node_id("T", entry.sha), "oid": entry.sha}
    return _blob(scope, entry.sha)


def _blob(scope: Scope, sha: str) -> JSON | None:
    data = scope.repository.git.blob(sha)
    if data is None:
        return None
    binary = b"\0" in data
    text = None if binary else data.decode("utf-8", "replace")
    shown: JSON = {"__typename": "Blob", "id": node_id("B", sha), "oid": sha, "byteSize": len(data)}
    return shown | {"isBinary": binary, "isTruncated": False, "text": text}


def _thread(scope: Scope, number: int, *, pull: bool) -> Issue:
    require(scope, _PULLS if pull else _ISSUES)
    found = scope.repository.issues.get(number)
    if found is None or found.deleted or (found.pull is not None) != pull:
        kind = "a PullRequest" if pull else "an Issue"
        raise Typed("NOT_FOUND", f"Could not resolve to {kind} with the number of {number}.")
    return found


def _issues(scope: Scope, info: Any, **wanted: Any) -> Any:
    require(scope, _ISSUES)
    states, labels = wanted.pop("states", None), wanted.pop("labels", None)
    order = wanted.pop("orderBy", None) or {"field": "CREATED_AT", "direction": "ASC"}
    found = [
        issue
        for issue in scope.repository.issues.values()
        if issue.pull is None
        and not issue.deleted
        and (not states or issue.state.upper() in states)
        and (not labels or set(labels) & set(issue.labels))
    ]
    keys = {
        "CREATED_AT": lambda issue: (issue.created_at, issue.number),
        "UPDATED_AT": lambda issue: (issue.updated_at, issue.number),
        "COMMENTS": lambda issue: (len(issue.comments), issue.number),
    }
    found.sort(key=keys[order["field"]], reverse=order["direction"] == "DESC")
    return connection("issues", found, scope.issue)(info, **wanted)
