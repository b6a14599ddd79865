"""Arguments that leave out tests: tried on real runners, where exactly those tests must not have run."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import pytest

from ftc.core.model import TestId
from ftc.core.quarantine import Entry
from ftc.core.quarantine_arguments import DIALECTS, arguments
from tests.builders import NOON

PROJECTS = Path(__file__).parents[1] / "data/projects"


def entries(ecosystem, *tests, framework=""):
    ids = [TestId(ecosystem=ecosystem, suite=suite, name=name) for suite, name in tests]
    return [Entry(test=test, framework=framework, until=NOON) for test in ids]


@pytest.fixture
def project(tmp_path):
    """Copies a small project, so that nothing is built in the checkout."""

    def copy(name):
        return Path(shutil.copytree(PROJECTS / name, tmp_path / name))

    return copy


def shell(line, folder, **env):
    """What a person's shell makes of a line; every test of these projects passes."""
    done = subprocess.run(
        ["bash", "-c", line], cwd=folder, env=os.environ | env, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, f"{line}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout + done.stderr


def go_tests(output):
    events = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return Counter((item["Package"], item["Test"]) for item in events if item.get("Test") and item["Action"] == "pass")


GO = "example.com/quarantine"


@pytest.mark.toolchain
@pytest.mark.parametrize(
    ("tests", "gone"),
    [
        ([("first", "TestPut")], [("first", "TestPut")]),
        ([("first", "TestPutAll"), ("second", "TestPut")], [("first", "TestPutAll"), ("second", "TestPut")]),
        ([("second", "TestCases/plain")], [("second", "TestCases/plain")]),
        ([("second", "TestCases/plain#01")], [("second", "TestCases/plain#01")]),
        (
            [("first", "TestCases")],
            [
                ("first", name)
                for name in (
                    "TestCases",
                    "TestCases/plain",
                    "TestCases/with_blank",
                    "TestCases/a/b",
                    "TestCases/a",
                    "TestCases/x|y",
                    "TestCases/[z]+(w)?",
                    "TestCases/it's_$HOME",
                )
            ],
        ),
        ([("first", "TestCases/with_blank")], [("first", "TestCases/with_blank")]),
        ([("first", "TestCases/a/b")], [("first", "TestCases/a/b")]),
        ([("first", "TestCases/x|y")], [("first", "TestCases/x|y")]),
        ([("first", "TestCases/[z]+(w)?")], [("first", "TestCases/[z]+(w)?")]),
        ([("first", "TestCases/it's_$HOME")], [("first", "TestCases/it's_$HOME")]),
        ([("first", "FuzzSum/seed#0")], [("first", "FuzzSum/seed#0")]),
    ],
    ids=[
        "not the longer name, nor its namesake in another package",
        "two packages",
        "a sub-test, not its double",
        "the double",
        "a test with all its sub-tests",
        "blank",
        "slash",
        "alternation",
        "brackets",
        "shell",
        "a seed of a fuzz test",
    ],
)
def test_go(tests, gone, project, tool):
    tool("go")
    folder = project("quarantine-go")
    env = {"GOFLAGS": "-count=1", "GOWORK": "off"}
    all_of_them = go_tests(shell("go test -json ./...", folder, **env))
    told = arguments(entries("go", *[(f"{GO}/{suite}", name) for suite, name in tests]), framework="go")
    ran = sum((go_tests(shell(f"go test -json {line}", folder, **env)) for line in told.lines), Counter())
    assert all_of_them - ran == Counter((f"{GO}/{suite}", name) for suite, name in gone)
    assert ran - all_of_them == Counter()


def pytest_tests(output):
    return Counter(re.findall(r"^PASSED (.*)$", output, re.MULTILINE))


@pytest.mark.parametrize(
    ("tests", "also"),
    [
        (["test_first.py::test_cases[plain]", "test_first.py::test_cases[with blank]"], []),
        (["test_first.py::test_cases[a/b::c]"], []),
        (["test_first.py::test_cases[[z]]"], []),
        (["test_first.py::test_cases[it's $HOME]"], []),
        (["test_first.py::test_cases[-x]"], []),
        (["test_first.py::TestLedger::test_put"], []),
        (["test_second.py::test_put"], []),
        (["test_first.py::test_put"], ["test_first.py::test_putting"]),
    ],
)
def test_pytest(tests, also, project):
    """The last one is what a note tells of: pytest takes the beginning of an id."""
    folder = project("quarantine-pytest")
    run = f"{sys.executable} -m pytest -q -rp --color=no -p no:cacheprovider -c /dev/null --rootdir . tests"
    told = arguments(entries("python", *[f"tests/{item}".split("::", 1) for item in tests]), framework="pytest")
    all_of_them, ran = pytest_tests(shell(run, folder)), pytest_tests(shell(f"{run} {told.lines[0]}", folder))
    assert all_of_them - ran == Counter(f"tests/{item}" for item in [*tests, *also])
    warned = [item for item in tests if any(item in note for note in told.notes)]
    assert warned == [item for item in tests if not item.endswith("]")]


def node_tests(folder):
    found = json.loads((folder / "out.json").read_text())
    cases = [case for file in found["testResults"] for case in file["assertionResults"]]
    return Counter(" ".join([*case["ancestorTitles"], case["title"]]) for case in cases if case["status"] == "passed")


TITLES = [
    ("ledger adds", ["ledger adds"]),
    ("adds", ["adds"]),
    ("ledger", ["ledger"]),
    ("ledger adds (twice)", ["ledger adds (twice)"]),
    ("ledger a/b [z]+ it's $HOME | x", ["ledger a/b [z]+ it's $HOME | x"]),
]


@pytest.mark.toolchain
@pytest.mark.parametrize(
    ("framework", "run", "arrows"),
    [
        ("jest", "node node_modules/jest/bin/jest.js --json --outputFile=out.json", "ledger › with › arrow › gets"),
        (
            "vitest",
            "node node_modules/vitest/vitest.mjs run --reporter=json --outputFile=out.json",
            "ledger > with > arrow > gets",
        ),
    ],
)
def test_node(framework, run, arrows, project, tool):
    tool("npm")
    folder = project(f"quarantine-{framework}")
    shell("npm ci --silent --no-audit --no-fund --ignore-scripts", folder)
    shell(run, folder)
    all_of_them = node_tests(folder)
    arrow = arrows.split()[1]
    cases = [*TITLES, (arrows, [f"ledger with {arrow} arrow gets"])]
    for name, gone in cases:
        told = arguments(entries("junit", ("", name)), framework=framework)
        shell(f"{run} {told.lines[0]}", folder)
        assert all_of_them - node_tests(folder) == Counter(gone), name
    told = arguments(entries("junit", *[("", name) for name, _ in TITLES]), framework=framework)
    shell(f"{run} {told.lines[0]}", folder)
    assert sum(node_tests(folder).values()) == sum(all_of_them.values()) - len(TITLES), "several at once"


def test_each_of_javascripts_runners_hears_of_its_own():
    vitest = entries("vitest", ("a.test.js", "cart > adds"))
    assert len(arguments(vitest, framework="vitest").lines) == 1
    assert arguments(vitest, framework="jest").lines == ()


def cargo_tests(output):
    found, binary = Counter(), ""
    for line in output.splitlines():
        heading = re.match(r"\s+(?:Running (?:unittests )?(\S+)|Doc-tests (\S+))", line)
        binary = (heading[1] or "doc") if heading else binary
        test = re.match(r"test (.*) \.\.\. ok$", line)
        if test:
            found[binary, test[1]] += 1
    return found


@pytest.mark.toolchain
@pytest.mark.parametrize(
    ("name", "gone"),
    [
        ("tests::put", [("src/lib.rs", "tests::put")]),
        ("tests::deeper::put", [("src/lib.rs", "tests::deeper::put")]),
        ("put", [("tests/whole.rs", "put")]),
        ("get", [("tests/whole.rs", "get"), ("tests/other.rs", "get")]),
        ("src/lib.rs - next (line 5)", [("doc", "src/lib.rs - next (line 5)")]),
    ],
    ids=["not the longer name", "deeper", "whole names only", "in every crate, as the note says", "a doc test"],
)
def test_cargo(name, gone, project, tool):
    tool("cargo")
    folder = project("quarantine-cargo")
    all_of_them = cargo_tests(shell("cargo test --offline 2>&1", folder))
    told = arguments(entries("junit", ("quarantine", name)), framework="cargo")
    ran = cargo_tests(shell(f"cargo test --offline {told.lines[0]} 2>&1", folder))
    assert all_of_them - ran == Counter(gone)


NEXTEST = "quarantine-nextest"
NEXTESTS = {
    "not the longer name": (NEXTEST, "tests::put"),
    "deeper": (NEXTEST, "tests::deeper::put"),
    "not its namesake in the library": (f"{NEXTEST}::bin/tool", "tests::put"),
    "in one binary": (f"{NEXTEST}::whole", "get"),
    "a comma and brackets": (f"{NEXTEST}::titles", "it's, (quick) a/b"),
    "a backslash and brackets": (f"{NEXTEST}::titles", "a\\b [z]+ {w}?"),
    "shell": (f"{NEXTEST}::titles", '$HOME `x` "y"'),
    "a bracket": (f"{NEXTEST}::titles", "("),
    "its fellow": (f"{NEXTEST}::titles", ")"),
    "what looks like a filter": (f"{NEXTEST}::titles", "all() | none()"),
    "no letter of ASCII": (f"{NEXTEST}::titles", "naïve #1"),
}


@pytest.fixture
def nextest(tool, project, monkeypatch):
    """Runs a line of nextest in its project, and counts what passed; cargo looks for it on the PATH only."""
    monkeypatch.setenv("PATH", f"{Path(tool('cargo-nextest')).parent}{os.pathsep}{os.environ['PATH']}")
    folder = project(NEXTEST)

    def run(line=""):
        said = shell(f"cargo nextest run --offline --color=never {line} 2>&1", folder)
        return Counter(re.findall(r"^ {8}PASS \[.{9}\] \([ \d/]*\) (\S+) (.*)$", said, re.MULTILINE))

    return run


@pytest.mark.toolchain
def test_nextest(nextest):
    all_of_them = nextest()
    assert sum(all_of_them.values()) == 14
    for why, (suite, name) in NEXTESTS.items():
        told = arguments(entries("rust", (suite, name), framework="nextest"), framework="nextest")
        assert all_of_them - nextest(told.lines[0]) == Counter([(suite, name)]), why
    told = arguments(entries("junit", ("", "get")), framework="nextest")
    assert all_of_them - nextest(told.lines[0]) == Counter(
        [(f"{NEXTEST}::whole", "get"), (f"{NEXTEST}::other", "get")]
    ), "in every binary where none is known"
    told = arguments(entries("rust", *NEXTESTS.values()), framework="nextest")
    assert all_of_them - nextest(told.lines[0]) == Counter(NEXTESTS.values()), "several at once"


@pytest.mark.toolchain
def test_nextest_and_a_binary_that_is_gone(nextest):
    """It does not run with a part of the filter; the note says so, and which binary it misses."""
    told = arguments(entries("rust", (f"{NEXTEST}::gone", "get"), framework="nextest"), framework="nextest")
    with pytest.raises(AssertionError, match="no binary IDs matched this"):
        nextest(told.lines[0])
    assert told.notes == (f"nextest ends with an error, and runs nothing, where no test binary is {NEXTEST}::gone",)


def test_nextest_takes_several_at_once():
    told = arguments(entries("junit", ("cart", "get"), ("cart", "put")), framework="nextest")
    each = "(binary_id(=cart) & test(=get)) | (binary_id(=cart) & test(=put))"
    assert [shlex.split(line) for line in told.lines] == [[f"--filterset=not ({each})"]]


def surefire_tests(folder):
    reports = [ET.parse(file) for file in (folder / "target/surefire-reports").glob("TEST-*.xml")]
    cases = [case for report in reports for case in report.iter("testcase")]
    shutil.rmtree(folder / "target/surefire-reports")
    return Counter((case.get("classname"), case.get("name")) for case in cases)


@pytest.mark.toolchain
def test_surefire(project, tool):
    tool("mvn")
    folder = project("quarantine-maven")
    shell("mvn -q -B test", folder)
    all_of_them = surefire_tests(folder)
    for name, gone in [
        ("put", [("ledger.FirstTest", "put")]),
        ("adds(int)[1]", [("ledger.FirstTest", "adds(int)[1]"), ("ledger.FirstTest", "adds(int)[2]")]),
    ]:
        told = arguments(entries("junit", ("ledger.FirstTest", name)), framework="surefire")
        shell(f"mvn -q -B test {told.lines[0]}", folder)
        assert all_of_them - surefire_tests(folder) == Counter(gone), name
    told = arguments(
        entries("junit", ("ledger.FirstTest$Deeper", "put"), ("ledger.SecondTest", "put")), framework="surefire"
    )
    shell(f"mvn -q -B test {told.lines[0]}", folder)
    assert all_of_them - surefire_tests(folder) == Counter(
        [("ledger.FirstTest$Deeper", "put"), ("ledger.SecondTest", "put")]
    )


@pytest.mark.parametrize("framework", DIALECTS)
def test_nothing_in_quarantine_needs_no_arguments(framework):
    assert arguments([], framework=framework).lines == ()


@pytest.mark.parametrize("framework", DIALECTS)
@pytest.mark.parametrize(
    "name", ["x; touch pwned", "$(touch pwned)", "`touch pwned`", "'; touch pwned; '", "--help", "\\'"]
)
def test_a_hostile_name_is_one_word_and_no_flag_of_its_own(framework, name, tmp_path):
    dialect = DIALECTS[framework]
    ecosystem = sorted(dialect.ecosystems)[0]
    told = arguments(entries(ecosystem, ("a", name)), framework=framework)
    for line in told.lines:
        tail = re.sub(r"^\$\(.*?\)$", "", line)  # ours: the list of the other packages
        shell(f"printf '%s\\n' {tail}", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suite", ["-exec=sh", "./...", "all of it", "a;b", ""])
def test_a_go_package_that_is_none_is_left_out_with_a_note(suite):
    told = arguments(entries("go", (suite, "TestA")), framework="go")
    assert told.lines == ()
    assert len(told.notes) == 1


def test_only_tests_of_the_framework_are_told():
    both = [
        *entries("python", ("a.py", "test_a"), framework="pytest"),
        *entries("go", ("a", "TestA"), framework="go-test"),
    ]
    assert "TestA" not in arguments(both, framework="pytest").lines[0]
    mixed = [*entries("junit", ("", "b"), framework="junit"), *entries("javascript", ("", "c"), framework="vitest")]
    assert "c" not in arguments(mixed, framework="jest").lines[0].partition("(?:")[2]
