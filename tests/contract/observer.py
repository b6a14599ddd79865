"""Checks every exchange of every simulator in this process; `tests/conftest.py` fails the test it happened in."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from contract.deviations import DEVIATIONS, UNDESCRIBED_ROUTES
from contract.graphql_contract import check_graphql
from contract.openapi import check_request, check_response, find_operation

from ftc.simulator.application import OBSERVERS
from ftc.simulator.http import Request, Response
from ftc.simulator.rest.table import ROUTER


def problems_of(request: Request, response: Response) -> list[str]:
    """What in an exchange differs from GitHub's description; a refused request may be as wrong as it likes."""
    if request.path == "/graphql":
        return _graphql_problems(request, response)
    if find_operation(request.method, request.path) is None and _is_excused(request, response):
        return []
    found = check_response(request.method, request.path, response.status, response.headers, response.body)
    if response.status < 400:
        found += check_request(request.method, request.path, request.query, request.body)
    return found


def undeviating(problems: list[str]) -> list[str]:
    """The problems that no listed deviation covers."""
    return [line for line in problems if not any(deviation.covers(line) for deviation in DEVIATIONS)]


@contextmanager
def observed() -> Iterator[list[str]]:
    """Collects the problems of all exchanges while it is open; the reader empties the list."""
    problems: list[str] = []

    def observe(request: Request, response: Response) -> None:
        problems.extend(undeviating(problems_of(request, response)))

    OBSERVERS.append(observe)
    try:
        yield problems
    finally:
        OBSERVERS.remove(observe)


def _is_excused(request: Request, response: Response) -> bool:
    """An address unknown to both sides, or a route listed as undescribed."""
    method = "GET" if request.method == "HEAD" else request.method
    found = ROUTER.find(method, request.path)
    if found is None:
        return response.status in (401, 403, 404, 429)
    return (method, found[0].template) in UNDESCRIBED_ROUTES


def _graphql_problems(request: Request, response: Response) -> list[str]:
    if response.status != 200:
        return []
    try:
        asked = json.loads(request.body)
    except ValueError:
        return ["POST /graphql: answered 200 to a body that is no JSON"]
    return [f"POST /graphql: {problem}" for problem in check_graphql(asked, json.loads(response.body))]
