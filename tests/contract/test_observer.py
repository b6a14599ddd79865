"""The observer sees every exchange in the process, and the suite's own fixture fails the test it happened in."""

import json

import pytest
from contract.contract_world import TOKEN, build_world
from contract.deviations import BESIDE_THE_API
from contract.observer import problems_of, undeviating

from ftc.simulator.application import OBSERVERS, Application
from ftc.simulator.http import Request, Response


def asked(method, path, body=None):
    text = b"" if body is None else json.dumps(body).encode()
    return Request.of(method, f"https://api.github.com{path}", headers={"authorization": f"Bearer {TOKEN}"}, body=text)


def test_a_request_with_an_unknown_field_fails_the_test_it_is_made_in(tmp_path, contract_problems):
    """GitHub ignores what it does not know; a client that sends it believes something that is not so."""
    application = Application(world=build_world(tmp_path))
    response = application.handle(asked("POST", "/repos/acme/widgets/issues", {"title": "t", "label": "bug"}))
    assert response.status == 201
    assert ["'label' was unexpected" in problem for problem in contract_problems] == [True]
    contract_problems.clear()


def test_a_wrong_answer_fails_the_test_it_is_given_in(contract_problems):
    wrong = Response.of_json({"number": "one"})
    for observe in OBSERVERS:
        observe(asked("GET", "/repos/acme/widgets/issues/1"), wrong)
    assert contract_problems != []
    contract_problems.clear()


def test_refused_requests_may_be_wrong(tmp_path):
    """Tests of error answers send nonsense on purpose; the answer must still be as described."""
    application = Application(world=build_world(tmp_path))
    assert application.handle(asked("POST", "/repos/acme/widgets/issues", {"titel": "t"})).status == 422
    assert application.handle(asked("GET", "/repos/acme/widgets/issuez")).status == 404


def test_an_address_only_the_simulator_knows_is_a_problem():
    answer = Response.of_json({"secret": 1})
    problems = problems_of(asked("GET", "/repos/acme/widgets/issuez"), answer)
    assert ["no such endpoint" in problem for problem in problems] == [True, True]


@pytest.mark.parametrize("path", BESIDE_THE_API)
def test_addresses_beside_the_api_are_not_checked(tmp_path, path):
    """Each listed address is really answered outside the API; one that became an endpoint must leave the list."""
    seen = []
    OBSERVERS.append(lambda request, response: seen.append(request.path))
    try:
        Application(world=build_world(tmp_path)).handle(asked("GET", path))
    finally:
        OBSERVERS.pop()
    assert seen == []


def test_graphql_is_checked_too():
    query = {"query": '{ repository(owner: "acme", name: "widgets") { issueCount } }'}
    (problem,) = problems_of(asked("POST", "/graphql", query), Response.of_json({"data": {}}))
    assert "issueCount" in problem
    assert undeviating([problem]) == [problem]
