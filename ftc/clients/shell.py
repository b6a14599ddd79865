"""Child processes: run one, keep a bounded part of what it says, and leave none behind.

Rule: a child sees only the environment it is given, gets no input but what it is given, and nothing that it started
outlives the call: its process group dies at the end, and so do those that left the group, where the system lets us
find them (Linux). Memory for output is bounded however much a child writes.
"""

import contextlib
import os
import secrets
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NamedTuple

from ftc.core.errors import CommandFailed

OUTPUT_CAP = 10_000_000
"""Bytes kept of each of the two streams by default; more is read and thrown away, so that the child never blocks."""
GRACE_SECONDS = 2.0
"""From SIGTERM to SIGKILL; git removes its lock files in milliseconds."""
DRAIN_SECONDS = 2.0
"""How long a pipe may stay open after everybody we know of is dead."""
POLL_SECONDS = 0.05
"""Between two looks at a child where the system cannot tell us that it ended (no pidfd)."""
DEATH_POLL_SECONDS = 0.002
CHUNK = 65_536
COOKIE = "FTC_CHILD"
"""Variable that marks whatever a child starts, so that those who left its process group are found."""
UNSURE_SECONDS = 0.1
"""How long to wait for a young process to show its environment; starting a program takes well under a millisecond."""
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where programs are looked for when the given environment has no PATH."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one process may use, kept by the kernel; 0 leaves what is set already."""

    memory_bytes: int = 0
    """Address space."""
    file_bytes: int = 0
    """Size of any file it writes."""
    cpu_seconds: int = 0
    processes: int = 0
    """Of the whole user, as the kernel counts them."""
    open_files: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a child ended; an exit code below zero is the number of the signal that killed it."""

    code: int
    stdout: bytes = field(repr=False)
    stderr: bytes = field(repr=False)
    truncated: bool = False
    """Whether one of the streams was longer than the cap."""
    timed_out: bool = False
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether it ended by itself, with 0."""
        return self.code == 0 and not self.timed_out

    @property
    def out(self) -> str:
        """Standard output as text; what is no UTF-8 is replaced."""
        return self.stdout.decode("utf-8", "replace")

    @property
    def err(self) -> str:
        """Standard error as text."""
        return self.stderr.decode("utf-8", "replace")


def limited(argv: Sequence[str], limits: Limits) -> list[str]:
    """The same command behind ``prlimit`` (Linux), which sets the limits and then becomes the program."""
    flags = {
        "--as": limits.memory_bytes,
        "--fsize": limits.file_bytes,
        "--cpu": limits.cpu_seconds,
        "--nproc": limits.processes,
        "--nofile": limits.open_files,
    }
    return ["prlimit", *(f"{flag}={value}" for flag, value in flags.items() if value), "--", *argv]


def run(  # noqa: PLR0913 - the options of one call, each with a usual value
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    timeout: float,
    output_cap: int = OUTPUT_CAP,
    stdin: bytes = b"",
    began: Callable[[int], None] = lambda pid: None,
) -> Result:
    """Run a program to its end, at most ``timeout`` seconds; a bad exit code is a result, not an error.

    ``env`` is the child's whole environment; ``output_cap`` is in bytes for each stream; ``began`` is told the child's
    process id, which is its group's, too; what it raises ends the child. Raises ``CommandFailed`` when the program
    cannot be started.
    """
    cookie = secrets.token_hex(16)
    started = time.monotonic()
    with _input(stdin) as source:
        process = _start(argv, cwd=cwd, env={**env, COOKIE: cookie}, source=source)
        watch = _Watch(process, cap=output_cap)
        try:
            began(process.pid)
            timed_out = watch.until(started + timeout)
            if timed_out:
                _signal(process, signal.SIGTERM)
                watch.until(time.monotonic() + GRACE_SECONDS)
        finally:
            _end(process, cookie)
            watch.finish(time.monotonic() + DRAIN_SECONDS)
    return Result(
        code=process.returncode,
        stdout=bytes(watch.kept[0]),
        stderr=bytes(watch.kept[1]),
        truncated=watch.truncated,
        timed_out=timed_out,
        seconds=time.monotonic() - started,
    )


@contextlib.contextmanager
def _input(data: bytes) -> Iterator[IO[bytes] | int]:
    """A file holds the input, so that feeding it can never block."""
    if not data:
        yield subprocess.DEVNULL
        return
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        yield file


def _start(
    argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], source: IO[bytes] | int
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            list(argv),
            cwd=cwd,
            env={"PATH": PATH, **env},
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            close_fds=True,
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise CommandFailed(f"{argv[0]} could not be started in {cwd}: {reason}; is it installed?") from None


class _Watch:
    """Reads both streams and waits for the end at once, so that neither can hold up the other."""

    def __init__(self, process: subprocess.Popen[bytes], *, cap: int) -> None:
        self.kept = (bytearray(), bytearray())
        self.truncated = False
        self._process = process
        self._cap = cap
        self._selector = selectors.DefaultSelector()
        for kept, stream in zip(self.kept, (process.stdout, process.stderr), strict=True):
            assert stream is not None
            os.set_blocking(stream.fileno(), False)
            self._selector.register(stream, selectors.EVENT_READ, kept)
        self._pidfd = _pidfd(process.pid)
        if self._pidfd is not None:
            self._selector.register(self._pidfd, selectors.EVENT_READ, None)

    def until(self, deadline: float) -> bool:
        """Read until the process ends; whether the deadline (monotonic) came first."""
        while not _ended(self._process):
            left = deadline - time.monotonic()
            if left <= 0:
                return True
            self._read(left if self._pidfd is not None else min(left, POLL_SECONDS))
        return False

    def finish(self, deadline: float) -> None:
        """Read what is left in the pipes and close them; somebody may hold them open after the deadline."""
        if self._pidfd is not None:
            self._selector.unregister(self._pidfd)
            os.close(self._pidfd)
        while self._selector.get_map() and (left := deadline - time.monotonic()) > 0:
            self._read(left)
        self._selector.close()
        for stream in (self._process.stdout, self._process.stderr):
            assert stream is not None
            stream.close()

    def _read(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            if key.data is None:
                continue
            try:
                data = os.read(key.fd, CHUNK)
            except BlockingIOError:
                continue
            if not data:
                self._selector.unregister(key.fileobj)
            room = self._cap - len(key.data)
            key.data.extend(data[: max(room, 0)])
            self.truncated = self.truncated or len(data) > room


def _ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether it ended, without taking it off the process table: until then nobody else can get its number."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _pidfd(pid: int) -> int | None:
    """A descriptor that is readable once the process ended; None where the system has none."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """To the whole group; its id is the child's, and stays taken while one member or the child's own entry is left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _end(process: subprocess.Popen[bytes], cookie: str) -> None:
    """Kill the group and every stray, see them gone, then take the child off the process table."""
    mark = f"{COOKIE}={cookie}".encode()
    started, began = _status(process.pid), time.monotonic()
    while True:
        marked, unsure = _descendants(mark, since=started.born if started else 0)
        _signal(process, signal.SIGKILL)
        for pid in marked:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        patience = DRAIN_SECONDS if marked else UNSURE_SECONDS if unsure else 0.0
        if time.monotonic() - began >= patience:
            break
        time.sleep(DEATH_POLL_SECONDS)
    process.wait()


def _descendants(mark: bytes, *, since: int) -> tuple[list[int], bool]:
    """Living processes whose environment holds the mark, and whether there are young ones that show none (yet).

    A process that is just starting a program, or just dying, shows an empty environment. Nothing is found where there
    is no /proc.
    """
    marked, unsure = [], False
    with contextlib.suppress(OSError), os.scandir("/proc") as entries:
        for entry in entries:
            if not entry.name.isdigit():
                continue
            try:
                environment = Path(entry.path, "environ").read_bytes()
            except OSError:
                continue  # of another user, or gone
            if mark in environment.split(b"\0"):
                marked.append(int(entry.name))
            elif not environment and (status := _status(int(entry.name))):
                unsure = unsure or (status.living and status.born >= since)
    return marked, unsure


class _Status(NamedTuple):
    """What the kernel says of a process: whether it still runs, and when it was started, in ticks since boot."""

    living: bool
    born: int


def _status(pid: int) -> _Status | None:
    try:
        # The name in brackets may hold anything; the fields follow the last bracket, see proc(5).
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return None
    return _Status(living=fields[0] not in (b"Z", b"X"), born=int(fields[19]))
