"""What one run executed: every format with what makes it hard, and output that claims more than was run."""

import json

import pytest

from ftc.core.model import Kind, TestId
from ftc.core.recipe_table import Results
from ftc.core.sanitize import Sanitizer
from ftc.ingest.extract import extract_stream
from ftc.ingest.outcomes import Said, outcomes

GO = TestId(ecosystem="go", suite="example.com/m/pkg", name="TestA")


def read(results, *, stdout="", stderr="", code=0, reports=(), root="", test=GO):
    said = Said(
        code=code, stdout=stdout.encode(), stderr=stderr.encode(), reports=tuple(map(str.encode, reports)), root=root
    )
    return outcomes(said, results=results, test=test, sanitizer=Sanitizer())


def executed(found):
    return {item.name: item.outcome for item in found.executed}


PASSED = "=== RUN   TestA\n=== RUN   TestA/x\n    --- PASS: TestA/x (0.00s)\n--- PASS: TestA (0.00s)\nPASS\n"
CASES = {
    "sub-tests": (PASSED, 0, {"TestA": "passed", "TestA/x": "passed"}, True),
    "an end without a beginning": (
        "--- PASS: TestForged (0.00s)\n" + PASSED, 0, {"TestA": "passed", "TestA/x": "passed"}, True,
    ),
    "an end that comes twice": (
        PASSED.replace("PASS\n", "--- PASS: TestA (0.00s)\nPASS\n"), 0, {"TestA": "passed", "TestA/x": "passed"}, True,
    ),
    "marked: a whole forged test is output": (
        "\x16=== RUN   TestA\n=== RUN   TestForged\n--- PASS: TestForged (0.00s)\n\x16--- PASS: TestA (0.00s)\nPASS\n",
        0, {"TestA": "passed"}, True,
    ),
    "marked: a forged failure is output": (
        "\x16=== RUN   TestA\n--- FAIL: TestA (0.00s)\nFAIL\n\x16--- PASS: TestA (0.00s)\nPASS\n",
        0, {"TestA": "passed"}, True,
    ),
    "marked: output without a line end": (
        "\x16=== RUN   TestA\nglued\x16--- PASS: TestA (0.00s)\nPASS\n", 0, {"TestA": "passed"}, True,
    ),
    "a skipped test": ("=== RUN   TestA\n--- SKIP: TestA (0.00s)\nPASS\n", 0, {"TestA": "skipped"}, True),
    "many times, once failed": (
        "=== RUN   TestA\n--- PASS: TestA (0.00s)\n"
        "=== RUN   TestA\n    a_test.go:3: off by one\n--- FAIL: TestA (0.00s)\nFAIL\n",
        1, {"TestA": "failed"}, True,
    ),
    "a crash": (
        "=== RUN   TestA\n=== RUN   TestB\npanic: boom\n\ngoroutine 7 [running]:\n"
        "example.com/m/pkg.TestB(0x1)\n\t/r/pkg/b_test.go:4 +0x1\nexit status 2\n",
        2, {"TestA": "failed", "TestB": "failed"}, False,
    ),
    "nothing to run": ("testing: warning: no tests to run\nPASS\n", 0, {}, True),
    "no text": ("", 0, {}, False),
}  # fmt: skip


@pytest.mark.parametrize(("text", "code", "ran", "complete"), CASES.values(), ids=CASES)
def test_go(text, code, ran, complete):
    found = read(Results.GO, stdout=text, code=code)
    assert (executed(found), found.complete) == (ran, complete)
    assert bool(found.failures) == (code != 0)


RACE = """==================
WARNING: DATA RACE
Write at 0x00c000012345 by goroutine 8:
  example.com/m/pkg.TestA.func1()
      /r/pkg/a_test.go:9 +0x44

Previous write at 0x00c000012345 by goroutine 7:
  example.com/m/pkg.TestA()
      /r/pkg/a_test.go:12 +0x44
==================
"""


def test_a_race_beside_a_pass_is_a_failure():
    """With GORACE=exitcode=0, or in a goroutine that nobody waits for, the test says PASS all the same."""
    text = f"=== RUN   TestA\n{RACE}--- PASS: TestA (0.00s)\nPASS\n"
    found = read(Results.GO, stdout=text)
    assert executed(found) == {"TestA": "failed"}
    assert [item.kind for item in found.failures] == [Kind.DATA_RACE]


PANIC = """=== RUN   TestA
--- FAIL: TestA (0.00s)
panic: no entry in {root}/pkg/data.go [recovered]

goroutine 7 [running]:
panic({{0x1, 0x2}})
\t/usr/local/go/src/runtime/panic.go:1 +0x1
example.com/m/pkg.TestA(0x1)
\t{root}/pkg/a_test.go:4 +0x1
created by testing.(*T).Run in goroutine 1
\t/usr/local/go/src/testing/testing.go:1 +0x1
"""


def test_the_fingerprint_is_that_of_the_log_of_ci():
    """Another folder, no -v in CI, and a panic, whose frames are absolute paths."""
    ci = PANIC.format(root="/home/runner/work/m/m").removeprefix("=== RUN   TestA\n")
    ci += "FAIL\texample.com/m/pkg\t0.1s\nFAIL\n"
    (wanted,) = extract_stream([ci.encode()], path="", sanitizer=Sanitizer()).failures
    root = "/srv/scratch/before"
    (seen,) = read(Results.GO, stdout=PANIC.format(root=root), code=2, root=root).failures
    assert (seen.fingerprint, seen.test) == (wanted.fingerprint, wanted.test)
    assert seen.locations == wanted.locations


JUNIT = """<testsuites><testsuite name="pytest">
<testcase classname="tests.test_x.TestC" name="test[a]"/>
<testcase classname="tests.test_x" name="test_b"><failure message="AssertionError: x"/></testcase>
<testcase classname="tests.test_x" name="test_b"><error message="failed on teardown with x"/></testcase>
<testcase classname="tests.test_x" name="test_c"><skipped message="no"/></testcase>
<testcase classname="tests.test_x" name="test_d"><system-out>&lt;testcase name="forged"/&gt;</system-out></testcase>
</testsuite></testsuites>"""


def test_junit():
    found = read(Results.JUNIT, reports=(JUNIT,), code=1)
    assert executed(found) == {"TestC::test[a]": "passed", "test_b": "failed", "test_c": "skipped", "test_d": "passed"}
    assert found.complete


@pytest.mark.parametrize(
    "reports", [(), (JUNIT[:200],), ("",), ("no XML",), ('<!DOCTYPE x [<!ENTITY a "b">]><testsuites/>',)]
)
def test_a_report_that_is_none_is_no_complete_run(reports):
    found = read(Results.JUNIT, reports=reports)
    assert not found.complete
    assert found.problems


JEST = {
    "testResults": [
        {
            "status": "failed",
            "assertionResults": [
                {"ancestorTitles": ["a", "b"], "fullName": "a b c", "status": "passed", "failureMessages": []},
                {
                    "ancestorTitles": [],
                    "fullName": "d",
                    "status": "failed",
                    "failureMessages": [
                        "Error: \x1b[31mno\x1b[39m\n    at Object.<anonymous> (/srv/t/web/d.test.js:3:9)"
                    ],
                },
                {"ancestorTitles": [], "fullName": "e", "status": "pending", "failureMessages": []},
            ],
        }
    ]
}


def test_jest():
    found = read(Results.JEST, reports=(json.dumps(JEST),), code=1, root="/srv/t")
    assert executed(found) == {"a b c": "passed", "d": "failed", "e": "skipped"}
    (failure,) = found.failures
    assert failure.signature == "no"
    assert [place.path for place in failure.locations] == ["web/d.test.js"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"testResults": [1]}', "[" * 100_000, '{"testResults": null}'])
def test_jest_reports_of_another_shape(text):
    found = read(Results.JEST, reports=(text,))
    assert not found.executed
    assert not found.complete
    assert "no report of jest" in found.problems[0]


LIBTEST = """
running 3 tests
test tests::fine ... ok
test tests::skipped ... ignored
test tests::third ... FAILED

failures:

---- tests::third stdout ----
test tests::forged ... ok

thread 'tests::third' (4711) panicked at src/lib.rs:13:9:
assertion `left != right` failed: the balance is wrong
  left: 0
 right: 0
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace


failures:
    tests::third

test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s
"""


def test_libtest():
    found = read(Results.LIBTEST, stdout=LIBTEST, code=101)
    assert executed(found) == {"tests::fine": "passed", "tests::skipped": "skipped", "tests::third": "failed"}
    (failure,) = found.failures
    assert [place.path for place in failure.locations] == ["src/lib.rs"]
    again = read(Results.LIBTEST, stdout=LIBTEST.replace("4711", "4712").replace(":13:9", ":14:9"), code=101)
    assert again.failures[0].fingerprint == failure.fingerprint, "no thread and no line in it"
    assert found.complete


def test_libtest_that_was_cut_short_or_says_too_much():
    assert not read(Results.LIBTEST, stdout=LIBTEST[: LIBTEST.index("test tests::third")]).complete
    forged = read(Results.LIBTEST, stdout="running 1 test\ntest a ... ok\ntest b ... ok\n\ntest result: ok. 1 passed\n")
    assert executed(forged) == {"a": "passed"}
    assert "2 results of 1 announced tests" in forged.problems[0]


NEXTEST = """────────────
 Nextest run ID 1 with nextest profile: default
    Starting 2 tests across 1 binary (1 test skipped)
        PASS [   0.005s] (1/2) stress tests::fine
        FAIL [   0.006s] (2/2) stress tests::third
  stdout ───

    running 1 test
    test tests::third ... FAILED

  stderr ───

    thread 'tests::third' panicked at src/lib.rs:13:9:
    assertion `left != right` failed: the balance is wrong

────────────
     Summary [   0.007s] 2 tests run: 1 passed, 1 failed, 1 skipped
        FAIL [   0.006s] (2/2) stress tests::third
error: test run failed
"""


NEXTEST_ENDS = """    Starting 6 tests across 2 binaries
        PASS [   0.010s] (1/6) stress::bin/tool a name, (with) blanks
        LEAK [   0.207s] (2/6) stress tests::leaky
TIMEOUT-PASS [   2.004s] (3/6) stress tests::slow
   LEAK-FAIL [   0.112s] (4/6) stress tests::leaves
 FAIL + LEAK [   0.441s] (5/6) stress tests::leaves_and_fails
 TERMINATING [>  2.000s] (───) stress tests::hangs
     TIMEOUT [   2.003s] (6/6) stress tests::hangs
────────────
     Summary [   2.298s] 6 tests run: 3 passed (1 leaky), 2 failed (1 due to being leaky), 1 timed out, 0 skipped
"""


def test_ends_of_nextest():
    """As nextest 0.9.148 words them."""
    found = read(Results.LIBTEST, stderr=NEXTEST_ENDS, code=100)
    assert executed(found) == {
        "a name, (with) blanks": "passed",
        "tests::hangs": "failed",
        "tests::leaky": "passed",
        "tests::leaves": "failed",
        "tests::leaves_and_fails": "failed",
        "tests::slow": "passed",
    }
    assert sorted(item.test.name for item in found.failures) == sorted(
        name for name, outcome in executed(found).items() if outcome == "failed"
    )
    assert not found.problems
    # A test whose words stand in the column of the results adds one too many.
    forged = NEXTEST_ENDS.replace("────────────", "        PASS [   0.001s] (1/1) stress tests::forged")
    assert read(Results.LIBTEST, stderr=forged).problems == (
        "7 results of 6 announced tests: a test printed some of them",
    )


def test_nextest():
    found = read(Results.LIBTEST, stderr=NEXTEST, code=100)
    assert executed(found) == {"tests::fine": "passed", "tests::third": "failed"}
    assert [place.path for place in found.failures[0].locations] == ["src/lib.rs"]
