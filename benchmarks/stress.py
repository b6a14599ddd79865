"""Overhead of a stress run: seconds per run through the harness, beside the same command in a loop of a shell.

python benchmarks/stress.py [RUNS]; both loops run twice, in turn, so that a busy machine slows both alike.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

from ftc.agent.stress_run import Bench, Ended, Tree, build, run_once
from ftc.clients.shell import run
from ftc.core.fix import Amplifier
from ftc.core.model import TestId
from ftc.core.recipe_table import RECIPES_BY_NAME
from ftc.core.recipes import target_of
from ftc.core.sanitize import Sanitizer

TEST = 'package bench\n\nimport "testing"\n\nfunc TestFine(t *testing.T) {}\n'
LOOP = 'for i in $(seq "$1"); do "$2" -test.v=test2json -test.count=1 "-test.run=^TestFine$" >/dev/null || exit 1; done'


def bench(root: Path) -> Bench:
    """A Go package with one test that takes no time, so that all there is to measure is overhead."""
    (root / "tree").mkdir()
    (root / "scratch").mkdir()
    (root / "tree/go.mod").write_text("module example.com/bench\n\ngo 1.22\n")
    (root / "tree/fine_test.go").write_text(TEST)
    test = TestId(ecosystem="go", suite="example.com/bench", name="TestFine")
    return Bench(
        recipe=RECIPES_BY_NAME["go"],
        test=test,
        target=target_of(test, test_file="fine_test.go", home_folder=""),
        names=frozenset({test.name}),
        fingerprints=frozenset(),
        run=run,
        env={"PATH": os.environ["PATH"], "HOME": str(Path.home())},
        scratch=root / "scratch",
        sanitizer=Sanitizer(),
    )


def harness(made: Bench, tree: Tree, runs: int) -> float:
    """Seconds of so many runs; every one must have been seen to pass."""
    started = time.perf_counter()
    ended = {run_once(made, tree, Amplifier.PLAIN, seed=seed).ended for seed in range(runs)}
    assert ended == {Ended.PASSED}, ended
    return time.perf_counter() - started


def loop(made: Bench, tree: Tree, runs: int) -> float:
    """Seconds of the same binary in a loop of the shell."""
    binary = made.place(tree.side, Amplifier.PLAIN).out
    started = time.perf_counter()
    done = run(["sh", "-c", LOOP, "sh", str(runs), binary], cwd=tree.root, env=made.env, timeout=600)
    assert done.ok, done.err
    return time.perf_counter() - started


def main() -> None:
    """Print seconds per run of both, and their difference."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with tempfile.TemporaryDirectory() as folder:
        made = bench(Path(folder))
        tree = Tree(side="before", root=Path(folder) / "tree")
        build(made, tree, Amplifier.PLAIN)
        pairs = [(harness(made, tree, runs), loop(made, tree, runs)) for _ in range(2)]
    ours, theirs = (sum(side) / (2 * runs) for side in zip(*pairs, strict=True))
    print(f"harness {ours * 1000:.1f} ms a run, shell loop {theirs * 1000:.1f} ms: {ours / theirs:.2f} times")


if __name__ == "__main__":
    main()
