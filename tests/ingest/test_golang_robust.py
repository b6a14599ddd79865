"""The Go parser on logs that break off, that make no sense, and that never end."""

import itertools
import random
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftc.ingest.base import Line
from ftc.ingest.golang import GoParser

LOGS = sorted((Path(__file__).parent.parent / "data" / "logs" / "go").glob("*.log"))
CUTS = 12  # per log; with some seventy logs that is every kind of line

FRAGMENTS = (
    "=== RUN   TestA", "=== RUN   TestA/b", "=== PAUSE TestA", "=== CONT  TestA", "=== NAME  TestA/b", "=== NAME",
    "--- FAIL: TestA (0.00s)", "    --- FAIL: TestA/b (0.00s)", "--- PASS: TestA (0.00s)", "--- SKIP: TestZ (0.00s)",
    "    a_test.go:1: want 1, got 2", "        a_test.go:1: ", "        \tError Trace:\t/a/a_test.go:1",
    "        \tError:      \tNot equal:", "        \tTest:       \tTestB", "        \tMessages:   \tm",
    "FAIL", "PASS", "FAIL\texample.com/a\t0.1s", "ok  \texample.com/b\t0.1s", "FAIL\texample.com/a [build failed]",
    "panic: boom", "panic: boom [recovered, repanicked]", "panic: test timed out after 1s", "\trunning tests:",
    "\t\tTestA (1s)", "\t\tTestA/b (1ms)", "", "goroutine 7 [running]:", "example.com/a.TestA(0x1)",
    "\t/a/a_test.go:9 +0x1", "created by example.com/a.TestA in goroutine 6", "exit status 2",
    "fatal error: all goroutines are asleep - deadlock!", "==================", "WARNING: DATA RACE",
    "Read at 0x00c000 by goroutine 8:", "  example.com/a.TestA.func1()", "      /a/a_test.go:3 +0x1",
    "    testing.go:1: race detected during execution of test", "testing: race detected outside of test execution",
    "goleak: Errors on successful test run: found unexpected goroutines:",
    "[Goroutine 7 in state chan receive, with a.b on top of the stack:", "# example.com/a", "a/a.go:1:2: undefined: b",
    "=== Failed", "=== FAIL: a TestA (0.00s)", "=== FAIL: a TestA/b (re-run 1) (0.00s)", "DONE 2 runs, 3 tests in 0.1s",
    "PASS a.TestA (re-run 1) (0.00s)", "FAIL a.TestA (0.00s)", "FAIL a", "✖  a (1ms)", "✓  b (cached)",
    "[FAIL]  a TestA", "err=exit status 1", "err=signal: killed",
    '{"Action":"run","Package":"p","Test":"T"}', '{"Action":"fail","Package":"p","Test":"T"}',
    '{"Action":"output","Package":"p","Test":"T","Output":"panic: x\\n"}', '{"Action":"fail","Package":"p"}',
    '{"Action":"output","Package":"p","Output":"goroutine 1 [running]:\\n"}',
    '{"Action":"pass","Package":"p","Test":"T"}', '{"Action":"output","Package":"p","Test":"T","Output":"cut',
    '{"Action":1,"Package":[],"Test":{}}', '{"Action":',
    '{"ImportPath":"p","Action":"build-output","Output":"# p\\n"}', '{"Action":"fail","Package":"p","FailedBuild":"p"}',
)  # fmt: skip


def parse(texts):
    parser = GoParser()
    for number, text in enumerate(texts, 1):
        parser.feed(Line(number=number, text=text))
    return parser.finish()


def named(found):
    return {item.test.name for item in found.failures} | {item.name for item in found.excluded}


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_a_log_may_break_off_anywhere(path):
    """Nothing is raised, and no test is named that the whole log does not name."""
    text = path.read_text()
    whole = named(parse(text.split("\n")))
    places = random.Random(path.stem).sample(range(len(text)), min(CUTS, len(text)))
    for place in places:
        assert named(parse(text[:place].split("\n"))) <= whole


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_a_log_may_begin_anywhere(path):
    text = path.read_text()
    for place in random.Random(path.stem).sample(range(len(text)), min(CUTS, len(text))):
        parse(text[place:].split("\n"))


@given(st.lists(st.text(max_size=80), max_size=60))
def test_random_text_fails_nothing(texts):
    found = parse(texts)
    assert found.failures == ()
    assert found.build_failures == ()


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=80))
def test_fragments_in_any_order_are_read_without_an_error(texts):
    found = parse(texts)
    names = [(item.test.suite, item.test.name) for item in found.failures]
    assert len(names) == len(set(names))
    assert all(name for _, name in names)


CUT_FRAGMENTS = st.tuples(st.sampled_from(FRAGMENTS), st.integers(0, 40)).map(lambda pair: pair[0][: pair[1]])


@given(st.lists(CUT_FRAGMENTS, max_size=40))
def test_cut_fragments_are_read_without_an_error(texts):
    parse(texts)


NOISE = (
    '{"level":"error","ts":1,"msg":"FAIL: panic: timeout --- FAIL: TestX (0.00s)","Action":"none"}',
    '[2026/03/01 10:00:00.000 +00:00] [ERROR] [server.go:42] ["panic: test timed out after 1s"]',
    "error: something failed with exit status 2",
    "FAIL: 3 of 4",
    "goroutine 1 in prose",
    "panic: printed by a service",
    "    indented text with --- FAIL: in it",
    "--- FAIL: without a time",
    "election-timeout=3s lease-timeout=5s",
    "# a comment that looks like a heading",
    "=== a headline ===",
    "ok then",
    "PASSED",
)


@given(st.lists(st.sampled_from(NOISE), max_size=60))
def test_words_of_failure_fail_nothing(texts):
    assert parse(texts).failures == ()


def test_a_program_that_panics_in_a_log_is_no_test():
    """A service's panic with its dump, at the end of a log in which no Go test ran."""
    dump = ["panic: boom", "", "goroutine 1 [running]:", "main.main()", "\t/srv/main.go:3 +0x1", "exit status 2"]
    assert parse(dump).failures == ()


def test_memory_does_not_grow_with_passing_tests():
    """Eighty thousand lines of twenty thousand passing tests; what stays is what one test needs."""
    parser = GoParser()
    number = itertools.count(1)

    def feed(text):
        parser.feed(Line(number=next(number), text=text))

    tracemalloc.start()
    for test in range(20_000):
        feed(f"=== RUN   TestNumber{test}")
        feed(f"    a_test.go:7: message {test}")
        feed(f"[info] noise {test} of the program under test, error=nil")
        feed(f"--- PASS: TestNumber{test} (0.00s)")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert parser.finish().failures == ()
    assert peak < 3_000_000


@pytest.mark.parametrize(
    "line", ["    a_test.go:7: retry", "plain noise", "\t\tdeep", "panic: again", "goroutine 3 [running]:"]
)
def test_memory_does_not_grow_with_the_output_of_one_test(line):
    tracemalloc.start()
    parser = GoParser()
    parser.feed(Line(number=1, text="=== RUN   TestLoud"))
    for number in range(2, 20_000):
        parser.feed(Line(number=number, text=f"{line} {number}" if line[:2] != "go" else line))
    parser.feed(Line(number=20_000, text="--- FAIL: TestLoud (9.99s)"))
    parser.feed(Line(number=20_001, text="FAIL\texample.com/loud\t9.99s"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    (failure,) = parser.finish().failures
    assert failure.test.name == "TestLoud"
    assert peak < 3_000_000


def test_memory_does_not_grow_with_failing_tests():
    """Two thousand tests run at once, print ten thousand characters each, and fail."""
    tracemalloc.start()
    parser = GoParser()
    numbers = itertools.count(1)
    texts = itertools.chain(
        (f"=== RUN   Test{test}" for test in range(2_000)),
        (
            text
            for test in range(2_000)
            for text in (f"=== NAME  Test{test}", *["noise " * 100] * 12, "    a.go:1: got 1")
        ),
        (f"--- FAIL: Test{test} (0.00s)" for test in range(2_000)),
        ["FAIL", "FAIL\texample.com/a\t1.0s"],
    )
    for text in texts:
        parser.feed(Line(number=next(numbers), text="".join(text)))
    found = parser.finish()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found.failures) == 2_000
    assert {item.message for item in found.failures} == {"got 1"}
    assert peak < 30_000_000


def test_a_failure_keeps_its_output_when_many_tests_follow():
    texts = ["=== RUN   TestFirst", *(f"step {step}" for step in range(50)), "--- FAIL: TestFirst (0.00s)"]
    for test in range(500):
        texts += [f"=== RUN   Test{test}", "some output", f"--- PASS: Test{test} (0.00s)"]
    (failure,) = parse([*texts, "FAIL", "FAIL\texample.com/a\t1.0s"]).failures
    assert {f"step {step}" for step in range(50)} <= set(failure.lines)


def test_json_lines_that_are_cut_still_count():
    """The driver cuts very long lines; the event's head says enough."""
    found = parse([
        '{"Action":"run","Package":"example.com/p","Test":"TestHuge"}',
        '{"Action":"output","Package":"example.com/p","Test":"TestHuge","Output":"    a_test.go:3: got ' + "x" * 500,
        '{"Action":"fail","Package":"example.com/p","Test":"TestHuge","Elapsed":0.1}',
        '{"Action":"fail","Package":"example.com/p","Elapsed":0.1}',
    ])  # fmt: skip
    assert [str(item.test) for item in found.failures] == ["example.com/p TestHuge"]


def test_unknown_events_and_fields_are_passed_over():
    found = parse([
        '{"Time":"t","Action":"start","Package":"p","Future":{"a":[1]}}',
        '{"Action":"run","Package":"p","Test":"TestA","OutputType":"frame"}',
        '{"Action":"teleport","Package":"p","Test":"TestA"}',
        '{"Action":"attr","Package":"p","Test":"TestA","Key":"k","Value":"v"}',
        '{"Action":"fail","Package":"p","Test":"TestA","Elapsed":0.1}',
        '{"Action":"fail","Package":"p"}',
    ])  # fmt: skip
    assert [item.test.name for item in found.failures] == ["TestA"]
