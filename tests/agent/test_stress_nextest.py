"""nextest for real: a workspace whose settings hide what a run must see, and namesakes in other binaries.

Here are the things that the table of all runners (test_stress_runners.py) does not ask.
"""

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
from tests.stressing import bench, copied, environment, stress, test_id, verified

pytestmark = pytest.mark.toolchain
A = Amplifier
NAME, FILE = "tests::every_third", "books/src/lib.rs"


@pytest.fixture(autouse=True)
def nextest(tool, monkeypatch):
    """cargo looks for its sub-command on the PATH only."""
    tool("cargo")
    monkeypatch.setenv("PATH", f"{Path(tool('cargo-nextest')).parent}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def tree(tmp_path):
    return Tree(side="before", root=copied("stress-nextest", tmp_path / "tree"))


def made_for(tree, tmp_path, name=NAME, *, suite="books", file=FILE, **values):
    test = test_id("rust", suite, name)
    return bench(tree.root, test, test_file=file, scratch=tmp_path / "scratch", **values)


def ci(root, *arguments):
    """What the workflow of the project prints, in another folder, and the report that it leaves."""
    argv = ["cargo", "nextest", "run", "--offline", "--workspace", "--profile", "ci", *arguments]
    done = subprocess.run(argv, cwd=root, env=environment(), capture_output=True, check=False)
    report = (root / "target/nextest/ci/junit.xml").read_bytes()
    return [data.replace(str(root).encode(), b"/home/runner/work/demo/demo") for data in (done.stderr, report)]


def test_a_flake_of_ci_is_counted_before_and_after_a_change(tree, tmp_path):
    """Log and report of CI name the test and its signature; so does a run of ours, and the change is proven."""
    counter = tree.root / "books/third.count"
    counter.write_text("2")
    seen = [
        extract_stream([data], path=path, sanitizer=Sanitizer()).failures[0]
        for data, path in zip(ci(tree.root, "-E", f"test(={NAME})"), ("log", "junit.xml"), strict=True)
    ]
    assert [(item.test, item.framework) for item in seen] == [(test_id("rust", "books", NAME), "nextest")] * 2
    assert seen[0].fingerprint == seen[1].fingerprint
    after = copied("stress-nextest", tmp_path / "after")
    source = (after / FILE).read_text()
    (after / FILE).write_text(source.replace('count("third.count") % 3', 'count("third.count") * 0 + 1'))
    counter.unlink()
    made = bench(
        tree.root, seen[0].test, test_file=FILE, scratch=tmp_path / "scratch", fingerprints={seen[0].fingerprint}
    )
    assert (made.recipe.name, made.home) == ("nextest", "books")
    found = stress(made, tmp_path).compare(
        tree.root, after, Limits(runs=60, seconds=600), amplifiers=(A.PLAIN,), attempt=1
    )
    verified(found, runs=15, failed=5)


@pytest.mark.parametrize(("suite", "ended"), [("books::whole", Ended.TARGET), ("books::other", Ended.PASSED)])
def test_a_namesake_in_another_binary_is_not_run(suite, ended, tree, tmp_path):
    """One of the two always fails, and the filter of the default profile leaves out both."""
    file = f"books/tests/{suite.rpartition('::')[2]}.rs"
    made = made_for(tree, tmp_path, "every_third", suite=suite, file=file, fingerprints=())
    build(made, tree, A.PLAIN)
    assert [run_once(made, tree, A.PLAIN, seed=seed).ended for seed in (1, 2)] == [ended] * 2
    whole = run_once(made, tree, A.NEIGHBOURS, seed=3)
    assert whole.ended is ended
    assert whole.executed == {"every_third", "hangs", "tests::fine", "tests::one_cpu"}, "the default filter stays"


def test_one_processor_is_one(tree, tmp_path):
    if (os.cpu_count() or 1) < 2:
        pytest.skip("needs two processors")
    made = made_for(tree, tmp_path, "tests::one_cpu", fingerprints=())
    trials = stress(made, tmp_path).trial(tree, Limits(runs=20, seconds=300), amplifiers=(A.PLAIN, A.ONE_CPU))
    assert [(item.target > 0, item.runs > 0) for item in trials] == [(False, True), (True, True)]
    assert best(trials).amplifier is A.ONE_CPU


def test_a_test_that_hangs_leaves_no_process(tree, tmp_path):
    (tree.root / "books/hang").touch()
    made = made_for(tree, tmp_path, "hangs", suite="books::other", file="books/tests/other.rs", seconds=2)
    made = replace(made, grace=1)
    build(made, tree, A.PLAIN)
    hung = run_once(made, tree, A.PLAIN, seed=1)
    # The run's, and the test's own: asked to end, nextest ends the test and says so.
    assert (hung.ended, len(hung.others), len(hung.own), hung.complete) == (Ended.OTHER, 2, 1, False)
    places = [os.readlink(path) for path in Path("/proc").glob("[0-9]*/cwd") if os.access(path, os.R_OK)]
    assert [place for place in places if place.startswith(str(tree.root))] == []
    (tree.root / "books/hang").unlink()
    assert run_once(made, tree, A.PLAIN, seed=2).ended is Ended.PASSED
