"""Where pytest ran: printed paths are relative to that folder, locations to the repository, fingerprints to neither."""

from dataclasses import replace

import pytest

from ftc.core.sanitize import Sanitizer
from ftc.ingest.extract import extract_stream
from ftc.ingest.merge import belongs, merged
from ftc.ingest.pytest_root import root_directory, started_in

CHECKOUT = "/home/runner/work/ledger/ledger"

HEADERS = [
    ("rootdir: /w/ledger/python", "/w/ledger/python"),
    ("rootdir: /w/ledger/python, configfile: pytest.ini, testpaths: tests", "/w/ledger/python"),
    ("rootdir: /w/a, b, inifile: setup.cfg", "/w/a, b"),
    ("rootdir: D:\\a\\ledger\\ledger", "D:\\a\\ledger\\ledger"),
]


@pytest.mark.parametrize(("header", "path"), HEADERS)
def test_root_directory(header, path):
    assert root_directory(header) == path


FOLDERS = [
    ("/w/ledger/python", ["tests/test_a.py"], "/w/ledger/python", "started in the root directory"),
    ("/w/ledger/python", ["python/tests/test_a.py"], "/w/ledger", "`pytest python/tests`, configured in python"),
    ("/w/ledger/svc/python", ["svc/python/test_a.py"], "/w/ledger", "two levels above"),
    ("/w/ledger/svc/python", ["python/test_a.py"], "/w/ledger/svc", "one of two levels above"),
    ("/w/ledger/ledger", ["ledger/test_a.py", "tests/test_b.py"], "/w/ledger/ledger", "a package named like its root"),
    ("/w/ledger/python", ["pythonic/test_a.py"], "/w/ledger/python", "a common beginning is not the same name"),
    ("D:\\a\\ledger\\python", ["tests/test_a.py"], "D:/a/ledger/python", "Windows"),
    ("", ["tests/test_a.py"], "", "quiet logs name no root"),
    ("/w/ledger", [], "/w/ledger", "no failure"),
]


@pytest.mark.parametrize(("rootdir", "suites", "folder", "why"), FOLDERS, ids=[row[-1] for row in FOLDERS])
def test_started_in(rootdir, suites, folder, why):
    assert started_in(rootdir, suites) == folder, why


def log(rootdir, suite, *frames):
    """A session with one failure whose frames are given outermost first."""
    return "\n".join(
        [
            "=" * 30 + " test session starts " + "=" * 29,
            f"rootdir: {rootdir}",
            "collected 1 item",
            "=" * 35 + " FAILURES " + "=" * 35,
            "_" * 35 + " test_put " + "_" * 35,
            *section(*frames),
            "=" * 27 + " short test summary info " + "=" * 28,
            f"FAILED {suite}::test_put - assert 1 == 2",
            "=" * 30 + " 1 failed in 0.01s " + "=" * 31,
            "",
        ]
    )


def section(*frames):
    places = [f"{frame}:7: in f" for frame in frames[:-1]]
    return [*places, "E   assert 1 == 2", "", f"{frames[-1]}:9: AssertionError"]


def extracted(text):
    return extract_stream([text.encode()], path="x", sanitizer=Sanitizer())


def paths(text):
    return [place.path for place in extracted(text).failures[0].locations]


PLACES = [
    (
        "python",
        "tests/test_a.py",
        ["tests/test_a.py", "ledger/core.py"],
        ["python/ledger/core.py", "python/tests/test_a.py"],
    ),
    ("python", "python/tests/test_a.py", ["python/tests/test_a.py"], ["python/tests/test_a.py"]),
    ("", "tests/test_a.py", ["tests/test_a.py"], ["tests/test_a.py"]),
    ("python", "tests/test_a.py", ["tests/test_a.py", "../lib/io.py"], ["lib/io.py", "python/tests/test_a.py"]),
    ("python", "tests/test_a.py", ["tests/test_a.py", "../../../secret.py"], ["python/tests/test_a.py"]),
    (
        "python",
        "tests/test_a.py",
        ["tests/test_a.py", f"{CHECKOUT}/lib/io.py"],
        ["lib/io.py", "python/tests/test_a.py"],
    ),
    (
        "python",
        "tests/test_a.py",
        ["tests/test_a.py", "../.venv/lib/python3.12/site-packages/x.py"],
        ["python/tests/test_a.py"],
    ),
    (
        "python",
        "tests/test_a.py",
        ["tests/test_a.py", "/usr/lib/python3.12/json/decoder.py"],
        ["python/tests/test_a.py"],
    ),
    ("python", "tests/test_a.py", ["tests/test_a.py", "<string>"], ["python/tests/test_a.py"]),
]


@pytest.mark.parametrize(("folder", "suite", "frames", "expected"), PLACES)
def test_locations_are_relative_to_the_repository(folder, suite, frames, expected):
    text = log(f"{CHECKOUT}/{folder}".rstrip("/"), suite, *frames)
    assert paths(text) == expected
    (only,) = extracted(text).failures
    assert (only.test.suite, only.test.name) == (suite, "test_put"), "named as pytest prints it"


def test_a_root_outside_of_any_checkout_moves_nothing():
    assert paths(log("/builds/ledger/python", "tests/test_a.py", "tests/test_a.py")) == ["tests/test_a.py"]


def test_a_root_that_a_test_prints_later_moves_nothing():
    text = log(f"{CHECKOUT}/python", "tests/test_a.py", "tests/test_a.py")
    forged = text.replace("collected 1 item", f"collected 1 item\nrootdir: {CHECKOUT}/evil")
    assert paths(forged) == ["python/tests/test_a.py"]


def report(classname, *frames):
    body = "\n".join(section(*frames))
    case = f'<testcase classname="{classname}" name="test_put"><failure message="assert">{body}</failure></testcase>'
    return f'<testsuites><testsuite name="pytest">{case}</testsuite></testsuites>'


SAME = [
    (["tests/test_a.py"], "the test itself"),
    (["tests/test_a.py", "ledger/core.py"], "a file of the product"),
    (["tests/test_a.py", "../lib/io.py"], "a file outside of the root, which a report cannot place"),
    (["tests/test_a.py", f"{CHECKOUT}/lib/io.py"], "an absolute path"),
]


@pytest.mark.parametrize(("frames", "why"), SAME, ids=[row[-1] for row in SAME])
def test_fingerprint_is_that_of_the_report_which_names_no_root(frames, why):
    told = extracted(report("tests.test_a", *frames)).failures[0]
    read = extracted(log(f"{CHECKOUT}/python", "tests/test_a.py", *frames)).failures[0]
    assert (read.test, read.fingerprint) == (told.test, told.fingerprint), why


def test_a_merged_failure_keeps_the_places_of_the_log():
    """The report's are relative to a folder that it does not name."""
    read = extracted(log(f"{CHECKOUT}/python", "tests/test_a.py", "tests/test_a.py"))
    (only,) = merged(read, [extracted(report("tests.test_a", "tests/test_a.py"))]).failures
    assert [place.path for place in only.locations] == ["python/tests/test_a.py"]


def test_a_report_names_the_file_from_the_root_and_the_log_from_the_folder():
    """`pytest python/tests`, configured in ``python``: one test with two names."""
    frames = ["python/tests/test_a.py"]
    read = extracted(log(f"{CHECKOUT}/python", frames[0], *frames))
    found = merged(read, [extracted(report("tests.test_a", *frames))])
    assert [(item.test.suite, item.test.name) for item in found.failures] == [(frames[0], "test_put")]


def test_two_files_that_end_alike_are_not_taken_for_one():
    logs = [extracted(log(f"{CHECKOUT}", name, name)) for name in ("go/tests/test_a.py", "python/tests/test_a.py")]
    both = replace(logs[0], failures=(*logs[0].failures, *logs[1].failures))
    told = extracted(report("tests.test_a", "tests/test_a.py"))
    assert len(merged(both, [told]).failures) == 3
    assert not belongs(told, to=both)
    assert belongs(told, to=logs[0])
