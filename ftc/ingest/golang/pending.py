"""Failures that wait for their package: plain text names the import path only when the binary has ended.

A package that is ``ok`` has no failed test, so its line leaves failures of packages that run beside it waiting.
"""

from dataclasses import dataclass

from ftc.ingest.golang.binary import BinaryRun, Failed
from ftc.ingest.golang.cause import cause_of
from ftc.ingest.golang.culprit import blame
from ftc.ingest.golang.reasons import QUOTED
from ftc.ingest.golang.report import Report
from ftc.ingest.golang.settle import settle
from ftc.ingest.golang.stack import test_function

_HOSTED_ELEMENTS = 3  # github.com/owner/repo
_PLAIN_ELEMENTS = 2  # example.com/module


@dataclass(slots=True, kw_only=True)
class Guest:
    """A package that ended while tests of another one ran: it runs beside it, or inside one of its tests."""

    path: str
    hosts: frozenset[str]
    """The tests that ran."""
    inside: bool = False
    """One of them ended later, before any other package did."""


class Pending:
    """The test binary whose output is being read, until its package is known."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self.run = BinaryRun()
        self._carried: set[str] = set()
        self._guests: list[Guest] = []

    def ended(self, name: str) -> None:
        """A test has ended, which tells whether it was really running when an other package ended."""
        for guest in self._guests:
            guest.inside = guest.inside or name in guest.hosts

    def package_failed(self, path: str) -> None:
        """``FAIL<tab>path``: what waits belongs to it, unless stacks or file names say otherwise."""
        self._drop_quoted(path)
        run, rest = self.run, BinaryRun()
        for item in run.failed:
            if item.doubted:
                self._report.exclude(suite=path, name=item.name, reason=QUOTED)
        run.failed = [item for item in run.failed if not item.doubted]
        others = {item.top_level for item in run.failed if not _may_be_of(item, path)}
        rest.failed = [item for item in run.failed if item.top_level in others]
        rest.failed_names = {item.name for item in rest.failed}
        run.failed = [item for item in run.failed if item.top_level not in others]
        settle(run, self._report, suite=path, failed=True)
        if run.crash is None and run.open:
            self._carry(run, rest)
            self._guests.append(Guest(path=path, hosts=frozenset(run.open)))
        self.run = rest

    def package_passed(self, path: str) -> None:
        """``ok``: nothing that waits belongs to it."""
        self._drop_quoted(path)
        run, rest = self.run, BinaryRun()
        for name, line in run.passed:
            self._report.passed(suite=path, name=name, line=line)
        rest.failed, rest.failed_names = run.failed, run.failed_names
        self._carry(run, rest)
        self.run = rest

    def _carry(self, run: BinaryRun, rest: BinaryRun) -> None:
        rest.open, rest.current = run.open, run.current
        rest.tests_seen = bool(run.open)
        self._carried = set(run.open)

    def _drop_quoted(self, path: str) -> None:
        """A whole run of go test that one test printed, about a module of its own, is that test's output."""
        for guest in self._guests:
            if guest.inside and module_of(guest.path) != module_of(path):
                self._report.retract(guest.path)
        self._guests.clear()

    def quoted(self) -> None:
        """``PASS`` of a binary that announces nothing: what looked like its failures was printed by its tests."""
        self.run.failed.clear()
        self.run.failed_names.clear()

    def suspects(self) -> set[str]:
        """Top-level tests that failed, or are to blame for a crash, in what was read since the last package."""
        run = self.run
        names = [item.name for item in run.failed]
        if run.crash is not None:
            names.extend(blame(run.crash, run).culprits)
        return {name.split("/", 1)[0] for name in names}

    def process_ended(self, *, suite: str, expected: str) -> None:
        """A runner names package and top-level test of the binary whose output was read."""
        run, self.run = self.run, BinaryRun()
        settle(run, self._report, suite=suite, failed=False, expected=expected)

    def finish(self) -> None:
        """The log ends: what still waits has no package but the one its stacks name."""
        run = self.run
        if run.crash is not None and not _is_test(run):
            run.crash = None
        suite = run.crash.package() if run.crash else ""
        if not suite and run.failed:
            suite = next((found for item in run.failed if (found := _package(item))), "")
        failed = settle(run, self._report, suite=suite, failed=False)
        running = [name for name in run.open if name not in self._carried]
        if running and not failed:
            self._report.problem(f"the log ends while {running[-1]} was running")
        self.run = BinaryRun()


def module_of(path: str) -> str:
    """What two packages of one repository have in common at least."""
    elements = path.split("/")
    hosted = elements[0].endswith((".com", ".org", ".io")) and len(elements) >= _HOSTED_ELEMENTS
    plain = elements[0].startswith("example.")
    return "/".join(elements[: _HOSTED_ELEMENTS if hosted and not plain else _PLAIN_ELEMENTS])


def _is_test(run: BinaryRun) -> bool:
    """Whether a last panic is a test's: any program may panic in a log."""
    crash = run.crash
    return crash is not None and (run.tests_seen or crash.timed_out or crash.test() is not None)


def _package(item: Failed) -> str:
    """Import path of the package under test where the failure's own stack names it."""
    cause = cause_of(item.output.lines(), test=item.name, races=[], declared=item.declared)
    for frame in cause.frames:
        found = test_function(frame.function)
        if found is not None and found.package:
            return found.package
    return ""


def _directory(item: Failed) -> str:
    """Directory of the test file where the failure gives a whole path."""
    cause = cause_of(item.output.lines(), test=item.name, races=[], declared=item.declared)
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
    return directory.endswith("/" + last) or path.count("/") < 2 or (last[:1] == "v" and last[1:].isdigit())
