"""Whole scans against the simulator: modes, filters, windows, budgets, and what a dry run leaves alone."""

import pytest
from scans import writes
from small import REPO, a_scan, a_world, dashboards, flake_of, flipped, go_log, issues, red, run, watched

from ftc.core.classify import summed
from ftc.core.config import GroupBy, Mode
from ftc.core.model import Grade
from ftc.core.observe import Reason
from ftc.jobs.scan_report import as_text

FLAKY = (flipped(30, go_log("TestAdd")), flipped(20, go_log("TestAdd")))
"""One test that flipped in two runs: the least that is filed."""


def reasons(report):
    return {(item.reason, item.test or item.job) for item in report.plan.left_out}


def test_a_flaky_test_gets_one_issue_with_labels_and_evidence():
    world = a_world(*FLAKY, run(1, jobs=red(go_log("TestOnce"))))
    a_scan(world)
    [issue] = issues(world)
    assert issue.title.startswith("[flaky] TestAdd — state is")
    assert {name.rpartition("/")[2] for name in issue.labels} == {"ai-managed", "flaky-test", "needs-triage"}
    flake = flake_of(issue)
    assert [item.grade for item in flake.occurrences] == [Grade.A_PLUS, Grade.A_PLUS]
    assert flake.issue.issue == issue.number
    assert [item.test.name for item in watched(world)] == ["TestOnce"]


def test_observe_keeps_the_dashboard_only():
    world = a_world(*FLAKY)
    report = a_scan(world, mode=Mode.OBSERVE)
    assert issues(world) == []
    [dashboard] = dashboards(world)
    assert "TestAdd" in dashboard.body
    assert "Not opened yet: mode is observe." in dashboard.body
    assert [item.reason for item in report.plan.waiting] == ["mode is observe"]


def test_file_opens_what_observe_had_waiting():
    world = a_world(*FLAKY)
    a_scan(world, mode=Mode.OBSERVE)
    a_scan(world, hours=1)
    assert [flake_of(issue).total for issue in issues(world)] == [2]
    assert watched(world) == []


@pytest.mark.parametrize("over", [{"dry_run": True}, {"run_id": "1"}])
def test_a_dry_run_says_what_it_would_write_and_writes_nothing(over):
    runs = [{**item, "id": number} for number, item in enumerate(FLAKY, start=1)]
    world = a_world(*runs)
    report = a_scan(world, **over)
    assert writes(world) == []
    assert report.dry_run
    if over.get("run_id"):
        assert all(line.startswith(("open an issue", "write to the watch list")) for line in report.done)
    else:
        assert any(line.startswith("open the dashboard") for line in report.done)
        assert any(line.startswith("open an issue for") for line in report.done)
        assert "## Why we think this is flaky" in report.drafts[0].body


def test_one_run_is_explained_among_the_others():
    # Its failure is proven flaky by another run of the same commit, which must be listed for that.
    world = a_world(
        {**run(30, jobs=red(go_log("TestAdd"))), "id": 71, "sha": "a" * 40},
        {**run(29, jobs=dict.fromkeys(("lint", "docs", "build", "test"), "success")), "id": 72, "sha": "a" * 40},
        {**run(10, jobs=red(go_log("TestOther"))), "id": 73},
    )
    report = a_scan(world, run_id="71")
    assert [(item.flake.test.name, item.verdict.grade) for item in report.plan.judged] == [("TestAdd", Grade.A)]
    assert not any("/runs/73/" in entry.path for entry in world.requests)
    page = report.plan.judged[0].flake.key[0]
    assert report.done == (f"write to the watch list, page {page}: 1 test",)
    # The verdict can be added up by hand: its sum stands below its items.
    assert f"  sum: {summed(report.plan.judged[0].verdict)}" in as_text(report, explain=True)


def test_a_run_that_does_not_count_says_so_when_asked_for():
    world = a_world({**run(3, jobs=red(go_log("TestAdd")), event="schedule"), "id": 5})
    report = a_scan(world, run_id="5", events=("push",))
    assert any("run 5" in note and "schedule" in note for note in report.notes)


def test_events_and_workflows_choose_the_runs():
    runs = [
        run(9, jobs=red(go_log("TestNightly")), workflow="Nightly", event="schedule"),
        run(6, jobs=red(go_log("TestPush"))),
    ]
    for over, seen in (
        ({"events": ("push",)}, ["TestPush"]),
        ({"workflows": ("Night*",)}, ["TestNightly"]),
        ({"workflows": ("ci.yml",)}, ["TestPush"]),  # a file name, too
        ({"workflows": (".github/workflows/nightly.yml",)}, ["TestNightly"]),
        ({}, ["TestNightly", "TestPush"]),
    ):
        world = a_world(*runs)
        a_scan(world, **over)
        assert sorted(item.test.name for item in watched(world)) == seen, over


def test_ignored_tests_are_left_out_with_a_reason():
    world = a_world(*FLAKY, flipped(9, go_log("TestAdd", "TestKept")))
    report = a_scan(world, ignore_tests=("*cart TestAdd*",))
    assert issues(world) == []
    assert [item.test.name for item in watched(world)] == ["TestKept"]
    assert (Reason.IGNORED, "example.com/shop/cart TestAdd") in reasons(report)
    world.requests.clear()
    a_scan(world, hours=1, ignore_tests=("*cart TestAdd*",))
    assert writes(world) == []


def test_a_test_ignored_later_leaves_the_watch_list_and_is_not_read_again_and_again():
    world = a_world(run(9, jobs=red(go_log("TestAdd"))))
    a_scan(world)
    assert len(watched(world)) == 1
    for hour in (1, 2):
        a_scan(world, hours=hour, ignore_tests=("*TestAdd",))
    assert watched(world) == []
    world.requests.clear()
    a_scan(world, hours=3, ignore_tests=("*TestAdd",))
    assert writes(world) == []
    assert not any(entry.path.endswith("/jobs") for entry in world.requests)


def test_grouping_by_signature_keeps_an_issue_for_each_way_of_failing():
    broken, late = go_log("TestAdd", message="cart is empty"), go_log("TestAdd", message="deadline exceeded")
    runs = [flipped(30, broken), flipped(25, late), flipped(20, broken), flipped(15, late)]
    world = a_world(*runs)
    a_scan(world, group_by=GroupBy.SIGNATURE)
    assert sorted(issue.title for issue in issues(world)) == [
        "[flaky] TestAdd — cart is empty",
        "[flaky] TestAdd — deadline exceeded",
    ]
    assert [len(flake_of(issue).signatures) for issue in issues(world)] == [1, 1]
    world.requests.clear()
    a_scan(world, hours=1, group_by=GroupBy.SIGNATURE)
    assert writes(world) == []
    whole = a_world(*runs)
    a_scan(whole)
    assert [len(flake_of(issue).signatures) for issue in issues(whole)] == [2]


def test_runs_before_the_window_are_not_listed():
    world = a_world(flipped(24 * 9, go_log("TestOld")), flipped(24 * 8, go_log("TestOld")), *FLAKY)
    assert a_scan(world).listed == 2
    assert a_scan(a_world(*FLAKY, flipped(24 * 9, go_log("TestOld"))), window_days=14).listed == 3


def test_a_re_run_after_the_scan_is_found():
    # A re-run keeps the creation time of its run, so a cursor that only moves forward would miss it.
    world = a_world({**run(30, jobs=red(go_log("TestAdd"))), "id": 8})
    a_scan(world)
    assert [item.occurrences[0].grade for item in watched(world)] == [Grade.D]
    again = a_world({**flipped(30, go_log("TestAdd")), "id": 8})
    world.world.repository(REPO).runs = again.world.repository(REPO).runs
    a_scan(world, hours=2)
    [flake] = watched(world)
    assert [(item.attempt, item.grade) for item in flake.occurrences] == [(1, Grade.A_PLUS)]


def test_a_spent_budget_leaves_runs_for_the_next_scan_and_loses_nothing():
    runs = [flipped(40 - 5 * number, go_log(f"Test{number}")) for number in range(6)]
    whole = a_world(*runs)
    a_scan(whole)
    world = a_world(*runs)
    report = a_scan(world, request_budget=12)
    assert 0 < report.unread < 6
    assert any("request-budget" in note for note in report.notes)
    assert dashboards(world), "what was read is kept"
    for hour in (1, 2, 3):
        report = a_scan(world, hours=hour, request_budget=14)
    assert report.unread == 0
    assert {item.test.name for item in watched(world)} == {item.test.name for item in watched(whole)}
    assert len(watched(world)) == 6


def test_a_log_that_cannot_be_fetched_now_waits_and_the_other_runs_go_on():
    world = a_world(run(30, jobs=red(go_log("TestAdd"))), run(20, jobs=red(go_log("TestPut"))))
    world.fail(path="/actions/jobs/.*/logs", first=4, status=502)
    report = a_scan(world)
    assert report.unread == 1
    assert [item.test.name for item in watched(world)] == ["TestPut"]
    a_scan(world, hours=1)
    assert sorted(item.test.name for item in watched(world)) == ["TestAdd", "TestPut"]
