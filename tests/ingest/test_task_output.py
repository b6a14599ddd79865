"""What tools print, as real runs printed it, and what is read from it."""

import pytest

from ftc.ingest import task_output
from ftc.ingest.task_output import Output

PYTEST_RED = """.F.                                                                      [100%]
=================================== FAILURES ===================================
FAILED tests/test_a.py::test_x[a b] - assert 1 == 2
ERROR tests/test_b.py::test_y - RuntimeError: no
1 failed, 2 passed, 1 error in 0.01s
"""
GO = """{"Action":"run","Package":"p/a","Test":"TestX"}
{"Action":"fail","Package":"p/a","Test":"TestX","Elapsed":0}
{"Action":"pass","Package":"p/a","Test":"TestY"}
{"Action":"fail","Package":"p/a"}
{"Action":"fail","Package":"p/b"}
FAIL	p/b [build failed]
"""
TESTS = [
    (task_output.pytest_tests, 0, "..  [100%]\n2 passed in 0.01s\n", 2, set()),
    # A name may hold blanks and a message may hold dashes.
    (task_output.pytest_tests, 1, PYTEST_RED, 2, {"tests/test_a.py::test_x[a b]", "tests/test_b.py::test_y"}),
    (task_output.pytest_tests, 5, "no tests ran in 0.00s\n", 0, set()),
    # A package that does not build names no test.
    (task_output.go_tests, 1, GO, 1, {"p/a/TestX", "p/b"}),
    (task_output.other_tests, 1, "Tests:  1 failed, 4 passed, 5 total\n", 4, {"exit code 1"}),
    (task_output.other_tests, 1, "not ok 2 - adds\n# pass 1\n# fail 1\n", 1, {"adds"}),
    (task_output.other_tests, 0, "all fine\n", 0, set()),
    (task_output.other_tests, 3, "boom\n", 0, {"exit code 3"}),  # fails without a word
]


@pytest.mark.parametrize(("read", "code", "text", "passed", "failed"), TESTS)
def test_tests(read, code, text, passed, failed):
    found = read(Output(code=code, text=text))
    assert (found.passed, set(found.failures)) == (passed, failed)


def test_a_session_that_never_began_is_not_no_failures():
    assert task_output.pytest_tests(Output(code=4, text="ERROR: unrecognized arguments: -x9\n")) is None
    assert task_output.go_tests(Output(code=1, text="go: cannot find main module\n")) is None


FINDINGS = [
    (0, "Success: no issues found\n", ()),
    (1, "src/a.py:3:1: F401 `os` unused\nFound 1 error.\n", ("src/a.py: F401 `os` unused",)),
    (1, "./a.go:3:1: x declared and not used\n", ("a.go: x declared and not used",)),
    (1, "a.py:3: error: no [x]\na.py:4: note: see there\n", ("a.py: error: no [x]",)),
    (1, "\x1b[1ma.py:3:1: E1\x1b[0m\n", ("a.py: E1",)),
    (2, "mypy: error: cannot read file\n", None),  # failed and found nothing: not clean
]


@pytest.mark.parametrize(("code", "text", "found"), FINDINGS)
def test_findings_have_no_lines(code, text, found):
    assert task_output.findings(Output(code=code, text=text)) == found


def test_coverage():
    assert task_output.coverage_json(Output(code=0, text='{"totals": {"percent_covered": 61.5}}')) == 61.5
    assert task_output.coverage_json(Output(code=1, text="No data to report.")) is None
    total = "a.go:3:\tF\t\t50.0%\ntotal:\t(statements)\t83.3%\n"
    assert task_output.coverage_percent(Output(code=0, text=total)) == 83.3
    assert task_output.coverage_percent(Output(code=1, text="12%")) is None
