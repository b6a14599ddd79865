"""Every route the simulator has exists at GitHub, is asked once, and answers as described."""

import json
import re

import pytest
from contract.contract_world import EXCHANGES, Ask, build_world
from contract.deviations import DEVIATIONS, UNDESCRIBED_ROUTES
from contract.observer import problems_of, undeviating
from contract.openapi import described_templates, unnamed

from ftc.simulator.application import OBSERVERS, Application
from ftc.simulator.http import Request
from ftc.simulator.rest.table import ROUTER

HELD = re.compile(r"\{(\w+)\}")


class Conversation:
    """Runs requests one after the other, filling in what earlier answers gave."""

    def __init__(self, application):
        self.application = application
        self.held = {}
        self.used = set()
        self.problems = []

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
        text = "" if ask.body is None else HELD.sub(lambda match: str(self.held[match[1]]), json.dumps(ask.body))
        headers = {"authorization": f"Bearer {ask.token}"}
        return Request.of(ask.method, f"https://api.github.com{url}", headers=headers, body=text.encode())

    def observe(self, request, response):
        self.problems += problems_of(request, response)


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
