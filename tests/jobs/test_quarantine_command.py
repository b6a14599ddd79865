"""``ftc quarantine`` against the simulator and on real logs: red stays red unless everything is known."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from scans import PACE
from small import NOW, PACKAGE, REPO, TOKEN, a_scan, a_world, flake_of, flipped, go_log, issues, junit

from ftc.cli import main
from ftc.core.config import Config
from ftc.core.errors import Unavailable
from ftc.core.quarantine import standing_quarantine
from ftc.core.quarantine_document import from_json
from ftc.jobs.context import open_context
from ftc.jobs.desk import Partners
from ftc.jobs.respond import respond_to
from ftc.jobs.settings import Settings, Tokens
from ftc.simulator.threads import Comment
from ftc.simulator.world import Label

LABEL = "flaky-test-cleaner/quarantined"
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def world(monkeypatch):
    """Two issues, of which people have put none into quarantine yet; the job may read issues and no more."""
    runs = [
        flipped(30, go_log("TestAdd")),
        flipped(29, go_log("TestSum")),
        flipped(20, go_log("TestAdd")),
        flipped(19, go_log("TestSum")),
    ]
    world = a_world(*runs)
    a_scan(world)
    reader = replace(world.world.tokens[TOKEN], value="reads-issues", permissions={"issues": "read"})
    world.world.tokens[reader.value] = reader
    world.world.repository(REPO).labels.append(Label(id=world.world.next_id(), name=LABEL))
    monkeypatch.setenv("FTC_REPO", REPO)
    monkeypatch.setenv("FTC_TOKEN", "reads-issues")
    return world


def the(world, name):
    [found] = [issue for issue in issues(world) if name in issue.title]
    return found


def says(world, issue, body, *, who="bea", hours=0.5, edited=False, label=True):
    at = NOW + timedelta(hours=hours)
    made = Comment(id=world.world.next_id(), author=who, body=body, created_at=at, updated_at=at)
    if edited:
        made.rewrite(body + " ", editor=who, now=at + timedelta(minutes=1), edit_id=world.world.next_id())
    issue.comments.append(made)
    if label and LABEL not in issue.labels:
        issue.labels.append(LABEL)


def quarantine(world, capsys, *arguments, now=LATER):
    with world.activate():
        code = main(["quarantine", *arguments, "--now", f"{now:%Y-%m-%dT%H:%M:%SZ}"])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def listed(world, capsys, **over):
    code, out, err = quarantine(world, capsys, "list", "--json", **over)
    assert code == 0, err
    return from_json(out).entries


def test_the_list_is_derived_from_what_people_said(world, capsys):
    first, second = the(world, "TestAdd"), the(world, "TestSum")
    assert listed(world, capsys) == ()
    says(world, second, "/ftc quarantine 3")
    says(world, first, "/ftc quarantine", hours=0.6)
    found = listed(world, capsys)
    assert [entry.issue for entry in found] == [second.number, first.number]
    assert [entry.until for entry in found] == [
        NOW + timedelta(hours=0.5, days=3),
        NOW + timedelta(hours=0.6, days=14),
    ]
    assert {entry.test.suite for entry in found} == {PACKAGE}
    assert len(listed(world, capsys, now=NOW + timedelta(days=4))) == 1


def test_what_the_bot_answers_makes_the_list(world, capsys):
    """The answer puts the label on, and takes it off again: the list needs both people and the bot."""
    issue = the(world, "TestAdd")
    says(world, issue, "/ftc quarantine 3", label=False)
    respond(world, issue.number, hours=0.6)
    assert LABEL in issue.labels
    [entry] = listed(world, capsys)
    shown = flake_of(issue).progress.quarantine
    assert shown is not None
    assert entry.until == NOW + timedelta(hours=0.5, days=3)
    says(world, issue, "/ftc unquarantine", hours=0.7, label=False)
    assert listed(world, capsys) == (), "the list does not wait for the answer"
    respond(world, issue.number, hours=0.8)
    assert LABEL not in issue.labels


def respond(world, number, *, hours):
    settings = Settings(config=Config(repo=REPO), tokens=Tokens(read=TOKEN, issue=TOKEN))
    with world.activate():
        ctx = open_context(settings, {}, now=NOW + timedelta(hours=hours), pace=PACE)
        respond_to(replace(ctx, say=lambda _: None), number, partners=Partners(standing_quarantine=standing_quarantine))


@pytest.mark.parametrize(
    ("body", "over", "why"),
    [
        ("/ftc quarantine", {"who": "mallory"}, "a stranger"),
        ("/ftc quarantine", {"edited": True}, "an edited comment"),
        ("/ftc quarantine", {"who": "github-actions[bot]"}, "a bot"),
        ("> /ftc quarantine", {}, "a quotation"),
        ("```\n/ftc quarantine\n```", {}, "a code block"),
        ("/ftc quarantine 1000", {}, "out of bounds"),
        ("/ftc quarantine", {"hours": 2}, "later than now"),
        ("/ftc quarantine", {"label": False}, "without the label, which is put on by the answer"),
    ],
)
def test_what_puts_nothing_into_quarantine(body, over, why, world, capsys):
    says(world, the(world, "TestAdd"), body, **over)
    assert listed(world, capsys) == (), why


def test_what_ends_it(world, capsys):
    first, second = the(world, "TestAdd"), the(world, "TestSum")
    for issue in (first, second):
        says(world, issue, "/ftc quarantine")
    says(world, first, "/ftc unquarantine", hours=0.7)
    second.state = "closed"
    assert listed(world, capsys) == ()


def test_a_label_on_a_strangers_issue_is_nothing(world, capsys):
    first = the(world, "TestAdd")
    says(world, first, "/ftc quarantine")
    first.author = "mallory"
    assert listed(world, capsys) == ()


def test_the_list_as_a_file_needs_no_network(world, capsys, tmp_path):
    says(world, the(world, "TestAdd"), "/ftc quarantine")
    path = tmp_path / "list.json"
    code, out, _ = quarantine(world, capsys, "list", "--file", str(path))
    assert code == 0
    assert "13 days" in out
    count = len(world.requests)
    code, out, _ = quarantine(world, capsys, "arguments", "--framework", "go", "--list", str(path))
    assert (code, len(world.requests)) == (0, count)
    assert out.splitlines() == [f"$(go list ./... | grep -vxF -e {PACKAGE})", f"'-skip=^TestAdd$' {PACKAGE}"]


CASES = {
    "tolerated": (go_log("TestAdd"), 0, "tolerated until 2026-12-04 12:30 UTC"),
    "one more": (go_log("TestAdd", "TestSum"), 1, f"FAILED: {PACKAGE} TestSum"),
    "another": (go_log("TestSum"), 1, f"FAILED: {PACKAGE} TestSum"),
    "none": ("ok\n", 1, "no failing test"),
    "empty": ("", 1, "no failing test"),
    "build": (go_log("TestAdd") + "FAIL\texample.com/shop/pay [build failed]\n", 1, "build failed"),
    "report": (
        junit(f"<testcase classname='{PACKAGE}' name='TestAdd'><failure>x</failure></testcase>"),
        0,
        "counts as passed",
    ),
    "torn report": (
        junit(f"<testcase classname='{PACKAGE}' name='TestAdd'><failure>x</failure></testcase>").replace(
            "</testsuite>", ""
        ),
        1,
        "not well-formed",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_finished_step_is_judged(name, world, capsys, tmp_path):
    text, expected, said = CASES[name]
    says(world, the(world, "TestAdd"), "/ftc quarantine")
    report = tmp_path / "report.log"
    report.write_text(text)
    code, out, err = quarantine(world, capsys, "check", "--report", str(report))
    assert code == expected, out + err
    assert said in out


def test_expiry_is_enforced_by_whoever_reads_a_list(world, capsys, tmp_path):
    says(world, the(world, "TestAdd"), "/ftc quarantine 3")
    path, report = tmp_path / "list.json", tmp_path / "a.log"
    report.write_text(go_log("TestAdd"))
    quarantine(world, capsys, "list", "--file", str(path))
    arguments = ("check", "--list", str(path), "--report", str(report))
    assert quarantine(world, capsys, *arguments)[0] == 0
    code, out, _ = quarantine(world, capsys, *arguments, now=NOW + timedelta(days=4))
    assert code == 1
    assert "its quarantine does not count: expired" in out
    assert quarantine(world, capsys, *arguments, "--quarantine-max", "0")[0] == 1


@pytest.mark.parametrize("outcome", ["success", "skipped"])
def test_a_step_that_did_not_fail_asks_for_nothing(outcome, world, capsys):
    before = len(world.requests)
    assert quarantine(world, capsys, "check", "--outcome", outcome)[0] == 0
    assert len(world.requests) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--outcome", "cancelled"), "cancelled"),
        (("--outcome", ""), "has the test step the id"),
        (("--report", "no/such/file.xml"), "does not exist"),
        (("--report", "no/**/*.xml"), "does not exist"),
        (("--list", "no/such.json"), "cannot be read"),
        (("--disabled",), "FTC_DISABLED"),
        (("--repo", "acme/other"), "is not known"),
    ],
)
def test_whatever_is_amiss_leaves_the_failure(arguments, said, world, capsys, tmp_path):
    says(world, the(world, "TestAdd"), "/ftc quarantine")
    report = tmp_path / "a.log"
    report.write_text(go_log("TestAdd"))
    code, out, _ = quarantine(world, capsys, "check", "--report", str(report), *arguments)
    assert code == 1
    assert said in out


def test_a_list_for_another_repository_is_refused(world, capsys, tmp_path):
    report, path = tmp_path / "a.log", tmp_path / "list.json"
    report.write_text(go_log("TestAdd"))
    says(world, the(world, "TestAdd"), "/ftc quarantine")
    quarantine(world, capsys, "list", "--file", str(path))
    path.write_text(path.read_text().replace(REPO, "acme/other"))
    code, out, _ = quarantine(world, capsys, "check", "--report", str(report), "--list", str(path))
    assert code == 1
    assert "is a list for acme/other" in out


def test_with_github_down_at_any_moment_the_failure_stands(world, capsys, tmp_path):
    says(world, the(world, "TestAdd"), "/ftc quarantine")
    report = tmp_path / "a.log"
    report.write_text(go_log("TestAdd"))
    before = len(world.requests)
    assert quarantine(world, capsys, "check", "--report", str(report))[0] == 0
    asked = len(world.requests) - before
    assert asked >= 4
    for number in range(1, asked + 1):
        world.on_request = silent_from(world.requests[-1].number + number)
        code, out, _ = quarantine(world, capsys, "check", "--report", str(report))
        assert code == 1, f"request {number}"
        assert "the list of tests in quarantine is not known: GitHub did not answer" in out


def silent_from(start):
    """GitHub does not answer that request, nor any later one; the transport's own patience is tried elsewhere."""

    def hook(entry):
        if entry.number >= start:
            raise Unavailable("GitHub did not answer")

    return hook


def test_the_page_of_the_run_shows_what_is_tolerated(world, capsys, tmp_path, monkeypatch):
    says(world, the(world, "TestAdd"), "/ftc quarantine")
    outputs, summary, report = tmp_path / "outputs", tmp_path / "summary", tmp_path / "a.log"
    monkeypatch.setenv("GITHUB_OUTPUT", str(outputs))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    report.write_text(go_log("TestAdd", *(f"Test{number}" for number in range(30)), message="::error::x @ann <b>"))
    code, out, err = quarantine(world, capsys, "check", "--report", str(report))
    assert code == 1
    assert len([line for line in err.splitlines() if line.startswith("::error")]) == 10
    assert "passes<<" in outputs.read_text()
    text = summary.read_text()
    assert "| tolerated | 2026-12-04 12:30 |" in text
    assert "<b>" not in text.replace("`", "") or "`" in text
    assert not [line for line in out.splitlines() if line.startswith("::") and "add-mask" not in line]


def test_arguments_need_a_framework(world, capsys):
    assert quarantine(world, capsys, "arguments")[0] == 64


def test_json_is_what_the_file_holds(world, capsys, tmp_path):
    says(world, the(world, "TestAdd"), "/ftc quarantine")
    path = Path(tmp_path / "x.json")
    _, out, _ = quarantine(world, capsys, "list", "--json", "--file", str(path))
    assert json.loads(out) == json.loads(path.read_text())
