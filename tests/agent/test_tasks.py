"""Whole tasks over real git: the seed example, each row of the risk table, limits, rebase, and what is left behind."""

import pytest
from errands import QUIET, SEED, SHOP, Remote, Requests, Scripted, a_task, carry_out, edits, git, status_of

from ftc.core.errors import CommandFailed, ModelUnavailable
from ftc.core.risk import Risk
from ftc.core.task_work import GiveUp, Plan

pytestmark = pytest.mark.slow  # whole tasks, with their gates run for real

PAYMENT_TESTS = """import pytest

from service.payment import charge, refund


def test_charge_refuses():
    with pytest.raises(ValueError, match="positive"):
        charge(0, 10)
    with pytest.raises(ValueError, match="too low"):
        charge(11, 10)


def test_refund():
    assert refund(4, 10) == 6
    with pytest.raises(ValueError, match="exceeds"):
        refund(11, 10)
"""
MEMBERS = {
    *("id", "branch", "base_sha", "commits", "tests_passed", "tests_failed", "coverage_before", "coverage_after"),
    *("lint_errors", "type_errors", "diff_lines", "risk_level", "risk_labels", "partial", "partial_share", "pr_url"),
    *("cost", "started_at", "finished_at"),
}
FAILING = "not ok 1 - adds up\n# pass 2\n# fail 1\nexit 1\n"
GOOD = {"tests/more_test.py": "assert 1 + 1 == 2\n"}


@pytest.fixture
def remote(tmp_path):
    return Remote(tmp_path / "git", QUIET)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "artifacts"


def one(**over):
    return a_task(target={"include": ["src/a.py"]}, **over)


def test_the_seed_example_runs_unchanged(tmp_path, out):
    remote, requests = Remote(tmp_path / "git", SHOP), Requests()
    task = a_task(SEED.read_text())
    outcome = carry_out(task, remote, out, Scripted({"tests/test_payment.py": PAYMENT_TESTS}), publisher=requests)
    status = status_of(out, task)
    assert outcome.code == 0, (out / task.id / "evidence" / "trace.txt").read_text()
    assert status.keys() == MEMBERS
    assert status["coverage_after"] > status["coverage_before"] > 0
    assert (status["tests_failed"], status["lint_errors"], status["type_errors"]) == (0, 0, 0)
    assert (status["risk_level"], status["risk_labels"], status["partial"]) == ("low", [], False)
    assert remote.branches["auto/add-payment-tests"] == status["commits"][0]
    [request] = requests.asked
    assert request.title == "feat(test): Add the tests that src/service/payment.py lacks"
    assert "All gates passed" in request.body
    assert sorted(path.name for path in (out / task.id).iterdir() if path.name != ".lock") == [
        "evidence",
        "patch",
        "pr.md",
        "status.json",
    ]


def test_tests_that_fail_roll_the_batch_back(remote, out):
    task, scripted = one(limits={"max_retries_per_batch": 0}), Scripted({"tests/test.txt": FAILING})
    outcome = carry_out(task, remote, out, scripted)
    assert outcome.code == 1
    assert "tests-failed" in outcome.status.risk_labels
    assert outcome.status.commits == ()
    assert "auto/quiet" not in remote.branches


def test_tests_that_fail_may_be_kept_for_people_to_see(remote, out):
    task = one(limits={"max_retries_per_batch": 1}, quality_gates={"on_test_failure": "keep"})
    scripted, requests = Scripted({"tests/test.txt": FAILING}, {"tests/test.txt": FAILING}), Requests()
    outcome = carry_out(task, remote, out, scripted, publisher=requests)
    assert outcome.code == 2
    assert outcome.status.risk_labels == ("tests-failed", "potential-bug")
    assert outcome.status.risk_level == "high"
    assert "adds up" in scripted.asked[1][1], "the second attempt was told what failed"
    assert requests.asked[0].draft


ROWS = [
    ("coverage.txt", "total 79.4%\nexit 0\n", "coverage-risk"),  # 0.6 points down; half a point is tolerated
    ("lint.txt", "src/a.py:1:1: F401 unused\nexit 1\n", "style-fix-needed"),
    ("types.txt", "src/a.py:1: error: wrong\nexit 1\n", "type-risk"),
]


@pytest.mark.parametrize(("file", "text", "label"), ROWS, ids=[row[2] for row in ROWS])
def test_a_gate_that_fails_rolls_back_and_the_next_attempt_is_told(remote, out, file, text, label):
    task, scripted = one(), Scripted({f"tests/{file}": text}, GOOD)
    outcome = carry_out(task, remote, out, scripted)
    assert outcome.code == 0, "the second attempt is clean, so no label is left"
    assert outcome.status.risk_labels == ()
    assert file.removesuffix(".txt") in scripted.asked[1][1]
    assert remote.text("auto/quiet", f"tests/{file}") == QUIET[f"tests/{file}"].strip()
    again = carry_out(one(limits={"max_retries_per_batch": 0}), remote, out, Scripted({f"tests/{file}": text}))
    assert (again.code, again.status.risk_labels) == (1, (label, "aborted"))


def test_half_a_point_of_coverage_is_drift(remote, out):
    outcome = carry_out(one(), remote, out, Scripted({"tests/coverage.txt": "total 79.5%\nexit 0\n"}))
    assert (outcome.code, outcome.status.coverage_after) == (0, 79.5)


def test_what_fails_at_the_base_is_tolerated(tmp_path, out):
    broken = {"tests/test.txt": FAILING, "tests/lint.txt": "src/b.py:9:1: F401 unused\nexit 1\n"}
    remote = Remote(tmp_path / "git", {**QUIET, **broken})
    moved = {"tests/lint.txt": "src/b.py:17:1: F401 unused\nexit 1\n"}
    outcome = carry_out(one(), remote, out, Scripted({**GOOD, **moved}))
    assert (outcome.code, outcome.status.lint_errors) == (0, 0), "a finding that only moved is not new"


def test_a_diff_over_the_limit_is_split_between_batches(remote, out):
    files = [{f"tests/{name}_test.py": f"# {name}\n" * 30} for name in "ab"]
    task, requests = a_task(quality_gates={"max_diff_lines": 40}), Requests()
    outcome = carry_out(task, remote, out, Scripted(*files), publisher=requests)
    assert [request.branch for request in requests.asked] == ["auto/quiet", "auto/quiet-2"]
    assert [request.title[-5:] for request in requests.asked] == ["(1/2)", "(2/2)"]
    assert git(remote.bare, "diff", "--name-only", "main", "auto/quiet-2") == "tests/b_test.py"
    assert (outcome.code, outcome.status.risk_labels) == (0, ())


def test_a_diff_that_cannot_be_split_is_marked(remote, out):
    outcome = carry_out(
        one(quality_gates={"max_diff_lines": 40}), remote, out, Scripted({"tests/a_test.py": "# line\n" * 50})
    )
    assert (outcome.code, outcome.status.risk_labels) == (2, ("large-diff",))


def test_a_batch_that_fails_too_often_ends_the_task_and_what_was_done_is_delivered(remote, out):
    bad = {"tests/test.txt": FAILING}
    task, scripted = a_task(limits={"max_retries_per_batch": 1}), Scripted(GOOD, bad, bad)
    outcome = carry_out(task, remote, out, scripted)
    assert outcome.code == 2
    assert outcome.status.risk_labels == ("tests-failed", "aborted")
    assert (outcome.status.partial, outcome.status.partial_share) == (True, 0.5)
    assert outcome.status.tests_failed == 0, "what failed is not in what is delivered"


def test_a_time_out_delivers_what_is_done_with_its_share(remote, out):
    time = iter([0.0] * 5)
    scripted = Scripted(GOOD, {"tests/late_test.py": "late = 1\n"})
    late = {"now": 0.0}
    scripted.before = lambda count: late.update(now=3600.0 if count == 2 else 0.0)
    outcome = carry_out(a_task(), remote, out, scripted, clock=lambda: next(time, late["now"]))
    assert outcome.code == 2
    assert outcome.status.risk_labels == ("partial",)
    assert outcome.status.partial_share == 0.5
    assert remote.log("auto/quiet") == ["src/a.py"]


def test_money_ends_a_task_and_an_unknown_price_is_all_that_is_left(remote, out):
    outcome = carry_out(a_task(), remote, out, Scripted(edits(GOOD, usd=None), GOOD), publisher=None)
    assert (outcome.status.cost, outcome.status.partial) == (5.0, True)


def test_max_commits(remote, out):
    more = {"tests/x_test.py": "x = 1\n"}
    outcome = carry_out(a_task(limits={"max_commits": 1}), remote, out, Scripted(GOOD, more))
    assert (len(outcome.status.commits), outcome.status.partial_share, outcome.code) == (1, 0.5, 2)


def test_a_conflict_outside_of_tests_drops_that_file(remote, out):
    task = one(quality_gates={"commands": {}, "min_coverage_delta": None})
    scripted = Scripted({"src/a.py": "A = 2\n", **GOOD})
    scripted.before = lambda _: remote.commit({"src/a.py": "A = 3\n"})
    outcome = carry_out(task, remote, out, scripted, approved=frozenset({"src/a.py"}))
    assert (outcome.code, outcome.status.risk_labels) == (2, ("needs-manual-review",))
    assert outcome.status.base_sha == remote.branches["main"]
    assert remote.text("auto/quiet", "src/a.py") == "A = 3"
    assert remote.text("auto/quiet", "tests/more_test.py")


def test_a_conflict_in_tests_is_worked_anew(remote, out):
    scripted = Scripted({"tests/more_test.py": "mine = 1\n"}, {"tests/more_test.py": "both = 1\n"})
    scripted.before = lambda count: count == 1 and remote.commit({"tests/more_test.py": "theirs = 1\n"})
    outcome = carry_out(one(), remote, out, scripted)
    assert outcome.code == 0
    assert "in conflict: tests/more_test.py" in scripted.asked[1][1]
    assert remote.text("auto/quiet", "tests/more_test.py") == "both = 1"
    assert outcome.status.base_sha == remote.branches["main"]


def test_what_does_not_pass_on_the_new_base_is_dropped(remote, out):
    scripted = Scripted(GOOD)
    # Two lines further on: no conflict for git, and both together fail.
    gate = QUIET["gate.sh"] + "# moved\n"
    fails = gate.replace("grep -v", "test -e tests/more_test.py && exit 1\ngrep -v")
    scripted.before = lambda _: remote.commit({"gate.sh": fails})
    outcome = carry_out(one(), remote, out, scripted)
    assert (outcome.code, outcome.status.commits) == (1, ())


def test_files_beyond_the_tests_are_posted_first_and_wait(remote, out):
    task, requests = one(), Requests()
    outcome = carry_out(
        task, remote, out, Scripted(edits({"src/a.py": "A = 2\n"}, summary="rename")), publisher=requests
    )
    assert (outcome.code, outcome.status.commits, requests.asked) == (2, (), [])
    assert [item.path for item in outcome.planned] == ["src/a.py"]
    assert "--approve" in (out / "quiet" / "plan.md").read_text()
    approved = carry_out(
        task, remote, out, Scripted({"src/a.py": "A = 2\n"}), publisher=requests, approved=frozenset({"src/a.py"})
    )
    assert (approved.code, approved.status.risk_level) == (0, "medium")
    assert carry_out(task, remote, out, Scripted(Plan(files=("src/a.py",)))).planned


REFUSED = [
    ({".github/workflows/ci.yml": "x\n"}, "never changed"),
    ({"src/b.py": "B = 2\n"}, "neither"),  # not of the target, approved or not
    ({"../outside.py": "x\n"}, "no path"),
    ({"tests/x_test.py": "import pytest\n\n@pytest.mark.skip\ndef test_a():\n    assert 1\n"}, "hides failures"),
]


@pytest.mark.parametrize(("files", "why"), REFUSED, ids=[why for _, why in REFUSED])
def test_an_edit_that_may_not_be_is_refused_and_told(remote, out, files, why):
    scripted = Scripted(files, GOOD)
    outcome = carry_out(one(), remote, out, scripted)
    assert outcome.code == 0
    assert why in scripted.asked[1][1]
    assert not (out / "outside.py").exists()


def test_what_may_hide_a_failure_or_mend_it_is_delivered_and_told(remote, out):
    setup = "import random\n\n\ndef pytest_runtest_setup(item):\n    random.seed(0)\n"
    scripted, requests = Scripted({**GOOD, "tests/conftest.py": setup}), Requests()
    outcome = carry_out(one(), remote, out, scripted, publisher=requests)
    [request] = requests.asked
    assert (outcome.code, outcome.status.risk_level, len(scripted.asked)) == (2, "medium", 1)
    assert "needs-manual-review" in request.labels
    assert "may hide a failure, or mend it: `runner-code: tests/conftest.py: def pytest_runtest_setup(item):`" in (
        request.body
    )


def test_the_network_is_tried_again_and_nothing_else_is(remote, out):
    outcome = carry_out(one(), remote, out, Scripted(ModelUnavailable("no answer"), GOOD))
    assert outcome.code == 0
    scripted = Scripted(CommandFailed("the agent's command ended with 1: no such option"), GOOD)
    assert (carry_out(one(), remote, out, scripted).code, len(scripted.asked)) == (1, 1)


def test_a_failed_task_opens_a_draft_with_its_trace(remote, out):
    task, requests = one(on_failure="draft-pr"), Requests()
    outcome = carry_out(task, remote, out, Scripted(GiveUp(reason="no idea")), publisher=requests)
    [request] = requests.asked
    assert (outcome.code, request.branch, request.draft) == (1, "auto/quiet-fail", True)
    failure = remote.text("auto/quiet-fail", "FAILURE.md")
    for word in ("quiet", "GENERATE", "given-up", "no idea", "Next steps"):
        assert word in failure
    assert len(remote.text("auto/quiet-fail", "trace.txt").splitlines()) <= 200
    assert outcome.status.pr_url


def test_nothing_matches(remote, out):
    outcome = carry_out(a_task(target={"include": ["lib/**"]}), remote, out, Scripted())
    assert (outcome.code, outcome.failure.code) == (1, "no-target")


def test_a_person_who_pushed_to_the_branch_is_respected(remote, out):
    theirs = remote.commit({"notes.txt": "mine\n"}, branch="auto/quiet")
    git(remote.clone, "reset", "--quiet", "--hard", "origin/main")
    outcome = carry_out(one(), remote, out, Scripted(GOOD))
    assert outcome.code == 1
    assert remote.branches["auto/quiet"] == theirs


def test_a_gate_without_its_tool_is_not_available_and_no_pass(remote, out):
    commands = {"types": "no-such-checker src"}
    task = one(quality_gates={"commands": {**one_commands(), **commands}, "forbid_new_type_errors": True})
    outcome = carry_out(task, remote, out, Scripted(GOOD))
    assert (outcome.code, outcome.status.type_errors) == (2, None)
    assert "not available" in (out / "quiet" / "pr.md").read_text()


def one_commands():
    return dict(one().gates.commands)


def test_rules_and_the_model_only_raise_the_risk(remote, out):
    rules = {"risk_rules": {"high_if": ["diff_lines > 100"]}}
    low = carry_out(one(pr=rules), remote, out, Scripted(GOOD))
    raised = carry_out(one(pr=rules), remote, out, Scripted(edits(GOOD, risk=Risk.HIGH)))
    assert (low.status.risk_level, raised.status.risk_level, raised.code) == ("low", "high", 2)
