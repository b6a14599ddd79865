"""``ftc scenario run``: exit codes, reports, what a bad file is told, and what a failing expectation says."""

import json
import textwrap
from pathlib import Path

import pytest

from ftc.cli import main
from ftc.jobs.scenario.command import played
from ftc.jobs.scenario.file import read_scenario
from ftc.jobs.scenario.result import Result, Status, as_markdown

WORLD = """
world:
  now: 2026-11-18T12:00:00Z
  repositories:
    demo-org/ledger:
      roles: {alice: triage}
      workflows: [CI]
      runs:
        - {at: -4d, commit: First, jobs: {test: success}}
        - at: -2d
          commit: Second
          attempts:
            - test:
                failure: &log |
                  2026-11-16T12:00:01.0000000Z --- FAIL: TestBatchIsSentAfterInterval (0.06s)
                  2026-11-16T12:00:01.0000000Z     settle_test.go:19: batch was not sent
                  2026-11-16T12:00:01.0000000Z FAIL
                  2026-11-16T12:00:01.0000000Z FAIL\tgithub.com/demo-org/ledger/go/settle\t0.077s
                  2026-11-16T12:00:01.0000000Z ##[error]Process completed with exit code 1.
            - {test: success}
        - {at: -1d, commit: Third, attempts: [{test: {failure: *log}}, {test: success}]}
"""
"""One flaky test, seen twice: the first scan opens one issue."""

NAME = "TestBatchIsSentAfterInterval"
FULL = f"github.com/demo-org/ledger/go/settle {NAME}"
PASSES = "steps: [scan: , expect: {issues: 1}]"


def written(folder: Path, steps: str, *, name: str = "story", head: str = "", world: str = WORLD) -> Path:
    """A scenario file with these steps."""
    path = folder / f"{name}.yaml"
    path.write_text(f"name: {name}\nwhy: A test of the runner.\n{head}{world}{textwrap.dedent(steps)}\n")
    return path


def outcome(folder: Path, steps: str, **more: str) -> Result:
    return played(read_scenario(written(folder, steps, **more)))


def ran(folder: Path, *more: str) -> int:
    return main(["scenario", "run", "--dir", str(folder), *more])


# Exit codes


def test_all_passed_is_0(tmp_path, capsys):
    written(tmp_path, PASSES)
    assert ran(tmp_path) == 0
    assert capsys.readouterr().out.startswith("passed  story (")


def test_one_failed_is_1_and_the_others_are_played(tmp_path, capsys):
    written(tmp_path, "steps: [scan: , expect: {issues: 7}]", name="a")
    written(tmp_path, PASSES, name="b")
    assert ran(tmp_path) == 1
    out = capsys.readouterr().out
    assert "failed  a (" in out
    assert "passed  b (" in out


def test_a_bad_file_is_2_also_beside_a_failure(tmp_path, capsys):
    written(tmp_path, "steps: [scan: , expect: {issues: 7}]", name="a")
    (tmp_path / "b.yaml").write_text("name: [unclosed")
    written(tmp_path, PASSES, name="c")
    assert ran(tmp_path) == 2
    out = capsys.readouterr().out
    assert "error   b (" in out
    assert "b.yaml: not readable as YAML" in out
    assert "passed  c (" in out


def test_manual_is_skipped_aloud_and_is_no_failure(tmp_path, capsys):
    (tmp_path / "m.yaml").write_text("name: by hand\nwhy: Only a person can see colours.\nmanual: true\n")
    assert ran(tmp_path) == 0
    assert "skipped by hand" in (out := capsys.readouterr().out)
    assert "Only a person can see colours." in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["scenario"], "required: run"),
        (["scenario", "walk"], "invalid choice: 'walk'"),
        (["scenario", "run"], "required: --dir"),
        (["scenario", "run", "--dir", "{tmp}", "--bogus"], "unrecognized arguments: --bogus"),
        (["scenario", "run", "--dir", "{tmp}/nowhere"], "is no folder"),
        (["scenario", "run", "--dir", "{tmp}/empty"], "no scenario file"),
        (["scenario", "run", "--dir", "{tmp}", "storey"], "no scenario is called storey; there are: story"),
        (["scenario", "run", "--dir", "{tmp}", "--json-out", "{tmp}/empty"], "cannot be written"),
    ],
)
def test_bad_usage_is_2(tmp_path, capsys, arguments, said):
    (tmp_path / "empty").mkdir()
    written(tmp_path, PASSES)
    assert main([word.format(tmp=tmp_path) for word in arguments]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("name", ["story", "first.yaml", "first"])
def test_names_choose_by_name_and_by_file(tmp_path, capsys, name):
    written(tmp_path, PASSES).rename(tmp_path / "first.yaml")
    written(tmp_path, "steps: [scan: , expect: {issues: 7}]", name="other")
    assert ran(tmp_path, name) == 0
    assert "other" not in capsys.readouterr().out


def test_a_name_used_twice_is_a_bad_file(tmp_path, capsys):
    written(tmp_path, PASSES).rename(tmp_path / "1.yaml")
    written(tmp_path, PASSES).rename(tmp_path / "2.yaml")
    assert ran(tmp_path) == 2
    assert "2.yaml: name: 'story' is the name of 1.yaml already" in capsys.readouterr().out


# Reports


def test_reports_have_every_scenario_with_status_and_message(tmp_path, capsys):
    stories = tmp_path / "stories"
    stories.mkdir()
    written(stories, PASSES, name="fine")
    written(stories, "steps: [scan: , expect: {issues: 7}]", name="wrong")
    (stories / "bad.yaml").write_text("name: bad\n")
    (stories / "hand.yaml").write_text("name: hand\nwhy: Colours.\nmanual: true\n")
    ran(stories, "--json-out", str(tmp_path / "out.json"), "--md-out", str(tmp_path / "out.md"))
    data = json.loads((tmp_path / "out.json").read_text())
    assert data["schema"] == 1
    assert data["counts"] == {"passed": 1, "failed": 1, "skipped": 1, "error": 1}
    found = {entry["name"]: entry for entry in data["scenarios"]}
    assert {name: entry["status"] for name, entry in found.items()} == {
        "bad": "error",
        "fine": "passed",
        "hand": "skipped",
        "wrong": "failed",
    }
    assert found["fine"]["seconds"] > 0
    assert found["fine"]["message"] == ""
    assert "expected 7, found 1" in found["wrong"]["message"]
    text = (tmp_path / "out.md").read_text()
    assert text.startswith("## Scenarios: 1 passed, 1 failed, 1 skipped, 1 error\n")
    assert "| wrong | failed |" in text
    assert "### wrong: failed" in text


def test_a_table_cell_cannot_be_left():
    text = as_markdown([Result(name="a | b\n<b>", file="a.yaml", status=Status.PASSED, why="x\\|y")])
    row = text.splitlines()[4]
    assert row.startswith("| a \\| b &lt;b> | passed |")
    assert row.endswith("| x\\\\\\|y |")


# Bad files


BAD = [
    ("name: x", "why: must be a text"),
    ("why: x", "name: must be a text"),
    ("name: x\nwhy: y", "needs world and steps, or manual: true"),
    ("name: x\nwhy: y\nworld: {}\nsteps: []\nstep: []", "unknown key 'step'; known: name"),
    ("name: x\nname: y", "given twice"),
    ("- a", "must be a mapping"),
    ("name: x\nwhy: y\nmanual: maybe", "manual: must be true or false"),
    ("name: x\nwhy: y\nworld: 5\nsteps: []", "world: must be a world"),
]


@pytest.mark.parametrize(("text", "said"), BAD)
def test_a_bad_file_is_told_where(tmp_path, text, said):
    (tmp_path / "story.yaml").write_text(text)
    assert ran(tmp_path, "--json-out", str(tmp_path / "out.json")) == 2
    (only,) = json.loads((tmp_path / "out.json").read_text())["scenarios"]
    assert "story.yaml" in only["message"]
    assert said in only["message"]


BAD_STEPS = [
    ("dance: x", "steps[0]: unknown key 'dance'; known: scan, load, person"),
    ("{scan: {}, load: {}}", "steps[0]: must be one of scan, load"),
    ("{}", "must be one of scan, load, person, fault, kill, expect, sweep, respond, not nothing"),
    ("scan: {speed: 3}", "steps[0].scan: unknown key 'speed'"),
    ("scan: {dry-run: x}", "dry-run: must be true or false"),
    ("load: 3", "steps[0].load: must be a world"),
    ("fault: {colour: red}", "steps[0].fault: scenario: fault: unknown key 'colour'"),
    ("kill: {}", "steps[0].kill: needs the number of one request or of one write"),
    ("kill: {write: 1, request: 1}", "needs the number of one request or of one write"),
    ("kill: {write: 1, when: never}", "when: must be before or after, not 'never'"),
    ("person: {issue: 1}", "needs exactly one of edit, close"),
    ("person: {comment: x}", "issue: must be a number or a part of a title"),
    ("person: {issue: 1, close: bored}", "close: must be one of completed, not_planned, not 'bored'"),
    ("person: {issue: 1, edit: {replace: x}}", "needs body, or keep (characters), or replace and with"),
    ("person: {issue: 1, reopen: false}", "person.reopen: must be true, not False"),
    ("expect: {}", "expects nothing"),
    ("expect: {isues: []}", "steps[0].expect: unknown key 'isues'; known: issues"),
    ("expect: {issues: {}}", "steps[0].expect.issues: must be a list"),
    ("expect: {issues: [{tests: x}]}", "steps[0].expect.issues[0]: unknown key 'tests'"),
    ("expect: {issues: [{grade: A}]}", "issues[0]: needs one of test, title, number to say which one is meant"),
    ("expect: {issues: [{test: x, grade: E}]}", "grade: must be one of A+, A, B, C, D, not 'E'"),
    ("expect: {verdicts: [{test: x, class: flaky}]}", "class: must be one of flaky-test"),
    ("expect: {verdicts: [{test: x, confidence: 95}]}", "confidence: must be a number from 0 to 1"),
    ("expect: {dashboard: {contains: [x], holds: y}}", "expect.dashboard: unknown key 'holds'"),
    ("expect: {writes: few}", "writes: must be a whole number"),
]


@pytest.mark.parametrize(("step", "said"), BAD_STEPS)
def test_a_bad_step_is_told_where(tmp_path, step, said):
    written(tmp_path, f"steps:\n  - {step}")
    assert ran(tmp_path, "--json-out", str(tmp_path / "out.json")) == 2
    (only,) = json.loads((tmp_path / "out.json").read_text())["scenarios"]
    assert "story.yaml" in only["message"]
    assert said in only["message"]


BAD_WHEN_PLAYED = [
    ("steps: [scan: ]", "world: {repositories: {a/b: {runs: [{jobs: {t: {failure: gone.log}}}]}}}\n", "no such file"),
    ("steps: [scan: ]", "world: gone.yaml\n", "cannot read"),
    ("steps: [scan: ]", "world: {repositories: {a/b: {}, a/c: {}}}\n", "repo: must name the repository to scan"),
    ("steps: [expect: {issues: 0}]", WORLD, "nothing was scanned yet"),
    ("steps: [scan: {now: soon}]", WORLD, "now: must be an ISO 8601 time or a distance"),
]


@pytest.mark.parametrize(("steps", "world", "said"), BAD_WHEN_PLAYED)
def test_what_only_the_world_knows_is_an_error_of_the_file_too(tmp_path, steps, world, said):
    result = outcome(tmp_path, steps, world=world)
    assert result.status is Status.ERROR
    assert said in result.message


# What a failing expectation says


WRONG = [
    ("{issues: []}", f"expect.issues: expected no more than these, found also:\n    - {FULL}"),
    ("{issues: [TestOther]}", "issues[0]: expected test 'TestOther', found none such:\n"),
    ("{issues: [TestBatch]}", "issues[0]: expected test 'TestBatch', found none such:\n"),
    (f"{{issues: [{NAME}, {NAME}]}}", f"issues[1]: expected test '{NAME}', found none such:\n"),
    (f"{{issues: [{{test: {NAME}, grade: B}}]}}", f"issues[0].grade: expected 'B', found 'A+' ({FULL})"),
    (f"{{issues: [{{test: {NAME}, occurrences: 3}}]}}", "issues[0].occurrences: expected 3, found 2"),
    (f"{{issues: [{{test: {NAME}, labels: [blocked]}}]}}", "issues[0].labels: expected 'blocked', found ('ai-managed'"),
    (
        f"{{issues: [{{test: {NAME}, contains: [a poem]}}]}}",
        "issues[0].contains: expected 'a poem', found this:\n    | ",
    ),
    (f"{{issues: [{{test: {NAME}, lacks: [Evidence]}}]}}", "issues[0].lacks: expected none of 'Evidence', found this:"),
    (
        f"{{issues: [{{test: {NAME}, contains: [Evidence, a poem]}}]}}",
        "issues[0].contains: expected 'a poem', found this",
    ),
    ("{watch: [TestOther]}", "watch[0]: expected test 'TestOther', found none such; there is none at all"),
    ("{waiting: 2}", "expect.waiting: expected 2, found 0; there is none at all"),
    (f"{{verdicts: [{{test: {NAME}, confidence: 1}}]}}", "verdicts[0].confidence: expected at least 1.0, found 0.9"),
    (f"{{verdicts: [{{test: {NAME}, suspect: abc}}]}}", "verdicts[0].suspect: expected 'abc', found ''"),
    ("{excluded: [{reason: the moon}]}", "excluded[0]: expected reason 'the moon', found none such"),
    ("{dashboard: none}", "expect.dashboard: expected none, found 1"),
    ("{dashboard: {contains: [a poem]}}", "dashboard.contains: expected 'a poem', found this:\n    | "),
    ("{notes: [a note]}", "notes: expected 'a note', found none such; there is none at all"),
    ("{writes: 0}", "writes: expected 0, found "),
    ("{requests: 3}", "requests: expected at most 3, found "),
    ("{untouched: [demo-org/ledger]}", "untouched: expected no write to demo-org/ledger, found "),
    ("{waited: 5}", "waited: expected at least 5 s, found 0 s"),
    ("{exit: 64}", "exit: expected 64, found 0 (no error)"),
    ("{error: [no token]}", "error: expected 'no token' in it, found ''"),
    ("{drafts: [x]}", "drafts[0]: expected title 'x', found none such; there is none at all"),
]


@pytest.mark.parametrize(("expected", "said"), WRONG)
def test_a_failing_expectation_says_what_was_expected_and_found(tmp_path, expected, said):
    result = outcome(tmp_path, f"steps: [scan: , expect: {expected}]")
    assert result.status is Status.FAILED
    assert "story.yaml.steps[1].expect" in result.message
    assert said in result.message


def test_every_difference_is_said_not_only_the_first(tmp_path):
    result = outcome(tmp_path, "steps: [scan: , expect: {issues: 2, writes: 0, exit: 1}]")
    assert [line.split(":")[0].rpartition(".")[2] for line in result.message.splitlines() if "expected" in line] == [
        "exit",
        "writes",
        "issues",
    ]


def test_the_hidden_state_is_not_shown_to_people(tmp_path):
    result = outcome(tmp_path, f"steps: [scan: , expect: {{issues: [{{test: {NAME}, contains: [a poem]}}]}}]")
    assert "flaky-test-cleaner:state" not in result.message


WRONG_STEPS = [
    (
        "steps: [scan: {config: {window-days: 0}}, scan: ]",
        "steps[0].scan: expected the scan to succeed, found exit code 64: ",
    ),
    ("steps: [scan: {token: nobodys}]", "steps[0].scan: expected the scan to succeed, found exit code 1: "),
    ("steps: [kill: {write: 99}, scan: ]", "steps[0].kill: expected the scan to live until then, found that it made"),
    ("steps: [scan: , person: {issue: Nothing, comment: x}]", "expected one issue 'Nothing', found 0; there is: #"),
    (
        f"steps: [scan: , person: {{who: mallory, issue: {NAME}, edit: {{body: x}}}}]",
        "mallory may not edit issue 2: GitHub answered 403",
    ),
    (
        f"steps: [scan: , person: {{issue: {NAME}, edit: {{replace: a poem, with: x}}}}]",
        "expected 'a poem' in the body to replace it, found:",
    ),
]


@pytest.mark.parametrize(("steps", "said"), WRONG_STEPS)
def test_a_step_that_cannot_be_done_fails_with_its_reason(tmp_path, steps, said):
    result = outcome(tmp_path, steps)
    assert result.status is Status.FAILED
    assert said in result.message


# What people and faults do


def test_people_close_reopen_label_comment_and_edit(tmp_path):
    steps = f"""
    steps:
      - scan:
      - person: {{issue: {NAME}, close: not_planned}}
      - expect: {{issues: []}}
      - person: {{issue: {NAME}, reopen: true}}
      - person: {{who: alice, issue: {NAME}, add-label: keep-open}}
      - person: {{who: carol, issue: {NAME}, comment: Seen it again}}
      - person: {{issue: {NAME}, edit: {{replace: Summary, with: In short}}}}
      - expect: {{issues: [{{test: {NAME}, labels: [keep-open], comments: 2, contains: [In short], lacks: [Summary]}}]}}
      - person: {{issue: {NAME}, remove-label: keep-open}}
      - person: {{issue: "2", delete: true}}
      - expect: {{issues: []}}
    """
    assert outcome(tmp_path, steps).message == ""


def test_a_fault_is_forgotten_again(tmp_path):
    steps = """
    steps:
      - fault: {path: /actions/runs, status: 403, message: Resource not accessible by integration}
      - scan:
      - expect: {exit: 1, error: [not accessible], issues: []}
      - fault: none
      - scan:
      - expect: {issues: 1, exit: 0}
    """
    assert outcome(tmp_path, steps).message == ""


def test_a_kill_holds_for_one_scan_only(tmp_path):
    steps = """
    steps:
      - kill: {request: 1}
      - scan:
      - expect: {requests: 1, writes: 0, dashboard: none, exit: 0}
      - scan:
      - expect: {issues: 1}
    """
    assert outcome(tmp_path, steps).message == ""


def test_paths_are_relative_to_the_scenario_file(tmp_path, monkeypatch):
    (tmp_path / "worlds").mkdir()
    (tmp_path / "worlds" / "w.yaml").write_text(WORLD.partition("world:\n")[2])
    monkeypatch.chdir("/")
    assert outcome(tmp_path, PASSES, world="world: worlds/w.yaml\n").message == ""


def test_the_example_of_the_documentation_passes(tmp_path):
    text = (Path(__file__).parents[2] / "docs" / "scenario-files.md").read_text()
    (tmp_path / "example.yaml").write_text(text.partition("```yaml\n")[2].partition("```")[0])
    assert played(read_scenario(tmp_path / "example.yaml")).message == ""
