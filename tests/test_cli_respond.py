"""``ftc respond`` as the workflow calls it: event in a file, outputs and tasks for later jobs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import pytest
from small import REPO, TOKEN
from threads import Page, a_page, payload

from ftc.core.model import Status
from ftc.simulator.server import serving

ROOT = Path(__file__).parents[1]
SCHEMA = jsonschema_rs.validator_for(json.loads((ROOT / "docs" / "order.schema.json").read_text()))
WRITTEN = {"number": 70, "title": "Tidy ::error::the cart", "body": "A mess.\nftc_EOF\n::set-output::", "author": "ada"}


@pytest.fixture
def page() -> Page:
    return a_page(issues=[WRITTEN]).analysed()


def ftc(
    page: Page, folder: Path, command: str, *flags: str, event: str = "", **env: str
) -> subprocess.CompletedProcess:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FTC_", "GITHUB_"))}
    (folder / "event.json").write_text(event)
    with serving(page.simulator) as url:
        variables = {
            "PYTHONPATH": str(ROOT),
            "FTC_API_URL": url,
            "FTC_WRITE_INTERVAL_SECONDS": "0",
            "FTC_TOKEN": TOKEN,
            "FTC_MODE": "fix",
            "GITHUB_RUN_ID": "77",
            "GITHUB_REPOSITORY": REPO,
            "GITHUB_EVENT_PATH": str(folder / ("event.json" if event else "none.json")),
            "GITHUB_OUTPUT": str(folder / "output"),
            "RUNNER_TEMP": str(folder),
        }
        argv = [sys.executable, "-m", "ftc", command, *flags]
        return subprocess.run(
            argv, env={**kept, **variables, **env}, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
        )


def outputs(folder: Path) -> dict[str, str]:
    """Step outputs, read as the runner does."""
    found: dict[str, str] = {}
    lines = (folder / "output").read_text().splitlines()
    while lines:
        name, _, mark = lines.pop(0).partition("<<")
        end = lines.index(mark)
        found[name], lines = "\n".join(lines[:end]), lines[end + 1 :]
    return found


def test_an_event_leads_to_the_answer_and_the_task_to_a_file(page: Page, tmp_path: Path) -> None:
    comment = page.comment("bea", "/ai-fix wait for it")
    page.wait(minutes=1)
    done = ftc(page, tmp_path, "respond", "--now", f"{page.now:%Y-%m-%dT%H:%M:%SZ}", event=payload(page, comment))
    assert (done.returncode, done.stderr) == (0, "")
    assert page.flake.status is Status.FIXING
    found = outputs(tmp_path)
    [entry] = json.loads(found["fixes"])
    assert (entry["issue"], entry["kind"]) == (page.number, "fix")
    task = json.loads((Path(found["tasks"]) / entry["task"] / "task.json").read_text())
    SCHEMA.validate(task)
    lease = page.flake.progress.lease
    assert lease is not None
    assert (lease.run, lease.attempt, lease.nonce) == ("77", 1, task["nonce"])
    assert (task["branch"], task["by"], task["instruction"]) == (entry["branch"], "bea", "wait for it")


def test_the_texts_of_a_started_issue_are_frozen_as_they_are(page: Page, tmp_path: Path) -> None:
    there = page.at(70)
    comment = there.comment("bea", "/ftc start first the sums")
    there.wait(minutes=1)
    ready = {"FTC_MODE": "fix", "FTC_FIX_AGENT": "github"}
    event = payload(there, comment)
    done = ftc(there, tmp_path, "respond", "--now", f"{page.now:%Y-%m-%dT%H:%M:%SZ}", event=event, **ready)
    assert done.returncode == 0, done.stderr
    assert "::" not in done.stdout
    [entry] = json.loads(outputs(tmp_path)["fixes"])
    assert set(entry) == {"task", "kind", "issue", "branch", "runner", "slot"}, "names alone, no text of anybody"
    task = json.loads((tmp_path / "flaky-test-cleaner" / "tasks" / entry["task"] / "task.json").read_text())
    SCHEMA.validate(task)
    assert (task["title"], task["body"]) == (WRITTEN["title"], WRITTEN["body"])


def test_nothing_to_do_hands_on_an_empty_matrix(page: Page, tmp_path: Path) -> None:
    done = ftc(page, tmp_path, "respond", "--issue", str(page.number), "--json")
    assert json.loads(done.stdout)["done"] == []
    assert outputs(tmp_path) == {"fixes": "[]", "tasks": ""}


@pytest.mark.parametrize(
    ("event", "flags", "code", "said"),
    [
        ("", (), 64, "no issue is named"),
        ('{"ref": "refs/heads/main"}', (), 64, "no issue is named"),
        ("{broken", (), 64, "GITHUB_EVENT_PATH"),
        ("", ("--issue", "4711"), 0, "does not exist"),
        ("", ("--issue", "x"), 64, "--issue"),
    ],
)
def test_what_cannot_work_says_so(
    page: Page, tmp_path: Path, event: str, flags: tuple[str, ...], code: int, said: str
) -> None:
    done = ftc(page, tmp_path, "respond", *flags, event=event)
    assert done.returncode == code
    assert said in done.stderr + done.stdout


def test_the_kill_switch_reads_nothing(page: Page, tmp_path: Path) -> None:
    page.simulator.requests.clear()
    event = payload(page, page.comment("bea", "/ftc help"))
    assert ftc(page, tmp_path, "respond", event=event, FTC_DISABLED="true").returncode == 0
    assert page.simulator.requests == []


@pytest.mark.parametrize("command", [["respond", "--issue"], ["sweep"]])
def test_a_dry_run_hands_no_task_on(page: Page, tmp_path: Path, command: list[str]) -> None:
    page.comment("bea", "/ai-fix")
    page.issue.updated_at = page.now
    number = [str(page.number)] if len(command) > 1 else []
    done = ftc(
        page, tmp_path, *command, *number, "--dry-run", "--now", f"{page.wait(minutes=1).now:%Y-%m-%dT%H:%M:%SZ}"
    )
    assert done.returncode == 0, done.stderr
    assert "comment" in done.stdout, "it says what it would do"
    assert (outputs(tmp_path)["fixes"], outputs(tmp_path)["tasks"]) == ("[]", "")
    assert list(tmp_path.rglob("task.json")) == []
