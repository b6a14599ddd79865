"""Gathers what all test binaries of one file said, and gives every test one failure under its full import path.

Holds failures and exclusions only, never the names of tests that passed, unless they failed before.
"""

from dataclasses import replace

from ftc.core.model import Exclusion, TestId
from ftc.ingest.base import Findings, RawFailure
from ftc.ingest.golang.reasons import QUOTED

MAX_PACKAGES = 5_000  # import paths remembered to complete the short names that some runners print
MAX_NOTES = 200  # build errors and problems kept for people
FULL_CHARS = 20_000_000  # of excerpts; failures beyond it keep their key lines only
MAX_FAILURES = 10_000  # beyond it the log tells of a broken environment anyway


class Report:
    """Failures, exclusions, later passes and notes of one file."""

    def __init__(self) -> None:
        self.failed_names: set[str] = set()
        self._chars = 0
        self._failures: dict[tuple[str, str], RawFailure] = {}
        self._excluded: dict[Exclusion, None] = {}
        self._passes: dict[tuple[str, str], int] = {}
        self._packages: dict[str, None] = {}
        self._builds: dict[str, None] = {}
        self._problems: dict[str, None] = {}

    def fail(self, failure: RawFailure) -> None:
        """Take a failure; of several of one test the first stays, which is nearest to the cause."""
        key = (failure.test.suite, failure.test.name)
        if key in self._failures or len(self._failures) >= MAX_FAILURES:
            return
        self._chars += sum(map(len, failure.lines))
        self._failures[key] = failure if self._chars < FULL_CHARS else replace(failure, lines=failure.key_lines)
        self.failed_names.add(failure.test.name)

    def passed(self, *, suite: str, name: str, line: int) -> None:
        """Take the pass of a test that failed somewhere in this file."""
        self._passes[suite, name] = line

    def exclude(self, *, suite: str, name: str, reason: str) -> None:
        """Take a failure line that is not counted."""
        if len(self._excluded) < MAX_FAILURES:
            self._excluded[Exclusion(suite=suite, name=name, reason=reason)] = None

    def retract(self, suite: str) -> None:
        """Take back what was said of a package: its lines were another test's output."""
        for key in [key for key in self._failures if key[0] == suite]:
            del self._failures[key]
            self.exclude(suite=suite, name=key[1], reason=QUOTED)
        for item in [item for item in self._excluded if item.suite == suite and item.reason != QUOTED]:
            del self._excluded[item]
        self._problems = {text: None for text in self._problems if not text.startswith(suite + " ")}

    def package(self, path: str) -> None:
        """Remember an import path."""
        if path and len(self._packages) < MAX_PACKAGES:
            self._packages[path] = None

    def build_failure(self, text: str) -> None:
        """Take one compile, vet or set-up error; the same one may be printed for many packages."""
        if len(self._builds) < MAX_NOTES:
            self._builds[text] = None

    def problem(self, text: str) -> None:
        """Take a note for people."""
        if len(self._problems) < MAX_NOTES:
            self._problems[text] = None

    @property
    def has_build_failures(self) -> bool:
        """Whether any compiler message was seen yet."""
        return bool(self._builds)

    def has_failed(self, *, suite: str, top_level: str) -> bool:
        """Whether the test or a sub-test of it is known to have failed."""
        return any(
            key_suite == suite and (name == top_level or name.startswith(top_level + "/"))
            for key_suite, name in self._failures
        )

    def findings(self) -> Findings:
        """Everything, with short package names completed where the file tells how."""
        full = _Completion(list(self._packages), [suite for suite, _ in self._failures])
        passes = {(full(suite), name): line for (suite, name), line in self._passes.items()}
        failures: dict[TestId, RawFailure] = {}
        for failure in self._failures.values():
            test = replace(failure.test, suite=full(failure.test.suite))
            later = passes.get((test.suite, test.name), 0) > failure.line
            known = failures.get(test)
            if known is None:
                failures[test] = replace(failure, test=test, flaky_in_run=later)
        excluded = dict.fromkeys(replace(item, suite=full(item.suite)) for item in self._excluded)
        kept = [item for item in excluded if _test_of(item) not in failures]
        return Findings(
            failures=tuple(failures.values()),
            excluded=tuple(kept),
            build_failures=tuple(self._builds),
            problems=tuple(self._problems),
        )


def _test_of(item: Exclusion) -> TestId:
    return TestId(ecosystem="go", suite=item.suite, name=item.name)


class _Completion:
    """Full import path of a short package name such as ``server/api``.

    Either exactly one known path ends in it, or the names that can be completed agree on one module.
    """

    def __init__(self, packages: list[str], suites: list[str]) -> None:
        self._packages = packages
        found = [self._known(suite) for suite in dict.fromkeys(suites) if suite and suite not in packages]
        ends = [(path, suite) for path, suite in found if path]
        modules = {path.removesuffix("/" + suite) for path, suite in ends}
        self._module = modules.pop() if len(modules) == 1 else ""

    def _known(self, suite: str) -> tuple[str, str]:
        paths = {path for path in self._packages if path.endswith("/" + suite)}
        return (paths.pop() if len(paths) == 1 else "", suite)

    def __call__(self, suite: str) -> str:
        if not suite or suite in self._packages:
            return suite
        known = self._known(suite)[0]
        if known or not self._module or self._is_full(suite):
            return known or suite
        return self._module if suite == "." else f"{self._module}/{suite}"

    def _is_full(self, suite: str) -> bool:
        return suite.startswith(self._module) or "." in suite.split("/", 1)[0].strip(".")
