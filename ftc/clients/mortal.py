"""What does not outlive this process, even when this one is killed: a child of it, or something that a program ends.

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

LATE_SECONDS = 2
"""How long what we were just starting may take to be there to be ended, when we are killed meanwhile."""
_ENDING = f'read -r _ || {{ "$@"; sleep {LATE_SECONDS}; }}; exec "$@"'
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


@contextmanager
def ended_by(argv: list[str], *, env: Mapping[str, str], timeout: float, guard: str = "/bin/sh") -> Iterator[None]:
    """Run a program at the end of the block or of us, whichever comes first; killed, we have it run twice.

    At the end of the block it gets ``timeout`` seconds, and ``CommandFailed`` is raised when it does not end well in
    them; an error of the block itself goes before. ``guard`` is the shell that waits.
    """
    given = [guard, "-c", _ENDING, "sh", *argv]
    silent = subprocess.DEVNULL
    ender = subprocess.Popen(
        given, cwd="/", env=env, stdin=subprocess.PIPE, stdout=silent, stderr=silent, start_new_session=True
    )
    try:
        yield
    finally:
        with suppress(subprocess.TimeoutExpired):
            ender.communicate(b"\n", timeout=timeout)
    if ender.returncode != 0:
        raise CommandFailed(f"what was started could not be ended; end it: {' '.join(argv)}")
