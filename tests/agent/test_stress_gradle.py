"""Gradle for real, with a project of several, the build cache and parameters; each run starts a machine of Java anew.

Gradle 4.4.1 is what Debian has. What is newer differs in nothing that the recipe uses.
"""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ftc.agent.stress import Limits
from ftc.agent.stress_run import CannotRun, Ended, Tree, build, run_once
from ftc.core.fix import Amplifier
from tests.stressing import bench, copied, stress, test_id, verified

pytestmark = pytest.mark.toolchain
A = Amplifier
FILE = "app/src/test/java/ledger/LedgerTest.java"


@pytest.fixture
def tree(tool, tmp_path):
    tool("gradle")
    return Tree(side="before", root=copied("stress-gradle", tmp_path / "tree"))


def made_for(tree, tmp_path, name, *, suite="ledger.LedgerTest", **values):
    return bench(tree.root, test_id("junit", suite, name), test_file=FILE, scratch=tmp_path / "scratch", **values)


def test_one_in_three(tree, tmp_path):
    """As with the other runners; the cache would give back the pass before the failure."""
    made = made_for(tree, tmp_path, "everyThird", seconds=120)
    assert (made.recipe.name, made.recipe.run[0], made.home) == ("gradle", "../gradlew", "app")
    build(made, tree, A.PLAIN)
    (tree.root / "app/third.count").write_text("0")
    runs = [run_once(made, tree, A.PLAIN, seed=seed) for seed in range(1, 5)]
    assert [run.ended for run in runs] == [Ended.PASSED, Ended.PASSED, Ended.OTHER, Ended.PASSED], runs
    assert {run.executed for run in runs} == {frozenset({"everyThird"})}
    known = replace(made, fingerprints=runs[2].others)
    whole = run_once(known, tree, A.NEIGHBOURS, seed=5)
    assert (whole.ended, whole.executed) == (Ended.PASSED, {"everyThird", "everyThirdish", "oneCpu", "hangs"})
    failed = run_once(known, tree, A.PLAIN, seed=6)
    assert (failed.ended, "the balance is wrong" in failed.excerpt) == (Ended.TARGET, True)
    gone = run_once(made_for(tree, tmp_path, "everyThir", seconds=120), tree, A.PLAIN, seed=7)
    assert (gone.ended, "No tests found" in gone.problem) == (Ended.BROKEN, True)


@pytest.mark.parametrize(
    ("suite", "name", "ended", "executed"),
    [
        # All parameters of one method, and no other method: no filter knows them one by one.
        ("ledger.CasesTest", "adds[1.5 (x)]", Ended.TARGET, {"adds[1.5 (x)]", "adds[a b (x)]"}),
        ("ledger.TitlesTest", "adds up", Ended.PASSED, {"adds up"}),
    ],
)
def test_names_that_are_none_of_java(suite, name, ended, executed, tree, tmp_path):
    made = made_for(tree, tmp_path, name, suite=suite, fingerprints=(), seconds=120)
    one = run_once(made, tree, A.PLAIN, seed=1)
    assert (one.ended, one.executed) == (ended, executed)


def test_another_task_by_a_configured_command(tree, tmp_path):
    """It reports into a folder of its own name."""
    command = "../gradlew --no-daemon --no-build-cache cleanIntegration integration --tests {class_name}.{method}"
    made = made_for(tree, tmp_path, "everyThirdish", seconds=120, command=command)
    one = run_once(made, tree, A.PLAIN, seed=1)
    assert (one.ended, one.executed) == (Ended.PASSED, {"everyThirdish"})
    assert [path.name for path in (tree.root / "app/build/test-results").iterdir()] == ["integration"]


def test_before_and_after_a_change(tree, tmp_path):
    """With one processor the test always fails before."""
    if (os.cpu_count() or 1) < 2:
        pytest.skip("needs two processors")
    after = copied("stress-gradle", tmp_path / "after")
    source = (after / FILE).read_text()
    (after / FILE).write_text(source.replace("availableProcessors() > 1", "availableProcessors() > 0"))
    made = made_for(tree, tmp_path, "oneCpu", fingerprints=(), seconds=120)
    found = stress(made, tmp_path).compare(
        tree.root, after, Limits(runs=20, seconds=600), amplifiers=(A.ONE_CPU,), attempt=1
    )
    verified(found, runs=5, failed=5)


def test_what_does_not_compile_is_told_while_building(tree, tmp_path):
    (tree.root / FILE).write_text("package ledger; class LedgerTest { nonsense }")
    with pytest.raises(CannotRun, match=r"while building: .*LedgerTest\.java"):
        build(made_for(tree, tmp_path, "everyThird"), tree, A.PLAIN)


def test_a_test_that_hangs_leaves_no_process(tree, tmp_path):
    """Memory settings, which most projects have, make Gradle start a second process, and that one the tests'."""
    (tree.root / "gradle.properties").write_text("org.gradle.jvmargs=-Xmx200m\n")
    (tree.root / "app/hang").touch()
    made = replace(made_for(tree, tmp_path, "hangs", seconds=25), grace=0)
    build(made, tree, A.PLAIN)
    hung = run_once(made, tree, A.PLAIN, seed=1)
    assert (hung.ended, hung.complete) == (Ended.OTHER, False)
    time.sleep(1)
    places = [os.readlink(path) for path in Path("/proc").glob("[0-9]*/cwd") if os.access(path, os.R_OK)]
    assert [place for place in places if place.startswith(str(tree.root))] == []
