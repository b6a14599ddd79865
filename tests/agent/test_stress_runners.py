"""Every runner for real: rates that are found, tests that are seen to run, and amplifiers that bring a flake out."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from ftc.agent.stress import Limits, best
from ftc.agent.stress_run import Ended, Tree, build, run_once
from ftc.core.fix import Amplifier
from ftc.core.sanitize import Sanitizer
from ftc.ingest.extract import extract_stream
from tests.stressing import bench, copied, environment, stress, test_id

pytestmark = pytest.mark.toolchain
A = Amplifier
GO = "example.com/stress/ledger"
LEDGER = "ledger/ledger_test.go"


def go(name, suite=GO):
    return test_id("go", suite, name)


CASES = [
    # runner, needed tool, project, test, its file, tests that ran beside it in its file, choices
    ("go", "go", "stress-go", go("TestEveryThird"), LEDGER, set(), {}),
    (
        "cargo",
        "cargo",
        "stress-cargo",
        test_id("rust", "", "tests::every_third"),
        "src/lib.rs",
        {"tests::fine"},
        {},
    ),
    (
        "nextest",
        "cargo-nextest",
        "stress-nextest",
        test_id("rust", "books", "tests::every_third"),
        "books/src/lib.rs",
        {"tests::fine", "tests::one_cpu", "hangs"},
        {},
    ),
    (
        "jest",
        "npm",
        "stress-jest",
        test_id("jest", "", "ledger fails every third (time) + $1"),
        "ledger.test.js",
        {"ledger is fine", "ledger needs is fine"},
        {},
    ),
    (
        "vitest",
        "npm",
        "stress-vitest",
        test_id("vitest", "ledger.test.js", "ledger > fails every third (time) + $1"),
        "ledger.test.js",
        {"ledger > is fine", "ledger > needs is fine"},
        {"runner": "vitest"},
    ),
    (
        "node",  # a test in a test, which runs only where the outer one is meant, too
        "node",
        "stress-node",
        test_id("node", "test/ledger.test.js", "ledger > fails every third (time) > + $1"),
        "test/ledger.test.js",
        {"book > is fine", "book > needs is fine", 'book > that is open > fails every third "time"'},
        {},
    ),
    (
        "maven",
        "mvn",
        "stress-maven",
        test_id("junit", "ledger.LedgerTest", "everyThird"),
        "src/test/java/ledger/LedgerTest.java",
        {"fine"},
        {},
    ),
    (
        "ctest",
        "cmake",
        "stress-ctest",
        test_id("ctest", "", "ledger.every_third"),
        "ledger.c",
        {"ledger.every_thirdish"},
        {},
    ),
    (
        "make",
        "go",
        "stress-make",
        go("TestEveryThird"),
        LEDGER,
        None,
        {"command": "make --silent gotest GOTEST_ARGS='./{folder} -run {name} -count=1 -v {extra}'"},
    ),
]


def installed(root, tool):
    if tool == "npm":
        argv = ["npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run(argv, cwd=root, check=True, capture_output=True, timeout=300)


@pytest.mark.parametrize(
    ("runner", "needed", "project", "test", "file", "beside", "choices"),
    CASES,
    ids=lambda x: x if isinstance(x, str) and x.isalpha() else "",
)
def test_one_in_three(runner, needed, project, test, file, beside, choices, tool, tmp_path, monkeypatch):
    """The test counts its runs in a file: of six runs, the third and the sixth fail, whatever the machine does."""
    folder = Path(tool(needed)).parent
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}{os.pathsep}{folder}")  # where cargo looks for its own
    root = copied(project, tmp_path / "tree")
    installed(root, needed)
    made = bench(root, test, test_file=file, scratch=tmp_path / "scratch", **choices)
    tree = Tree(side="before", root=root)
    build(made, tree, A.PLAIN)
    runs = [run_once(made, tree, A.PLAIN, seed=seed) for seed in range(1, 7)]
    assert [run.ended for run in runs] == [Ended.PASSED, Ended.PASSED, Ended.OTHER] * 2, runs
    assert {run.executed for run in runs} == {frozenset({test.name})}
    assert len(runs[2].others) == 1
    assert runs[2].others == runs[5].others, "one signature, whatever varies"
    known = replace(made, fingerprints=runs[2].others)
    assert [run_once(known, tree, A.PLAIN, seed=seed).ended for seed in (7, 8, 9)][2] is Ended.TARGET
    if beside is not None and beside:
        whole = run_once(known, tree, A.NEIGHBOURS, seed=10)
        assert whole.executed == {test.name, *beside}
    gone = bench(
        root, test_id(test.ecosystem, test.suite, "TestGone"), test_file=file, scratch=tmp_path / "scratch", **choices
    )
    if runner != "maven":  # its runner takes a class of which nothing matches for an empty one, and leaves no report
        assert run_once(gone, tree, A.PLAIN, seed=1).ended is Ended.BROKEN


@pytest.mark.parametrize("runner", ["jest", "vitest"])
def test_node_shuffled(runner, tool, tmp_path):
    """One test needs what another leaves behind: in the order of the file it passes, in others it does not."""
    tool("npm")
    root = copied(f"stress-{runner}", tmp_path / "tree")
    installed(root, "npm")
    name = "ledger needs is fine" if runner == "jest" else "ledger > needs is fine"
    test = test_id(runner, "ledger.test.js", name)
    made = bench(root, test, test_file="ledger.test.js", scratch=tmp_path / "scratch", runner=runner)
    made = replace(made, fingerprints=frozenset())
    tree = Tree(side="before", root=root)
    assert run_once(made, tree, A.NEIGHBOURS, seed=1).ended is not Ended.TARGET
    ended = [run_once(made, tree, A.SHUFFLE, seed=seed).ended is Ended.TARGET for seed in range(1, 7)]
    assert any(ended)
    assert not all(ended)
    again = [run_once(made, tree, A.SHUFFLE, seed=seed).ended is Ended.TARGET for seed in (1, 2)]
    assert again == ended[:2], "a seed tells the same story again"


@pytest.mark.parametrize("reporter", ["spec", "tap"])
@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("ledger > fails every third (time) > + $1", "third.count"),
        ('book > that is open > fails every third "time"', "nested.count"),
    ],
)
def test_node_is_run_again_by_what_its_log_said(name, file, reporter, tool, tmp_path):
    """The scan knows only the log, of another folder; it names test, file and signature as the report of a run does."""
    node = tool("node")
    root = copied("stress-node", tmp_path / "tree")
    (root / file).write_text("2")
    argv = [node, "--test", f"--test-reporter={reporter}"]
    log = subprocess.run(argv, cwd=root, env=environment(), capture_output=True, check=False).stdout
    log = log.replace(str(root).encode(), b"/home/runner/work/demo/demo")
    [seen] = extract_stream([log], path="", sanitizer=Sanitizer()).failures
    assert (seen.test.suite, seen.test.name) == ("test/ledger.test.js", name)
    (root / file).write_text("5")
    made = bench(
        root, seen.test, test_file=seen.test.suite, scratch=tmp_path / "scratch", fingerprints={seen.fingerprint}
    )
    assert made.recipe.name == "node"
    tree = Tree(side="before", root=root)
    assert [run_once(made, tree, A.PLAIN, seed=seed).ended for seed in (1, 2)] == [Ended.TARGET, Ended.PASSED]


def test_go_fingerprints_are_those_of_the_log_of_ci(tool, tmp_path):
    """The scan read `go test` in CI, in another folder and without our flags; the same failure has the same name."""
    tool("go")
    root = copied("stress-go", tmp_path / "tree")
    for name in ("TestEveryThird", "TestPanics"):
        (root / "ledger/third.count").write_text("2")
        (root / "ledger/panics.count").write_text("1")
        argv = ["go", "test", "./ledger", "-run", f"^{name}$"]
        log = subprocess.run(argv, cwd=root, env=environment(), capture_output=True, check=False).stdout
        log = log.replace(str(root).encode(), b"/home/runner/work/demo/demo")
        seen = {item.fingerprint for item in extract_stream([log], path="", sanitizer=Sanitizer()).failures}
        assert len(seen) == 1
        (root / "ledger/third.count").write_text("5")
        (root / "ledger/panics.count").write_text("3")
        made = bench(root, go(name), test_file=LEDGER, scratch=tmp_path / "scratch", fingerprints=seen)
        tree = Tree(side="before", root=root)
        build(made, tree, A.PLAIN)
        assert run_once(made, tree, A.PLAIN, seed=1).ended is Ended.TARGET, name


def test_go_timeouts_and_neighbours_of_a_crash(tool, tmp_path):
    tool("go")
    root = copied("stress-go", tmp_path / "tree")
    tree = Tree(side="before", root=root)
    (root / "ledger/hangs.count").write_text("1")
    made = bench(root, go("TestHangs"), test_file=LEDGER, scratch=tmp_path / "scratch", seconds=2)
    build(made, tree, A.PLAIN)
    hung = run_once(made, tree, A.PLAIN, seed=1)
    assert (hung.ended, len(hung.others), hung.complete) == (Ended.OTHER, 1, False)
    assert run_once(made, tree, A.PLAIN, seed=1).ended is Ended.PASSED
    (root / "ledger/panics.count").write_text("1")
    crashed = run_once(made, tree, A.NEIGHBOURS, seed=1)
    assert not crashed.complete, "nothing can be said of the tests behind the crash"
    cases = {"TestCases", *(f"TestCases/{name}" for name in ("empty", "two_words", "a+b"))}
    assert crashed.executed == {"TestEveryThird", "TestPanics", *cases}, "a skipped test did not run"


def test_ctest_repeats_until_it_fails(tool, tmp_path):
    """Each time in a process of its own, as is ctest's way; the counter in a file makes the third one fail."""
    tool("cmake")
    root = copied("stress-ctest", tmp_path / "tree")
    test = test_id("ctest", "", "ledger.every_third")
    made = bench(root, test, test_file="ledger.c", scratch=tmp_path / "scratch", fingerprints=())
    tree = Tree(side="before", root=root)
    build(made, tree, A.REPEAT)
    one = run_once(made, tree, A.REPEAT, seed=1)
    assert (one.ended, one.executed) == (Ended.TARGET, {test.name})
    assert (root / "third.count").read_text() == "3"


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("TestRacy", A.RACE), ("TestNeedsOpen", A.SHUFFLE), ("TestFirst", A.ONE_CPU), ("TestWearsOut", A.REPEAT)],
)
def test_go_amplifiers(name, wanted, tool, tmp_path):
    """Each project was made for its amplifier: under it the test fails clearly more often than plain."""
    tool("go")
    root = copied("stress-go", tmp_path / "tree")
    file = "amplified/amplified_test.go"
    test = go(name, "example.com/stress/amplified")
    # Alone, one of them fails for want of the test before it; among its neighbours the order decides.
    plain = A.NEIGHBOURS if name == "TestNeedsOpen" else A.PLAIN
    made = bench(root, test, test_file=file, scratch=tmp_path / "scratch")
    tree = Tree(side="before", root=root)
    seen = set()
    build(made, tree, wanted)
    for seed in range(1, 9):
        run = run_once(made, tree, wanted, seed=seed)
        seen |= run.others
    made = replace(made, fingerprints=frozenset(seen))
    trials = stress(made, tmp_path).trial(tree, Limits(runs=30, seconds=300), amplifiers=(plain, wanted))
    rates = {trial.amplifier: trial.target / trial.runs for trial in trials}
    assert best(trials).amplifier is wanted
    assert rates[wanted] > rates[plain] + 0.2, rates
