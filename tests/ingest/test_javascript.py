"""Vitest and Node's own runner: logs and reports tell of the same tests, and what tests print is no failure."""

import random
from pathlib import Path

import pytest

from ftc.core.model import Kind, Outcome
from ftc.core.sanitize import Sanitizer
from ftc.ingest.base import Line
from ftc.ingest.extract import extract_stream
from ftc.ingest.javascript import NodeSpecParser, NodeTapParser, VitestParser
from ftc.ingest.javascript.frames import file_of, frame_of
from ftc.ingest.javascript.node_error import inspected
from ftc.ingest.javascript.vitest_error import VitestError
from ftc.ingest.merge import merged

DATA = Path(__file__).parents[1] / "data"
LOGS = DATA / "logs" / "javascript"
REPORTS = DATA / "junit"


def read(data, *, path="x"):
    return extract_stream([data], path=path, sanitizer=Sanitizer())


def read_file(path):
    return read(path.read_bytes(), path=path.name)


def told(view):
    """What a view says of each test that failed."""
    return {item.test: (item.fingerprint, item.message, item.kind) for item in view.failures}


def parse(parser, text):
    for number, line in enumerate(text.split("\n"), start=1):
        parser.feed(Line(number, line))
    return parser.finish()


def names(found):
    return [item.test.name for item in found.failures]


@pytest.mark.parametrize(
    ("log", "other"),
    [
        ("node-20-spec", "node-20-tap"),
        ("node-24-spec", "node-24-tap"),
        ("vitest-4-default", "vitest-4-verbose"),
        ("vitest-4-default", "vitest-4-colour"),
        ("vitest-4-default", "vitest-4-github-actions"),
    ],
)
def test_all_reporters_tell_the_same(log, other):
    first, second = read_file(LOGS / f"{log}.log"), read_file(LOGS / f"{other}.log")
    assert len(first.failures) >= 12
    assert told(first) == told(second)


@pytest.mark.parametrize(
    ("log", "report"), [("vitest-1-default", "vitest-1"), ("vitest-4-default", "vitest-4"), ("node-24-spec", "node-24")]
)
def test_a_report_tells_of_the_same_tests_as_the_log(log, report):
    """Else one flake would be two issues, and a run of it would not be known again."""
    logged, reported = told(read_file(LOGS / f"{log}.log")), told(read_file(REPORTS / f"{report}.xml"))
    # Node reports no suite whose hook failed, but every test in it.
    hooks = {test for test in logged if test.name.startswith("a ledger") and test.ecosystem == "node"}
    cancelled = {test for test in reported if test.name.endswith(" > is never read")}
    assert {test: logged[test] for test in logged.keys() - hooks} == {
        test: reported[test] for test in reported.keys() - cancelled
    }
    assert len(hooks) == (2 if "node" in log else 0)


@pytest.mark.parametrize("version", ["node-20", "node-24"])
@pytest.mark.parametrize("reporter", ["spec", "tap"])
def test_one_job_with_log_and_report_has_each_test_once(version, reporter):
    """Until Node 22 a report does not name files; the log does."""
    log = read_file(LOGS / f"{version}-{reporter}.log")
    both = merged(log, [read_file(REPORTS / f"{version}.xml")])
    assert {item.test for item in both.failures} == {item.test for item in log.failures}
    assert all(item.test.suite == "test/ledger.test.js" for item in both.failures)


def test_what_is_expected_to_fail_is_no_failure():
    for file in (*LOGS.glob("*.log"), *REPORTS.glob("node-*.xml"), *REPORTS.glob("vitest-*.xml")):
        found = {item.test.name.split(" > ")[-1] for item in read_file(file).failures}
        assert not found & {"may fail", "is known to fail", "passes when it is tried again", "is not there yet"}, file


RUN = "\n RUN  v4.0.8 /home/runner/work/shop/shop\n"
SUMMARY = """
 Test Files  1 failed (1)
      Tests  1 failed | 3 passed (4)
   Start at  22:23:11
   Duration  404ms (transform 29ms)
"""
PASSED = SUMMARY.replace("1 failed (1)", "1 passed (1)").replace("1 failed | 3", "4")


def section(name, message="Error: boom", number="[1/1]"):
    return f"""
⎯⎯⎯⎯⎯⎯⎯ Failed Tests 1 ⎯⎯⎯⎯⎯⎯⎯

 FAIL  test/a.test.js > {name}
{message}
 ❯ test/a.test.js:3:4

⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯{number}⎯
"""


VITEST = [
    ([RUN, section("a"), SUMMARY], ["a"], "as it is"),
    ([section("a"), SUMMARY], [], "no run began"),
    ([RUN, section("fake"), section("a"), SUMMARY], ["a"], "a test printed a list before"),
    ([RUN, section("fake"), PASSED], [], "the run knows of no failure"),
    ([RUN, RUN, section("fake"), SUMMARY, section("a"), SUMMARY], ["a"], "a run in a run"),
    ([RUN, RUN, section("fake"), SUMMARY, PASSED], [], "a run in a run that passed"),
    ([RUN, section("a"), SUMMARY, RUN, section("b"), SUMMARY], ["a", "b"], "two packages"),
    ([RUN, RUN, section("b"), SUMMARY], ["b"], "the first run died, or a test printed how one begins"),
    ([RUN, section("a")], ["a"], "the log breaks off"),
    ([RUN * 50, section("a"), SUMMARY], ["a"], "so many beginnings"),
    ([RUN, section("a").replace(" FAIL  ", " FAIL  |unit| "), SUMMARY], ["a"], "the name of a project"),
]  # fmt: skip


@pytest.mark.parametrize(("parts", "expected", "why"), VITEST, ids=[row[-1] for row in VITEST])
def test_vitest_is_believed_only_where_it_speaks_itself(parts, expected, why):
    assert names(parse(VitestParser(), "".join(parts))) == expected, why


def test_tests_that_share_an_error_fail_each():
    shared = section("a").replace(" > a\n", " > a\n FAIL  test/a.test.js > b\n")
    found = parse(VitestParser(), RUN + shared + SUMMARY)
    assert [(item.test.name, item.message) for item in found.failures] == [("a", "boom"), ("b", "boom")]


MESSAGES = [
    ("Error: boom\n ❯ a.js:1:2", "boom", Kind.ERROR, "plain"),
    ("Error: one\n\ntwo\n ❯ a.js:1:2", "one\n\ntwo", Kind.ERROR, "an empty line of its own"),
    ("AssertionError: no\n\n- Expected\n+ Received\n\n- 1\n ❯ a.js:1:2", "AssertionError: no", Kind.ASSERTION, "two"),
    ("AssertionError: no\n\nExpected: 1\nReceived: 2\n\n ❯ a.js:1:2", "AssertionError: no", Kind.ASSERTION, "short"),
    ("Error: Expected: 1\n ❯ a.js:1:2", "Expected: 1", Kind.ERROR, "the message itself begins so"),
    ("Error: Hook timed out in 10ms.\nMore\n ❯ a.js:1:2", "Hook timed out in 10ms.\nMore", Kind.TIMEOUT, "a hook"),
    ("Error: Snapshot `a` mismatched\n\n- Expected\n+ Received", "Snapshot `a` mismatched", Kind.ASSERTION, "snapshot"),
    ("Unknown Error: text", "text", Kind.ERROR, "no error at all"),
    ("TypeError\n ❯ a.js:1:2", "TypeError", Kind.ERROR, "without a message"),
    ("", "", Kind.ERROR, "nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message", "kind", "why"), MESSAGES, ids=[row[-1] for row in MESSAGES])
def test_messages_of_vitest(text, message, kind, why):
    error = VitestError()
    for line in text.split("\n"):
        error.add(line)
    assert (error.message, error.kind) == (message, kind), why
    assert [(item.path, item.line) for item in error.frames] == ([("a.js", 1)] if "❯" in text else [])


def test_what_caused_an_error_has_places_of_its_own():
    error = VitestError()
    for line in ("Error: outer", " ❯ a.js:1:2", "", "Caused by: Error: inner", " ❯ b.js:1:2"):
        error.add(line)
    assert [item.path for item in error.frames] == ["a.js"]


NODE_MESSAGES = [
    ("  AssertionError [ERR]: no\n\n  1 !== 2\n\n      at f (file:///a.js:1:2)", "AssertionError: no\n\n1 !== 2"),
    ("  TypeError [Error]: no\n      at f (file:///a.js:1:2) {\n    code: 'X'", "TypeError: no"),
    ("  FeedError: no\n      at f (file:///a.js:1:2)", "no"),  # TAP names only what an error says of itself
    ("  [Error: no] {", "no] {"),
    ("  'test timed out after 30ms'", "test timed out after 30ms"),
    ("  \"it's\"", "it's"),
    ("  Error\n      at f (file:///a.js:1:2)", ""),
    ("", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), NODE_MESSAGES)
def test_messages_of_node(text, message):
    assert inspected(text.split("\n")).message in (message, f"[Error: {message}")


FRAMES = [
    ("    at f (file:///home/a/b%20c.js:52:10)", "/home/a/b c.js", 52, "a blank in a folder"),
    ("    at async Test.run (/home/app/(auth)/x.test.ts:7:9)", "/home/app/(auth)/x.test.ts", 7, "brackets in a folder"),
    ("    at file:///D:/a/x/x/a.test.js:1:2", "D:/a/x/x/a.test.js", 1, "Windows, no function"),
    ("async TestContext.<anonymous> (file:///a.js:56:3)", "/a.js", 56, "TAP leaves the word out"),
]


@pytest.mark.parametrize(("text", "path", "line", "why"), FRAMES, ids=[row[-1] for row in FRAMES])
def test_lines_of_stacks(text, path, line, why):
    frame = frame_of(text)
    assert (frame.path, frame.line) == (path, line), why


@pytest.mark.parametrize("text", ["", "at f", "    at new Promise (<anonymous>)", "x" * 5_000 + ":1:2", "a.js:1"])
def test_lines_that_are_no_place(text):
    assert frame_of(text) is None


def test_files_are_named_from_the_root_of_the_repository():
    assert file_of("file:///home/runner/work/shop/shop/test/a.test.js") == "test/a.test.js"
    assert file_of("D:\\a\\shop\\shop\\test\\a.test.js") == "test/a.test.js"
    assert file_of("./test/a.test.js") == "test/a.test.js"
    assert file_of("/srv/build/test/a.test.js") == "/srv/build/test/a.test.js", "wherever that is, it stays one file"


TREE = "▶ feed\n  ✖ opens (1.5ms)\n✖ feed (2.5ms)\n"
COUNTS = "ℹ tests 2\nℹ fail 1\nℹ duration_ms 30.5\n\n"
ENTRY = "test at test/a.test.js:3:1\n✖ opens (1.5ms)\n  Error: boom\n      at f (file:///x/test/a.test.js:3:1)\n\n"
LISTED = "✖ failing tests:\n\n"
INNER = "test at x.js:1:1\n  ✖ opens (1.5ms)"
OTHER = ENTRY.replace("a.test", "b.test")
SPEC = [
    ([TREE, COUNTS, LISTED, ENTRY], ["feed > opens"], "as it is"),
    ([TREE, LISTED, ENTRY, COUNTS], [], "a test printed it: no counts stand before"),
    ([COUNTS, LISTED, ENTRY], [], "nothing failed before"),
    ([TREE, COUNTS, LISTED, ENTRY.replace("1.5", "9.9")], [], "it is not the test that failed before"),
    ([TREE, COUNTS, LISTED, ENTRY.replace("boom", f"boom\n  \n  {INNER}")], ["feed > opens"], "in a message"),
    ([TREE, COUNTS, LISTED, ENTRY.replace("(1.5ms)", "(1.5ms) # later")], [], "it may fail"),
    ([TREE, COUNTS, LISTED, ENTRY, TREE, COUNTS, LISTED, OTHER], ["feed > opens"] * 2, "two runs"),
    ([COUNTS, TREE, COUNTS, LISTED, ENTRY], ["feed > opens"], "a run that passed before"),
    ([TREE, COUNTS, LISTED, ENTRY, "npm error code 1\n"], ["feed > opens"], "npm goes on"),
    ([TREE, COUNTS, LISTED, ENTRY[:50]], ["feed > opens"], "the log breaks off"),
]  # fmt: skip


@pytest.mark.parametrize(("parts", "expected", "why"), SPEC, ids=[row[-1] for row in SPEC])
def test_node_is_believed_only_behind_its_counts(parts, expected, why):
    assert names(parse(NodeSpecParser(), "".join(parts))) == expected, why


TAP = """\
TAP version 13
# Subtest: feed
    # Subtest: opens \\# 1
    not ok 1 - opens \\# 1
      ---
      duration_ms: 3.5
      location: '/home/runner/work/shop/shop/test/a.test.js:3:1'
      failureType: 'testCodeFailure'
      error: 'boom'
      ...
    1..1
not ok 1 - feed
  ---
  location: '/home/runner/work/shop/shop/test/a.test.js:1:1'
  failureType: 'subtestsFailed'
  error: '1 subtest failed'
  ...
"""


QUOTED = "        boom\n        ---\n        failureType: 'subtestsFailed'"


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        (TAP, ["feed > opens # 1"], "as it is"),
        (TAP.replace("TAP version 13\n", ""), [], "no TAP"),
        (TAP.replace("      failureType: 'testCodeFailure'\n", ""), [], "TAP of another tool"),
        (TAP.replace("not ok 1 - opens \\# 1", "not ok 1 - opens \\# 1 # TODO later"), [], "it may fail"),
        (TAP[: TAP.index("      ...")], [], "the log breaks off"),
        ("".join(f"# {line}\n" for line in TAP.splitlines()), [], "a test printed it"),
        (TAP.replace("'boom'", f"|-\n{QUOTED}"), ["feed > opens # 1"], "in a message"),
    ],
)
def test_tap(text, expected, why):
    assert names(parse(NodeTapParser(), text)) == expected, why


@pytest.mark.parametrize("file", sorted(LOGS.glob("*.log")), ids=lambda file: file.stem)
def test_a_log_may_break_off_anywhere(file):
    """Nothing is an error, and no test is named that the whole log does not name, but what a test printed."""
    lines = file.read_bytes().splitlines(keepends=True)
    known = {item.test.name for item in read_file(file).failures} | {"quoted by a test"}
    for end in range(0, len(lines), 7):
        assert {item.test.name for item in read(b"".join(lines[:end])).failures} <= known


@pytest.mark.parametrize("file", sorted(LOGS.glob("*.log")), ids=lambda file: file.stem)
def test_lines_in_any_order_are_no_error(file):
    lines = file.read_text().splitlines(keepends=True)
    for seed in range(10):
        read("".join(random.Random(seed).sample(lines, len(lines))).encode())


def test_what_is_kept_does_not_grow_with_the_log():
    """A hostile test may print a million titles, rulers and beginnings."""
    spec, tap, vitest = NodeSpecParser(), NodeTapParser(), VitestParser()
    texts = ["✖ x (1.5ms)", "▶ x", "# Subtest: x", "TAP version 13", "not ok 1 - x", *(RUN + section("x")).split("\n")]
    for number in range(2_000):
        for text in texts:
            for parser in (spec, tap, vitest):
                parser.feed(Line(number, text))
    assert sum(map(len, spec._named.values())) <= 10
    assert len(vitest._open) <= 20
    assert names(vitest.finish()) == ["x"]


def test_a_file_that_ends_badly_is_no_test():
    """Its own tests are told of beside it; alone it is a job that failed without a test."""
    text = COUNTS + LISTED + "test at test/a.test.js:1:1\n✖ test/a.test.js (9.5ms)\n  'test failed'\n"
    found = read(("✖ test/a.test.js (9.5ms)\n" + text).encode())
    assert (found.outcome, found.failures) == (Outcome.BUILD_FAILURE, ())
