"""Job logs to lines: what the runner wrote goes, what a test wrote stays, whatever the bytes are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftc.ingest.actions_log import JobLog, clean
from ftc.ingest.base import Line
from ftc.ingest.lines import MAX_LINE, bounded_lines

STAMP = "2026-08-03T09:14:02.1234567Z "
HEAD, BASE = "5f" * 20, "9a" * 20


def read(text, *, encoding="utf-8"):
    log = JobLog()
    return list(log.lines([text.encode(encoding)])), log


def texts(text):
    return [line.text for line in read(text)[0]]


def job(*lines):
    return "".join(f"{STAMP}{line}\r\n" for line in lines)


SCRIPT_STEP = (
    "##[group]Run go test ./... || echo failed",
    "\x1b[36;1mgo test ./... || echo failed\x1b[0m",
    "\x1b[36;1m--- FAIL: TestFromScript (0.00s)\x1b[0m",
    "shell: /usr/bin/bash -e {0}",
    "env:",
    "  MESSAGE: FAILED tests/test_x.py::test_from_env - no",
    "##[endgroup]",
)


def test_runner_log_gives_only_output_with_its_step():
    lines, _ = read("\ufeff" + job(*SCRIPT_STEP, "=== RUN   TestA", "Post job cleanup."))
    step = "Run go test ./... || echo failed"
    assert lines == [
        Line(number=8, text="=== RUN   TestA", step=step),
        Line(number=9, text="Post job cleanup.", step=step),
    ]


CASES = {
    "the byte order mark stands before the timestamp of every step in combined logs": (
        job("one") + "\ufeff" + job("two"),
        ["one", "two"],
    ),
    "an editor took the blank after the timestamp of an empty line": (f"{STAMP.strip()}\n{STAMP}x\n", ["", "x"]),
    "timestamps with fewer digits come from other runners": ("2026-08-03T09:14:02.123Z x\n", ["x"]),
    "a line that begins with a date of its own keeps it": (
        "2026-08-03 09:14:02 started\n",
        ["2026-08-03 09:14:02 started"],
    ),
    "colours": (job("\x1b[31m--- FAIL: TestA\x1b[0m\x1b[K (0.00s)"), ["--- FAIL: TestA (0.00s)"]),
    "a hyperlink is an escape sequence around text": (job("\x1b]8;;https://x\x1b\\FAIL\x1b]8;;\x1b\\"), ["FAIL"]),
    "of a progress bar the last state counts": (job("10%\r50%\r--- FAIL: TestA"), ["--- FAIL: TestA"]),
    "a tool of Windows wrote UTF-16 into a log that is UTF-8": ("starting\nF\0A\0I\0L\0\n", ["starting", "FAIL"]),
    "a group of the repository whose name begins with Run holds output": (
        job("##[group]Run the tests", "--- FAIL: TestA (0.00s)", "##[endgroup]"),
        ["--- FAIL: TestA (0.00s)"],
    ),
    "the inputs of an action are no output": (
        job("##[group]Run actions/cache@v4", "with:", "  key: FAILED a.py::b - c", "##[endgroup]", "hit"),
        ["hit"],
    ),
    "the echo of a script in a log whose colours were taken out": (
        job("##[group]Run pytest -q", "pytest -q", "FAILED a.py::b - c", "shell: bash", "##[endgroup]", "x"),
        ["x"],
    ),
    "a problem matcher puts a marker before the line it matched": (
        job("##[error]    a_test.go:12: boom", "##[warning]deprecated"),
        ["    a_test.go:12: boom", "deprecated"],
    ),
    "debug lines are the runner's": (job("##[debug]FAILED a.py::b - c", "x"), ["x"]),
    "a last line without an end counts": ("a\nb", ["a", "b"]),
    "nothing": ("", []),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES.keys())
def test_cleans(text, expected):
    assert texts(text) == expected


def test_gh_log_names_job_and_step_of_every_line():
    text = (
        f"test (3.11)\tRun pytest\t\ufeff{STAMP}one\ntest (3.11)\tRun pytest\t{STAMP}two\n"
        f"test (3.12)\tUNKNOWN STEP\t{STAMP}##[group]Run pytest\n"
        f"test (3.12)\tUNKNOWN STEP\t{STAMP}\x1b[36;1mpytest\x1b[0m\n"
        f"test (3.12)\tUNKNOWN STEP\t{STAMP}##[endgroup]\n"
        f"test (3.12)\tUNKNOWN STEP\t{STAMP}a\tb\tc\n"
    )
    log = JobLog()
    seen = [(log.job, line.step, line.text) for line in log.lines([text.encode()])]
    assert seen == [
        ("test (3.11)", "Run pytest", "one"),
        ("test (3.11)", "Run pytest", "two"),
        ("test (3.12)", "Run pytest", "a\tb\tc"),
    ]


def test_tabs_in_a_plain_log_are_no_job_names():
    assert texts("FAIL\texample.com/a\t0.01s\nFAIL\tb\t2026-08-03T09:14:02.1234567Z\n") == [
        "FAIL\texample.com/a\t0.01s",
        "FAIL\tb\t2026-08-03T09:14:02.1234567Z",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings(encoding):
    lines, _ = read(f"{STAMP}größer\n{STAMP}b\n", encoding=encoding)
    assert [line.text for line in lines] == ["größer", "b"]


def test_invalid_utf8_costs_the_bytes_and_not_the_line():
    assert [line.text for line in JobLog().lines([b"a\xff\xfeb\n--- FAIL\xc3\n"])] == [
        "a\ufffd\ufffdb",
        "--- FAIL\ufffd",
    ]


def test_line_of_100_megabytes_is_cut_while_it_streams():
    chunks = (b"x" * 1_000_000 for _ in range(100))
    lines = list(bounded_lines(iter([*chunks, b"\nnext\n"])))
    assert [len(line) for line in lines] == [MAX_LINE, 4]


@given(st.text(alphabet="ab\r\n\x1b[0m\ufeff #T:2", max_size=80), st.integers(1, 7))
def test_pieces_do_not_matter(text, size):
    data = text.encode()
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    assert list(bounded_lines(pieces)) == list(bounded_lines([data]))


@given(st.binary(max_size=300))
def test_any_bytes_are_a_log(data):
    assert all("\n" not in line.text for line in JobLog().lines([data]))


def test_clean_is_idempotent_on_a_torn_escape():
    assert clean(clean("a\x1b[3")) == clean("a\x1b[3")


# --- the checkout


def checkout(*lines, step="Run actions/checkout@v4"):
    return job(f"##[group]{step}", "with:", "  repository: acme/ledger", "##[endgroup]", *lines)


FETCH = f"[command]/usr/bin/git fetch --depth=1 origin +{'1c' * 20}:refs/remotes/pull/57/merge"
MERGE = f"HEAD is now at 1c1c1c1 Merge {HEAD} into {BASE}"


def test_tested_tree_of_a_pull_request_is_head_and_base():
    _, log = read(checkout(FETCH, MERGE))
    assert (log.checkout.tested_tree, log.checkout.pull_request) == (f"{HEAD}+{BASE}", 57)


def test_tested_tree_of_a_push_is_the_commit():
    asked = "[command]/usr/bin/git log -1 --format=%H"
    _, log = read(checkout("HEAD is now at 1c1c1c1 Merge the books", asked, "1c" * 20))
    assert (log.checkout.tested_tree, log.checkout.pull_request) == ("1c" * 20, None)


def test_a_test_cannot_say_what_was_tested():
    _, log = read(checkout() + job("##[group]Run pytest", "\x1b[36;1mpytest\x1b[0m", "##[endgroup]", FETCH, MERGE))
    assert (log.checkout.tested_tree, log.checkout.pull_request) == ("", None)


# --- how the job ended

EXIT = "##[error]Process completed with exit code 1."
ENDS = {
    "a step failed": (["x", EXIT, "Post job cleanup."], ["Process completed with exit code 1."]),
    "an annotation in the middle of a step is no failure": (["##[error]deprecated", "all good"], []),
    "an action failed with its own message": (
        ["##[error]Unable to download artifact", "Post job cleanup."],
        ["Unable to download artifact"],
    ),
    "the log ends with an error": (["##[error]The operation was canceled."], ["The operation was canceled."]),
    "the runner is gone, whatever follows": (
        ["##[error]The runner has received a shutdown signal.", "x"],
        ["The runner has received a shutdown signal."],
    ),
    "make in a log without markers": (
        ["make: *** [Makefile:7: test] Error 1"],
        ["make: *** [Makefile:7: test] Error 1"],
    ),
    "a word of failure is none": (["error: something failed", "Error 1"], []),
}


@pytest.mark.parametrize(("lines", "signs"), ENDS.values(), ids=ENDS.keys())
def test_signs_of_a_failed_job(lines, signs):
    _, log = read(job(*SCRIPT_STEP, *lines))
    assert log.end.signs == signs
