"""Failures that wait for their package: plain text names the import path only when the binary has ended.

A package that is ``ok`` has no failed test, so its line leaves failures of packages that run beside it waiting.
"""

from ftc.ingest.golang.binary import BinaryRun, Failed
from ftc.ingest.golang.cause import cause_of
from ftc.ingest.golang.report import Report
from ftc.ingest.golang.settle import settle
from ftc.ingest.golang.stack import test_function


class Pending:
    """The test binary whose output is being read, until its package is known."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self.run = BinaryRun()

    def package_failed(self, path: str) -> None:
        """``FAIL<tab>path``: what waits belongs to it, unless stacks or file names say otherwise."""
        self._report.package(path)
        run, rest = self.run, BinaryRun()
        others = {item.top_level for item in run.failed if not _may_be_of(item, path)}
        rest.failed = [item for item in run.failed if item.top_level in others]
        rest.failed_names = {item.name for item in rest.failed}
        run.failed = [item for item in run.failed if item.top_level not in others]
        if run.crash is None or run.crash.after_tests:
            rest.open, run.open = run.open, {}
            rest.tests_seen, rest.current = bool(rest.open), run.current if run.current in rest.open else ""
        settle(run, self._report, suite=path, failed=True)
        self.run = rest

    def package_passed(self, path: str) -> None:
        """``ok``: nothing that waits belongs to it."""
        self._report.package(path)
        run = self.run
        for name, line in run.passed:
            self._report.passed(suite=path, name=name, line=line)
        rest = BinaryRun()
        rest.failed, rest.failed_names, rest.open = run.failed, run.failed_names, run.open
        rest.tests_seen, rest.current = bool(run.open), run.current
        self.run = rest

    def quoted(self) -> None:
        """``PASS`` of a binary that announces nothing: what looked like its failures was printed by its tests."""
        self.run.failed.clear()
        self.run.failed_names.clear()

    def process_ended(self, *, suite: str, expected: str) -> bool:
        """A runner names package and top-level test of the binary whose output was read; True if that failed."""
        run, self.run = self.run, BinaryRun()
        return settle(run, self._report, suite=suite, failed=False, expected=expected)

    def finish(self) -> None:
        """The log ends: what still waits has no package but the one its stacks name."""
        run = self.run
        if run.crash is not None and not _is_test(run):
            run.crash = None
        suite = run.crash.package() if run.crash else ""
        if not suite and run.failed:
            suite = next((found for item in run.failed if (found := _package(item))), "")
        found = settle(run, self._report, suite=suite, failed=False)
        if run.open and not found:
            self._report.problem(f"the log ends while {next(reversed(run.open))} was running")
        self.run = BinaryRun()


def _is_test(run: BinaryRun) -> bool:
    """Whether a last panic is a test's: any program may panic in a log."""
    crash = run.crash
    return crash is not None and (run.tests_seen or crash.timed_out or crash.test() is not None)


def _package(item: Failed) -> str:
    """Import path of the package under test where the failure's own stack names it."""
    cause = cause_of(item.output.lines(), crash=item.crash, races=[], declared=item.declared)
    for frame in cause.frames:
        found = test_function(frame.function)
        if found is not None and found.package:
            return found.package
    return ""


def _directory(item: Failed) -> str:
    """Directory of the test file where the failure gives a whole path."""
    cause = cause_of(item.output.lines(), crash=item.crash, races=[], declared=item.declared)
    paths = [frame.path for frame in cause.frames if frame.path.endswith("_test.go") and "/" in frame.path]
    return paths[0].rpartition("/")[0] if paths else ""


def _may_be_of(item: Failed, path: str) -> bool:
    package = _package(item)
    if package:
        return package == path
    directory = _directory(item)
    return not directory or path_fits(directory, path)


def path_fits(directory: str, path: str) -> bool:
    """Whether a package may live in ``directory``: the last elements agree, or the package is its module's root."""
    last = path.rpartition("/")[2]
    return directory.endswith("/" + last) or path.count("/") < 2 or last[:1] == "v" and last[1:].isdigit()


