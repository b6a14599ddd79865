"""A test case of a JUnit report, and which test it is.

Rule: a test has the id its framework's log gives it, so that report and log tell of one test.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ftc.core.model import TestId
from ftc.ingest.bounded import NAME_LIMIT, joined
from ftc.ingest.javascript.node_tests import node_id
from ftc.ingest.javascript.vitest import vitest_id

_GO_TEST = re.compile(r"(?:Test|Fuzz|Benchmark|Example)(?![a-z])")
_IMPORT_PATH = re.compile(r"[\w.~-]+(?:/[\w.~-]+)*$")
_PYTHON_FILE = re.compile(r"(?:^|[\s\"'])((?:[\w.-]+/)*[\w-]+\.py):\d+", re.MULTILINE)
_MODULE = re.compile(r"test_\w+|\w+_test|tests?|conftest")

FAILED = ("failure", "error")
VITEST, NODE, NEXTEST = "vitest", "node", "nextest"
_NEXTEST_REPORT = "nextest-run"
"""``report-name`` of nextest's configuration, as it is unless somebody changes it."""
RETRIED = ("flakyFailure", "flakyError", "rerunFailure", "rerunError")


@dataclass(slots=True)
class Result:
    """One element in a test case that says how a try ended."""

    tag: str
    message: str
    type: str
    text: str = ""


@dataclass(slots=True)
class Case:
    """One ``<testcase>`` with what stands in and around it."""

    suite: str
    file: str
    classname: str
    name: str
    line: int
    reporter: str = ""
    """Which runner's reporter wrote the case, where it matters."""
    titles: tuple[str, ...] = ()
    """Names of the suites around it, the outermost first."""
    results: list[Result] = field(default_factory=list)
    output: str = ""

    @property
    def failed(self) -> bool:
        """Whether the last try failed."""
        return any(result.tag in FAILED for result in self.results) and not self._may_fail

    @property
    def passed(self) -> bool:
        """Whether the last try passed; a skipped test did neither."""
        return not self.failed and all(result.tag != "skipped" for result in self.results)

    @property
    def _may_fail(self) -> bool:
        """Whether it is still to be done, as Node's runner says of tests whose failure counts for nothing."""
        return any(result.tag == "skipped" and result.type == "todo" for result in self.results)

    @property
    def main_result(self) -> Result | None:
        """The result that tells most: a failure of the last try, else of an earlier one."""
        ranked = (*FAILED, *RETRIED)
        told = [result for result in self.results if result.tag in ranked and not self._may_fail]
        return min(told, key=lambda result: ranked.index(result.tag), default=None)


def is_go(case: Case, *, go_report: bool) -> bool:
    """Whether this is a Go test: the report says so, or an import path and a name that only ``go test`` allows."""
    package = case.classname or case.suite
    if go_report:
        return bool(_IMPORT_PATH.match(package))
    return "/" in package and bool(_IMPORT_PATH.match(package)) and bool(_GO_TEST.match(case.name))


def go_package(case: Case) -> str:
    """The import path: of class name and suite name the one that is longer, since a class name may be shortened."""
    if case.suite.endswith("/" + case.classname) and _IMPORT_PATH.match(case.suite):
        return case.suite
    return case.classname or case.suite


def pytest_id(case: Case, *, text: str) -> TestId:
    """``tests.test_x.TestC`` and ``test[param]`` as ``tests/test_x.py`` and ``TestC::test[param]``.

    The file is named by the case (xunit1), else by a traceback, else guessed from how modules and classes are written.
    """
    parts = case.classname.split(".")
    count = _module_parts(parts, file=case.file, text=text)
    suite = case.file.replace("\\", "/") or "/".join(parts[:count]) + ".py"
    return TestId(ecosystem="python", suite=suite, name="::".join([*parts[count:], case.name]))


def _module_parts(parts: list[str], *, file: str, text: str) -> int:
    """How many parts of a dotted class name are the module."""
    paths = [file.replace("\\", "/")] if file else _PYTHON_FILE.findall(text)
    for count in range(len(parts), 0, -1):
        module = "/".join(parts[:count]) + ".py"
        if any(path == module or path.endswith("/" + module) for path in paths):
            return count
    for count in range(len(parts), 0, -1):
        if _MODULE.fullmatch(parts[count - 1]):
            return count
    classes = next((index for index, part in enumerate(parts) if part[:1].isupper()), len(parts))
    return max(classes, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A ``<testsuite>`` or ``<testsuites>``, with what its cases say of all that is around them."""

    attributes: Mapping[str, str]
    """Cut to ``NAME_LIMIT`` each: every case repeats them."""
    root: Mapping[str, str]
    """Those of the outermost element."""
    titles: tuple[str, ...]
    """Names of the suites from below the root to this one, as far as a name may be long."""
    classname: str
    """The same with dots between them."""

    def get(self, name: str) -> str:
        """An attribute; empty where there is none."""
        return self.attributes.get(name, "")


def suite_in(around: Suite | None, attributes: Mapping[str, str]) -> Suite:
    """The suite with these attributes inside of another; without one it is the root."""
    cut = {name: value[:NAME_LIMIT] for name, value in attributes.items()}
    if around is None:
        return Suite(attributes=cut, root=cut, titles=(), classname="")
    room = len(around.classname) < NAME_LIMIT
    titles = (*around.titles, cut.get("name", "")) if room else around.titles
    return Suite(attributes=cut, root=around.root, titles=titles, classname=joined(titles, by="."))


def reporter_of(suite: Suite | None, *, classname: str) -> str:
    """Which reporter wrote a case in this suite.

    Vitest and nextest name the root. Node's gives it no attribute and its cases no class but ``test`` or, since
    Node 24, the names of the suites around them.
    """
    if suite is None:
        return ""
    if suite.root.get("name") == "vitest tests":
        return VITEST
    if suite.root.get("name") == _NEXTEST_REPORT:
        return NEXTEST
    return NODE if not suite.root and classname in ("test", "suite", suite.classname) and classname else ""


def generic_id(case: Case) -> TestId:
    """Class and name as they stand, the file where no class is given; for JavaScript's runners as in their logs."""
    if case.reporter == VITEST:
        return vitest_id(file=case.classname or case.suite, name=case.name)
    if case.reporter == NODE:
        return node_id(tuple(map(_unescaped, (*case.titles, case.name))), path=case.file)
    return TestId(ecosystem="junit", suite=case.classname or case.file or case.suite, name=case.name)


def _unescaped(title: str) -> str:
    """A title as it was written: until Node 24 the reporter escapes the quotes in it twice."""
    return title.replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
