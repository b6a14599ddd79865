"""The action and the workflow a user adds, run for real by act in host mode, with the simulator as their GitHub."""

import json
import sys
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from acting import EXAMPLE, PULLS, ROOT, a_caller, api, pinned_actions
from events import APPROVED, MANAGED, changed, commented, ran
from scans import run_scan
from small import REPO, TOKEN, dashboards, flake_of, issues
from threads import BOT, Page

from ftc.core.marks import purpose_of
from ftc.core.model import Status
from ftc.core.state import decode
from ftc.simulator.server import serving
from ftc.simulator.simulator import Simulator

LOG = ROOT / "tests/data/logs/go/panic-after-pass.log"

pytestmark = pytest.mark.toolchain


@pytest.fixture
def caller(tmp_path, tool):
    """A repository that has added the example workflow."""
    return a_caller(tmp_path, tool("act"))


EXTRACT = f"""
on: workflow_dispatch
permissions: {{}}
jobs:
  extract:
    runs-on: ubuntu-latest
    env:
      PYTHONPATH: ${{{{ github.workspace }}}}
    steps:
      - uses: {next(name for name in pinned_actions() if "checkout" in name)}
      - uses: {next(name for name in pinned_actions() if "checkout" in name)}
        with:
          path: .flaky-test-cleaner
      - uses: ./.flaky-test-cleaner
        with:
          command: extract
          arguments: |
            --format
            json
            logs/a job.log
"""


def test_the_action_in_a_hostile_workspace(caller):
    """Modules of the repository must not be imported, wherever Python usually looks for them."""
    caller.add(".github/workflows/extract.yml", EXTRACT)
    caller.add("logs/a job.log", LOG.read_text())
    for name in ("ftc/__init__.py", "ftc/__main__.py", "yaml.py", "sitecustomize.py", "pip.py"):
        caller.add(name, "raise SystemExit('code of the repository was run')")
    code, output = caller.run("extract.yml")
    assert "code of the repository was run" not in output
    assert code == 0, output
    assert '"outcome": "test-failure"' in output


def world(permissions, **repository):
    """A repository whose CI failed twice and passed when run again; its job token has exactly these permissions."""
    failed_then_passed = [{"jobs": {"test": {"failure": LOG.read_text()}}}, {"jobs": {"test": "success"}}]
    runs = [{"at": at, "commit": f"Change {at}", "attempts": failed_then_passed} for at in ("-3d", "-1d")]
    return yaml.safe_dump(
        {
            "tokens": {name: {"repository": REPO, "permissions": permissions} for name in ("ghs_act", TOKEN)},
            "repositories": {REPO: {"workflows": ["CI"], "created": "-9d", "runs": runs, **repository}},
        }
    )


def granted(path=EXAMPLE):
    """What an example grants to the workflow it calls; `test_workflows` checks that no more is asked for."""
    [job] = yaml.safe_load(path.read_text())["jobs"].values()
    return job["permissions"]


def test_the_example_workflow_files_issues(caller):
    """Dry, then on schedule, then once more with nothing new."""
    simulator = Simulator.load(world(granted()))
    issues = simulator.world.repository("acme/shop").issues
    written = []
    with serving(simulator) as url:
        for event, inputs in (
            ("workflow_dispatch", {"dry-run": "true"}),
            ("schedule", {}),
            ("workflow_dispatch", {"dry-run": "false"}),
        ):
            code, output = caller.run(EXAMPLE.name, event=event, inputs=inputs, env=api(url))
            assert code == 0, output
            assert "ghs_act" not in output
            written.append(sorted(issue.title for issue in issues.values()))
            assert "1 issues looked at" in output or event != "schedule", "the sweep ran, too"
    assert written[0] == [], "a dry run writes nothing"
    assert written[1] == written[2]
    [dashboard] = dashboards(simulator)
    assert decode(dashboard.body).dashboard.swept is not None
    assert [title for title in written[1] if title.startswith("[flaky] ")] == written[1][-1:], "one issue for the test"
    assert len(written[1]) == 2, "and the dashboard"
    report = json.loads((caller.artifacts / "flaky-test-cleaner-scan-1/report.json").read_text())
    assert report["effects"] == [], "nothing new, nothing written"


def test_nothing_is_written_without_the_permission(caller):
    simulator = Simulator.load(world(granted() | {"issues": "read"}))
    with serving(simulator) as url:
        code, output = caller.run(EXAMPLE.name, inputs={"dry-run": "false"}, env=api(url))
    assert code != 0
    assert "issues" in output, output
    assert simulator.world.repository("acme/shop").issues == {}


GH = """#!/usr/bin/env bash
printf '%s\\n' "$*" >> "$STUB_ARTIFACTS/gh"
if [[ "$*" == *state=open* ]]; then echo '[]'; fi
"""


def test_a_scheduled_scan_that_fails_is_reported(caller):
    caller.add(".github/flaky-test-cleaner.yml", "windw-days: 3\n")
    caller.artifacts.mkdir()
    fake = caller.folder.parent / "bin/gh"
    fake.write_text(GH)
    fake.chmod(0o755)
    code, output = caller.run(EXAMPLE.name, event="schedule")
    assert code != 0
    assert "did you mean `window-days`?" in output, output
    assert "--method POST repos/acme/shop/issues" in (caller.artifacts / "gh").read_text(), output


# `gh` as far as the receipt uses it: it makes the request.
GH_REQUESTS = f"""#!{sys.executable}
import json, os, sys, urllib.request
assert sys.argv[1:4] == ["api", "--method", "POST"] and "--silent" in sys.argv
body = dict(item.split("=", 1) for item in sys.argv[5:] if "=" in item)
headers = {{"authorization": "Bearer " + os.environ["GH_TOKEN"], "content-type": "application/json"}}
url = os.environ["GITHUB_API_URL"] + "/" + sys.argv[4]
request = urllib.request.Request(url, json.dumps(body).encode(), headers, method="POST")
urllib.request.build_opener(urllib.request.ProxyHandler({{}})).open(request).close()
"""


@pytest.fixture
def page(caller):
    """An issue as the example left it an hour ago, with an analysis; bea may approve. `gh` is at hand."""
    fake = caller.folder.parent / "bin/gh"
    fake.write_text(GH_REQUESTS)
    fake.chmod(0o755)
    simulator = Simulator.load(world(granted(), roles={"bea": "write"}))
    past = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    simulator.world.clock.set(past)
    run_scan(simulator, repo=REPO, token=TOKEN, now=past)
    [issue] = issues(simulator)
    made = Page(simulator=simulator, number=issue.number).analysed()
    simulator.requests.clear()
    return made


def heard(caller, page, event, payload):
    """The example on an event of the page's issue; the requests that it led to."""
    payload["issue"]["number"] = page.number
    with serving(page.simulator) as url:
        code, output = caller.run(EXAMPLE.name, event=event, payload=payload, env=api(url))
    assert code == 0, output
    return page.simulator.requests


def test_a_command_gets_a_receipt_and_an_answer(caller, page):
    comment = page.comment("bea", "/ftc help")
    payload = commented("/ftc help", MANAGED)
    payload["comment"]["id"] = comment
    asked = heard(caller, page, "issue_comment", payload)
    assert page.receipts(comment) == ["eyes"]
    assert "| Command | What it does | Who may |" in page.answer(comment)
    assert {entry.token for entry in asked} == {"ghs_act"}
    assert asked[0].path == f"/repos/{REPO}/issues/comments/{comment}/reactions", "before anything is installed"


def test_an_ordinary_comment_starts_nothing(caller, page):
    page.comment("bea", "Thanks!")
    assert heard(caller, page, "issue_comment", commented("Thanks!", "bug")) == []


def test_a_label_by_somebody_who_may_is_an_approval(caller, page):
    event = page.label("bea", APPROVED)
    heard(caller, page, "issues", changed("labeled", MANAGED, APPROVED, label=APPROVED))
    assert page.flake.status is Status.APPROVED_TO_FIX
    assert "is number 1 in the queue" in page.answer(f"event-{event}")


def test_a_pull_request_is_told_of_a_known_flake(caller):
    """With its own grants alone: it may write no issue."""
    pulls = [{"title": "Say more", "author": "mallory", "head": "more", "files": {"docs/a.md": "words\n"}}]
    simulator = Simulator.load(world(granted(PULLS) | {"issues": "write"}, pull_requests=pulls))
    now = datetime.now(UTC).replace(microsecond=0)
    run_scan(simulator, repo=REPO, token=TOKEN, now=now)
    simulator.world.tokens["ghs_act"].permissions = {name.replace("-", "_"): it for name, it in granted(PULLS).items()}
    repository = simulator.world.repository(REPO)
    [pull] = [issue for issue in repository.issues.values() if issue.pull]
    red = {"at": "-1h", "pull": pull.number, "jobs": {"test": {"failure": LOG.read_text()}}}
    simulator.add(yaml.safe_dump({"repositories": {REPO: {"runs": [red]}}}))
    payload = ran("pull_request")
    payload["workflow_run"]["id"] = max(repository.runs)
    with serving(simulator) as url:
        code, output = caller.run(PULLS.name, event="workflow_run", payload=payload, env=api(url))
    assert code == 0, output
    [comment] = pull.comments
    assert (comment.author, purpose_of(comment.body)) == (BOT, "pr-answer")
    assert flake_of(issues(simulator)[0]).test.name in comment.body
