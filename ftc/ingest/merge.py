"""One job attempt seen twice, in its log and in its reports, told as one story.

The rule it keeps: a test is counted once per job attempt; a report's fields win, the log adds what only it has.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ftc.core.model import Exclusion, Extraction, Failure, Outcome, TestId

SEVERITY = (Outcome.TEST_FAILURE, Outcome.BUILD_FAILURE, Outcome.INFRASTRUCTURE, Outcome.NO_FAILURE)
"""What the two views agree on is the worst that either saw."""


def merged(log: Extraction, reports: Sequence[Extraction]) -> Extraction:
    """The log of a job attempt with its reports merged in."""
    if not reports:
        return log
    views = (log, *reports)
    failures = {item.test: item for item in log.failures}
    for report in reports:
        for item in report.failures:
            failures[item.test] = joined(item, failures.get(item.test))
    outcomes = [view.outcome for view in views]
    return replace(
        log,
        outcome=min(outcomes, key=SEVERITY.index),
        failures=tuple(failures.values()),
        excluded=unique(view.excluded for view in views),
        problems=tuple(problem for view in views for problem in view.problems),
    )


def joined(report: Failure, log: Failure | None) -> Failure:
    """One failure from both views; a report without a message says nothing about the error, so the log speaks then."""
    if log is None:
        return report
    spoken = report if report.message else replace(log, framework=report.framework)
    return replace(
        spoken,
        excerpt=log.excerpt or report.excerpt,
        locations=spoken.locations or log.locations,
        line=log.line,
        flaky_in_run=report.flaky_in_run or log.flaky_in_run,
    )


def unique(groups: Iterable[tuple[Exclusion, ...]]) -> tuple[Exclusion, ...]:
    """All exclusions in order, each once."""
    return tuple(dict.fromkeys(item for group in groups for item in group))


def belongs(report: Extraction, *, to: Extraction) -> bool:
    """Whether a report and a log tell of the same job: they name a failing test in common."""
    return bool(tests(report) & tests(to))


def tests(view: Extraction) -> frozenset[TestId]:
    """The failing tests of one view."""
    return frozenset(item.test for item in view.failures)
