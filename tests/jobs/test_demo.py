"""The demo: real commands over HTTP, what they make of the recorded history, and what they answer to people."""

import re
from argparse import Namespace
from pathlib import Path
from types import SimpleNamespace

import pytest

from ftc.core.errors import CommandFailed
from ftc.core.marks import purpose_of
from ftc.core.state import decode
from ftc.jobs.demo import command
from ftc.jobs.demo.chapters import CHAPTERS
from ftc.jobs.demo.plain import plain
from ftc.jobs.demo.stage import HISTORY, REPO, ftc, issues, repository
from ftc.jobs.demo.talk import state_of
from ftc.simulator.server import serving
from ftc.simulator.simulator import Simulator

pytestmark = pytest.mark.slow

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES = ("example-issue.md", "example-conversation.md")
PULL = "example-pull-request.md"

SETTLE, RECEIPT = "TestBatchIsSentAfterInterval", "TestReceipt::test_is_dated_now"
REPORT, SERVER = "TestSummaryListsEveryAccount", "TestBalanceOverHTTP"
COMPACT, RATES = "TestJournalSuite/TestCompactLeavesOneSegment", "TestAgeStaysBelowInterval"
CATEGORIES, WRITE = "test_rent_is_always_shown", "test_write[CHF-CHF 12.00]"
SPLIT, TOTAL = "TestSplit/remainder", "test_render_ends_with_the_total"


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """The demo played once: its lines, the report of each command, and the world at the end."""
    folder, lines, simulator = tmp_path_factory.mktemp("demo"), [], Simulator.load(HISTORY / "first.yaml")
    saved = {"save_issue": folder / EXAMPLES[0], "save_conversation": folder / EXAMPLES[1], "save_pull": folder / PULL}
    flags = Namespace(keep=False, **saved)
    with pytest.MonkeyPatch.context() as around:
        around.setenv("FTC_REPO", "somebody/else")  # must not reach the demo's commands
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            around.setenv(name, "http://127.0.0.1:1")  # what lies on this machine needs no way out of it
        reports = command.play(simulator, flags, say=lines.append)
    texts = {name: (folder / name).read_text(encoding="utf-8") for name in (*EXAMPLES, PULL)}
    return SimpleNamespace(
        lines=lines,
        reports=reports,
        issues=issues(simulator),
        pulls=[item for item in repository(simulator).issues.values() if item.title.startswith("tests: stabilize")],
        texts=texts,
        requests=simulator.requests,
    )


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
    git = repository(Simulator.load(HISTORY / "first.yaml")).git
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
    assert set(list(titled(played).values())[3:6]) == {SERVER, COMPACT, RATES}
    assert list(titled(played).values())[6:] == [CATEGORIES], "a day later, when it failed again"


def test_known_issues_get_new_failures_without_a_further_comment(played):
    second = verdicts(played.reports[1])
    assert second[SETTLE][2] == 3
    assert second[RECEIPT][2] == 3
    flaky = [issue for number, issue in played.issues.items() if number in titled(played)]
    said = [[purpose_of(comment.body) for comment in issue.comments] for issue in flaky]
    unasked = {
        tuple(purpose for purpose in purposes if not purpose.startswith(("answer:", "fix:"))) for purposes in said
    }
    assert unasked == {("analysis",), ("analysis", "", ""), ("analysis", "")}, "people's have no purpose"


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
        CATEGORIES: ("unordered-collections", True),
    }


def the_answer(played, who):
    """What the bot said to somebody's one comment, and the issue."""
    [(said, issue)] = [
        (item.id, issue) for issue in played.issues.values() for item in issue.comments if item.author == who
    ]
    [answer] = [item.body for item in issue.comments if purpose_of(item.body) == f"answer:{said}"]
    return answer, issue


def test_a_question_is_answered_with_links(played):
    answer, issue = the_answer(played, "dave")
    assert "**Probably not that change.**" in answer
    assert "3 of 30 observed runs" in answer
    assert answer.count("/actions/runs/") == 5
    assert SETTLE in issue.title


def test_a_stranger_is_refused_and_a_maintainer_obeyed(played):
    refused, issue = the_answer(played, "mallory")
    assert refused.split("-->")[1].strip().startswith("Thank you, but ")
    assert "Nothing changed." in refused
    approved, same = the_answer(played, "alice")
    assert same is issue
    assert "and starts now." in approved
    assert "`python/tests/test_categories.py`" in approved
    states = [state_of(issue) for number, issue in played.issues.items() if number in titled(played)]
    assert states == [*["WAITING_FOR_SIGNAL"] * 6, "PR_OPEN"]


def test_an_approved_fix_is_proven_by_running_the_test(played):
    """Real runs: how often it fails is the affair of its hash seeds, that it fails no more is not."""
    [pull] = played.pulls
    assert pull.title == f"tests: stabilize {CATEGORIES}"
    first = pull.body.replace("\r\n", "\n").split("\n", 1)[0]
    assert re.match(r"\*\*Verified:\*\* it failed in (\d+) of (\d+) runs before and in none of \2 after", first), first
    assert pull.pull.draft is False
    [issue] = [issue for number, issue in played.issues.items() if titled(played).get(number) == CATEGORIES]
    assert f"Close #{issue.number}" in pull.body
    told = [item.body for item in issue.comments if purpose_of(item.body).startswith("fix:")]
    assert len(told) == 1, "one comment, edited at each phase"
    assert str(pull.number) in told[0]


def test_only_commands_get_a_reaction(played):
    comments = [item for issue in played.issues.values() for item in issue.comments]
    reactions = {item.author: [one.content for one in item.reactions] for item in comments}
    del reactions["github-actions[bot]"]
    assert reactions == {"dave": [], "mallory": ["eyes"], "alice": ["eyes"], "erin": []}


def test_a_sweep_answers_what_no_event_told(played):
    answer, issue = the_answer(played, "erin")
    assert "The likeliest cause so far is `time`" in answer
    assert "; the [analysis](" in answer
    assert "python -m pytest -q -x tests/test_receipts.py::TestReceipt::test_is_dated_now" in answer
    [report] = [item for item in played.reports if "answered" in item]
    assert report["answered"] == [issue.number]
    assert report["moved"] == []


def test_people_speak_with_tokens_of_their_own(played):
    tokens = {entry.token for entry in played.requests if entry.method == "POST" and entry.path.endswith("/comments")}
    assert tokens == {"demo-token", *(f"token-of-{name}" for name in ("dave", "mallory", "alice", "erin"))}


@pytest.mark.parametrize(
    ("markdown", "lines"),
    [
        ("<!-- mark -->\n**Bold** `code` [run 1](http://x/1).", ["Bold code run 1."]),
        ("So. [1](http://x/1) [2](http://x/2)\n\n<details><summary>More</summary>\n\nmuch\n</details>", ["So."]),
        ("<code>&#47;ai-fix</code> &lt;why&gt;", ["/ai-fix <why>"]),
        ("Run:\n\n```sh\ncd a && b `c`  **d**\n```\n", ["Run:", "    cd a && b `c`  **d**"]),
        ("### Likely\r\n\r\n1. first", ["Likely", "first"]),
    ],
)
def test_markdown_on_a_terminal(markdown, lines):
    assert plain(markdown) == lines


def test_repaired_tests_are_no_issue(played):
    assert {SPLIT, TOTAL}.isdisjoint(titled(played).values())


def test_third_scan_writes_nothing(played):
    assert played.reports[2]["effects"] == []
    assert played.reports[2]["failed_jobs"] == 0
    assert played.lines.count("Wrote nothing.") == 1


def test_lines_say_what_was_found_and_why(played):
    text = "\n".join(played.lines)
    for name in (SETTLE, RECEIPT, REPORT, SERVER, COMPACT, RATES, WRITE, SPLIT):
        assert name in text
    for part in ("grade A+", "a regression, broken by", "requests", "Most likely cause: async wait", "PR_OPEN"):
        assert part in text
    assert "       Read: go/settle/settle_test.go at 232ba1f, lines 11 to 21, and 3 more" in played.lines
    assert f"/{REPO}/issues" in played.lines[-1]
    assert len(played.lines) < 150, "a story is read to its end"
    assert [chapter.title for chapter in CHAPTERS if f"\n{chapter.title}" not in played.lines] == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_the_demos(played, update_goldens, name):
    if update_goldens:
        (DOCS / name).write_text(played.texts[name], encoding="utf-8")
    assert (DOCS / name).read_text(encoding="utf-8") == played.texts[name], (
        "say pytest --update-goldens tests/jobs/test_demo.py"
    )


def test_the_example_of_a_pull_request_is_the_demos(played, update_goldens):
    """But for its figures, which are another run's."""
    if update_goldens:
        (DOCS / PULL).write_text(played.texts[PULL], encoding="utf-8")
    shown, made = (
        (re.findall(r"^#.*$|^[*][*]\w+", text, re.MULTILINE))
        for text in ((DOCS / PULL).read_text(encoding="utf-8"), played.texts[PULL])
    )
    assert shown == made, "say pytest --update-goldens tests/jobs/test_demo.py"


def test_failed_command_is_told_with_its_own_words():
    simulator = Simulator.load(HISTORY / "first.yaml")
    simulator.fail(path="/actions/runs", status=403)
    with (
        serving(simulator) as url,
        pytest.raises(CommandFailed, match=r"(?s)^ftc scan ended with 1:\n.*403.*permission"),
    ):
        ftc(simulator, url, "scan")


def test_the_story_has_one_word_for_one_thing(played):
    told = "\n".join(played.lines)
    assert "× build failed" in told
    assert "build failure" not in told, "of a job or of a package, it is the same to the reader"
    assert "× write to the watch list" in told
