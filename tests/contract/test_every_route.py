"""Every route the simulator has exists at GitHub, is asked once, and answers as described."""

import json
import re

import pytest
from contract.asking import Ask
from contract.contract_world import build_world
from contract.deviations import DEVIATIONS, UNDESCRIBED_ROUTES
from contract.exchanges import EXCHANGES
from contract.observer import problems_of, undeviating
from contract.openapi import described_templates, find_operation, unnamed

from ftc.simulator.application import OBSERVERS, Application
from ftc.simulator.http import Request, Response
from ftc.simulator.rest.table import ROUTER

HELD = re.compile(r"\{(\w+)\}")
HELD_NUMBER = re.compile(r'"\{(p)\}"')  # as a GraphQL variable a number must not be a string


class Conversation:
    """Runs requests one after the other, filling in what earlier answers gave."""

    def __init__(self, application):
        self.application = application
        self.held = {}
        self.used = set()
        self.problems = []
        self.seen = []

    def ask(self, ask: Ask):
        request = self.request(ask)
        found = ROUTER.find(request.method, request.path)
        self.used |= {(found[0].method, found[0].template)} if found else set()
        response = self.application.handle(request)
        assert response.status == ask.status, f"{ask.method} {request.path}: {response.status} {response.body[:300]}"
        for name, path in (ask.keep or {}).items():
            value = json.loads(response.body)
            for step in path.split("."):
                value = value[int(step)] if step.isdigit() else value[step]
            self.held[name] = value

    def request(self, ask: Ask) -> Request:
        url = HELD.sub(lambda match: str(self.held[match[1]]), ask.path)
        text = "" if ask.body is None else self.filled(json.dumps(ask.body))
        headers = {"authorization": f"Bearer {ask.token}", "accept": ask.accept}
        return Request.of(ask.method, f"https://api.github.com{url}", headers=headers, body=text.encode())

    def filled(self, text: str) -> str:
        for pattern in (HELD_NUMBER, HELD):
            text = pattern.sub(lambda match: str(self.held[match[1]]), text)
        return text

    def observe(self, request, response):
        self.problems += problems_of(request, response)
        self.seen.append((request, response))


@pytest.fixture(scope="module")
def conversation(tmp_path_factory):
    """All exchanges of the contract world, held once."""
    talk = Conversation(Application(world=build_world(tmp_path_factory.mktemp("git"))))
    OBSERVERS.append(talk.observe)
    try:
        for ask in EXCHANGES:
            talk.ask(ask)
    finally:
        OBSERVERS.remove(talk.observe)
    return talk


def test_exchanges_are_as_described(conversation):
    assert undeviating(conversation.problems) == []


def test_every_listed_deviation_still_occurs(conversation):
    stale = [one for one in DEVIATIONS if not any(one.covers(line) for line in conversation.problems)]
    assert stale == []


def test_every_route_is_asked(conversation):
    routes = {(route.method, route.template) for route in ROUTER.routes}
    assert sorted(routes - conversation.used) == []


def test_every_route_exists_at_github():
    missing = {
        (route.method, route.template)
        for route in ROUTER.routes
        if (route.method, unnamed(route.template)) not in described_templates()
    }
    assert missing == set(UNDESCRIBED_ROUTES) - {("POST", "/graphql")}


def test_a_field_github_does_not_have_would_be_found_anywhere(conversation):
    """The check is only worth something if every object in every answer is closed."""
    open_objects = {
        f"{request.method} {request.path} {place}"
        for request, response in conversation.seen
        if is_described_json(request, response)
        for place, spoilt in spoilt_bodies(response.json())
        if not problems_of(request, Response.of_json(spoilt, status=response.status, headers=response.headers))
    }
    # What a deployment carries is free form at GitHub too.
    assert [place for place in sorted(open_objects) if not place.endswith(".payload")] == []


def is_described_json(request, response):
    has_json = response.status < 300 and response.body and "json" in response.headers["content-type"]
    return has_json and find_operation(request.method, request.path) is not None


def spoilt_bodies(body):
    """(place, the body with an unknown field there) for each object, in lists only the first."""
    for place, part in list(objects_in(body, "$")):
        part["no_such_field"] = 1
        yield place, body
        del part["no_such_field"]


def objects_in(value, place):
    if isinstance(value, dict):
        yield place, value
        for key, item in value.items():
            yield from objects_in(item, f"{place}.{key}")
    elif isinstance(value, list) and value:
        yield from objects_in(value[0], f"{place}[0]")
