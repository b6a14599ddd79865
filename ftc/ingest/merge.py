"""One job attempt seen twice, in its log and in its reports, told as one story.

The rule it keeps: a test is counted once per job attempt, as its leaf where one view knows only the parent; a
report's fields win, the log adds what only it has, and a message that says nothing never hides one that does.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ftc.core.model import Exclusion, Extraction, Failure, Location, Outcome, TestId
from ftc.ingest.generic import says_nothing
from ftc.ingest.golang import reasons
from ftc.ingest.pytest_session import FIXTURE_CASCADE

SEVERITY = (Outcome.TEST_FAILURE, Outcome.BUILD_FAILURE, Outcome.INFRASTRUCTURE, Outcome.NO_FAILURE)
"""What the two views agree on is the worst that either saw."""

CASCADES = frozenset(
    (reasons.SUITE_CASCADE, reasons.CRASH_CASCADE, reasons.TIMEOUT_CASCADE, reasons.EXIT_CASCADE, FIXTURE_CASCADE)
)
"""Why a log leaves a test out that a report lists like any other: reports tell neither order nor cause."""

_BY_FILE = ("python", "node", "vitest")
"""Ecosystems in which a test's suite is its file."""


def merged(log: Extraction, reports: Sequence[Extraction]) -> Extraction:
    """The log of a job attempt with its reports merged in."""
    if not reports:
        return log
    reports = [named_as(log, report) for report in reports]
    views = (log, *reports)
    failures = {item.test: item for item in log.failures}
    cascades = {(item.suite, item.name) for item in log.excluded if item.reason in CASCADES}
    for report in reports:
        for item in report.failures:
            if item.test in failures or (item.test.suite, item.test.name) not in cascades:
                failures[item.test] = joined(item, failures.get(item.test))
    leaves, parents = without_parents(failures, views)
    outcomes = [view.outcome for view in views]
    return replace(
        log,
        outcome=min(outcomes, key=SEVERITY.index),
        failures=leaves,
        excluded=unique([*(view.excluded for view in views), parents]),
        problems=tuple(problem for view in views for problem in view.problems),
    )


def joined(report: Failure, log: Failure | None) -> Failure:
    """One failure from both views; a report whose message says nothing leaves the word to the log."""
    if log is None:
        return report
    spoken = replace(log, framework=report.framework) if says_nothing(report.message) else report
    unplaced = not report.locations and report.signature == log.signature
    return replace(
        spoken,
        fingerprint=log.fingerprint if unplaced else spoken.fingerprint,
        excerpt=log.excerpt or report.excerpt,
        locations=_places(spoken, log) or report.locations,
        line=log.line,
        flaky_in_run=report.flaky_in_run or log.flaky_in_run,
    )


def _places(spoken: Failure, log: Failure) -> tuple[Location, ...]:
    """Of the same failure the log knows better where it lies: it says in which folder the tests ran."""
    same = spoken.fingerprint == log.fingerprint
    return (log.locations or spoken.locations) if same else (spoken.locations or log.locations)


def named_as(log: Extraction, report: Extraction) -> Extraction:
    """The report with the log's names: reports name files from another folder, and Node's until 22 name none."""
    known: dict[str, list[TestId]] = defaultdict(list)
    cascades = [
        TestId(ecosystem=ecosystem, suite=item.suite, name=item.name)
        for item in log.excluded
        for ecosystem in _BY_FILE
        if item.reason in CASCADES
    ]
    for test in (*sorted(tests(log)), *cascades):
        known[test.name].append(test)
    failures = tuple(replace(item, test=_renamed(item.test, known[item.test.name])) for item in report.failures)
    return replace(report, failures=failures)


def _renamed(test: TestId, known: Sequence[TestId]) -> TestId:
    own = [other for other in known if other.ecosystem == test.ecosystem]
    if test.ecosystem == "node" and not test.suite and own:
        return own[0]
    if test.ecosystem not in _BY_FILE or not test.suite or test in known:
        return test
    same = [other for other in own if _same_file(other.suite, test.suite)]
    return same[0] if len(same) == 1 else test


def _same_file(one: str, other: str) -> bool:
    return one.endswith(f"/{other}") or (bool(one) and other.endswith(f"/{one}"))


def without_parents(
    failures: dict[TestId, Failure], views: Sequence[Extraction]
) -> tuple[tuple[Failure, ...], tuple[Exclusion, ...]]:
    """The failures without the parents of those that another view knows better; a parent's later pass is theirs."""
    named = [tests(view) for view in views]
    parents: dict[TestId, Failure] = {}
    for view in named:
        for parent in {above for test in view for above in ancestors(test)} - view:
            if parent in failures:
                parents[parent] = failures[parent]
    kept = tuple(
        replace(item, flaky_in_run=item.flaky_in_run or _passed_later(item.test, parents))
        for item in failures.values()
        if item.test not in parents
    )
    return kept, tuple(Exclusion(suite=test.suite, name=test.name, reason=reasons.PARENT) for test in sorted(parents))


def _passed_later(test: TestId, parents: dict[TestId, Failure]) -> bool:
    return any(parents[above].flaky_in_run for above in ancestors(test) if above in parents)


def ancestors(test: TestId) -> Iterator[TestId]:
    """The tests that fail because this one does: ``TestA`` of ``TestA/case``, ``test_a`` of ``test_a[sub-test]``."""
    divider = {"go": "/", "python": "["}.get(test.ecosystem)
    at = test.name.find(divider) if divider else -1
    while divider and at > 0:
        yield replace(test, name=test.name[:at])
        at = test.name.find(divider, at + 1)


def unique(groups: Iterable[tuple[Exclusion, ...]]) -> tuple[Exclusion, ...]:
    """All exclusions in order, each once."""
    return tuple(dict.fromkeys(item for group in groups for item in group))


def belongs(report: Extraction, *, to: Extraction) -> bool:
    """Whether a report and a log tell of the same job: they name a failing test in common, or a parent of one."""
    told, known = tests(named_as(to, report)), tests(to)
    return bool(told & known or told & _above(known) or _above(told) & known)


def tests(view: Extraction) -> frozenset[TestId]:
    """The failing tests of one view."""
    return frozenset(item.test for item in view.failures)


def _above(named: Iterable[TestId]) -> frozenset[TestId]:
    return frozenset(above for test in named for above in ancestors(test))
