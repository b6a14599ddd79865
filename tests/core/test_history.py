"""What becomes an occurrence and what does not; folding, exposure and the failure rate."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftc.core.binomial import interval
from ftc.core.history import exposed, failure_rate, fold, joined
from ftc.core.model import DayCount, DayRuns, Grade, Outcome
from ftc.core.observe import Observed, Reason, observe
from ftc.core.runs import index
from ftc.core.sealing import seal_through
from ftc.core.thresholds import Thresholds
from tests.builders import (
    NOON,
    REPO,
    a_failure,
    a_flake,
    a_job,
    a_pass,
    a_test,
    an_attempt,
    an_extraction,
    an_occurrence,
    days,
    graded,
    hours,
)

DEFAULTS = Thresholds()


def seen(*attempts) -> Observed:
    return observe(attempts, repo=REPO, thresholds=DEFAULTS)


def crowd(count: int, *, suite: str = "pkg", pattern: str = "Test{}"):
    """Failures of that many tests."""
    return [a_failure(test=a_test(pattern.format(n), suite=suite)) for n in range(count)]


def test_a_failed_test_becomes_an_occurrence_with_its_run() -> None:
    (sighting,) = seen(an_attempt(id="5", attempt=2, sha="f" * 40, actor="bob")).sightings
    occurrence = sighting.occurrence
    assert occurrence.key == ("actions", "5", 2, "unit")
    assert (occurrence.tree, occurrence.author, occurrence.created) == ("f" * 40, "bob", NOON)


@pytest.mark.parametrize(
    ("job", "reason", "why"),
    [
        (a_job(conclusion="cancelled"), Reason.CANCELLED, "stopped by something else"),
        (a_job(conclusion="skipped"), Reason.CANCELLED, "never ran"),
        (a_job(extraction=an_extraction(outcome=Outcome.BUILD_FAILURE)), Reason.BUILD, "does not compile"),
        (a_job(extraction=an_extraction(outcome=Outcome.INFRASTRUCTURE)), Reason.INFRASTRUCTURE, "clone failed"),
        (a_job(extraction=None), Reason.INFRASTRUCTURE, "red, and its log is gone"),
        (a_job(a_failure(flaky_in_run=True)), Reason.INFRASTRUCTURE, "its only test failure passed on retry"),
        (a_job(*crowd(3)), Reason.ENVIRONMENT_LOG, "three distinct tests in one log"),
        (
            a_job(conclusion="success", extraction=an_extraction(a_failure())),
            Reason.TOLERATED,
            "continue-on-error hides a failing step in a green job",
        ),
    ],
)
def test_what_does_not_count_has_a_reason(job, reason: Reason, why: str) -> None:
    observed = seen(an_attempt(job))
    assert [item.reason for item in observed.left_out] == [reason], why
    assert all(item.occurrence.passed_in_run for item in observed.sightings)


@pytest.mark.parametrize(
    ("failures", "count", "why"),
    [
        (crowd(2), 2, "two tests may both be flaky"),
        (crowd(5, pattern="TestSuite/Test{}"), 5, "one testify suite is one top-level test"),
        ([*crowd(2), a_failure(test=a_test("TestZ"), flaky_in_run=True)], 3, "a passed retry is no lasting failure"),
        ([a_failure(), a_failure(fingerprint="v1:bbbb")], 1, "same job and test is one occurrence"),
    ],
)
def test_failures_of_one_log(failures, count: int, why: str) -> None:
    assert len(seen(an_attempt(a_job(*failures))).sightings) == count, why


def test_three_packages_with_tests_of_one_name_are_three_tests() -> None:
    job = a_job(*[a_failure(test=a_test("TestMain", suite=f"pkg{n}")) for n in range(3)])
    assert not seen(an_attempt(job)).sightings


def test_a_retry_that_passed_counts_in_a_green_job_too() -> None:
    job = a_job(conclusion="success", extraction=an_extraction(a_failure(flaky_in_run=True)))
    (sighting,) = seen(an_attempt(job, conclusion="success")).sightings
    assert sighting.occurrence.passed_in_run


def test_a_job_that_a_re_run_only_lists_again_failed_once() -> None:
    """Re-running one job of a run lists its other failed jobs once more, with new ids and their old times."""
    times = {"started": hours(0), "completed": hours(0.5)}
    first = an_attempt(a_job(a_failure(), id="1", **times), id="5")
    listed = an_attempt(a_job(a_failure(), id="2", **times), id="5", attempt=2)
    ran = an_attempt(a_job(a_failure(), id="3", started=hours(1), completed=hours(2)), id="5", attempt=3)
    observed = seen(first, listed, ran)
    assert [item.occurrence.attempt for item in observed.sightings] == [1, 3]
    assert [item.reason for item in observed.left_out] == [Reason.CARRIED_OVER]


RAN = {"started": hours(0), "completed": hours(0.5)}


@pytest.mark.parametrize(
    ("job", "seconds", "why"),
    [
        (a_job(a_failure(), **RAN), 1800, "half an hour was lost"),
        (a_job(a_failure(), started=hours(0)), 0, "a job of which the end is unknown"),
        (a_job(a_failure(), started=hours(1), completed=hours(0)), 0, "clocks of two machines"),
        (
            a_job(conclusion="success", extraction=an_extraction(a_failure(flaky_in_run=True)), **RAN),
            0,
            "a retry inside the run saved the job, so nobody waited in vain",
        ),
    ],
)
def test_how_much_time_a_failure_cost(job, seconds: int, why: str) -> None:
    (sighting,) = seen(an_attempt(job)).sightings
    assert sighting.occurrence.seconds == seconds, why


def test_a_report_without_a_job_is_not_a_red_job() -> None:
    report = a_job(a_failure(flaky_in_run=True), id="", name="report junit.xml")
    observed = seen(an_attempt(report))
    assert len(observed.sightings) == 1
    assert not observed.left_out
    assert observed.failed_jobs == 0


def jobs(failing: int, passing: int):
    bad = [a_job(a_failure(test=a_test(f"Test{n}")), id=f"b{n}", name=f"bad{n}") for n in range(failing)]
    good = [a_job(id=f"g{n}", name=f"good{n}", conclusion="success") for n in range(passing)]
    return [*bad, *good]


@pytest.mark.parametrize(
    ("failing", "passing", "environment", "why"),
    [
        (1, 1, False, "half of two jobs is one failure"),
        (1, 2, False, "three jobs are too few for a share"),
        (1, 3, False, "a quarter is not over a quarter"),
        (2, 2, True, "half of four jobs"),
        (3, 7, True, "three of ten"),
        (2, 8, False, "two of ten"),
    ],
)
def test_a_commit_with_many_failing_jobs_is_the_environment(
    failing: int, passing: int, environment: bool, why: str
) -> None:
    observed = seen(an_attempt(*jobs(failing, passing)))
    reasons = {item.reason for item in observed.left_out}
    assert (reasons == {Reason.ENVIRONMENT_COMMIT}) is environment, why
    assert bool(observed.sightings) is not environment


@pytest.mark.parametrize(
    ("legs", "others", "environment", "why"),
    [
        ([["TestPut"], ["TestPut"]], 2, False, "half of the legs, but one test: it is flaky or broken on its own"),
        ([["TestPut"]] * 4, 0, False, "all of the legs by one test: the commit broke it"),
        ([["TestSuite/A"], ["TestSuite/B"]], 2, False, "two parts of one suite"),
        ([["TestPut"], ["TestGet"]], 2, True, "half of the legs by different tests"),
        ([["TestPut"], ["TestPut", "TestGet"]], 2, True, "a leg with a second test has a trouble of its own"),
        ([["TestPut"], []], 2, True, "a leg without a failing test has one of its own too"),
    ],
)
def test_one_test_in_several_legs_is_not_the_environment(legs, others: int, environment: bool, why: str) -> None:
    made = [
        a_job(*[a_failure(test=a_test(name)) for name in names], id=f"l{n}", name=f"unit ({n})")
        for n, names in enumerate(legs)
    ]
    observed = seen(an_attempt(*made, *jobs(0, others)))
    reasons = {item.reason for item in observed.left_out}
    assert (Reason.ENVIRONMENT_COMMIT in reasons) is environment, why
    assert bool(observed.sightings) is not environment


def test_passing_runs_of_the_same_commit_dilute_its_failures() -> None:
    """A nightly run on a quiet branch repeats one sha; four jobs failing once each in a week are no outage."""
    bad = an_attempt(*jobs(2, 2))
    assert not seen(bad).sightings
    assert len(seen(bad, *[a_pass(id=str(n), event="schedule") for n in range(2, 5)]).sightings) == 2


@pytest.mark.parametrize(
    ("event", "read", "tree"),
    [
        ("push", "", "a" * 40),
        ("merge_group", "", "a" * 40),
        ("pull_request", "h+b", "h+b"),
        ("pull_request", "", ""),
        ("workflow_run", "", ""),
    ],
)
def test_the_tested_tree(event: str, read: str, tree: str) -> None:
    job = a_job(extraction=an_extraction(a_failure(), tested_tree=read))
    (sighting,) = seen(an_attempt(job, event=event)).sightings
    assert sighting.occurrence.tree == tree


def test_a_push_run_belongs_to_no_pull_request() -> None:
    """GitHub lists on a push to main the pull request whose head is main."""
    (sighting,) = seen(an_attempt(pull_requests=(7,))).sightings
    assert sighting.occurrence.pull_request is None
    (sighting,) = seen(an_attempt(event="pull_request", pull_requests=(7,))).sightings
    assert sighting.occurrence.pull_request == 7


def test_folding_finds_the_known_flake_and_makes_new_ones() -> None:
    (known,) = fold((), seen(an_attempt()))
    assert (known.first_seen, known.last_seen, known.total) == (NOON, NOON, 1)
    other = an_attempt(a_job(a_failure(test=a_test("TestGet"))), id="2")
    again, new = fold((known,), seen(an_attempt(id="3", created=hours(1)), other))
    assert (again.key, again.total, again.last_seen) == (known.key, 2, hours(1))
    assert new.test.name == "TestGet"


ATTEMPTS = [
    an_attempt(
        a_job(a_failure(fingerprint=f"v1:{n % 2}", excerpt=f"log {n}"), url=f"u{n}"),
        id=str(n),
        sha=str(n) * 40,
        created=hours(h),
    )
    for n, h in enumerate((0, 5, 5, -30, 2))
]


@given(st.lists(st.sampled_from(ATTEMPTS)))
def test_the_order_and_number_of_readings_does_not_matter(order) -> None:
    flakes = fold((), seen(*order))
    distinct = sorted({item.run.id: item for item in order}.values(), key=lambda item: item.run.id)
    assert flakes == fold((), seen(*distinct))
    assert fold(flakes, seen(*order)) == flakes


def test_a_sealed_occurrence_is_not_counted_again() -> None:
    (open_,) = fold((), seen(an_attempt()))
    sealed = seal_through(open_, hours(1))
    assert (sealed.occurrences, sealed.total) == ((), 1)
    assert fold((sealed,), seen(an_attempt())) == (sealed,)
    assert fold((sealed,), seen(an_attempt(id="2", created=hours(2))))[0].total == 2


def test_a_signature_keeps_its_newest_excerpt() -> None:
    def attempt(run: str, excerpt: str, when: datetime):
        return an_attempt(a_job(a_failure(excerpt=excerpt), url=f"u/{run}"), id=run, created=when)

    (flake,) = fold(
        (), seen(attempt("1", "old", hours(0)), attempt("2", "new", hours(9)), attempt("3", "mid", hours(4)))
    )
    (signature,) = flake.signatures
    assert (signature.excerpt, signature.excerpt_url, signature.excerpt_at) == ("new", "u/2", hours(9))


def test_two_histories_of_one_test_become_one() -> None:
    shared = an_occurrence(run="1")
    lead = a_flake(
        shared, issue=3, sealed=(DayCount(source="actions", day=date(2026, 3, 1), fingerprint="f", count=2),)
    )
    other = a_flake(
        graded(shared, Grade.A_PLUS),
        an_occurrence(run="2", created=days(-1)),
        issue=8,
        sealed=(DayCount(source="actions", day=date(2026, 3, 1), fingerprint="f", count=5),),
    )
    both = joined(lead, other)
    assert both.issue == lead.issue
    assert [(item.run, item.grade) for item in both.occurrences] == [("1", Grade.A_PLUS), ("2", Grade.D)]
    assert [item.count for item in both.sealed] == [5], "the same day is counted once, by the one who saw more"
    assert joined(both, other) == both


def test_joining_with_a_sealed_history_counts_nothing_twice() -> None:
    day = DayCount(source="actions", day=NOON.date(), fingerprint="v1:aaaa", count=1)
    lead = a_flake(horizon=hours(2), sealed=(day,))
    other = a_flake(an_occurrence(run="1"), an_occurrence(run="2", created=hours(5)))
    both = joined(lead, other)
    assert [item.run for item in both.occurrences] == ["2"]
    assert both.sealed == (day,)


def test_exposure_counts_completed_attempts_of_the_flakes_workflows() -> None:
    attempts = [
        a_pass(id="1"),
        a_pass(id="2", created=days(-1)),
        a_pass(id="3", workflow="Docs"),
        an_attempt(id="4", conclusion="cancelled"),
        # The listing shows attempt 2 only; that attempt 1 failed here shows that it ran.
        a_pass(id="5", attempt=2),
    ]
    flake = exposed(a_flake(an_occurrence(run="5")), index(attempts, base_branches=("main",)))
    assert [(item.day.day, item.runs) for item in flake.exposure] == [(9, 1), (10, 3)]
    rate = failure_rate(flake)
    assert (rate.failures, rate.runs) == (1, 4)
    assert rate.share == 0.25


def test_failures_of_days_without_known_exposure_do_not_count() -> None:
    """A flake that waited on the watch list for weeks has failures whose passing runs nobody counted."""
    flake = exposed(a_flake(an_occurrence(run="0", created=days(-20))), the_index(a_pass(id="2")))
    assert (failure_rate(flake).failures, failure_rate(flake).runs) == (0, 1)


def the_index(*attempts):
    return index(attempts, base_branches=("main",))


def test_exposure_never_shrinks_when_a_day_leaves_the_window() -> None:
    flake = a_flake(an_occurrence(), exposure=(DayRuns(source="actions", day=NOON.date(), runs=40),))
    assert exposed(flake, index([a_pass(id="9")], base_branches=("main",))).exposure == flake.exposure


def test_without_runs_nothing_is_known_of_the_rate() -> None:
    rate = failure_rate(a_flake(an_occurrence()))
    assert (rate.failures, rate.runs, rate.low, rate.high, rate.share) == (0, 0, 0.0, 1.0, 0.0)


@pytest.mark.parametrize(
    ("failures", "runs", "low", "high"),
    [
        # Newcombe, "Two-sided confidence intervals for the single proportion", Stat. Med. 17 (1998), table I, method 5.
        (81, 263, 0.2527, 0.3676),
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0.0, 0.1684),
        (1, 29, 0.0009, 0.1776),
    ],
)
def test_the_interval_is_that_of_published_tables(failures: int, runs: int, low: float, high: float) -> None:
    assert interval(failures, runs) == pytest.approx((low, high), abs=5e-5)


def test_the_interval_agrees_with_a_second_published_table() -> None:
    """Conover, Practical Nonparametric Statistics (1999), table A4: 5 of 25."""
    assert interval(5, 25) == pytest.approx((0.068, 0.407), abs=5e-4)


@given(st.integers(0, 60), st.integers(1, 60))
def test_the_interval_holds_the_share_and_mirrors(failures: int, more: int) -> None:
    runs = failures + more
    low, high = interval(failures, runs)
    assert 0 <= low <= failures / runs <= high <= 1
    assert interval(more, runs) == pytest.approx((1 - high, 1 - low), abs=1e-6)


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="3 failures of 2 runs"):
        interval(3, 2)
