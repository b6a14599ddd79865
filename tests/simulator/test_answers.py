"""What every answer has in common: pages, ETags, error bodies, links, the two base paths."""

import json
import re

import pytest

from ftc.simulator.http import Request

REPO = "/repos/acme/shop"


def links(answer):
    return {name: url for url, name in re.findall(r'<([^>]+)>; rel="(\w+)"', answer.headers.get("link", ""))}


@pytest.fixture
def many(call):
    for number in range(45):
        assert call("POST", f"{REPO}/labels", {"name": f"l{number:02}"}).status == 201
    return call


def test_pages_are_linked(many):
    first = many("GET", f"{REPO}/labels?per_page=20")
    assert [len(first.json()), sorted(links(first))] == [20, ["last", "next"]]
    assert links(first)["next"] == f"https://api.github.com{REPO}/labels?per_page=20&page=2"
    last = many("GET", links(first)["last"].removeprefix("https://api.github.com"))
    assert [len(last.json()), sorted(links(last))] == [7, ["first", "prev"]]


@pytest.mark.parametrize(
    ("query", "count"),
    [("", 30), ("?per_page=500", 47), ("?per_page=0", 30), ("?per_page=100&page=9", 0)],
)
def test_page_sizes(many, query, count):
    assert len(many.json(f"{REPO}/labels{query}")) == count


def test_a_single_page_has_no_link_header(call):
    assert "link" not in call("GET", f"{REPO}/labels").headers


def test_etags_answer_304_for_free(call):
    first = call("GET", f"{REPO}/labels")
    again = call("GET", f"{REPO}/labels", headers={"if-none-match": first.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    assert again.headers["x-ratelimit-used"] == first.headers["x-ratelimit-used"]
    call("POST", f"{REPO}/labels", {"name": "new"})
    assert call("GET", f"{REPO}/labels", headers={"if-none-match": first.headers["etag"]}).status == 200


def test_a_304_to_nobody_costs(call):
    first = call("GET", f"{REPO}/labels", token=None)
    call("GET", f"{REPO}/labels", token=None, headers={"if-none-match": first.headers["etag"]})
    assert call("GET", f"{REPO}/labels", token=None).headers["x-ratelimit-used"] == "3"


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"{", 400, "Problems parsing JSON"),
        (b"[]", 422, "Invalid request"),
        (b'{"title": ""}', 422, "Validation Failed"),
        (b'{"title": {}}', 422, "Invalid request"),
    ],
)
def test_bad_bodies(simulator, body, status, message):
    headers = {"Authorization": "token alice"}
    answer = simulator.handle(Request.of("POST", f"{REPO}/issues", headers=headers, body=body))
    assert (answer.status, answer.json()["message"][: len(message)]) == (status, message)


def test_validation_errors_name_resource_and_field(call):
    answer = call("POST", f"{REPO}/labels", {"name": "BUG"})  # labels differ in case only: the same label
    assert answer.status == 422
    assert answer.json()["errors"] == [{"resource": "Label", "code": "already_exists", "field": "name"}]


@pytest.mark.parametrize(
    ("path", "api", "web"),
    [
        ("https://api.github.com/repos/acme/shop", "https://api.github.com", "https://github.com"),
        ("http://127.0.0.1:81/repos/acme/shop", "http://127.0.0.1:81", "http://127.0.0.1:81"),
        ("http://ghe.test/api/v3/repos/acme/shop", "http://ghe.test/api/v3", "http://ghe.test"),
    ],
)
def test_links_carry_the_address_the_client_used(simulator, path, api, web):
    shown = simulator.handle(Request.of("GET", path)).json()
    assert shown["url"] == f"{api}/repos/acme/shop"
    assert shown["html_url"] == f"{web}/acme/shop"


def test_graphql_lies_beside_the_enterprise_prefix(simulator):
    body = json.dumps({"query": "{viewer{login}}"}).encode()
    headers = {"authorization": "bearer alice"}
    answer = simulator.handle(Request.of("POST", "http://ghe.test/api/graphql", headers=headers, body=body))
    assert answer.json() == {"data": {"viewer": {"login": "alice"}}}


def test_a_stored_lone_surrogate_survives_the_wire(simulator):
    headers = {"authorization": "token alice"}
    body = rb'{"title": "t", "body": "\ud800 \u0000 emoji \ud83d\ude00"}'
    made = simulator.handle(Request.of("POST", f"{REPO}/issues", headers=headers, body=body))
    assert made.json()["body"] == "\ud800 \0 emoji 😀"


def test_the_log_remembers_everything(simulator, call):
    call("GET", f"{REPO}/labels?page=2")
    call("GET", "/user", token=None)
    entries = [
        (entry.number, entry.method, entry.path, entry.query, entry.token, entry.status) for entry in simulator.requests
    ]
    assert entries == [
        (1, "GET", f"{REPO}/labels", "page=2", "alice", 200),
        (2, "GET", "/user", "", None, 401),
    ]
