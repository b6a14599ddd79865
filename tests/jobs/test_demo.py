"""The demo: three scans by the real command over HTTP, and what they make of the recorded history."""

from argparse import Namespace
from pathlib import Path
from types import SimpleNamespace

import pytest

from ftc.core.errors import CommandFailed
from ftc.core.marks import purpose_of
from ftc.core.state import decode
from ftc.jobs import demo
from ftc.simulator.server import serving
from ftc.simulator.simulator import Simulator

EXAMPLE = Path(__file__).parent.parent.parent / "docs" / "example-issue.md"

SETTLE, RECEIPT = "TestBatchIsSentAfterInterval", "TestReceipt::test_is_dated_now"
REPORT, SERVER = "TestSummaryListsEveryAccount", "TestBalanceOverHTTP"
COMPACT, RATES = "TestJournalSuite/TestCompactLeavesOneSegment", "TestAgeStaysBelowInterval"
CATEGORIES, WRITE = "test_rent_is_always_shown", "test_write[CHF-CHF 12.00]"
SPLIT, TOTAL = "TestSplit/remainder", "test_render_ends_with_the_total"


@pytest.fixture(scope="module")
def played():
    """The demo played once: its lines, the report of each scan, and the world at the end."""
    simulator, lines = Simulator.load(demo.HISTORY / "first.yaml"), []
    with serving(simulator) as url:
        story = demo.tell(simulator, url=url, say=lines.append)
        first = next(story)
        example = demo.example_issue(simulator, url=url)
        reports = [first, *story]
    return SimpleNamespace(lines=lines, reports=reports, issues=demo.issues(simulator), example=example)


def verdicts(report):
    """Name to (class, grade, occurrences)."""
    return {item["test"]["name"]: (item["class"], item["grade"], item["occurrences"]) for item in report["verdicts"]}


def titled(played):
    """Test name of every flake's issue, by number."""
    return {
        number: issue.title.removeprefix("[flaky] ").partition(" — ")[0]
        for number, issue in played.issues.items()
        if issue.title.startswith("[flaky] ")
    }


def test_first_scan_shows_every_class_and_grade(played):
    assert verdicts(played.reports[0]) == {
        SETTLE: ("flaky-test", "A+", 2),
        RECEIPT: ("flaky-test", "A+", 2),
        REPORT: ("flaky-test", "A", 2),
        SERVER: ("flaky-test", "B", 3),
        COMPACT: ("flaky-test", "A+", 1),
        RATES: ("flaky-test", "A+", 1),
        CATEGORIES: ("flaky-test", "A+", 1),
        WRITE: ("unknown", "D", 1),
        SPLIT: ("likely-regression", "D", 3),
        TOTAL: ("likely-regression", "D", 3),
    }


def test_regressions_name_the_commit_that_broke_the_test(played):
    simulator = Simulator.load(demo.HISTORY / "first.yaml")
    git = simulator.world.repository(demo.REPO).git
    suspects = {item["test"]["name"]: item["suspect"] for item in played.reports[0]["verdicts"] if item["suspect"]}
    subjects = {name: git.commit(sha).message.splitlines()[0] for name, sha in suspects.items()}
    assert subjects == {
        SPLIT: "money: round every share to the nearest cent",
        TOTAL: "reports: separate thousands",
    }


def test_first_scan_leaves_out_what_is_no_failure_of_a_test(played):
    excluded = played.reports[0]["excluded"]
    reasons = {entry["reason"] for entry in excluded}
    assert {"red job without a failing test", "build failure", "several tests fail in one log"} <= reasons
    details = {entry["detail"] for entry in excluded if entry["test"]}
    assert any("parent" in detail for detail in details)
    assert any("cascade" in detail for detail in details), details


def test_three_issues_are_filed_first_and_the_rest_waits(played):
    report = played.reports[0]
    assert [entry["test"].rpartition(" ")[2] for entry in report["waiting"]] == [SERVER]
    assert set(list(titled(played).values())[:3]) == {SETTLE, RECEIPT, REPORT}


def test_second_scan_files_the_waiting_and_promotes_the_watched(played):
    assert set(list(titled(played).values())[3:]) == {SERVER, COMPACT, RATES}


def test_known_issues_get_new_failures_without_a_further_comment(played):
    second = verdicts(played.reports[1])
    assert second[SETTLE][2] == 3
    assert second[RECEIPT][2] == 3
    flaky = [issue for number, issue in played.issues.items() if number in titled(played)]
    said = {issue.title: [purpose_of(comment.body) for comment in issue.comments] for issue in flaky}
    assert set(map(tuple, said.values())) == {("analysis",)}


def test_each_issue_is_explained_from_code_and_log(played):
    found = {}
    for number, issue in played.issues.items():
        if number in titled(played):
            known = decode(issue.body).flake.progress.assessment
            found[titled(played)[number]] = (known.root_cause, known.locatable)
    assert found == {
        SETTLE: ("async-wait", True),
        RECEIPT: ("time", True),
        REPORT: ("unordered-collections", True),
        SERVER: ("network", True),
        COMPACT: ("async-wait", True),
        RATES: ("concurrency", True),
    }


def test_repaired_tests_are_no_issue(played):
    assert {SPLIT, TOTAL}.isdisjoint(titled(played).values())


def test_third_scan_writes_nothing(played):
    assert played.reports[2]["effects"] == []
    assert played.reports[2]["failed_jobs"] == 0
    assert played.lines[-1] == "Wrote nothing."


def test_lines_say_what_was_found_and_why(played):
    text = "\n".join(played.lines)
    for name in (SETTLE, RECEIPT, REPORT, SERVER, COMPACT, RATES, WRITE, SPLIT):
        assert name in text
    assert "grade A+" in text
    assert "a regression, broken by" in text
    assert "requests" in text


def test_example_issue_is_the_demos(played, update_goldens):
    if update_goldens:
        EXAMPLE.write_text(played.example, encoding="utf-8")
    assert EXAMPLE.read_text(encoding="utf-8") == played.example, "say pytest --update-goldens tests/jobs/test_demo.py"


def test_failed_scan_is_told_with_its_own_words():
    simulator = Simulator.load(demo.HISTORY / "first.yaml")
    simulator.fail(path="/actions/runs", status=403)
    with serving(simulator) as url, pytest.raises(CommandFailed, match=r"403|permission|forbidden"):
        demo.scan(url, now=simulator.world.now())


def test_run_saves_the_issue_and_names_the_page(tmp_path, monkeypatch):
    lines = []
    monkeypatch.setenv("FTC_REPO", "somebody/else")  # must not reach the demo's scans
    args = Namespace(keep=False, save_issue=str(tmp_path / "issue.md"))
    assert demo.run(args, say=lines.append) == 0
    assert (tmp_path / "issue.md").read_text(encoding="utf-8").startswith("# [flaky] ")
    assert f"/{demo.REPO}/issues" in lines[-1]
