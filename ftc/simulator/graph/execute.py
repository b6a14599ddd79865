"""``POST /graphql``: run a query against the world and shape errors as GitHub does.

Rule: whatever is wrong with a query, the status is 200 and the body says what; only authentication is HTTP.
"""

import re
from functools import cache
from typing import Any

from graphql import GraphQLError, GraphQLSchema, build_schema, graphql_sync

from ftc.simulator.access import INTEGRATION_REFUSED, may, reads
from ftc.simulator.graph.connection import Typed
from ftc.simulator.graph.repository import repository_node
from ftc.simulator.graph.schema import SCHEMA
from ftc.simulator.graph.threads import RESOLVE, Scope
from ftc.simulator.http import ApiError, Response
from ftc.simulator.rest.call import Call
from ftc.simulator.shapes.view import JSON, node_id, stamp
from ftc.simulator.world import Issue, Repository, ReviewComment

_UNDEFINED = re.compile(r"Cannot query field '(?P<field>\w+)' on type '(?P<type>\w+)'")


@cache
def _schema() -> GraphQLSchema:
    return build_schema(SCHEMA)


def execute(call: Call, limits: dict[str, int]) -> Response:
    """Answer one GraphQL request; ``limits`` are the four numbers of its bucket."""
    if call.actor.login is None:
        raise ApiError(401, "This endpoint requires you to be authenticated.")
    fields = call.request.fields()
    if not isinstance(fields.get("query"), str):
        return _answer(None, [{"message": "A query attribute must be specified and must be a string."}])
    result = graphql_sync(
        _schema(),
        fields["query"],
        root_value=_root(call, limits),
        variable_values=fields.get("variables") or {},
        operation_name=fields.get("operationName"),
    )
    return _answer(result.data, [_error(error) for error in result.errors or ()])


def _answer(data: Any, errors: list[JSON]) -> Response:
    body: JSON = {} if data is None and errors else {"data": data}
    return Response.of_json(body | ({"errors": errors} if errors else {}))


def _error(error: GraphQLError) -> JSON:
    places = [{"line": place.line, "column": place.column} for place in error.locations or ()]
    undefined = _UNDEFINED.search(error.message)
    if undefined:
        name, kind = undefined["field"], undefined["type"]
        facts = {"code": "undefinedField", "typeName": kind, "fieldName": name}
        message = f"Field '{name}' doesn't exist on type '{kind}'"
        return {"path": ["query", name], "extensions": facts, "locations": places, "message": message}
    original = error.original_error
    kind = original.kind if isinstance(original, Typed) else getattr(error, "kind", None)
    shown: JSON = {"type": kind} if kind else {}
    return shown | {"path": error.path or [], "locations": places, "message": error.message}


def _root(call: Call, limits: dict[str, int]) -> JSON:
    user = call.user
    viewer = {
        "__typename": "User",
        "id": call.view.user(user.login)["node_id"],
        "databaseId": user.id,
        "login": user.login,
        "name": user.name,
        "avatarUrl": lambda _info, size=None: call.view.user(user.login)["avatar_url"],
        "url": call.view.user(user.login)["html_url"],
    }
    reset = stamp(call.world.now())
    return {
        "viewer": viewer,
        "repository": lambda _info, owner, name, followRenames=True: _repository(call, owner, name),
        "node": lambda _info, id: _node(call, id),
        "rateLimit": lambda _info, dryRun=False: {**limits, "cost": 1, "resetAt": reset},
        "resolveReviewThread": lambda _info, input: _resolve(call, input, by=user.login),
        "unresolveReviewThread": lambda _info, input: _resolve(call, input, by=None),
    }


def _repository(call: Call, owner: str, name: str) -> JSON:
    found = call.world.repository(f"{owner}/{name}")
    if found is None or not _visible(call, found):
        raise Typed("NOT_FOUND", f"Could not resolve to a Repository with the name '{owner}/{name}'.")
    return repository_node(call.view, found, call.actor)


def _visible(call: Call, repository: Repository) -> bool:
    return may(call.actor, repository, reads("metadata"))


def _node(call: Call, name: str) -> JSON:
    """Issues, pull requests, comments and review threads by their global id."""
    for repository in call.world.repositories.values():
        scope = Scope(view=call.view, repository=repository, actor=call.actor)
        for issue in repository.issues.values() if _visible(call, repository) else ():
            found = _within(scope, issue, name)
            if found is not None:
                return found
    raise Typed("NOT_FOUND", f"Could not resolve to a node with the global id of '{name}'")


def _within(scope: Scope, issue: Issue, name: str) -> JSON | None:
    if name == node_id("PR" if issue.pull else "I", issue.id):
        return scope.pull(issue) if issue.pull else scope.issue(issue)
    for comment in issue.comments:
        if name == node_id("IC", comment.id):
            return scope.comment(issue, comment)
    for start in issue.pull.review_comments if issue.pull else ():
        if name == node_id("PRRT", start.id):
            return scope.review_thread(issue, start)
    return None


def _resolve(call: Call, given: JSON, *, by: str | None) -> JSON:
    repository, issue, start = _review_thread(call, given["threadId"])
    if not all(may(call.actor, repository, need) for need in RESOLVE):
        raise Typed("FORBIDDEN", INTEGRATION_REFUSED)
    start.resolved_by = by
    scope = Scope(view=call.view, repository=repository, actor=call.actor)
    return {"clientMutationId": given.get("clientMutationId"), "thread": scope.review_thread(issue, start)}


def _review_thread(call: Call, name: str) -> tuple[Repository, Issue, ReviewComment]:
    for repository in call.world.repositories.values():
        for issue in repository.pulls() if _visible(call, repository) else ():
            for start in issue.pull.review_comments if issue.pull else ():
                if name == node_id("PRRT", start.id):
                    return repository, issue, start
    raise Typed("NOT_FOUND", f"Could not resolve to a node with the global id of '{name}'")
