"""What is told of earlier fixes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ftc.core.earlier import earlier_fixes
from ftc.core.model import Flake, TestId
from ftc.core.progress import Progress, PullRef, RunRecord, RunStatus
from tests.builders import an_occurrence

DAY = timedelta(days=1)
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def record(number, status, **over):
    values = {"id": f"7-{number}", "command": "fix", "status": status, "created": NOON + number * DAY, "updated": NOON}
    return RunRecord(**(values | over))


def flake(*runs, pull=None, failed=()):
    test = TestId(ecosystem="go", suite="a", name="TestA")
    seen = tuple(replace(an_occurrence(), created=moment) for moment in failed)
    return Flake(key="k", repo="a/b", test=test, occurrences=seen, progress=Progress(runs=runs, pull=pull))


def told(*args, **named):
    return [f"{item.what} {item.outcome}" for item in earlier_fixes(flake(*args, **named))]


def test_ended_runs_are_told_newest_first():
    runs = (
        record(1, RunStatus.FAILED, error="no fix found"),
        record(2, RunStatus.SUCCEEDED, pull=12, tests="60 of 60 passed"),
        record(3, RunStatus.RUNNING),
        record(4, RunStatus.STOPPED),
    )
    assert told(*runs) == [
        "pull request #12 of 2026-11-03: 60 of 60 passed was proposed, and not merged as far as is known",
        "task 7-1 of 2026-11-02 came to nothing: no fix found",
    ]


def test_failures_after_the_merge_are_counted():
    run = record(1, RunStatus.SUCCEEDED, pull=12)
    pull = PullRef(number=12, url="u", merged=NOON + 3 * DAY)
    late = (NOON + 4 * DAY, NOON + 5 * DAY, NOON + 2 * DAY)
    assert told(run, pull=pull, failed=late)[0].endswith(
        "merged on 2026-11-04; the test failed 2 times after that, perhaps on older branches"
    )
    assert told(run, pull=pull)[0].endswith("was merged on 2026-11-04; no failure since")
    assert "not merged" in told(run, pull=replace(pull, number=13))[0]


def test_no_more_than_five():
    assert len(told(*(record(number, RunStatus.FAILED) for number in range(9)))) == 5
