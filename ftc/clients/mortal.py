"""A child process that does not outlive this one, even when this one is killed.

The rule it keeps: a guard outside of the child's process group waits for the end of a pipe that only we hold open. The
kernel closes it however we die, and then the guard kills the group. What left that group is not found any more.
"""

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from ftc.clients import shell

_GUARD = 'read -r _ || kill -s KILL -- "-$1"'


def run_mortal(argv: list[str], *, cwd: Path, env: Mapping[str, str], timeout: float) -> shell.Result:
    """As ``shell.run``; its group is killed, too, when we are killed ourselves."""
    with _guarding() as began:
        return shell.run(argv, cwd=cwd, env=env, timeout=timeout, began=began)


@contextmanager
def _guarding() -> Iterator[Callable[[int], None]]:
    """Gives what is to be told the child's process id; at the end of the block the guard goes without a kill."""
    heard, held = os.pipe()  # neither end is inherited
    guards: list[subprocess.Popen[bytes]] = []

    def began(pid: int) -> None:
        guards.append(
            subprocess.Popen(
                ["/bin/sh", "-c", _GUARD, "sh", str(pid)],
                stdin=heard,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={},
                start_new_session=True,
            )
        )

    try:
        yield began
    finally:
        with suppress(BrokenPipeError):
            os.write(held, b"\n")
        os.close(held)
        os.close(heard)
        for guard in guards:
            guard.wait()
