"""The transport's promises: what is repeated, what never is, and what people are told."""

from pathlib import Path

import pytest
import requests
import responses

from ftc.clients.transport import LONGEST_WAIT_SECONDS, Pace, Transport, next_link
from ftc.core.errors import (
    BudgetExceeded,
    Forbidden,
    GitHubError,
    NotFound,
    RateLimited,
    Unauthorized,
    Unavailable,
    WriteUncertain,
)

API = "https://api.example.test:443"
"""PyGithub names the port in every request it sends."""
NOW = 1_800_000_000.0


@pytest.fixture
def naps() -> list[float]:
    return []


@pytest.fixture
def transport(naps: list[float]) -> Transport:
    pace = Pace(write_interval=0, sleep=naps.append, clock=lambda: NOW)
    return Transport(token="t0ken", api_url=API, pace=pace, budget=20)


@responses.activate
def test_a_read_is_repeated_after_a_server_error(transport: Transport, naps: list[float]) -> None:
    responses.get(f"{API}/meta", status=502, body="<html>bad gateway</html>")
    responses.get(f"{API}/meta", body=requests.ConnectionError("cut"))
    responses.get(f"{API}/meta", json={"ok": True})
    assert transport.get("/meta") == {"ok": True}
    assert naps == [1.0, 2.0]
    assert transport.requests == 3


@responses.activate
def test_a_read_that_never_succeeds_ends_with_advice(transport: Transport) -> None:
    responses.get(f"{API}/meta", status=503, json={"message": "unavailable"})
    with pytest.raises(GitHubError, match="did not answer GET /meta in 4 tries"):
        transport.get("/meta")


@pytest.mark.parametrize(
    "failure",
    [
        {
            "status": 502,
            "json": {"message": "bad gateway"},
        },  # GitHub may have opened the issue before the gateway gave up
        {"body": requests.ConnectionError("cut")},
    ],
)
@responses.activate
def test_a_post_without_an_answer_is_not_repeated(transport: Transport, failure: dict[str, object]) -> None:
    call = responses.post(f"{API}/repos/o/r/issues", **failure)  # type: ignore[arg-type]
    with pytest.raises(WriteUncertain):
        transport.write("POST", "/repos/o/r/issues", {"title": "x"})
    assert call.call_count == 1


@responses.activate
def test_a_patch_is_repeated_because_it_carries_the_whole_value(transport: Transport) -> None:
    responses.patch(f"{API}/repos/o/r/issues/1", status=500)
    responses.patch(f"{API}/repos/o/r/issues/1", json={"number": 1})
    assert transport.write("PATCH", "/repos/o/r/issues/1", {"body": "b"}) == {"number": 1}


@pytest.mark.parametrize(
    ("headers", "status", "wait"),
    [
        ({"Retry-After": "7"}, 403, 7.0),  # secondary limit
        ({"Retry-After": "3"}, 429, 3.0),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW) + 40)}, 403, 41.0),  # primary limit
        ({}, 429, 60.0),  # neither header: the documentation asks for a minute
    ],
)
@responses.activate
def test_a_limit_is_waited_for_even_by_a_post(
    transport: Transport, naps: list[float], headers: dict[str, str], status: int, wait: float
) -> None:
    responses.post(f"{API}/x", status=status, headers=headers, json={"message": "API rate limit exceeded"})
    responses.post(f"{API}/x", status=201, json={"done": 1})
    assert transport.write("POST", "/x") == {"done": 1}
    assert naps == [wait]


@responses.activate
def test_a_limit_that_resets_too_late_ends_the_job(transport: Transport, naps: list[float]) -> None:
    late = str(int(NOW + LONGEST_WAIT_SECONDS) + 5)
    responses.get(
        f"{API}/x",
        status=403,
        headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": late},
        json={"message": "API rate limit exceeded for installation"},
    )
    with pytest.raises(RateLimited, match="limit"):
        transport.get("/x")
    assert naps == []


@pytest.mark.parametrize(
    ("status", "message", "error", "said"),
    [
        (401, "Bad credentials", Unauthorized, "set FTC_TOKEN"),
        (403, "Resource not accessible by integration", Forbidden, "permissions:"),
        (404, "Not Found", NotFound, "hidden from this token"),
        (410, "This issue was deleted", NotFound, "This issue was deleted"),
        (422, "Validation Failed", GitHubError, "Validation Failed; body is too long"),
    ],
)
@responses.activate
def test_refusals_say_what_to_change(
    transport: Transport, status: int, message: str, error: type[Exception], said: str
) -> None:
    responses.get(f"{API}/x", status=status, json={"message": message, "errors": [{"message": "body is too long"}]})
    with pytest.raises(error, match=said):
        transport.get("/x")


@responses.activate
def test_pages_follow_links_to_the_end(transport: Transport) -> None:
    link = f'<{API}/list?page=2>; rel="next", <{API}/list?page=2>; rel="last"'
    responses.get(
        f"{API}/list",
        match=[responses.matchers.query_param_matcher({"per_page": "100"})],
        json=[1],
        headers={"Link": link},
    )
    responses.get(f"{API}/list", match=[responses.matchers.query_param_matcher({"page": "2"})], json=[2])
    assert list(transport.pages("/list")) == [[1], [2]]


@responses.activate
def test_reads_stop_at_the_budget_and_writes_do_not(transport: Transport) -> None:
    responses.get(f"{API}/x", json={})
    responses.post(f"{API}/x", json={})
    for _ in range(20):
        transport.get("/x")
    with pytest.raises(BudgetExceeded, match="request-budget"):
        transport.get("/x")
    transport.write("POST", "/x")


@responses.activate
def test_a_download_leaves_the_token_behind(transport: Transport) -> None:
    blob = "https://blobs.example.test/log?sig=1"
    asked = responses.get(f"{API}/logs", status=302, headers={"Location": blob})
    given = responses.get(blob, body=b"line 1\nline 2\n")
    assert b"".join(transport.download("/logs")) == b"line 1\nline 2\n"
    assert "Authorization" in asked.calls[0].request.headers
    assert "Authorization" not in given.calls[0].request.headers


@responses.activate
def test_an_expired_download_is_not_found(transport: Transport) -> None:
    responses.get(f"{API}/logs", status=302, headers={"Location": "https://blobs.example.test/log"})
    responses.get("https://blobs.example.test/log", status=403)
    with pytest.raises(NotFound, match="expired"):
        list(transport.download("/logs"))


@responses.activate
def test_graphql_errors_are_errors_although_the_status_is_200(transport: Transport) -> None:
    body = {"data": None, "errors": [{"type": "NOT_FOUND", "message": "Could not resolve to a Repository"}]}
    responses.post(f"{API}/graphql", json=body)
    with pytest.raises(NotFound, match="Could not resolve"):
        transport.graphql("query { viewer { login } }", {})


def refused(kind: str, field: str) -> dict[str, object]:
    error = {"type": kind, "path": ["repository", field], "message": "Resource not accessible by integration"}
    return {"data": {"repository": {field: None}}, "errors": [error]}


@responses.activate
def test_an_optional_field_may_be_refused(transport: Transport) -> None:
    responses.post(f"{API}/graphql", json=refused("FORBIDDEN", "file"))
    assert transport.graphql("query", {}, optional=("file",)) == {"repository": {"file": None}}


@pytest.mark.parametrize(("kind", "field"), [("FORBIDDEN", "other"), ("INTERNAL", "file"), ("NOT_FOUND", "file")])
@responses.activate
def test_any_other_refusal_is_an_error(transport: Transport, kind: str, field: str) -> None:
    responses.post(f"{API}/graphql", json=refused(kind, field))
    with pytest.raises(GitHubError, match="not accessible"):
        transport.graphql("query", {}, optional=("file",))


@pytest.mark.parametrize(
    ("header", "url"),
    [
        ("", ""),
        ('<https://a/b?page=1>; rel="prev"', ""),
        ('<https://a/b?page=1>; rel="prev", <https://a/b?page=3>; rel="next"', "https://a/b?page=3"),
    ],
)
def test_next_link(header: str, url: str) -> None:
    assert next_link(header) == url


@responses.activate
def test_the_token_follows_no_link_to_another_host(transport: Transport) -> None:
    # Only path and query of the link count; an evil host would be an unknown one here and fail the test.
    link = '<https://evil.example/repositories/1/issues?page=2>; rel="next"'
    responses.get(f"{API}/issues", json=[1], headers={"Link": link})
    responses.get(f"{API}/repositories/1/issues", json=[2])
    assert list(transport.pages("/issues")) == [[1], [2]]


@responses.activate
def test_pages_that_lead_in_a_circle_end(transport: Transport) -> None:
    responses.get(f"{API}/issues", json=[1], headers={"Link": f'<{API}/issues?page=1>; rel="next"'})
    with pytest.raises(GitHubError, match="circle"):
        list(transport.pages("/issues"))


@responses.activate
def test_the_token_follows_no_redirect_to_another_host(transport: Transport) -> None:
    responses.get(f"{API}/meta", status=301, headers={"Location": "https://evil.example/meta"})
    with pytest.raises(GitHubError, match="api-url"):
        transport.get("/meta")


@responses.activate
@pytest.mark.parametrize("first", ["file:///proc/self/environ", "http://169.254.169.254/latest", "ftp://x.test/log"])
def test_a_download_leaves_https_for_nothing(transport: Transport, first: str) -> None:
    # What lies there would be read as a log and published in an issue.
    responses.get("http://169.254.169.254/latest", body="--- FAIL: TestSecret (0.00s)")
    responses.get("https://store.example.test/log", status=302, headers={"Location": first})
    for location in (first, "https://store.example.test/log"):
        responses.upsert(responses.GET, f"{API}/logs", status=302, headers={"Location": location})
        with pytest.raises(Unavailable):
            list(transport.download("/logs"))


@responses.activate
def test_a_download_takes_neither_token_nor_login_along(
    transport: Transport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password sesame\n")
    monkeypatch.setenv("NETRC", str(netrc))
    responses.get(f"{API}/logs", status=302, headers={"Location": "https://store.example.test/log"})
    responses.get("https://store.example.test/log", body="ok")
    assert b"".join(transport.download("/logs")) == b"ok"
    assert "Authorization" not in responses.calls[-1].request.headers
