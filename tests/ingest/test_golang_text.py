"""The Go parser on short texts, written by hand for what older toolchains and odd jobs print."""

import pytest

from ftc.core.model import Kind
from ftc.ingest.base import Line
from ftc.ingest.golang import GoParser, reasons

STACK = """goroutine 7 [running]:
example.com/a/worker.(*Pool).run(0xc0001)
	/src/a/worker/pool.go:40 +0x1d
created by example.com/a.{creator} in goroutine 6
	/src/a/a_test.go:12 +0x5d
exit status 2
FAIL	example.com/a	0.010s"""


def parse(text):
    parser = GoParser()
    for number, line in enumerate(text.split("\n"), 1):
        parser.feed(Line(number=number, text=line))
    return parser.finish()


def failures(text):
    return [(item.test.suite, item.test.name, item.kind, item.message) for item in parse(text).failures]


TEXTS = {
    "a panic of old, caught and thrown again": (
        "--- FAIL: TestX (0.00s)\npanic: boom [recovered]\n\tpanic: boom\n\ngoroutine 5 [running]:\n"
        "testing.tRunner.func1.2(0x1, 0x2)\n\t/usr/local/go/src/testing/testing.go:1143 +0x332\n"
        "example.com/a.TestX(0xc0001)\n\t/src/a/a_test.go:7 +0x1d\nexit status 2\nFAIL\texample.com/a\t0.010s",
        [("example.com/a", "TestX", Kind.PANIC, "boom")],
    ),
    "a goroutine that a suite method started, without -v: the suite was never named": (
        "panic: closed\n\n" + STACK.format(creator="(*PoolSuite).TestClose"),
        [("example.com/a", "TestClose", Kind.PANIC, "closed")],
    ),
    "the same with -v: the suite is known": (
        "=== RUN   TestPoolSuite\n=== RUN   TestPoolSuite/TestOpen\n=== RUN   TestPoolSuite/TestClose\n"
        "panic: closed\n\n" + STACK.format(creator="(*PoolSuite).TestClose"),
        [("example.com/a", "TestPoolSuite/TestClose", Kind.PANIC, "closed")],
    ),
    "a library's goroutine: with -v the only test that ran": (
        "=== RUN   TestOne\n--- PASS: TestOne (0.00s)\n=== RUN   TestTwo\npanic: closed\n\n"
        + STACK.format(creator="Start"),
        [("example.com/a", "TestTwo", Kind.PANIC, "closed")],
    ),
    "a panic behind half a line of output": (
        "=== RUN   TestTwo\nloading 10%panic: closed\n\n" + STACK.format(creator="TestTwo"),
        [("example.com/a", "TestTwo", Kind.PANIC, "closed")],
    ),
    "an external test package belongs to the package it tests": (
        "panic: closed\n\ngoroutine 7 [running]:\nexample.com/a_test.TestX.func1()\n\t/src/a/a_test.go:3 +0x1",
        [("example.com/a", "TestX", Kind.PANIC, "closed")],
    ),
    "two jobs of one step: a retry of the same package passes": (
        "=== RUN   TestX\n    a_test.go:3: no leader\n--- FAIL: TestX (0.00s)\nFAIL\nFAIL\texample.com/a\t0.01s\n"
        "=== RUN   TestX\n--- PASS: TestX (0.00s)\nPASS\nok  \texample.com/a\t0.01s",
        [("example.com/a", "TestX", Kind.ASSERTION, "no leader")],
    ),
    "the same name in two packages": (
        "--- FAIL: TestX (0.00s)\n    a_test.go:3: one\nFAIL\nFAIL\texample.com/a\t0.01s\n"
        "--- FAIL: TestX (0.00s)\n    b_test.go:3: two\nFAIL\ncoverage: 1.0% of statements\nFAIL\texample.com/b\t0.01s",
        [("example.com/a", "TestX", Kind.ASSERTION, "one"), ("example.com/b", "TestX", Kind.ASSERTION, "two")],
    ),
    "a log and an error look alike: the one that speaks like an error counts": (
        "--- FAIL: TestX (0.00s)\n    a_test.go:3: starting 3 stores, error=nil\n    a_test.go:9: got 1, want 2\n"
        "    a_test.go:12: stopped\nFAIL\nFAIL\texample.com/a\t0.01s",
        [("example.com/a", "TestX", Kind.ASSERTION, "got 1, want 2")],
    ),
    "sub-tests two deep, output after each marker": (
        "--- FAIL: TestX (0.00s)\n    --- FAIL: TestX/a (0.00s)\n        --- FAIL: TestX/a/b (0.00s)\n"
        "            a_test.go:3: deep\n    --- FAIL: TestX/c (0.00s)\n        a_test.go:5: shallow\n"
        "FAIL\nFAIL\texample.com/a\t0.01s",
        [
            ("example.com/a", "TestX/a/b", Kind.ASSERTION, "deep"),
            ("example.com/a", "TestX/c", Kind.ASSERTION, "shallow"),
        ],
    ),
    "a leak that an old goleak reports from its own file": (
        "--- FAIL: TestX (0.44s)\n    leaks.go:78: found unexpected goroutines:\n"
        "        [Goroutine 8 in state select, with example.com/a.watch on top of the stack:\n"
        "        goroutine 8 [select]:\n        example.com/a.watch(0x1)\n        \t/src/a/a.go:9 +0x1\n        ]\n"
        "FAIL\nFAIL\texample.com/a\t0.45s",
        [("example.com/a", "TestX", Kind.LEAK, "found unexpected goroutines: example.com/a.watch (select)")],
    ),
    "a time-out of a toolchain that prints no list": (
        "=== RUN   TestX\npanic: test timed out after 10m0s\n\ngoroutine 3 [running]:\n"
        "testing.(*M).startAlarm.func1()\n"
        "\t/usr/local/go/src/testing/testing.go:1460 +0xdf\n\ngoroutine 6 [chan receive, 9 minutes]:\n"
        "example.com/a.TestX(0x1)\n\t/src/a/a_test.go:3 +0x1\nFAIL\texample.com/a\t600.01s",
        [("example.com/a", "TestX", Kind.TIMEOUT, "test timed out after 10m0s")],
    ),
    "a race beside PASS that only the binary's end counts": (
        "=== RUN   TestX\n--- PASS: TestX (0.00s)\n==================\nWARNING: DATA RACE\n"
        "Write at 0x00c0001 by goroutine 8:\n  example.com/a.add()\n      /src/a/a.go:3 +0x1\n\n"
        "Previous write at 0x00c0001 by goroutine 7:\n  example.com/a.add()\n      /src/a/a.go:3 +0x1\n\n"
        "Goroutine 8 (finished) created at:\n  example.com/a.TestX()\n      /src/a/a_test.go:5 +0x1\n"
        "==================\n"
        "=== RUN   TestY\n--- PASS: TestY (0.00s)\ntesting: race detected outside of test execution\nFAIL\n"
        "exit status 66\nFAIL\texample.com/a\t0.02s",
        [("example.com/a", "TestX", Kind.DATA_RACE, "DATA RACE: example.com/a.add and example.com/a.add")],
    ),
    "a runner that tells of a test whose output is lost": (
        "[FAIL]  server/api TestRegion\nerr=exit status 1\n",
        [("server/api", "TestRegion", Kind.ERROR, "failed without a message")],
    ),
    "a runner whose output comes first": (
        "--- FAIL: TestRegion (0.00s)\n    api_test.go:3: got 1, want 2\nFAIL\n[FAIL]  server/api TestRegion\n",
        [("server/api", "TestRegion", Kind.ASSERTION, "got 1, want 2")],
    ),
    "a time-out without a list and without -v": (
        "panic: test timed out after 10m0s\n\ngoroutine 3 [running]:\ntesting.(*M).startAlarm.func1()\n"
        "\t/usr/local/go/src/testing/testing.go:1460 +0xdf\n\ngoroutine 6 [chan receive, 9 minutes]:\n"
        "example.com/a.TestX(0x1)\n\t/src/a/a_test.go:3 +0x1\nFAIL\texample.com/a\t600.01s",
        [("example.com/a", "TestX", Kind.TIMEOUT, "test timed out after 10m0s")],
    ),
    "fuzzing: the target fails inside itself, under one name": (
        "fuzz: elapsed: 0s, gathering baseline coverage: 0/1 completed\n--- FAIL: FuzzX (0.02s)\n"
        "    --- FAIL: FuzzX (0.00s)\n        a_test.go:9: got 1, want 2\n    \n"
        "    Failing input written to testdata/fuzz/FuzzX/582528ddfad69eb5\nFAIL\nFAIL\texample.com/a\t0.03s",
        [("example.com/a", "FuzzX", Kind.ASSERTION, "got 1, want 2")],
    ),
    "the very first === RUN stands behind text without a line end": (
        "loading fixtures ...=== RUN   TestX\n    a_test.go:3: no\n=== RUN   TestX/a\n--- FAIL: TestX (0.00s)\n"
        "    --- PASS: TestX/a (0.00s)\nFAIL\nFAIL\texample.com/a\t0.01s",
        [("example.com/a", "TestX", Kind.ASSERTION, "no")],
    ),
    "deadlock: every goroutine is shown, the first one is asleep in testing": (
        "=== RUN   TestX\nfatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 [chan receive]:\n"
        "testing.(*T).Run(0x1)\n\t/usr/local/go/src/testing/testing.go:9 +0x1\n\ngoroutine 6 [chan receive]:\n"
        "example.com/a.TestX(0x1)\n\t/src/a/a_test.go:3 +0x1\nexit status 2\nFAIL\texample.com/a\t0.01s",
        [("example.com/a", "TestX", Kind.CRASH, "fatal error: all goroutines are asleep - deadlock!")],
    ),
}


@pytest.mark.parametrize("why", TEXTS)
def test_short_text(why):
    text, expected = TEXTS[why]
    assert failures(text) == expected


def test_a_retry_that_passes_makes_the_failure_flaky():
    text, _ = TEXTS["two jobs of one step: a retry of the same package passes"]
    assert [item.flaky_in_run for item in parse(text).failures] == [True]


def test_a_pass_in_another_package_does_not():
    text, _ = TEXTS["two jobs of one step: a retry of the same package passes"]
    head, tail = text.split("FAIL\texample.com/a\t0.01s\n")
    (failure,) = parse(head + "FAIL\texample.com/a\t0.01s\n" + tail.replace("example.com/a", "example.com/b")).failures
    assert not failure.flaky_in_run


def test_a_pass_before_the_failure_does_not():
    (failure,) = parse(
        "=== RUN   TestX\n--- PASS: TestX (0.00s)\n=== RUN   TestX\n    a_test.go:3: no\n--- FAIL: TestX (0.00s)\n"
        "FAIL\nFAIL\texample.com/a\t0.01s"
    ).failures
    assert not failure.flaky_in_run


def test_a_killed_binary_is_no_failing_test():
    found = parse("=== RUN   TestX\nloading\nsignal: killed\nFAIL\texample.com/a\t9.01s")
    assert found.failures == ()
    assert {(item.name, item.reason) for item in found.excluded} == {
        ("", reasons.NO_FAILING_TEST),
        ("TestX", reasons.EXIT_CASCADE),
    }


def test_key_lines_of_an_assertion_hold_the_difference():
    (failure,) = parse(
        "--- FAIL: TestX (0.00s)\n    a_test.go:3: \n        \tError Trace:\t/src/a/a_test.go:3\n"
        "        \tError:      \tNot equal: \n        \t            \texpected: 1\n"
        "        \t            \tactual  : 2\n"
        "        \tTest:       \tTestX\n        \tMessages:   \trow 7\nFAIL\nFAIL\texample.com/a\t0.01s"
    ).failures
    assert failure.message == "Not equal:\nexpected: 1\nactual  : 2\nrow 7"
    assert any("expected: 1" in line for line in failure.key_lines)
    assert any("a_test.go:3" in line for line in failure.key_lines)


def test_a_step_that_was_killed_does_not_hide_the_next_one():
    """The first step's go test -v never ended; the second one runs without -v and announces nothing."""
    parser = GoParser()
    texts = [
        ("test", "=== RUN   TestSlow"),
        ("retry", "--- FAIL: TestX (0.00s)"),
        ("retry", "    a_test.go:3: no"),
        ("retry", "FAIL"),
        ("retry", "FAIL\texample.com/a\t0.01s"),
    ]
    for number, (step, text) in enumerate(texts, 1):
        parser.feed(Line(number=number, text=text, step=step))
    assert [str(item.test) for item in parser.finish().failures] == ["example.com/a TestX"]
