"""The busy scenarios hold what they promise; what a scan makes of them is tested with the scan."""

from ftc.core.sanitize import Sanitizer
from ftc.ingest.extract import extract_stream
from ftc.simulator.simulator import Simulator
from tests.scenarios import busy


def failures(text):
    """Test name to the number of runs in which it failed first and passed later."""
    counts = {}
    for run in Simulator.load(text).world.repository(busy.REPO).runs.values():
        assert run.latest.conclusion == "success"
        for job in run.attempts[0].jobs:
            if job.conclusion == "failure":
                found = extract_stream([job.log.read()], path=job.name, sanitizer=Sanitizer())
                for failure in found.failures:
                    counts[failure.test.name] = counts.get(failure.test.name, 0) + 1
    return counts


def test_backlog_has_forty_flakes_with_three_that_are_worse():
    counts = failures(busy.backlog())
    assert len(counts) == 40
    assert sorted(counts.values(), reverse=True)[:4] == [5, 4, 3, 2]
    assert set(sorted(counts.values())[:37]) == {2}


def test_backlog_is_older_than_a_day():
    runs = Simulator.load(busy.backlog(flakes=3)).world.repository(busy.REPO).runs.values()
    red = [run.created_at for run in runs if len(run.attempts) > 1]
    assert (busy.NOW - min(red)).days >= 4


def test_breakage_is_fifteen_new_tests_within_a_day():
    text = busy.breakage()
    assert len(failures(text)) == 15
    red = [run.created_at for run in Simulator.load(text).world.repository(busy.REPO).runs.values() if run.attempts[1:]]
    assert (busy.NOW - min(red)).days == 0


def test_steady_counts_its_runs_per_day():
    runs = Simulator.load(busy.steady(days=2, runs_per_day=30, red_per_day=1)).world.repository(busy.REPO).runs
    assert len(runs) == 2 * 30 + 2
    assert max(run.created_at for run in runs.values()) < busy.NOW
