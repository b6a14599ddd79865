"""Notifications over real HTTP on loopback: one message a job, no address in any word, and no failed job."""

import json
import logging
import threading
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from scans import PACE
from small import NOW, REPO, TOKEN, a_world, flipped, go_log

from ftc.clients import notify
from ftc.core.config import Config
from ftc.core.model import Status
from ftc.jobs.announce import announce, site
from ftc.jobs.context import open_context
from ftc.jobs.scan import scan
from ftc.jobs.settings import Settings, Tokens
from tests.builders import a_flake

pytest.importorskip("apprise")

SECRET = "s3cr3t-path-of-the-hook"
RUNS = [
    flipped(hours, go_log(name)) for name, hours in (("TestAdd", 30), ("TestSum", 29), ("TestAdd", 20), ("TestSum", 19))
]


@contextmanager
def listening(status=200):
    """An HTTP server on loopback that keeps what it is sent."""
    received = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self):
            received.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}", received
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def a_context(world, urls, **config):
    tokens = Tokens(read=TOKEN, issue=TOKEN, notify="\n".join(urls))
    settings = Settings(config=Config(repo=REPO, **config), tokens=tokens)
    with world.activate():
        return replace(open_context(settings, {}, now=NOW, pace=PACE), say=lambda _: None)


def test_a_scan_tells_once_of_everything_it_filed():
    world = a_world(*RUNS)
    with listening() as (host, received):
        ctx = a_context(world, [f"json://{host}/{SECRET}"])
        before, after = run_scan_of(world, ctx)
        notes = announce(ctx, before, after)
        assert notes == ()
        [message] = received
        assert message["title"] == f"{REPO}: 2 news about flaky tests"
        assert message["message"].count("New flaky test: example.com/shop/cart Test") == 2
        assert f"https://github.com/{REPO}/issues/" in message["message"]
        assert announce(ctx, after, after) == ()
        assert len(received) == 1, "nothing new, nothing sent"


def run_scan_of(world, ctx):
    """A scan's issues before and after; sent by hand, since the simulator in process catches every connection."""
    from small import flake_of, issues  # noqa: PLC0415

    with world.activate():
        scan(replace(ctx, notify_urls=()))
    return {}, {issue.number: flake_of(issue) for issue in issues(world)}


def test_a_failing_address_fails_nothing_and_is_not_named(capsys, caplog):
    caplog.set_level(logging.DEBUG)
    world = a_world()
    with listening(500) as (broken, _), listening() as (host, received):
        urls = [f"json://{broken}/{SECRET}", f"nonsense://{SECRET}", f"json://127.0.0.1:1/{SECRET}", f"json://{host}"]
        ctx = a_context(world, urls)
        notes = announce(ctx, {}, {7: a_flake(status=Status.ISSUE_OPEN)})
    assert [note.split(" of 4 ")[0] for note in notes] == [f"notification address {place}" for place in (1, 2, 3)]
    assert len(received) == 1, "the last one got it"
    printed = capsys.readouterr()
    for text in (*notes, printed.out, printed.err, caplog.text, repr(ctx)):
        assert SECRET not in text
        assert broken not in text


def test_a_scan_survives_an_address_that_fails():
    world = a_world(*RUNS)
    ctx = a_context(world, [f"json://127.0.0.1:1/{SECRET}"])
    with world.activate():
        report = scan(ctx)
    assert report.opened == 2
    assert report.notes[-1] == "notification address 1 of 1 did not take the message"


def test_dry_runs_and_unwanted_events_send_nothing():
    world = a_world()
    news = {7: a_flake(status=Status.ISSUE_OPEN)}
    with listening() as (host, received):
        assert announce(a_context(world, [f"json://{host}"], dry_run=True), {}, news) == ()
        assert announce(a_context(world, [f"json://{host}"], notify_on=("merged",)), {}, news) == ()
        assert announce(a_context(world, []), {}, news) == ()
    assert received == []


def test_no_more_addresses_than_a_job_has_time_for():
    with listening() as (host, received):
        notes = notify.send([f"json://{host}"] * (notify.MOST_ADDRESSES + 1), title="t", body="b")
    assert len(received) == notify.MOST_ADDRESSES
    assert len(notes) == 1


@pytest.mark.parametrize(
    "url",
    [
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/",
        "dingtalk://abcdefghijkl@13800000000",
        "wecombot://1234abcd-12ab-12ab-12ab-123456789012",
        "lark://abcd-efgh",
        "feishu://abcd-efgh",
        "workflows://host.example/workflow/signature",
        "mailto://user:password@example.com",
        "json://hooks.example.com/x",
    ],
)
def test_the_services_of_the_specification_are_known(url):
    import apprise  # noqa: PLC0415

    assert apprise.Apprise.instantiate(url) is not None


@pytest.mark.parametrize(
    ("api", "address"),
    [
        ("https://api.github.com", "https://github.com"),
        ("https://ghe.example.com/api/v3", "https://ghe.example.com"),
        ("https://api.acme.ghe.com", "https://acme.ghe.com"),
    ],
)
def test_people_see_another_address_than_the_api(api, address):
    assert site(api) == address
