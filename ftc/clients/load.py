"""Busy processes beside a run, so that a test gets its processor late.

Rule: they end with the block that started them, and by themselves when the process that started them is gone, however
it went.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

PER_CPU = 2
"""Busy processes for each processor: they leave a test about a third of one, as a crowded runner does."""
_BUSY = """
import os, sys
parent = int(sys.argv[1])
while os.getppid() == parent:
    for _ in range(200_000):
        pass
"""


@contextlib.contextmanager
def load(processes: int = 0) -> Iterator[tuple[int, ...]]:
    """Keep so many processes busy, by default two for each processor; yields their ids."""
    count = processes or PER_CPU * (os.cpu_count() or 1)
    argv = [sys.executable, "-I", "-S", "-c", _BUSY, str(os.getpid())]
    started: list[subprocess.Popen[bytes]] = []
    try:
        for _ in range(count):
            started.append(subprocess.Popen(argv, env={}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL))
        yield tuple(process.pid for process in started)
    finally:
        for process in started:
            process.kill()
        for process in started:
            process.wait()
