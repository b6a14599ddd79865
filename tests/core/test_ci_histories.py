"""Small CI histories in which a rule could misjudge: what is filed, what is not, and why a maintainer would agree."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from ftc.core.model import Attempt, FailureClass, Flake, Grade
from ftc.core.runs import earned, index
from tests.builders import NOON, a_failure, a_job, a_pass, a_test, an_attempt, an_extraction, an_occurrence, days, hours
from tests.worlds import World

NOW = days(6)


def sha(number: int) -> str:
    return f"{number:040x}"


def red(
    run: str, *, name: str = "TestPut", job: str = "unit", created=NOON, commit: int | None = None, **over
) -> Attempt:
    """A red run in which one test failed in one job."""
    attempt = over.get("attempt", 1)
    made = a_job(a_failure(test=a_test(name)), name=job, id=f"{run}.{attempt}", url=f"u/{run}/{attempt}")
    number = int(run) if commit is None else commit
    return an_attempt(made, *over.pop("others", ()), id=run, created=created, sha=sha(number), **over)


def green(run: str, *, created=NOON, commit: int | None = None, **over) -> Attempt:
    return a_pass(id=run, created=created, sha=sha(int(run) if commit is None else commit), **over)


def pull(number: int, run: str, *, author: str = "", tree: str = "", created=NOON, **over) -> Attempt:
    """A red run of a pull request; ``number`` 0 is one from a fork, which GitHub does not name."""
    read = an_extraction(a_failure(), pull_request=number or None, tested_tree=tree)
    made = a_job(extraction=read, id=f"{run}.1", url=f"u/{run}")
    values = {"event": "pull_request", "branch": f"topic-{number or run}", "actor": author or f"author-{number or run}"}
    return an_attempt(made, id=run, created=created, sha=sha(int(run)), **{**values, **over})


def between(run: str, when: float, **over) -> Attempt:
    return green(run, created=days(when), **{"event": "pull_request", "branch": "another", **over})


def judged(*history: Attempt, **over) -> tuple[Flake, bool]:
    """The one test of a history after a scan, and whether it got an issue."""
    world = World()
    plan = world.scan(history, now=over.pop("now", NOW), **over)
    (item,) = plan.judged
    assert world.scan(history, now=NOW, **over).effects == (), "the same history once more is no news"
    return replace(item.flake, verdict=item.verdict), bool(world.issues)


def grades(flake: Flake) -> set[Grade]:
    return {item.grade for item in flake.occurrences}


def test_a_job_that_only_the_nightly_event_runs_is_not_proven_by_green_pushes() -> None:
    """Same workflow, same commits; ``if: github.event_name == 'schedule'`` skips the job in every push run."""
    nights = [red(f"1{n}", job="stress", event="schedule", created=days(n), commit=n) for n in range(4)]
    pushes = [green(f"2{n}", created=days(n), commit=n) for n in range(4)]
    flake, filed = judged(*nights, *pushes)
    assert grades(flake) == {Grade.D}
    assert not filed
    assert flake.verdict.failure_class == FailureClass.LIKELY_REGRESSION


def test_a_job_seen_in_both_events_is_proven_by_either() -> None:
    nights = [red(f"1{n}", event="schedule", created=days(n), commit=n) for n in range(2)]
    pushes = [
        red("29", name="TestGet", created=days(3)),
        *(green(f"2{n}", created=days(n), commit=n) for n in range(2)),
    ]
    world = World()
    world.scan([*nights, *pushes], now=NOW)
    assert [flake.test.name for flake in world.issues.values()] == ["TestPut"]


def test_a_job_that_was_skipped_in_a_green_run_did_not_pass() -> None:
    """The jobs of this green run are known, as they are where its log was asked for the tested tree."""
    jobs = (a_job(name="unit", conclusion="skipped"), a_job(name="lint", conclusion="success"))
    skipped = an_attempt(*jobs, conclusion="success", id="9", sha=sha(1))
    failed = an_occurrence(run="1", sha=sha(1))
    assert earned(failed, index([skipped], base_branches=("main",)))[0] == Grade.D
    assert earned(failed, index([replace(skipped, jobs=())], base_branches=("main",)))[0] == Grade.A


def test_the_same_job_name_in_another_workflow_proves_nothing() -> None:
    nightly = [red(f"1{n}", workflow="Nightly", event="schedule", created=days(n), commit=n) for n in range(2)]
    flake, filed = judged(*nightly, *(green(f"2{n}", created=days(n), commit=n) for n in range(2)))
    assert (grades(flake), filed) == ({Grade.D}, False)


def test_a_push_and_a_pull_request_of_one_branch_are_one_change() -> None:
    """``on: [push, pull_request]`` runs everything twice; two people are no three unrelated changes."""
    ada = [
        red("1", event="push", branch="topic-7", actor="ada"),
        pull(7, "2", author="ada", created=days(1)),
        red("3", event="push", branch="topic-7", actor="ada", created=days(2)),
    ]
    flake, filed = judged(*ada, pull(8, "4", author="bob", created=days(3)), between("5", 1.5))
    assert (grades(flake), filed) == ({Grade.D}, False)
    _, filed = judged(*ada, pull(8, "4", created=days(3)), pull(9, "6", created=days(4)), between("5", 1.5))
    assert filed, "with a third change it is flakiness"


def test_forks_without_a_pull_request_number_are_told_apart_by_author_and_branch() -> None:
    one = [pull(0, str(n), author="ada", branch="patch-1", created=days(n)) for n in (1, 2, 3)]
    assert not judged(*one, between("9", 1.5))[1], "one author's fork"
    three = [pull(0, str(n), branch="patch-1", created=days(n)) for n in (1, 2, 3)]
    assert judged(*three, between("9", 1.5))[1], "GitHub calls everybody's first branch patch-1"


def test_a_pull_request_is_no_second_witness_in_the_merge_queue() -> None:
    queued = {"event": "merge_group", "branch": f"gh-readonly-queue/main/pr-7-{sha(0)}"}
    history = [
        pull(7, "1"),
        pull(8, "2", created=days(1)),
        red("3", created=days(2), **queued),
        *(green(f"1{n}", created=days(2.5 + n / 9), **queued) for n in range(3)),
        between("5", 0.5),
    ]
    flake, filed = judged(*history)
    assert (grades(flake), filed) == ({Grade.D}, False)
    elsewhere = replace(history[2], run=replace(history[2].run, branch=f"gh-readonly-queue/main/pr-9-{sha(0)}"))
    flake, filed = judged(*history[:2], elsewhere, *history[3:])
    assert (Grade.B in grades(flake), filed) == (True, True), "another pull request in the queue is one"


RELEASES = {"base_branches": ("main", "release-*")}


def test_a_broken_release_branch_is_no_flake() -> None:
    """It fails on every commit there and in the pull requests against it, while main goes on passing."""
    broken = [red(str(n), branch="release-1.0", created=days(n), commit=n) for n in (1, 2, 3)]
    pulls = [pull(n, str(n), tree=f"{sha(n)}+{sha(2)}", created=days(n / 4)) for n in (11, 12, 13)]
    healthy = [green(f"2{n}", created=days(n / 2)) for n in range(10)]
    flake, filed = judged(*broken, *pulls, *healthy, between("9", 2.9), **RELEASES)
    assert (grades(flake), filed) == ({Grade.D}, False)


def test_a_broken_release_branch_does_not_hide_a_flake_of_main() -> None:
    broken = [red(str(n), branch="release-1.0", created=days(n), commit=n) for n in (1, 2, 3)]
    pulls = [pull(n, str(n), tree=f"{sha(n)}+{sha(99)}", created=days(n / 4)) for n in (11, 12, 13)]
    _, filed = judged(*broken, *pulls, between("9", 2.9), **RELEASES)
    assert filed


def test_a_broken_leg_is_a_regression_although_the_other_leg_passes() -> None:
    def push(n: int, windows: str) -> Attempt:
        legs = [a_job(name="unit (linux)", conclusion="success", id=f"{n}.l")]
        return (
            red(str(n), job="unit (windows)", others=legs, created=days(n))
            if windows == "f"
            else green(str(n), created=days(n))
        )

    flake, filed = judged(push(0, "p"), *(push(n, "f") for n in (1, 2, 3)))
    assert (flake.verdict.failure_class, flake.verdict.suspect) == (FailureClass.LIKELY_REGRESSION, sha(1))
    assert not filed


def test_one_flaky_test_in_half_of_the_legs_is_filed() -> None:
    """The commit has four legs; it is the test and not the machines."""

    def run(number: str, when: float) -> list[Attempt]:
        fails = [
            a_job(a_failure(), name=f"unit ({leg})", id=f"{number}.{leg}", url=f"u/{number}/{leg}") for leg in "ab"
        ]
        good = [a_job(name=f"unit ({leg})", conclusion="success", id=f"{number}.{leg}") for leg in "cd"]
        over = {"id": number, "created": days(when), "sha": sha(int(number))}
        return [an_attempt(*fails, *good, **over), a_pass(attempt=2, **over)]

    flake, filed = judged(*run("1", 0), *run("2", 1))
    assert (grades(flake), filed, flake.total) == ({Grade.A_PLUS}, True, 4)


@pytest.mark.parametrize(
    ("last", "grade", "filed", "why"),
    [
        ("failure", Grade.D, False, "red five times: the change broke it"),
        ("success", Grade.A_PLUS, True, "the same code failed and passed, however long it took"),
    ],
)
def test_an_author_who_retries(last: str, grade: Grade, filed: bool, why: str) -> None:
    tries = [replace(pull(7, "1"), run=replace(pull(7, "1").run, attempt=n)) for n in range(1, 5)]
    end = tries[0].run
    final = Attempt(run=replace(end, attempt=5, conclusion=last), jobs=tries[0].jobs if last == "failure" else ())
    flake, got = judged(*tries, final)
    assert (grades(flake), got) == ({grade}, filed), why


def test_a_re_run_of_another_job_proves_nothing_about_this_one() -> None:
    """Attempt 2 ran lint alone and lists the red unit job once more, with a new id and its old times."""
    times = {"started": hours(0), "completed": hours(1)}
    unit = a_job(a_failure(), id="1", **times)
    first = an_attempt(unit, a_job(name="lint", id="2", extraction=None, **times), id="5")
    second = an_attempt(replace(unit, id="3"), a_job(name="lint", id="4", conclusion="success"), id="5", attempt=2)
    flake, filed = judged(first, second)
    assert (grades(flake), flake.total, filed) == ({Grade.D}, 1, False)


def test_a_base_branch_that_broke_and_was_re_run_until_green_is_flaky() -> None:
    """It failed on every commit from one on, but the re-runs of two of them passed: no plain regression does that."""
    history: Sequence[Attempt] = [
        green("10", created=days(0)),
        *(red(f"1{n}", created=days(n)) for n in (1, 2, 3)),
        *(green(f"1{n}", created=days(n), attempt=2) for n in (1, 3)),
    ]
    flake, filed = judged(*history)
    assert (flake.verdict.failure_class, flake.verdict.grade, filed) == (FailureClass.FLAKY_TEST, Grade.A_PLUS, True)


def test_a_renamed_job_still_ends_a_streak() -> None:
    """The repair renamed ``unit`` to ``tests``; a green run of the workflow passed whatever the job is called now."""
    history = [green("10", created=days(0)), *(red(f"1{n}", created=days(n)) for n in (1, 2))]
    flake, _ = judged(*history, green("13", created=days(3)))
    assert flake.verdict.failure_class == FailureClass.UNKNOWN


def test_clocks_that_disagree_do_no_harm() -> None:
    """The newest runs are from tomorrow, as seen by this machine."""
    history = [*(red(str(n), created=days(7 + n)) for n in (1, 2)), green("1", attempt=2, created=days(8))]
    flake, filed = judged(*history)
    assert (flake.total, filed) == (2, True)


def test_without_knowing_their_changes_pull_requests_earn_nothing() -> None:
    """A scan that reads nothing new asks nothing either; what it does not know must not file an issue."""
    history = [*(pull(n, str(n), created=days(n)) for n in (1, 2, 3)), between("9", 1.5)]
    world = World()
    world.scan(history, now=NOW, touched={2: ("store/put.go",)})
    assert not world.issues
    assert world.scan(history, now=NOW, looked_up=False).effects == ()
    world.scan(history, now=NOW, touched={})
    assert len(world.issues) == 1
