"""Signatures ignore what varies between runs and nothing else."""

import re
import time
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftc.core.fingerprint import fingerprint, issue_key, normalise, signature
from ftc.core.model import Kind, TestId

HEX = "0123456789abcdef"


def digits(low, high):
    return st.integers(low, high).map(str)


def hexes(low, high):
    """Hex ids as programs print them; at least one digit, since ``defaced`` is a word."""
    return st.text(HEX, min_size=low, max_size=high).filter(lambda text: re.search(r"\d", text))


clock = st.builds("{:02}:{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
day = st.builds("{:04}-{:02}-{:02}".format, st.integers(1990, 2099), st.integers(1, 12), st.integers(1, 28))
fraction = st.integers(1, 9).flatmap(lambda width: st.integers(0, 10**width - 1).map(lambda n: f".{n:0{width}}"))
name = st.text("abcdefghijklmnopqrstuvwxyz0123456789_", min_size=3, max_size=9)

SLOTS = {
    "line": digits(1, 9999),
    "addr": st.text(HEX, min_size=1, max_size=16).map("0x".__add__),
    "dur": st.one_of(
        st.builds("{:.2f}s".format, st.floats(0, 999)),
        st.builds("{}ms".format, st.integers(0, 9999)),
        st.builds("{}m{}s".format, st.integers(1, 59), st.integers(0, 59)),
        st.builds(
            "{}h{}m{}.{}s".format, st.integers(1, 9), st.integers(0, 59), st.integers(0, 59), st.integers(1, 999)
        ),
        st.builds("{}.{}µs".format, st.integers(0, 999), st.integers(1, 999)),
    ),
    "port": digits(1024, 65535),
    "uuid": st.uuids().map(str) | st.uuids().map(lambda value: str(value).upper()),
    "tmp": st.one_of(
        st.builds("/tmp/Test{}{}/001".format, st.sampled_from(["Foo", "Bar"]), st.integers(0, 10**10)),
        st.builds("/tmp/{}".format, name),
        st.builds("/var/folders/{}/{}/T/{}".format, name, name, name),
        st.builds("/private/var/folders/{}/{}".format, name, name),
        st.builds("C:\\Users\\{}\\AppData\\Local\\Temp\\{}\\001".format, name, name),
        st.builds("/home/runner/work/_temp/{}".format, name),
    ),
    "goroutine": digits(1, 10**6),
    "shard": digits(0, 64),
    "time": st.one_of(
        st.builds("{}T{}Z".format, day, clock),
        st.builds("{}T{}{}Z".format, day, clock, fraction),
        st.builds("{}T{}{}+08:00".format, day, clock, fraction),
        st.builds("{} {}{} +0000 UTC".format, day, clock, fraction),
        st.builds("{} {}{} +0000 UTC m=+{}".format, day, clock, fraction, st.floats(0, 999).map("{:.9f}".format)),
        st.builds("{} {}".format, day.map(lambda text: text.replace("-", "/")), clock),
        day,
    ),
    "epoch": digits(10**9, 2 * 10**9) | digits(10**12, 2 * 10**12),
    "sha": st.text(HEX, min_size=40, max_size=40),
    "short": hexes(7, 12),
    "member": hexes(14, 16),
    "n": digits(0, 10**9) | st.integers(-999, -1).map(str) | st.floats(0.01, 1e6).map("{:.3f}".format),
    "ip": st.builds("{}.{}.{}.{}:{}".format, *[st.integers(0, 255)] * 4, st.integers(1, 65535))
    | st.builds("{}.{}.{}.{}".format, *[st.integers(0, 255)] * 4),
    "size": st.builds("{}{}".format, st.integers(0, 9999), st.sampled_from([" bytes", "KiB", " MB", "GiB", " KB"])),
}

TEMPLATES = [
    "Error: Should be true",
    "Not equal: expected: true actual: false",
    "Not equal: expected: {n} actual: {n}",
    "Not equal: expected: []int{{{n}, {n}, {n}}} actual: []int(nil)",
    "dial tcp {ip}: connect: connection refused",
    "dial tcp {ip}: i/o timeout",
    "listen tcp 127.0.0.1:{port}: bind: address already in use",
    'Get "http://localhost:{port}/pd/api/v1/members": EOF',
    "context deadline exceeded after {dur}",
    "Condition never satisfied within {dur}",
    "open {tmp}/member/snap/db: no such file or directory",
    "rename {tmp} {tmp}: permission denied",
    "panic: runtime error: index out of range [{n}] with length {n}",
    "panic: runtime error: nil pointer dereference [signal SIGSEGV code=1 addr={addr} pc={addr}]",
    "panic: test timed out after {dur}",
    "found unexpected goroutines: [Goroutine {goroutine} in state select, with created by foo on top of the stack]",
    "goroutine {goroutine} [chan receive, {goroutine} minutes]: deadlock",
    "Write at {addr} by goroutine {goroutine}: previous read at {addr} by goroutine {goroutine}",
    "region {n} not found in store {n}",
    "etcd member {member} lost leader at term {n}",
    "transaction {uuid} was aborted at {time}",
    "lease expired at {time}, now {time}",
    "commit {sha} is not an ancestor",
    "object {short} is missing",
    "shard-{shard} of {shard} is not ready",
    "timestamp {epoch} is in the future",
    "worker{shard}: heartbeat lost",
    "used {size}, limit {size}",
    "server_test.go:{line}: leader changed",
    "/home/runner/work/pd/pd/server/cluster.go:{line}:{line}: unexpected nil",
    'File "/home/runner/work/x/x/tests/test_a.py", line {line}, in test_a AssertionError',
    "unexpected status code: 404",
    "unexpected status code: 503 from {ip}",
    "exit status 1 after {dur}",
    "exit status 2 after {dur}",
    "cannot convert int32 {n}",
    "cannot convert int64 {n}",
    "<Client object at {addr}> is closed",
    "{time} [ERROR] leader {uuid} resigned",
]


def filling(template):
    """Every slot of the template filled on its own."""
    parts = re.split(r"\{(\w+)\}", template)
    texts = [st.just(part.replace("{{", "{").replace("}}", "}")) for part in parts[::2]]
    slots = [*(SLOTS[slot] for slot in parts[1::2]), st.just("")]
    pieces = [piece for pair in zip(texts, slots, strict=True) for piece in pair]
    return st.tuples(*pieces).map("".join)


def mark(message):
    return fingerprint(signature(message, Kind.ERROR), "server/cluster.go:12 serve")


@pytest.mark.parametrize("template", [template for template in TEMPLATES if "{" in template])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_two_fillings_are_one_failure(template, data):
    one, two = data.draw(filling(template)), data.draw(filling(template))
    assert signature(one, Kind.ERROR) == signature(two, Kind.ERROR)
    assert mark(one) == mark(two)


@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_different_errors_differ(data):
    marks = {template: mark(data.draw(filling(template))) for template in TEMPLATES}
    for one, two in combinations(TEMPLATES, 2):
        assert marks[one] != marks[two], (one, two)


@settings(deadline=None)
@given(st.lists(st.sampled_from(TEMPLATES).flatmap(filling) | st.text(max_size=20), max_size=5).map(" ".join))
def test_normalising_twice_changes_nothing(text):
    assert normalise(normalise(text)) == normalise(text)


@pytest.mark.parametrize(
    ("message", "kind", "expected"),
    [
        ("Not equal: \n  expected: 3\n  actual  : 2", Kind.ASSERTION, "Not equal: expected: <n> actual : <n>"),
        ("dial tcp 10.0.0.1:2379: connection refused", Kind.ERROR, "dial tcp <ip>: connection refused"),
        ("test timed out after 10m0s", Kind.TIMEOUT, "test timed out after <dur>"),
        ("running: TestA", Kind.TIMEOUT, "timeout: running: TestA"),
        ("", Kind.DATA_RACE, "data race without a message"),
        ("", Kind.ASSERTION, "assertion without a message"),
        ("boom", Kind.PANIC, "panic: boom"),
        ("HTTP 503: int64, sha256 and utf-8", Kind.ERROR, "HTTP 503: int64, sha256 and utf-8"),
        ("E       assert 3 == 4\nE        +  where 3 = f()", Kind.ASSERTION, "assert <n> == <n> + where <n> = f()"),
        ("Error Trace:\t/x/y_test.go:12\nError:\tShould be true\nTest:\tTestX", Kind.ASSERTION, "Should be true"),
        ("got [1 2 3] want [1, 2]", Kind.ERROR, "got [<n>] want [<n>]"),
        ("open /tmp/TestA1/001/x.db: no such file", Kind.ERROR, "open <tmp>: no such file"),
        ("E0102 15:04:05.000000   1234 file.go:12] lost", Kind.ERROR, "<time> file.go:<line>] lost"),
        ("\x1b[31mred\x1b[0m", Kind.ERROR, "red"),
        ("pkg/a_test.go:12: at http://127.0.0.1:8080/x", Kind.ERROR, "pkg/a_test.go:<line>: at http://<ip>/x"),
        ("connection to store-1 via :20160 lost", Kind.ERROR, "connection to store-<n> via :<port> lost"),
        ("no member 8e9e05c52164694d", Kind.ERROR, "no member <n>"),
    ],
)
def test_signature_reads_well(message, kind, expected):
    assert signature(message, kind) == expected


@given(st.text(max_size=2000), st.sampled_from(Kind))
def test_signature_is_one_bounded_line(text, kind):
    line = signature(text, kind)
    assert 0 < len(line) <= 160
    assert "\n" not in line


def test_long_messages_are_cut_at_a_stable_place():
    """A number of another length before the cut must not move it."""
    one, two = (signature(f"value {n} " + "words " * 60 + str(n), Kind.ERROR) for n in (1, 123456789))
    assert one == two
    assert one.endswith("…")


def test_fingerprint_has_its_version_and_ignores_lines_of_the_frame():
    assert re.fullmatch(r"v1:[0-9a-f]{16}", fingerprint("x", ""))
    assert fingerprint("x", "a/b.go:1 f") == fingerprint("x", "a/b.go:99 f")
    assert fingerprint("x", "a/b.go:1 f") != fingerprint("x", "a/c.go:1 f")
    assert fingerprint("xy", "z") != fingerprint("x", "yz")


def test_issue_key_knows_repository_and_test_only():
    test = TestId(ecosystem="go", suite="github.com/tikv/pd/server", name="TestX/case_1")
    key = issue_key("tikv/pd", test)
    assert re.fullmatch("[0-9a-f]{16}", key)
    assert key == issue_key("TiKV/PD", test)
    others = [
        issue_key("tikv/tikv", test),
        issue_key("tikv/pd", TestId(ecosystem="go", suite=test.suite, name="TestX/case_2")),
        issue_key("tikv/pd", TestId(ecosystem="python", suite=test.suite, name=test.name)),
        issue_key("tikv/pd", TestId(ecosystem="go", suite=test.suite + "T", name="estX/case_1")),
    ]
    assert len({key, *others}) == 5


ELEMENTS = {"number": "{}", "path": "/tmp/run-{}/book", "duration": "{}ms", "address": "10.0.0.{}:80", "size": "{} MiB"}
LISTS = ["[{}]", "left over: {}", "{{{}}} is not empty", "files {}, expected none"]


@pytest.mark.parametrize("element", ELEMENTS.values(), ids=ELEMENTS)
@given(
    counts=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    template=st.sampled_from(LISTS),
    separator=st.sampled_from([", ", " ", ","]),
    quote=st.sampled_from(["", "'", '"', "`"]),
)
def test_the_length_of_a_list_does_not_count(element, counts, template, separator, quote):
    """How many files were left or tries were made is chance; Go, Python and JSON write lists in their own ways."""
    one, two = (
        template.format(separator.join(f"{quote}{element.format(number)}{quote}" for number in range(1, count + 1)))
        for count in counts
    )
    if not quote and separator == ",":  # 1,2,3 is how some write one number
        one, two = one.replace(",", ", "), two.replace(",", ", ")
    assert signature(one, Kind.ERROR) == signature(two, Kind.ERROR)


@given(st.lists(st.sampled_from(["<n>", "<tmp>", "'", '"', ", ", " ", "x"]), max_size=30).map("".join))
def test_cutting_lists_twice_changes_nothing(text):
    assert normalise(normalise(text)) == normalise(text)


def test_what_only_stands_near_itself_stays():
    assert normalise("moved <tmp> to <tmp>, <n> of <n> <tmp>") == "moved <tmp> to <tmp>, <n> of <n> <tmp>"
    assert normalise("['<tmp>', \"<tmp>\"]") == "['<tmp>', \"<tmp>\"]"


def test_ids_of_stored_issues_stay():
    """Issues in the wild carry these values; a change here needs a new version."""
    assert fingerprint("Not equal: expected: <n> actual: <n>", "a.go:<line> f") == "v1:34b722bd22ecb99a"
    assert issue_key("o/r", TestId(ecosystem="go", suite="s", name="n")) == "ef49fb41a161cf7e"


@pytest.mark.parametrize(
    "unit", ["a", "1", "/a", "\\a", "1.", "1:", "a.b", "a:1", "12:34:", "f", "0", "<n> ", "1 ", ":1", "-1", "Mon "]
)
def test_hostile_messages_take_linear_time(unit):
    start = time.process_time()
    signature((unit * 50_000)[:50_000], Kind.ERROR)
    assert time.process_time() - start < 2


def test_a_signature_can_be_part_of_the_key_and_changes_no_other():
    test = TestId(ecosystem="go", suite="s", name="n")
    assert issue_key("o/r", test, "") == issue_key("o/r", test)
    assert len({issue_key("o/r", test), issue_key("o/r", test, "v1:a"), issue_key("o/r", test, "v1:b")}) == 3


@pytest.mark.parametrize(
    "unit", ["a-", "a.b.", "a.", "--a", "a/", "1.", "0:", "a:1", "[a", "/a.go:", "2024-", "0x", "\t"]
)
def test_no_message_is_slow(unit: str) -> None:
    # Host names once cost 1.5 s a message; a log has room for ten thousand messages.
    started = time.monotonic()
    normalise(unit * 100_000)
    assert time.monotonic() - started < 0.7
