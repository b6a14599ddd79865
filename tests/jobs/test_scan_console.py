"""What reaches a runner's console: errors and reports quote hostile text, and none of it may act or tell a secret."""

import io
from contextlib import redirect_stdout

import pytest
from small import REPO, TOKEN, go_log, red, run, scenario

from ftc.cli import main
from ftc.jobs.bug_report import tellable
from ftc.render.environment import link
from ftc.simulator.server import serving
from ftc.simulator.simulator import Simulator

SECRET = "sesame-" + "9f8e7d6c5b4a"
"""Of no known format: only the environment tells that it is one."""


@pytest.mark.parametrize(
    "said",
    [
        "bad\n::add-mask::e",  # would blank out every e of the job's log
        "bad\r::stop-commands::x",  # a carriage return ends a line for the runner
        "bad\u2028::error::owned",
        "bad ##[error]owned",  # the older form counts anywhere in a line
        "\x1b[0m::error::owned",
    ],
)
def test_an_error_is_no_command(said):
    told = tellable(said, environment={})
    assert "bad" in told or "owned" in told
    assert not any(line.lstrip().startswith("::") for line in told.splitlines())
    assert "##[" not in told


def test_an_error_tells_no_secret_of_the_environment(monkeypatch, capsys):
    # A token pasted into the wrong variable comes back in the message that refuses it.
    monkeypatch.setenv("FTC_TOKEN", SECRET)
    monkeypatch.setenv("FTC_MODE", SECRET)
    assert main(["scan", "--repo", REPO]) == 64
    said = capsys.readouterr().err
    assert "mode" in said
    assert SECRET not in said


def test_the_json_report_is_no_command(monkeypatch):
    log = go_log("TestAdd/##[add-mask]e")
    data = scenario([run(30, jobs=red(log, job="##[error]owned")), run(20, jobs=red(log, job="##[error]owned"))])
    monkeypatch.setenv("FTC_TOKEN", TOKEN)
    out = io.StringIO()
    with serving(Simulator.load(data)) as url, redirect_stdout(out):
        code = main(["scan", "--repo", REPO, "--api-url", url, "--now", "2026-11-20T12:00:00Z", "--dry-run", "--json"])
    assert code == 0
    assert "[add-mask]" in out.getvalue() or "u005badd-mask" in out.getvalue()
    assert "##[" not in out.getvalue()


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "//evil.example/x",
        "https://evil.example/`x",  # a later tick would end the code span that begins here, and the link with it
        "https://github.com@evil.example/x",  # reads like another host
        "https://evil.example/x)[y](https://evil.example",
        "https://evil.example/\u2028x",
        "https://evil.example/|x",
        "https://evil.example/$x$",
        "https://evil.example/x\n\n# title",
        "https://evil.example/*x*",
        "",
    ],
)
def test_only_a_plain_address_becomes_a_link(url):
    assert link("1", url) == "1"


def test_the_addresses_of_runs_are_links():
    url = "https://github.example.com:8443/acme/shop.js/actions/runs/1/job/2?pr=3#step:4:5"
    assert link("1", url) == f"[1]({url})"
