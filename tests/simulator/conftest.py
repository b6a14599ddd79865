"""The world most simulator tests look at, and a client for plain requests."""

import json
import shutil
from pathlib import Path

import pytest

from ftc.simulator.faults import snapshot
from ftc.simulator.git_backend import open_repository
from ftc.simulator.http import Request
from ftc.simulator.simulator import Simulator
from ftc.simulator.world import Clock

SCENARIO = """
now: 2026-11-20T12:00:00Z
users: {alice: {name: Alice, email: alice@example.com}, bob: , carol: , dave: , erin: , mallory: }
tokens:
  alice: alice
  bob: bob
  carol: carol
  dave: dave
  mallory: mallory
  old: {login: alice, revoked: true}
  job: {permissions: {issues: write, actions: read}, repository: acme/shop}
  all: {permissions: write-all, repository: acme/shop}
repositories:
  acme/shop:
    roles: {alice: admin, bob: write, carol: triage, erin: maintain}
    labels: [flaky, {name: bug, color: d73a4a, description: broken}]
    files: {go.mod: "module example.com/shop\\n", cart/cart.go: "package cart\\n"}
    commits: [{message: Second, as: second, files: {a.txt: "1\\n2\\n"}, author: alice, at: -2d}]
    workflows: {CI: .github/workflows/ci.yml, Nightly: .github/workflows/nightly.yml}
    issues:
      - {number: 10, title: One, body: hello, author: dave, labels: [flaky], comments: [{author: bob, body: first}]}
      - {title: Gone, deleted: true}
      - {title: Shut, state: closed, author: dave}
    pull_requests:
      - {number: 1, title: Faster cart, head: faster, author: bob, body: "Fixes #10",
         files: {cart/cart.go: "package cart // fast\\n"}}
    runs:
      - {at: -3h, commit: Third, jobs: {unit: {failure: "--- FAIL: TestCart\\n"}, lint: success}}
      - {at: -2h, pull: 1, attempts: [{unit: failure, lint: success}, {unit: success}],
         artifacts: {junit: {report.xml: "<testsuite/>\\n"}}}
      - {at: -1h, workflow: Nightly, event: schedule, jobs: {soak: {conclusion: failure, expired: true}}}
  acme/secret:
    private: true
    roles: {alice: write}
"""


class Client:
    """Plain requests with a token, for what PyGithub hides."""

    def __init__(self, simulator):
        self.simulator = simulator

    def __call__(self, method, path, body=None, *, token="alice", headers=None):
        auth = {"authorization": f"Bearer {token}"} if token else {}
        data = json.dumps(body).encode() if body is not None else b""
        return self.simulator.handle(Request.of(method, path, headers={**auth, **(headers or {})}, body=data))

    def json(self, path, **kwargs):
        """The body of a GET that must succeed."""
        answer = self("GET", path, **kwargs)
        assert answer.status == 200, answer.body
        return answer.json()


@pytest.fixture(scope="session")
def template():
    """`SCENARIO` loaded once; making its git history costs more than most tests."""
    return Simulator.load(SCENARIO).world


@pytest.fixture
def simulator(template, tmp_path):
    """A fresh world of `SCENARIO`."""
    world = snapshot(template)
    world.clock = Clock(template.now())
    world.git_root = Path(shutil.copytree(template.git_root, tmp_path / "git"))
    for repository in world.repositories.values():
        repository.git = open_repository(root=world.git_root, full_name=repository.full_name)
    return Simulator(world=world)


@pytest.fixture
def call(simulator):
    """The plain client of that world."""
    return Client(simulator)
