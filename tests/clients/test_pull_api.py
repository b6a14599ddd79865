"""Pull requests with their words: of one branch whatever became of them, and the habit of commit titles."""

from dataclasses import replace

import pytest
from scans import PACE

from ftc.clients.github import GitHub
from ftc.clients.transport import Transport
from ftc.simulator.simulator import Simulator

WORLD = """
now: 2026-11-20T12:00:00Z
users: {ada: {}, eve: {}}
tokens: {reader: {permissions: {contents: read, pull-requests: read}, repository: acme/shop}}
repositories:
  acme/shop:
    created: 2026-01-01T00:00:00Z
    roles: {ada: write}
    files: {a.txt: "a\\n"}
    commits:
      - {message: "First\\n\\nat length", author: ada, at: 2026-11-01T00:00:00Z, files: {a.txt: "b\\n"}}
    pull_requests:
      - {number: 5, title: Old, body: "Close #1", author: ada, head: ai/fix/1-x, state: closed, files: {b.txt: "b\\n"}}
      - {number: 6, title: Foreign, author: eve, from: eve/shop, head: ai/fix/1-x, files: {c.txt: "c\\n"}}
      - {number: 7, title: Other, author: ada, head: other, files: {d.txt: "d\\n"}, draft: true}
  eve/shop: {created: 2026-01-02T00:00:00Z, fork_of: acme/shop}
"""


@pytest.fixture
def github():
    simulator = Simulator.load(WORLD)
    with simulator.activate():
        yield GitHub(repo="acme/shop", transport=Transport(token="reader", api_url="https://api.github.com", pace=PACE))


def test_of_one_branch_open_or_not_and_no_fork_s_branch_of_that_name(github):
    [found] = github.pulls_from("ai/fix/1-x")
    assert (found.number, found.is_open, found.body, found.author, found.draft) == (5, False, "Close #1", "ada", False)
    assert github.pulls_from("none") == ()


def test_open_ones_with_their_words(github):
    found = {item.number: (item.title, item.branch, item.draft) for item in github.open_pulls()}
    assert found == {6: ("Foreign", "ai/fix/1-x", False), 7: ("Other", "other", True)}


@pytest.mark.parametrize(
    ("head", "association", "own"),
    [
        ("Acme/Shop", "NONE", True),
        ("eve/shop", "COLLABORATOR", True),
        ("eve/shop", "MEMBER", True),
        ("eve/shop", "CONTRIBUTOR", False),
        ("eve/shop", "FIRST_TIME_CONTRIBUTOR", False),
        ("", "NONE", False),
    ],
)
def test_whose_it_is(github, head, association, own):
    """A branch of this repository is by somebody who may push to it, as an app that GitHub counts to nobody."""
    one = next(iter(github.open_pulls()))
    assert replace(one, head_repo=head, association=association).by_insider("acme/shop") is own


def test_titles_are_first_lines(github):
    assert github.commit_titles("main") == ("First", "Initial commit")
