"""Is it my fault: a test in several jobs, what is still open, and when a job may run again."""

from dataclasses import replace

import pytest

from ftc.core.fingerprint import issue_key
from ftc.core.model import IssueRef, Outcome, Signature
from ftc.core.pr_answers import Fault, Known, answered
from tests.builders import REPO, TEST, a_failure, a_flake, a_job, a_test, an_attempt, an_extraction

FLAKE = replace(
    a_flake(),
    issue=IssueRef(repo=REPO, issue=12),
    signatures=(Signature(fingerprint="v1:aaaa", text="x", kind=a_failure().kind),),
)
KNOWN = Known(repo=REPO, flakes={issue_key(REPO, TEST): FLAKE}, paths=("docs/a.md",))
NEW_WAY = a_failure(fingerprint="v1:bbbb")


def judge(*jobs, known=KNOWN, rerun=True, **run):
    return answered("a" * 40, (an_attempt(*jobs, **run),), known, rerun=rerun)


def told(answer):
    return [(row.failure.test.name, row.fault.value, row.issue, len(row.jobs)) for row in answer.rows]


@pytest.mark.parametrize(
    ("jobs", "rows", "why"),
    [
        ([a_job(a_failure())], [("TestPut", "known", 12, 1)], "as the issue knows it"),
        ([a_job(NEW_WAY)], [("TestPut", "unknown", 12, 1)], "in another way"),
        (
            [a_job(a_failure()), a_job(NEW_WAY, id="78", name="race")],
            [("TestPut", "unknown", 12, 2)],
            "known only if it is so in every job",
        ),
        (
            [a_job(NEW_WAY), a_job(a_failure(), id="78", name="race")],
            [("TestPut", "unknown", 12, 2)],
            "in whichever order",
        ),
        ([a_job(a_failure(flaky_in_run=True))], [], "it passed on a retry"),
        (
            [a_job(a_failure(), a_failure(test=a_test("TestGet")))],
            [("TestGet", "unknown", 0, 1), ("TestPut", "known", 12, 1)],
            "the doubtful first",
        ),
    ],
)
def test_rows(jobs, rows, why):
    assert told(judge(*jobs)) == rows, why


def test_a_touched_package_is_said():
    touching = replace(KNOWN, paths=("store/put.go",))
    [row] = judge(a_job(a_failure()), known=touching).rows
    assert (row.fault, row.touched) == (Fault.KNOWN, True)
    [row] = judge(a_job(NEW_WAY), known=touching).rows
    assert (row.fault, row.touched) == (Fault.CHANGED, True)


@pytest.mark.parametrize(
    ("jobs", "over", "again", "why"),
    [
        ([a_job(a_failure())], {}, True, "one job, by a known flake"),
        ([a_job(a_failure())], {"rerun": False}, False, "not asked for"),
        ([a_job(a_failure())], {"attempt": 2}, False, "it has run again already"),
        ([a_job(a_failure())], {"known": replace(KNOWN, paths=None)}, False, "what it changes is not known"),
        ([a_job(a_failure())], {"known": replace(KNOWN, paths=("store/put.go",))}, False, "it changes the package"),
        ([a_job(a_failure()), a_job(a_failure(), id="78", name="race")], {}, False, "two jobs"),
        ([a_job(NEW_WAY)], {}, False, "a new way to fail"),
        ([a_job(extraction=None)], {}, False, "its log was not read"),
        ([a_job(extraction=an_extraction(a_failure(), problems=("torn",)))], {}, False, "its log breaks off"),
        ([a_job(extraction=an_extraction(outcome=Outcome.BUILD_FAILURE))], {}, False, "it does not build"),
    ],
)
def test_when_a_job_runs_again(jobs, over, again, why):
    assert (judge(*jobs, **over).rerun is not None) is again, why


def test_only_a_whole_pass_is_green():
    assert answered("a", (an_attempt(conclusion="success"),), KNOWN).green
    assert not answered("a", (), KNOWN).green
    assert not answered("a", (an_attempt(conclusion="success", status="in_progress"),), KNOWN).green
    assert not answered("a", (an_attempt(conclusion="cancelled"),), KNOWN).green
