"""Wall time of ``ftc --help``: median over some runs, beside that of an empty Python for comparison.

python benchmarks/help_latency.py [RUNS]
"""

import statistics
import subprocess
import sys
import time

LIMIT = 0.3
"""Seconds, from the specification."""


def median(argv: list[str], *, runs: int) -> float:
    """Median seconds of running the command."""
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        subprocess.run(argv, stdout=subprocess.DEVNULL, check=True)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def main() -> None:
    """Print both and fail beyond the limit."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    empty = median([sys.executable, "-c", "pass"], runs=runs)
    command = median([sys.executable, "-m", "ftc", "--help"], runs=runs)
    print(f"ftc --help {command:.3f} s, an empty Python {empty:.3f} s ({command / empty:.1f} times)")
    sys.exit(0 if command < LIMIT else 1)


if __name__ == "__main__":
    main()
