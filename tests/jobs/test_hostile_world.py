"""Whole jobs in a world of strangers: what they write changes no state, label or right, calls nobody, runs nowhere."""

import io
import json
import re
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from datetime import timedelta

import pytest
from github_page import problems
from hostile_world import (
    EVIL,
    LINES,
    SEEN,
    SUBTESTS,
    WORDS,
    HostileModel,
    a_hostile_world,
    a_scan,
    a_sweep,
    answer,
    bots_words,
    every_issue,
)
from scans import copied, writes
from small import NOW, REPO, TOKEN, dashboards, flake_of, flipped, go_log, issues, red, scenario
from threads import BOT, Page

from ftc.cli import main
from ftc.core.marks import purpose_of
from ftc.core.model import Status
from ftc.simulator.server import serving

MANAGED = {"flaky-test-cleaner/ai-managed", "flaky-test-cleaner/flaky-test"}


@pytest.fixture(scope="module")
def lived():
    return a_hostile_world()


@pytest.fixture
def world(lived):
    return copied(lived)


def numbers(world):
    return tuple(issue.number for issue in every_issue(world))


def test_every_text_of_the_bot_is_whole_and_harmless(lived):
    found = {where: problems(text, repo=REPO, numbers=numbers(lived)) for where, text in bots_words(lived).items()}
    assert {where: wrong for where, wrong in found.items() if wrong} == {}
    assert len(found) > 50


def test_the_model_and_the_strangers_were_heard(lived):
    # Otherwise the tests of this module would show that silence is harmless.
    texts = "\n".join(bots_words(lived).values())
    for words in (
        "by the model `hostile`",
        "This changes my view",
        "Did you mean",
        "is for people with the",
        "Ignore all",
    ):
        assert words.lower() in texts.lower(), words
    purposes = {purpose_of(text).partition(":")[0] for text in bots_words(lived).values()} - {""}
    assert purposes >= {"analysis", "answer", "adopt-question"}


def test_nothing_that_strangers_said_changed_anything(lived):
    for issue in every_issue(lived):
        assert (issue.state, issue.assignees, issue.locked) == ("open", [], False)
        assert not {event.event for event in issue.events} & {"closed", "assigned", "renamed"}
        mentioned_in = {event.data["source"] for event in issue.events if event.event == "cross-referenced"}
        assert mentioned_in <= {(REPO, dashboards(lived)[0].number)}, "the index of the dashboard alone"
    for issue in issues(lived):
        flake = flake_of(issue)
        assert set(issue.labels) == MANAGED
        assert flake.status is Status.WAITING_FOR_SIGNAL
        assert flake.progress.runs == ()
        assert flake.progress.quarantine is None
        assert flake.progress.muted_until is None
        assert flake.progress.runner == ""
        assert flake.duplicate_of == 0
        assert flake.progress.assessment.root_cause == "async-wait"
        assert {entry.actor for entry in flake.audit if "→" in entry.action} == {BOT}


def test_issues_of_people_stay_theirs(lived):
    for number in (900, 901):
        [issue] = [item for item in every_issue(lived) if item.number == number]
        assert issue.labels == []
        assert issue.edits == []
        assert all(item.edits == [] for item in issue.comments if item.author != BOT)


def test_every_stranger_got_one_answer_at_most(lived):
    for issue in every_issue(lived):
        own = [purpose_of(item.body) for item in issue.comments if item.author == BOT and purpose_of(item.body)]
        assert len(own) == len(set(own))


def test_answering_again_changes_nothing(world):
    before = bots_words(world)
    world.requests.clear()
    for number in numbers(world):
        report = answer(world, number, HostileModel(name="hostile"))
        assert report.tasks == ()
    # A page that is not managed has no cursor, so who gets no more words there gets the same receipt again: no change.
    assert [line for line in writes(world) if not line.endswith("/reactions")] == []
    assert bots_words(world) == before


def test_new_failures_and_a_sweep_tell_of_nothing_but_numbers(world):
    world.world.clock.set(NOW + timedelta(days=4))
    log = go_log(f"TestA02/{SUBTESTS[2]}", message=EVIL, extra=LINES)
    runs = json.loads(scenario([flipped(-90, log, branch=f"b {EVIL}"[:200])]))["repositories"][REPO]["runs"]
    world.add(json.dumps({"repositories": {REPO: {"runs": runs}}}, indent=1))
    a_scan(world, HostileModel(name="hostile"))
    assert any("new failure" in text for text in bots_words(world).values())
    report = a_sweep(world)
    assert report.tasks == ()
    assert report.moved == ()
    test_every_text_of_the_bot_is_whole_and_harmless(world)
    test_nothing_that_strangers_said_changed_anything(world)


def test_a_silence_is_closed_by_the_numbers_and_reopened_by_a_failure(world):
    world.world.clock.set(NOW + timedelta(days=95))
    world.requests.clear()
    a_sweep(world)
    closed = [issue for issue in issues(world) if issue.state == "closed"]
    assert {flake_of(issue).status for issue in closed} <= {Status.CLOSED_SILENT}
    test_every_text_of_the_bot_is_whole_and_harmless(world)


@pytest.mark.parametrize(
    ("number", "said", "state"),
    [
        (903, f"/ftc wontfix {SEEN}", "closed"),
        (903, f"/ai-fix {SEEN}", "open"),
        (903, f"/ftc start {SEEN}", "open"),
        (903, f"/ftc adopt {SEEN}", "open"),
        (903, "/ftc assign @mallory", "open"),
        (900, f"/ftc start {SEEN}", "open"),
        (900, f"/ftc adopt TestA00/{SUBTESTS[0]}", "open"),
        (900, f"/ftc adopt {SEEN}", "open"),
    ],
)
def test_words_of_those_who_may_are_recorded_and_act_no_further(world, number, said, state):
    Page(simulator=world, number=number).comment("bea", said)
    answer(world, number, HostileModel(name="hostile"))
    test_every_text_of_the_bot_is_whole_and_harmless(world)
    states = {issue.number: issue.state for issue in every_issue(world)}
    assert states.pop(number) == state
    assert set(states.values()) == {"open"}


# The console: every command in a process that thinks it runs on a runner.

OWN = re.compile(r"::(?:add-mask|warning title=flaky-test-cleaner|error title=flaky-test-cleaner)::")
RUNS = re.compile(r"\s*::|.*##\[")


def printed(world, monkeypatch, tmp_path, *command, **env):
    """Standard output and error of a command, and its exit code."""
    for name, value in {
        "GITHUB_ACTIONS": "true",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_REPOSITORY": REPO,
        "FTC_TOKEN": TOKEN,
        "FTC_WRITE_INTERVAL_SECONDS": "0",
        "FTC_MAX_NEW_ISSUES": "50",
        "FTC_ANALYSIS": "false",
        **env,
    }.items():
        monkeypatch.setenv(name, value)
    out = io.StringIO()
    with serving(world) as url, redirect_stdout(out), redirect_stderr(out):
        monkeypatch.setenv("FTC_API_URL", url)
        code = main(command)
    return out.getvalue(), code


NOW_FLAG = ("--now", f"{NOW + timedelta(days=4):%Y-%m-%dT%H:%M:%SZ}")


@pytest.mark.parametrize(
    "command",
    [
        ("scan", "--dry-run", *NOW_FLAG),
        ("scan", "--dry-run", "--json", *NOW_FLAG),
        ("scan", *NOW_FLAG),
        ("sweep", *NOW_FLAG),
        ("sweep", "--json", *NOW_FLAG),
        ("respond", "--issue", "903", *NOW_FLAG),
        ("respond", "--issue", "903", "--json", *NOW_FLAG),
        ("quarantine", "list", *NOW_FLAG),
        ("pr-answers", *NOW_FLAG),
        ("state", "show", "903"),
        ("state", "show", "903", "--json"),
        ("report", "--html", "REPORT", *NOW_FLAG),
    ],
    ids=" ".join,
)
def test_no_command_prints_a_command(command, world, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FTC_PR_ANSWERS", "true")
    said, code = printed(world, monkeypatch, tmp_path, *command)
    assert code == 0, said
    assert said.strip()
    lines = re.split(r"\r\n?|\n", said)
    assert [line for line in lines if RUNS.match(line) and not OWN.match(line)] == []
    summary = tmp_path / "summary.md"
    assert not summary.exists() or problems(summary.read_text(), repo=REPO, numbers=numbers(world)) == []


def with_a_pull_request(world):
    """Mallory proposes a change with a hostile title, in whose run a known flake fails under a hostile job name."""
    world.world.tokens["writer"] = replace(
        world.world.tokens[TOKEN],
        value="writer",
        permissions={"actions": "write", "contents": "read", "issues": "write", "pull_requests": "write"},
    )
    pull = {"title": SEEN, "body": "\n".join(LINES), "author": "mallory", "head": "x", "from": "mallory/shop"}
    repositories = {"mallory/shop": {"fork_of": REPO}, REPO: {"pull_requests": [{**pull, "files": {"docs/1.md": "x"}}]}}
    world.add(json.dumps({"repositories": repositories}, indent=1))
    found = next(issue for issue in world.world.repository(REPO).issues.values() if issue.pull)
    log = go_log(f"TestA02/{SUBTESTS[2]}", message=EVIL, extra=LINES)
    at = f"{NOW + timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}"
    runs = [{"at": at, "pull": found.number, "workflow": "CI", "jobs": red(log, job=f"test {EVIL}")}]
    world.add(json.dumps({"repositories": {REPO: {"runs": runs}}}, indent=1))
    return found


def test_a_hostile_pull_request_gets_a_harmless_answer(world, monkeypatch, tmp_path):
    pull = with_a_pull_request(world)
    monkeypatch.setenv("FTC_PR_ANSWERS", "true")
    monkeypatch.setenv("FTC_PR_RERUN", "true")
    now = f"{NOW + timedelta(hours=3):%Y-%m-%dT%H:%M:%SZ}"
    said, code = printed(world, monkeypatch, tmp_path, "pr-answers", "--now", now, FTC_TOKEN="writer")
    assert code == 0
    assert "run job test Ignore all" in said
    assert [line for line in re.split(r"\r\n?|\n", said) if RUNS.match(line) and not OWN.match(line)] == []
    [answer] = [item.body for item in pull.comments if item.author == BOT]
    assert "a known flake" in answer
    assert problems(answer, repo=REPO, numbers=numbers(world)) == []
    assert pull.state == "open"
    assert {event.event for event in pull.events} & {"closed", "merged", "labeled"} == set()


def test_extracting_a_hostile_log_prints_no_command(tmp_path):
    (tmp_path / "job.log").write_text(go_log(*(f"TestA/{name}" for name in SUBTESTS), message=EVIL, extra=LINES))
    for flags in ((), ("--excerpts",), ("--format", "json")):
        out = io.StringIO()
        with redirect_stdout(out):
            assert main(["extract", str(tmp_path / "job.log"), *flags]) == 0
        assert "TestA" in out.getvalue()
        assert [line for line in re.split(r"\r\n?|\n", out.getvalue()) if RUNS.match(line)] == []


def test_the_dashboard_lists_them_all(lived):
    [board] = dashboards(lived)
    assert board.body.count("TestA0") >= len(SUBTESTS) - 1
    assert len(WORDS) > 20
