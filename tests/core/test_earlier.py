"""What is told of earlier fixes."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ftc.core.earlier import earlier_fixes
from ftc.core.model import DayRuns, Flake, Status, TestId
from ftc.core.progress import Fate, Progress, PullRef, RunRecord, RunStatus
from ftc.core.progress_document import progress_document, to_progress
from ftc.core.sweep_rules import RULES
from ftc.core.sweeping import Facts, Manner, swept
from tests.builders import LINK, a_flake, an_occurrence, days

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


def test_what_was_handed_over_was_not_proposed():
    """Also a started task, which the gate hands over as it does a fix."""
    runs = (record(1, RunStatus.SUCCEEDED), record(2, RunStatus.SUCCEEDED, command="start"))
    assert told(*runs) == [
        "task 7-2 of 2026-11-03 was handed over to GitHub's coding agent",
        "task 7-1 of 2026-11-02 was handed over to GitHub's coding agent",
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


@pytest.mark.parametrize(
    ("fate", "words"),
    [
        (Fate.MERGED, "was merged on 2026-11-04; the test failed 1 times after that, perhaps on older branches"),
        (Fate.HELD, "was merged on 2026-11-04 and held for as many runs as its proof needs"),
        (Fate.RETURNED, "was merged on 2026-11-04 and did not hold: the test failed again in code that contains it"),
        (Fate.DECLINED, "was proposed, and closed without being merged on 2026-11-04"),
    ],
)
def test_what_became_of_it_is_told_after_the_next_pull_request_too(fate, words):
    run = record(1, RunStatus.SUCCEEDED, pull=12, fate=fate, fated=NOON + 3 * DAY)
    later = PullRef(number=13, url="u", merged=NOON + 9 * DAY)
    assert told(run, pull=later, failed=[NOON + 4 * DAY]) == [f"pull request #12 of 2026-11-02 {words}"]


HEAD = "1" * 40


def test_two_merged_fixes_of_which_the_first_came_back():
    """Through the rules of the sweep, with what a run writes in between; then the second is proven, and declined."""

    def sweep(flake, day, **facts):
        manner = Manner(now=days(day), actor="bot[bot]")
        return swept(flake, Facts(**{"is_open": True, **facts}), manner, rules=RULES).flake

    def proposed(flake, number, day):
        run = record(number, RunStatus.SUCCEEDED, pull=number, created=days(day))
        pull = PullRef(number=number, url=f"{LINK}/{number}", opened=days(day))
        return replace(flake, status=Status.PR_OPEN, progress=replace(flake.progress.with_run(run), pull=pull))

    def merged(flake, day):
        pull = replace(flake.progress.pull, merged=days(day), closed=days(day), merge_sha="f" * 40)
        return sweep(flake, day, pull=pull)

    def fates(flake):
        return [run.fate for run in flake.progress.runs]

    def outcomes(flake):
        return [item.outcome.partition(" and ")[2] or item.outcome for item in earlier_fixes(flake)]

    before = [an_occurrence(run=f"b{n}", created=days(0) + n * timedelta(minutes=1)) for n in range(5)]
    ran = (
        DayRuns(source="actions", day=days(0).date(), runs=100),
        DayRuns(source="actions", day=days(40).date(), runs=900),
    )
    flake = merged(proposed(a_flake(*before, issue=5, exposure=ran[:1]), 12, 8), 10)
    assert fates(flake) == [Fate.MERGED]
    again = an_occurrence(run="after", created=days(15), sha=HEAD)
    flake = sweep(replace(flake, occurrences=(again, *flake.occurrences)), 16, contains={HEAD: True})
    assert flake.status is Status.ISSUE_OPEN
    flake = merged(proposed(flake, 13, 18), 20)
    first = "did not hold: the test failed again in code that contains it"
    assert outcomes(flake) == [f"was merged on {days(20):%Y-%m-%d}; no failure since", first]
    flake = sweep(replace(flake, exposure=ran), 45)
    assert flake.status is Status.VERIFIED
    assert outcomes(flake) == ["held for as many runs as its proof needs", first]
    assert to_progress(json.loads(json.dumps(progress_document(flake.progress)))) == flake.progress
    flake = proposed(replace(flake, status=Status.ISSUE_OPEN), 14, 50)
    flake = sweep(flake, 52, pull=replace(flake.progress.pull, closed=days(51)))
    assert outcomes(flake)[0].endswith(f"closed without being merged on {days(51):%Y-%m-%d}")
    assert outcomes(flake)[1:] == ["held for as many runs as its proof needs", first]


def test_no_more_than_five():
    assert len(told(*(record(number, RunStatus.FAILED) for number in range(9)))) == 5
