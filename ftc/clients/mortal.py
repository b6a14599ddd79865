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
from ftc.core.errors import CommandFailed

_GUARD = 'read -r _ || kill -s KILL -- "-$1"'


def run_mortal(
    argv: list[str], *, cwd: Path, env: Mapping[str, str], timeout: float, guard: str = "/bin/sh"
) -> shell.Result:
    """As ``shell.run``; its group is killed, too, when we are killed ourselves.

    ``guard`` is the shell that waits. Where it cannot be started the child is ended, and ``CommandFailed`` raised.
    """
    with _guarding(guard) as began:
        return shell.run(argv, cwd=cwd, env=env, timeout=timeout, began=began)


@contextmanager
def _guarding(guard: str) -> Iterator[Callable[[int], None]]:
    """Gives what is to be told the child's process id; at the end of the block the guard goes without a kill."""
    heard, held = os.pipe()  # neither end is inherited
    guards: list[subprocess.Popen[bytes]] = []

    def began(pid: int) -> None:
        try:
            started = subprocess.Popen(
                [guard, "-c", _GUARD, "sh", str(pid)],
                stdin=heard,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={},
                start_new_session=True,
            )
        except OSError as error:
            reason = error.strerror or str(error)
            raise CommandFailed(f"the guard of a program, {guard}, could not be started: {reason}") from None
        guards.append(started)

    try:
        yield began
    finally:
        with suppress(BrokenPipeError):
            os.write(held, b"\n")
        os.close(held)
        os.close(heard)
        for started in guards:
            started.wait()
