"""Values for tests: sensible defaults, the test overrides what it is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ftc.core.model import (
    Attempt,
    Extraction,
    Failure,
    FailureClass,
    Flake,
    Grade,
    IssueRef,
    JobResult,
    Kind,
    Occurrence,
    Outcome,
    Run,
    Signature,
    TestId,
    Verdict,
)

REPO = "octo/widgets"
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
TEST = TestId(ecosystem="go", suite="example.com/octo/widgets/store", name="TestPut")
LINK = "https://github.com/octo/widgets/actions/runs"


def hours(count: float) -> datetime:
    """That many hours after noon of the tests' day; negative is before."""
    return NOON + timedelta(hours=count)


def days(count: float) -> datetime:
    """That many days after noon of the tests' day."""
    return NOON + timedelta(days=count)


def a_test(name: str = "TestPut", **over: Any) -> TestId:
    return replace(TEST, name=name, **over)


def a_failure(**over: Any) -> Failure:
    values: dict[str, Any] = {
        "test": TEST,
        "framework": "go test",
        "kind": Kind.ASSERTION,
        "message": "expected 3 keys, got 2",
        "signature": "expected <n> keys, got <n>",
        "fingerprint": "v1:aaaa",
        "line": 12,
        "excerpt": "--- FAIL: TestPut (0.02s)",
    }
    return Failure(**{**values, **over})


def an_extraction(*failures: Failure, **over: Any) -> Extraction:
    lasting = any(not item.flaky_in_run for item in failures)
    outcome = Outcome.TEST_FAILURE if lasting else Outcome.NO_FAILURE
    return Extraction(**{"path": "job.log", "outcome": outcome, "failures": failures, **over})


def a_run(**over: Any) -> Run:
    run_id = over.get("id", "1")
    attempt = over.get("attempt", 1)
    values: dict[str, Any] = {
        "repo": REPO,
        "id": run_id,
        "attempt": attempt,
        "workflow": "CI",
        "event": "push",
        "branch": "main",
        "sha": "a" * 40,
        "status": "completed",
        "conclusion": "failure",
        "created": NOON,
        "updated": over.get("created", NOON),
        "actor": "ada",
        "url": f"{LINK}/{run_id}" + (f"/attempts/{attempt}" if attempt > 1 else ""),
    }
    return Run(**{**values, **over})


def a_job(*failures: Failure, **over: Any) -> JobResult:
    conclusion = over.get("conclusion", "failure")
    read = an_extraction(*failures) if conclusion == "failure" else None
    values: dict[str, Any] = {
        "id": "77",
        "name": "unit",
        "conclusion": conclusion,
        "url": f"{LINK}/1/job/77",
        "os": "Linux",
        "extraction": read,
    }
    return JobResult(**{**values, **over})


def an_attempt(*jobs: JobResult, **run: Any) -> Attempt:
    """A failed attempt with these jobs, or by default with one failing job; ``run`` overrides the run's fields."""
    if run.get("conclusion") in (None, "failure") and not jobs:
        jobs = (a_job(a_failure()),)
    return Attempt(run=a_run(**run), jobs=jobs)


def a_pass(**run: Any) -> Attempt:
    """A successful attempt, whose jobs nobody asked for."""
    return Attempt(run=a_run(**{"conclusion": "success", **run}))


def an_occurrence(**over: Any) -> Occurrence:
    run = over.get("run", "1")
    values: dict[str, Any] = {
        "source": "actions",
        "run": run,
        "attempt": 1,
        "job": "unit",
        "job_id": f"7{run}",
        "created": NOON,
        "workflow": "CI",
        "event": "push",
        "branch": "main",
        "sha": "a" * 40,
        "tree": over.get("sha", "a" * 40),
        "fingerprint": "v1:aaaa",
        "kind": Kind.ASSERTION,
        "url": f"{LINK}/{run}/job/7{run}",
        "author": "ada",
        "os": "Linux",
    }
    return Occurrence(**{**values, **over})


def a_pull_occurrence(number: int, **over: Any) -> Occurrence:
    """A failure in a pull request of its own author, with a run of its own."""
    values: dict[str, Any] = {
        "run": f"pr{number}",
        "event": "pull_request",
        "branch": f"topic-{number}",
        "sha": f"{number:040x}",
        "tree": "",
        "pull_request": number,
        "author": f"author-{number}",
    }
    return an_occurrence(**{**values, **over})


def a_signature(**over: Any) -> Signature:
    values: dict[str, Any] = {
        "fingerprint": "v1:aaaa",
        "text": "expected <n> keys, got <n>",
        "kind": Kind.ASSERTION,
        "message": "expected 3 keys, got 2",
    }
    return Signature(**{**values, **over})


def a_flake(*occurrences: Occurrence, **over: Any) -> Flake:
    """A flake with these occurrences, on the watch list unless ``issue`` gives the number of its issue."""
    issue = over.pop("issue", None)
    values: dict[str, Any] = {
        "key": "a" * 16,
        "repo": REPO,
        "test": TEST,
        "framework": "go test",
        "occurrences": tuple(sorted(occurrences, key=lambda item: item.created, reverse=True)),
        "signatures": (a_signature(),),
        "first_seen": min((item.created for item in occurrences), default=None),
        "last_seen": max((item.created for item in occurrences), default=None),
        "issue": IssueRef(repo=REPO, issue=issue) if issue else None,
    }
    return Flake(**{**values, **over})


def graded(occurrence: Occurrence, grade: Grade, proof: str = f"{LINK}/9") -> Occurrence:
    return replace(occurrence, grade=grade, proof=proof)


def a_verdict(**over: Any) -> Verdict:
    values: dict[str, Any] = {"failure_class": FailureClass.FLAKY_TEST, "grade": Grade.A_PLUS, "confidence": 0.99}
    return Verdict(**{**values, **over})
