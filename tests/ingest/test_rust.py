"""The Rust parser: what no recording shows, and logs that break off, lie, or never end."""

import itertools
import random
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftc.core.model import Kind, Outcome
from ftc.core.sanitize import Sanitizer
from ftc.ingest.base import Line
from ftc.ingest.extract import extract_stream
from ftc.ingest.merge import belongs, merged
from ftc.ingest.rust import RustParser

DATA = Path(__file__).parent.parent / "data"
LOGS = sorted((DATA / "logs" / "rust").glob("*.log"))
CUTS = 40  # per log


def parse(texts):
    parser = RustParser()
    for number, text in enumerate(texts, 1):
        parser.feed(Line(number=number, text=text))
    return parser.finish()


def read(path):
    return extract_stream([path.read_bytes()], path=path.name, sanitizer=Sanitizer())


def summary(*, passed=0, failed=0, ignored=0):
    word = "FAILED" if failed else "ok"
    counts = f"{passed} passed; {failed} failed; {ignored} ignored; 0 measured; 0 filtered out"
    return f"test result: {word}. {counts}; finished in 0.00s"


RUNNING = "     Running unittests src/lib.rs (target/debug/deps/ledger-0123456789abcdef)"


def failed(*text, running=RUNNING, name="puts"):
    """The output of a binary whose one test printed this and failed."""
    begin = [running, "", "running 1 test", f"test {name} ... FAILED", "", "failures:", "", f"---- {name} stdout ----"]
    return [*begin, *text, "", "", "failures:", f"    {name}", "", summary(failed=1), "", "error: test failed"]


MESSAGES = {
    "before Rust 1.73": (
        ["thread 'puts' panicked at 'no such account', src/book.rs:7:9", "note: run with `RUST_BACKTRACE=1` …"],
        Kind.PANIC, "no such account", ["src/book.rs:7"],
    ),
    "before 1.73, of several lines with quotes": (
        ["thread 'puts' panicked at 'assertion failed: `(left == right)`", "  left: `'a'`,",
         " right: `'b'`', a/b.rs:7:9"],
        Kind.ASSERTION, "assertion failed: `(left == right)`\n  left: `'a'`,\n right: `'b'`", ["a/b.rs:7"],
    ),
    "before 1.73, cut": (["thread 'puts' panicked at 'no such", "account"], Kind.ERROR, "failed without a message", []),
    "Windows": (
        [r"thread 'puts' (7) panicked at src\book.rs:7:9:", "no"], Kind.PANIC, "no", ["src/book.rs:7"],
    ),
    "an absolute place on Windows": (
        [r"thread 'puts' panicked at D:\a\ledger\ledger\src\book.rs:7:9:", "no"], Kind.PANIC, "no", ["src/book.rs:7"],
    ),
    "another thread's panic comes first, and only tells where else to look": (
        ["thread 'payer' (7) panicked at src/pay.rs:1:1:", "gone", "", "thread 'puts' (8) panicked at src/book.rs:7:9:",
         "assertion failed: joined.is_ok()"],
        Kind.ASSERTION, "assertion failed: joined.is_ok()", ["src/book.rs:7", "src/pay.rs:1"],
    ),
    "a panic while unwinding is a consequence": (
        ["thread 'puts' (7) panicked at src/book.rs:7:9:", "first", "",
         "thread 'puts' (7) panicked at src/drop.rs:1:1:", "second"],
        Kind.PANIC, "first", ["src/book.rs:7", "src/drop.rs:1"],
    ),
    "a dependency panics, and its backtrace is not in every run": (
        ["thread 'puts' (7) panicked at /home/runner/.cargo/registry/src/i/tokio-1.0.0/src/rt.rs:7:9:", "no reactor",
         "stack backtrace:", "   0: tokio::rt",
         "             at /home/runner/.cargo/registry/src/i/tokio-1.0.0/src/rt.rs:7:9",
         "   1: ledger::puts", "             at ./src/book.rs:3:1"],
        Kind.PANIC, "no reactor", [],
    ),
    "a package below the workspace: the backtrace starts from the package": (
        ["thread 'puts' (7) panicked at crates/book/src/lib.rs:7:9:", "no", "stack backtrace:", "   0: book::put",
         "             at ./src/lib.rs:7:9", "   1: book::puts", "             at ./tests/put.rs:3:1"],
        Kind.PANIC, "no", ["crates/book/src/lib.rs:7", "crates/book/tests/put.rs:3"],
    ),
    "an error is returned, after a thread that nobody waits for": (
        ["thread 'payer' (7) panicked at src/pay.rs:1:1:", "gone", "Error: Closed { code: 7 }"],
        Kind.ERROR, "Error: Closed { code: 7 }", ["src/pay.rs:1"],
    ),
    "nothing is said": (["put 3"], Kind.ERROR, "failed without a message", []),
    "a message of no words": (
        ["thread 'puts' (7) panicked at src/book.rs:7:9:"], Kind.PANIC, "failed without a message", ["src/book.rs:7"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "message", "places"), MESSAGES.values(), ids=MESSAGES)
def test_what_a_test_printed(text, kind, message, places):
    log = "\n".join(failed(*text)).encode()
    (failure,) = extract_stream([log], path="x", sanitizer=Sanitizer()).failures
    assert (failure.kind, failure.message) == (kind, message)
    assert [f"{place.path}:{place.line}" for place in failure.locations] == places


RUNNINGS = {
    "     Running tests/share.rs (target/debug/deps/share-0123456789abcdef)": "tests/share.rs",
    "     Running unittests src/main.rs (target/debug/deps/shop-0123456789abcdef)": "shop",
    "     Running unittests (target/debug/deps/shop-0123456789abcdef)": "shop",  # before Rust 1.62
    "     Running target/debug/deps/shop-0123456789abcdef": "shop",  # before 1.56
    r"     Running tests\share.rs (target\debug\deps\share-0123456789abcdef.exe)": "tests/share.rs",
    "     Running `rustc --crate-name shop`": "",  # cargo -v
    "   Doc-tests shop": "shop",
}


@pytest.mark.parametrize(("line", "suite"), RUNNINGS.items())
def test_the_suite_is_what_cargo_names(line, suite):
    (failure,) = parse(failed(running=line)).failures
    assert failure.test.suite == suite


LIES = {
    "a summary that does not add up is output": (
        ["running 2 tests", "test a ... ok", "test b ... FAILED", "", "failures:", "", "---- b stdout ----",
         "test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
         "", "failures:", "    b", "", summary(passed=1, failed=1)], ["b"], [],
    ),
    "a result that is printed past the capture": (
        ["running 2 tests", "test forged ... FAILED", "test a ... ok", "test b ... FAILED", "", "failures:", "",
         "---- b stdout ----", "", "failures:", "    b", "", summary(passed=1, failed=1)], ["b"], ["forged"],
    ),
    "a list that is too long is not the list": (
        ["running 1 test", "test b ... FAILED", "", "failures:", "    b", "    c", "", summary(failed=1)], ["b"], [],
    ),
    "a section of a test that passed": (
        ["running 2 tests", "test a ... ok", "test b ... FAILED", "", "failures:", "", "---- b stdout ----",
         "---- a stdout ----", "", "failures:", "    b", "", summary(passed=1, failed=1)], ["b"], [],
    ),
    "more results than announced": (
        ["running 1 test", "test a ... ok", "test b ... FAILED", "", summary(passed=1)], [], [],
    ),
    "the words of a failure without a run": (
        ["test a ... FAILED", "failures:", "    a", "error: test failed, to rerun pass `--lib`"], [], [],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("texts", "names", "quoted"), LIES.values(), ids=LIES)
def test_output_that_looks_like_the_runner(texts, names, quoted):
    found = parse([RUNNING, "", *texts])
    assert [item.test.name for item in found.failures] == names
    assert [item.name for item in found.excluded] == quoted


UNTOLD = ("cargo-broken", "cargo-quiet", "nextest-broken")
"""Nothing in them says that a binary begins: the problem is all there is."""


@pytest.mark.parametrize("foreign", ["running 3 tests", "running 1 test", "running 9999999 tests"])
@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_an_announcement_that_is_none_hides_no_failure(path, foreign):
    """Anything prints such a line before cargo does; it was taken for a binary that the whole log belongs to."""
    found = extract_stream([foreign.encode() + b"\n", path.read_bytes()], path="x", sanitizer=Sanitizer())
    whole = read(path)
    assert any("were announced" in problem for problem in found.problems)
    if path.stem in UNTOLD:
        return
    assert [(item.test, item.fingerprint) for item in found.failures] == [
        (item.test, item.fingerprint) for item in whole.failures
    ]
    assert found.excluded == whole.excluded


NESTED = [RUNNING.replace("ledger", "inner"), "", "running 2 tests", "test x ... FAILED", "test y ... ok", "",
          "failures:", "    x", "", summary(passed=1, failed=1), ""]  # fmt: skip
DOUBTED = {
    "a run of cargo inside of a test without capture": (
        ["running 3 tests", *NESTED, "test a ... FAILED", "test b ... ok", "test c ... ok", "",
         "failures:", "    a", "", summary(passed=2, failed=1)], ["a"], (),
    ),
    "the same, and the log ends": (["running 3 tests", "test a ... FAILED", *NESTED], ["a", "x"],
        ("3 tests of ledger were announced, and 1 of them have a result",)),
    "a binary that was killed, and the next one": (
        ["running 3 tests", "test a ... ok", "Killed", *failed(name="b")], ["b"],
        ("3 tests of ledger were announced, and 1 of them have a result",),
    ),
    "a killed one before documentation tests": (
        ["running 3 tests", "test a ... FAILED", *failed(running="   Doc-tests ledger", name="b")], ["a", "b"],
        ("3 tests of ledger were announced, and 1 of them have a result",),
    ),
    "in the output of a failed test": (
        ["running 1 test", "test a ... FAILED", "", "failures:", "", "---- a stdout ----", *NESTED, "",
         "failures:", "    a", "", summary(failed=1)], ["a"], (),
    ),
    "without the empty line": (
        ["running 1 test", NESTED[0], *NESTED[2:], "test a ... ok", "", summary(passed=1)], [], (),
    ),
    "the log ends in the first line": (["running 7 tests"], [],
        ("7 tests of ledger were announced, and 0 of them have a result",)),
}  # fmt: skip


@pytest.mark.parametrize(("texts", "names", "problems"), DOUBTED.values(), ids=DOUBTED)
def test_where_cargo_goes_on_before_a_binary_is_over(texts, names, problems):
    found = parse([RUNNING, "", *texts])
    assert [item.test.name for item in found.failures] == names
    assert found.problems == problems


def test_a_hung_test_is_named_when_the_log_ends():
    texts = ["running 2 tests", "test a ... ok", "test b has been running for over 60 seconds"]
    assert parse([RUNNING, *texts]).problems == ("the log ends while b was running",)
    ended = [*texts, "test b ... ok", "", summary(passed=2)]
    assert parse([RUNNING, *ended]).problems == ()


def test_a_doubled_panic_that_aborts_is_that_tests():
    """The first one stays in the buffer that is lost; the second goes straight to standard error."""
    texts = [
        "running 2 tests", "thread 'drops' (7) panicked at src/book.rs:7:9:", "closed twice", "test fine ... ok",
        "error: test failed, to rerun pass `--lib`", "", "Caused by:",
        "  process didn't exit successfully: `/w/ledger-0123456789abcdef` (signal: 6, SIGABRT: process abort signal)",
    ]  # fmt: skip
    (failure,) = parse([RUNNING, *texts]).failures
    assert (failure.test.name, failure.kind, failure.message) == ("drops", Kind.CRASH, "closed twice")


OLD_NEXTEST = """\
    Starting 3 tests across 1 binary
        PASS [   0.004s] ledger tests::fine
        FAIL [   0.006s] ledger tests::third

--- STDOUT:              ledger tests::third ---

running 1 test
        FAIL [   0.001s] ledger tests::forged
test tests::third ... FAILED

--- STDERR:              ledger tests::third ---
thread 'tests::third' panicked at 'the balance is wrong', src/lib.rs:13:9

   Canceling due to test failure: 0 tests still running
     Summary [   0.007s] 2/3 tests run: 1 passed, 1 failed, 0 skipped
        FAIL [   0.006s] ledger tests::third
error: test run failed
""".splitlines()


def test_nextest_before_it_indented_output():
    """Written after its documentation. What a test printed there looks like a result; the list at the end knows."""
    found = parse(OLD_NEXTEST)
    assert [(item.test.suite, item.test.name) for item in found.failures] == [("ledger", "tests::third")]
    assert [item.name for item in found.excluded] == ["tests::forged"]


def test_a_package_that_is_tested_after_nextest():
    """Documentation tests are none of nextest's: `cargo test --doc` follows."""
    name = "src/lib.rs - total (line 9)"
    found = parse([*OLD_NEXTEST, *failed(running="   Doc-tests ledger", name=name)])
    assert [item.test.name for item in found.failures] == ["tests::third", name]


REPORTS = ("nextest", "nextest-ends", "nextest-leaks", "nextest-retries", "nextest-tries")


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_of_nextest_tells_what_its_log_tells(name):
    """Both were recorded in one run; only one of several tries may have had another number in its message."""
    log, report = read(DATA / "logs" / "rust" / f"{name}.log"), read(DATA / "junit" / f"{name}.xml")
    assert belongs(report, to=log)
    known = {item.test: item for item in log.failures}
    for item in report.failures:
        mine = known[item.test]
        assert (item.fingerprint, item.kind, item.flaky_in_run) == (mine.fingerprint, mine.kind, mine.flaky_in_run)
        assert item.locations == mine.locations
    assert {item.test for item in merged(log, [report]).failures} == set(known)


def test_cargo_and_nextest_see_the_same_failure():
    """A fingerprint does not tell who ran the test, with a backtrace or without one."""
    seen = [read(DATA / "logs" / "rust" / f"{name}.log") for name in ("cargo", "cargo-backtrace", "nextest")]
    prints = [
        {item.test.name: item.fingerprint for item in found.failures if "(line" not in item.test.name} for found in seen
    ]
    assert prints[0] == prints[1] == prints[2]
    assert len(prints[0]) == 10


# --- robustness

FRAGMENTS = (
    RUNNING, "   Doc-tests ledger", "running 1 test", "running 2 tests", "running 9999999 tests", "test a ... ok",
    "test a ... FAILED", "test b ... FAILED", "test a ... ", "test b has been running for over 60 seconds", "failures:",
    "---- a stdout ----", "---- b stdout ----", "    a", "    b", "", summary(failed=1), summary(passed=1, failed=1),
    summary(passed=1), "error: test failed, to rerun pass `--lib`", "Caused by:",
    "  process didn't exit successfully: `x` (signal: 6, SIGABRT)", "thread 'a' (7) panicked at src/a.rs:1:1:",
    "thread 'a' panicked at 'x", "y', src/a.rs:1:1", "thread 'b' has overflowed its stack", "stack backtrace:",
    "             at ./src/a.rs:1:1", "note: test did not panic as expected at src/a.rs:1:1", "Error: x",
    "note: panic did not contain expected string", "    Starting 2 tests across 1 binary",
    "     Summary [ 0.1s] 1 test run",
    "        FAIL [   0.006s] (1/2) k a", "        PASS [   0.006s] (2/2) k a", "  TRY 1 FAIL [   0.006s] (1/2) k b",
    "     SIGSEGV [   0.006s] (1/2) k b", "       START [         ] (1/2) k a", "  stdout ───", "────────────",
    "error: could not compile `k` (lib test) due to 1 previous error", "error[E0425]: no", "error: test run failed",
)  # fmt: skip


def named(found):
    return {item.test.name for item in found.failures} | {item.name for item in found.excluded}


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_a_log_may_break_off_anywhere(path):
    """Nothing is raised, and no test is named that the whole log does not name."""
    lines = path.read_text().split("\n")
    whole = {item.test.name for item in read(path).failures} | {item.name for item in read(path).excluded}
    quoted = {"quoted_from_output"}  # where the output is not captured, only the end tells that it is output
    for place in random.Random(path.stem).sample(range(len(lines)), min(CUTS, len(lines))):
        cut = "\n".join(lines[:place]).encode()
        found = extract_stream([cut], path="x", sanitizer=Sanitizer())
        assert {item.test.name for item in found.failures} - quoted <= whole


@given(st.lists(st.text(max_size=80), max_size=60))
def test_random_text_fails_nothing(texts):
    found = parse(texts)
    assert found.failures == ()
    assert found.build_failures == ()


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=80))
def test_fragments_in_any_order_are_read_without_an_error(texts):
    found = parse(texts)
    assert named(found) <= {"a", "b", ""}


ENDLESS = {
    "results": (["running 9999999 tests"], "test tests::number_{} ... FAILED"),
    "sections": (["running 9999999 tests", "failures:"], "---- tests::number_{} stdout ----"),
    "one section": (["running 2 tests", "failures:", "---- a stdout ----"], "put {}"),
    "a list": (["running 9999999 tests", "failures:"], "    tests::number_{}"),
    "output": (["running 2 tests"], "put {}"),
    "nextest": (["    Starting 2 tests across 1 binary"], "        FAIL [   0.006s] k tests::number_{}"),
    "a text of nextest": (["    Starting 2 tests across 1 binary", "        FAIL [   0.006s] k a"], "    put {}"),
    "errors": ([], "error: could not compile `k{}` (lib) due to 1 previous error"),
}


@pytest.mark.parametrize(("begin", "line"), ENDLESS.values(), ids=ENDLESS)
def test_memory_stays_bounded(begin, line):
    """The second half of a log that never ends costs nothing of what the first half cost."""
    parser = RustParser()
    numbers = itertools.count(1)
    for text in begin:
        parser.feed(Line(number=next(numbers), text=text))
    tracemalloc.start()
    try:
        for number in range(110_000):
            parser.feed(Line(number=next(numbers), text=line.format(number)))
        half = tracemalloc.get_traced_memory()[0]
        for number in range(110_000, 160_000):
            parser.feed(Line(number=next(numbers), text=line.format(number)))
        assert tracemalloc.get_traced_memory()[0] - half < 500_000
    finally:
        tracemalloc.stop()
    parser.finish()


def test_a_binary_that_died_unnamed_shows_that_the_job_failed_without_a_failing_test():
    texts = [
        "running 2 tests", "test a ... ok", "error: test failed, to rerun pass `--lib`", "", "Caused by:",
        "  process didn't exit successfully: `/w/x-0123456789abcdef` (signal: 11, SIGSEGV: invalid memory reference)",
    ]  # fmt: skip
    log = "\n".join([RUNNING, *texts]).encode()
    found = extract_stream([log], path="x", sanitizer=Sanitizer())
    assert found.outcome is Outcome.INFRASTRUCTURE
    assert [item.reason for item in found.excluded] == [
        "test binary died: signal: 11, SIGSEGV: invalid memory reference"
    ]
