"""Notifications of ``ftc respond`` and ``ftc sweep``: one message for a job, sent by the real command over HTTP."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from small import REPO, TOKEN
from threads import Page, a_page

from ftc.core.model import Status
from ftc.simulator.server import serving

ROOT = Path(__file__).parents[1]

pytest.importorskip("apprise")


@pytest.fixture
def hook() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The address of a server on loopback, and what it was sent."""
    received: list[dict[str, Any]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"json://127.0.0.1:{server.server_port}/hook", received
    server.shutdown()
    server.server_close()
    thread.join()


def ftc(page: Page, *words: str, urls: str, **env: str) -> subprocess.CompletedProcess[str]:
    page.wait(minutes=1)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FTC_", "GITHUB_"))}
    with serving(page.simulator) as url:
        flags = ["--repo", REPO, "--api-url", url, "--write-interval-seconds", "0", "--now", page.now.isoformat()]
        secrets = {"FTC_TOKEN": TOKEN, "FTC_NOTIFY_URLS": urls, "PYTHONPATH": str(ROOT)}
        wanted = {"FTC_NOTIFY_ON": "approved, quarantined"}
        done = subprocess.run(
            [sys.executable, "-m", "ftc", *words, *flags],
            env={**kept, **secrets, **wanted, **env},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return done


def lines(message: dict[str, Any]) -> list[str]:
    return [line for line in message["message"].splitlines() if not line.startswith("http")]


def test_an_approval_is_told_once(hook):
    url, received = hook
    page = a_page().analysed()
    page.comment("bea", "/ai-fix")
    ftc(page, "respond", "--issue", str(page.number), urls=url)
    assert page.flake.status is Status.APPROVED_TO_FIX
    assert [lines(message) for message in received] == [["Fix approved: example.com/shop/cart TestTotal"]]
    ftc(page, "respond", "--issue", str(page.number), urls=url)
    ftc(page, "sweep", urls=url)
    assert len(received) == 1, "nothing new, nothing sent"


def test_a_sweep_tells_of_what_it_answered_in_its_one_message(hook):
    """Answering is a job of its own when an event starts it; inside of a sweep it is a part of the sweep."""
    url, received = hook
    page = a_page().analysed()
    page.comment("bea", "/ftc quarantine 5")
    page.comment("bea", "/ai-fix")
    ftc(page, "sweep", urls=url)
    assert [lines(message)[0] for message in received] == ["Fix approved: example.com/shop/cart TestTotal"]
    assert len(lines(received[0])) == 2
    assert lines(received[0])[1].startswith("In quarantine until ")


def test_an_address_that_fails_is_a_note_and_no_failure():
    page = a_page().analysed()
    page.comment("bea", "/ai-fix")
    secret = "the-secret-part"
    done = ftc(page, "respond", "--issue", str(page.number), urls=f"json://127.0.0.1:1/{secret}", GITHUB_ACTIONS="true")
    assert page.flake.status is Status.APPROVED_TO_FIX
    assert "::warning title=flaky-test-cleaner::notification address 1 of 1 did not take the message" in done.stderr
    assert secret not in done.stderr
    # The runner's mask is the one place that says it, so that it is hidden everywhere else.
    assert [line for line in done.stdout.splitlines() if secret in line and not line.startswith("::add-mask::")] == []


def test_a_dry_run_tells_nobody(hook):
    url, received = hook
    page = a_page().analysed()
    page.comment("bea", "/ai-fix")
    ftc(page, "respond", "--issue", str(page.number), "--dry-run", urls=url)
    ftc(page, "sweep", "--dry-run", urls=url)
    assert received == []
