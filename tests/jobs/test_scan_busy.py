"""Busy repositories: the brakes of spec section 6 hold, and a scan asks for no more than it must."""

import pytest
from scans import run_scan, writes
from small import dashboards, flake_of, issues

from ftc.simulator.simulator import Simulator
from tests.scenarios import busy

PAGE = 100


def a_scan(world, **over):
    return run_scan(world, repo=busy.REPO, token=busy.TOKEN, now=busy.NOW, **over)


def asked(world, part):
    return [entry for entry in world.requests if part in entry.path]


@pytest.fixture(scope="module")
def backlog():
    world = Simulator.load(busy.backlog())
    a_scan(world)
    return world


def test_forty_flakes_at_once_make_three_issues_the_worst(backlog):
    assert [flake_of(issue).test.name for issue in issues(backlog, busy.REPO)] == [
        "TestFlake00",
        "TestFlake01",
        "TestFlake02",
    ]


def test_the_rest_is_listed_on_the_dashboard_as_waiting(backlog):
    [dashboard] = dashboards(backlog, busy.REPO)
    assert "Waiting for a place: 37." in dashboard.body
    assert all(f"TestFlake{index:02d}" in dashboard.body for index in range(3, 40))
    assert "at most 3 new issues a scan" in dashboard.body


def test_the_next_scan_files_the_next_three(backlog):
    a_scan(backlog)
    assert len(issues(backlog, busy.REPO)) == 6
    assert "Waiting for a place: 34." in dashboards(backlog, busy.REPO)[0].body


def test_a_breakage_makes_no_issue_and_is_said():
    world = Simulator.load(busy.breakage())
    report = a_scan(world)
    assert issues(world, busy.REPO) == []
    [dashboard] = dashboards(world, busy.REPO)
    assert "**Possible breakage.** 15 tests" in dashboard.body
    assert "Waiting for a place: 15." in dashboard.body
    assert any("possible breakage" in note for note in report.notes)
    world.requests.clear()
    a_scan(world)
    assert writes(world) == []


def test_a_week_of_300_runs_a_day_costs_its_pages_and_its_failures():
    days, red = 7, 4
    world = Simulator.load(busy.steady(days=days, red_per_day=red))
    report = a_scan(world)
    pages = -(-(days * 300 + days * red) // PAGE)
    # GitHub ends a list after 1,000 runs, so the last page of each slice is asked for once more.
    slices = pages // 10 + 1
    assert report.listed == days * 300 + days * red
    assert len(asked(world, "/actions/runs/")) <= 2 * days * red, "jobs and artifacts of the failed runs"
    reads = [entry for entry in world.requests if entry.method == "GET"]
    failed = days * red
    # Each failed run: its jobs, its artifacts, one log (an answer and a download).
    written = len(writes(world))
    assert len(reads) <= pages + slices + 4 * failed + written + 4
    assert report.unread == 0
    world.requests.clear()
    again = a_scan(world)
    # The brake lets three issues through, so the next scan files the last one; the one after that is quiet.
    assert again.unread == 0
    world.requests.clear()
    a_scan(world)
    assert writes(world) == []
    assert len(world.requests) <= 2 + 1 + pages + slices + 1
