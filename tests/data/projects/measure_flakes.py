"""Measures a small project with a real flake: how often its test fails, per amplifier, as it is or with a patch.

    python tests/data/projects/measure_flakes.py NAME [--patch right] [--runs 200] [--under plain race-detector]

Run from the root of the repository with its own Python. Prints one line for each amplifier, in the form of `measured`
in the project's `flake.yaml`; every failure's signature is counted, so that a test that fails in two ways is seen.
"""

import argparse
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from ftc.agent.stress_run import Ended, Tree, build, run_once
from ftc.core.fix import Amplifier
from tests.flake_projects import bench_of, patched, project_named


def main() -> None:
    """Measure what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("name")
    parser.add_argument("--patch", default="", help="right, masking or wrong")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--under", nargs="+", type=Amplifier, default=[Amplifier.PLAIN])
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(args, Path(folder).resolve())


def measure(args: argparse.Namespace, folder: Path) -> None:
    """Copy, install, patch, build, run and print."""
    project = project_named(args.name)
    root = project.make_repository(folder)
    project.install(root)
    if args.patch:
        patched(root, getattr(project, args.patch))
    bench = bench_of(project, root, scratch=folder / "scratch", fingerprints=("v1:unknown",))
    tree = Tree(side="before", root=root)
    for amplifier in args.under:
        build(bench, tree, amplifier)
        runs = [run_once(bench, tree, amplifier, seed=seed) for seed in range(1, args.runs + 1)]
        failures = sum(run.ended is Ended.OTHER for run in runs)
        seconds = sum(run.seconds for run in runs) / len(runs)
        print(
            f"  - {{amplifier: {amplifier}, patch: {args.patch or 'none'}, runs: {len(runs)}, failures: {failures}, "
            f"seconds: {seconds:.2f}, day: {datetime.now(UTC):%Y-%m-%d}}}",
            flush=True,
        )
        signatures = Counter(other for run in runs for other in run.others)
        executed = Counter(",".join(sorted(run.executed)) for run in runs)
        print(f"    # signatures {dict(signatures)}; executed {dict(executed)}", file=sys.stderr)
        for problem in sorted({run.problem for run in runs if run.ended is Ended.BROKEN})[:2]:
            print(f"    # said nothing: {problem}", file=sys.stderr)


if __name__ == "__main__":
    main()
