"""The checker itself: what it accepts, and that it can say no."""

import json

import pytest
from contract.openapi import check_request, check_response, described_templates, find_operation

LABEL = {
    "id": 1,
    "node_id": "L",
    "url": "https://api.github.com/repos/o/r/labels/bug",
    "name": "bug",
    "description": None,
    "color": "ff0000",
    "default": False,
}
JSON = {"content-type": "application/json; charset=utf-8"}


def label(**over):
    return json.dumps([LABEL | over]).encode()


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("GET", "/repos/o/r/issues", {"state": "all", "per_page": "100", "labels": "a,b"}, b""),
        ("POST", "/repos/o/r/issues", {}, b'{"title": "t", "labels": ["a"]}'),
        ("POST", "/repos/o/r/issues/1/labels", {}, b'{"labels": ["a"]}'),
        ("GET", "/repos/o/r/contents/docs/a%20b/c.md", {"ref": "main"}, b""),  # a parameter with slashes
        ("GET", "/repos/o/r/compare/main...ada:topic/x", {}, b""),
        ("HEAD", "/repos/o/r/labels", {}, b""),
        ("PATCH", "/repos/o/r/git/refs/heads/ai/fix/1-x", {}, b'{"sha": "aa218f56b14c9653891f9e74264a383fa43fefbd"}'),
        ("DELETE", "/repos/o/r/issues/1/labels/flaky%2Ftest", {}, b""),
    ],
)
def test_good_requests(method, path, query, body):
    assert check_request(method, path, query, body) == []


@pytest.mark.parametrize(
    ("method", "path", "query", "body", "says"),
    [
        ("GET", "/repos/o/r/issuez", {}, b"", "no such endpoint"),
        ("PUT", "/repos/o/r/issues/1", {}, b"{}", "no such endpoint"),
        ("GET", "/repos/o/r/issues", {"state": "both"}, b"", '"both" is not one of'),
        ("GET", "/repos/o/r/issues", {"page_size": "3"}, b"", "unknown query parameter 'page_size'"),
        ("GET", "/repos/o/r/issues/one", {}, b"", '"one" is not of type "integer"'),
        ("POST", "/repos/o/r/issues", {}, b"", "the body is missing"),
        ("POST", "/repos/o/r/issues", {}, b"{", "no JSON"),
        ("POST", "/repos/o/r/issues", {}, b'{"body": "b"}', '"title" is a required property'),
        ("POST", "/repos/o/r/issues", {}, b'{"title": "t", "label": []}', "'label' was unexpected"),
        # GitHub still takes the bare list, but describes only the object.
        ("POST", "/repos/o/r/issues/1/labels", {}, b'["a"]', 'is not of type "object"'),
        ("PATCH", "/repos/o/r/issues/1", {}, b'{"state": "done"}', '"done" is not one of'),
        ("DELETE", "/repos/o/r/issues/1/labels/x", {}, b'{"a": 1}', "a body where the description has none"),
    ],
)
def test_bad_requests(method, path, query, body, says):
    (problem,) = check_request(method, path, query, body)
    assert says in problem


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (200, JSON, label()),
        (200, JSON, b"[]"),
        (304, {}, b""),
        (404, JSON, b'{"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"}'),
        (502, {"content-type": "text/html"}, b"<h1>Bad gateway</h1>"),
    ],
)
def test_good_responses(status, headers, body):
    assert check_response("GET", "/repos/o/r/labels", status, headers, body) == []


@pytest.mark.parametrize(
    ("status", "headers", "body", "says"),
    [
        (200, JSON, label(color=7), 'body[0].color: 7 is not of type "string"'),
        (200, JSON, label(url="not a url"), 'is not a "uri"'),
        (200, JSON, label(extra=1), "'extra' was unexpected"),
        (200, JSON, json.dumps([{**LABEL, "name": None}]).encode(), "null is not of type"),
        (200, JSON, b"{}", '{} is not of type "array"'),
        (200, JSON, b"[", "no JSON"),
        (200, {"content-type": "text/html"}, b"<p>", "content type 'text/html' is not described"),
        (201, JSON, b"[]", "status 201 is not described"),
        (404, JSON, b'{"message": 404}', "is not of type"),
    ],
)
def test_bad_responses(status, headers, body, says):
    (problem,) = check_response("GET", "/repos/o/r/labels", status, headers, body)
    assert says in problem


def test_redirect_must_say_where_to():
    path = "/repos/o/r/actions/jobs/1/logs"
    assert check_response("GET", path, 302, {"Location": "https://logs.test/1"}, b"") == []
    assert "location" in check_response("GET", path, 302, {}, b"")[0].lower()


def test_no_content_means_no_body():
    assert check_response("DELETE", "/repos/o/r/labels/x", 204, {}, b"") == []
    assert len(check_response("DELETE", "/repos/o/r/labels/x", 204, {}, b"x")) == 1


def test_all_of_is_closed_as_a_whole():
    """A timeline event or full issue is put together from several schemas; a member alone would refuse the rest."""
    problems = check_response("GET", "/repos/o/r/issues/1", 200, JSON, b'{"no_such_field": 1}')
    assert any("no_such_field" in problem for problem in problems)


def test_the_most_literal_template_wins():
    assert find_operation("GET", "/repos/o/r/issues/comments").template.endswith("/issues/comments")
    assert find_operation("GET", "/repos/o/r/commits/a/b/check-runs").template.endswith("/{ref}/check-runs")
    assert ("GET", "/repos/{}/{}/issues/{}") in described_templates()
