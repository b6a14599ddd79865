"""What is known so far of the tests of one log.

Rule: a test has one failure; that it passed later in the same log makes it flaky there.
"""

from dataclasses import replace

from ftc.core.model import Exclusion, TestId
from ftc.ingest.base import Findings, RawFailure

FAILURE_LIMIT = 10_001
"""One more than the driver lists, so that it can say that there are more."""
_BUILD_LIMIT = 1_000
_PROBLEM_LIMIT = 100


def test_id(suite: str, name: str) -> TestId:
    """A Rust test as this product names it."""
    return TestId(ecosystem="rust", suite=suite, name=name)


class Report:
    """Collects what the readers of the two runners find."""

    def __init__(self) -> None:
        self._failures: dict[TestId, RawFailure] = {}
        self._excluded: dict[Exclusion, None] = {}
        self._build: list[str] = []
        self._problems: list[str] = []

    def copy(self) -> "Report":
        """The same so far; what is told to one of the two is not told to the other."""
        other = Report()
        other._failures, other._excluded = dict(self._failures), dict(self._excluded)
        other._build, other._problems = list(self._build), list(self._problems)
        return other

    def failed(self, failure: RawFailure) -> None:
        """A test failed for good as far as is known; an earlier failure that it had passed after counts no more."""
        known = self._failures.get(failure.test)
        if (known is None or known.flaky_in_run) and len(self._failures) < FAILURE_LIMIT:
            self._failures[failure.test] = failure

    def passed(self, test: TestId) -> None:
        """It passed; what failed before and passes now is flaky."""
        known = self._failures.get(test)
        if known is not None:
            self._failures[test] = replace(known, flaky_in_run=True)

    def excluded(self, test: TestId, reason: str) -> None:
        """Something that says FAIL and is no failure of a test."""
        if len(self._excluded) < FAILURE_LIMIT:
            self._excluded[Exclusion(suite=test.suite, name=test.name, reason=reason)] = None

    def build_failed(self, line: str) -> None:
        """Something could not be compiled."""
        if len(self._build) < _BUILD_LIMIT:
            self._build.append(line)

    def problem(self, text: str) -> None:
        """Something could not be read."""
        if len(self._problems) < _PROBLEM_LIMIT:
            self._problems.append(text)

    def findings(self) -> Findings:
        """All of it."""
        return Findings(
            failures=tuple(self._failures.values()),
            excluded=tuple(self._excluded),
            build_failures=tuple(self._build),
            problems=tuple(self._problems),
        )
