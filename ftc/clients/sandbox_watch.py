"""Watches what a running command and its descendants use, and ends them when it is too much (Linux).

Rule: limits that the kernel keeps for each process are no limit for a hundred of them, and for root none at all; here
memory and number are summed up over the tree of processes. Between two looks more may be used for a moment.
"""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LOOK_SECONDS = 0.1
"""Between two looks; each costs some milliseconds on a machine with hundreds of processes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Most:
    """The most that a tree of processes may use; 0 is no limit."""

    memory_bytes: int = 0
    """Resident memory that is not shared with files."""
    processes: int = 0


class Watch:
    """Looks at the tree below one process until it is told to stop; ``exceeded`` says which limit was passed."""

    def __init__(self, most: Most) -> None:
        self.exceeded = ""
        self._most = most
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, pid: int) -> None:
        """Watch the tree below a process that has just been started in a group of its own."""
        if self._most != Most():
            self._thread = threading.Thread(target=self._look, args=(pid,), daemon=True)
            self._thread.start()

    def end(self) -> None:
        """Stop looking; the process is gone."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _look(self, pid: int) -> None:
        while not self._over.wait(LOOK_SECONDS):
            tree = _tree(pid)
            self.exceeded = self.exceeded or _exceeded(tree, self._most)
            for member in tree if self.exceeded else ():
                # The first of the tree stays in the process table until its parent has waited for it.
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(member, signal.SIGKILL)


def _exceeded(tree: list[int], most: Most) -> str:
    if most.processes and len(tree) > most.processes:
        return f"more than {most.processes} processes"
    if most.memory_bytes and sum(map(_memory, tree)) > most.memory_bytes:
        return too_much_memory(most.memory_bytes)
    return ""


def too_much_memory(most: int) -> str:
    """What is said when a run used more than so many bytes."""
    return f"more than {most // 1_000_000} MB of memory"


def _tree(first: int) -> list[int]:
    """Everything below a process, itself first, and what has its group; an orphan that left both is not found."""
    children: dict[int, list[int]] = {}
    found = [first]
    for pid, parent, group in _processes():
        children.setdefault(parent, []).append(pid)
        if group == first and pid != first:
            found.append(pid)
    for pid in found:
        found.extend(child for child in children.pop(pid, ()) if child not in found)
    return found


def _processes() -> Iterator[tuple[int, int, int]]:
    """Id, parent and group of every process."""
    with contextlib.suppress(OSError), os.scandir("/proc") as entries:
        for entry in entries:
            if entry.name.isdigit():
                with contextlib.suppress(OSError, IndexError, ValueError):
                    fields = Path(entry.path, "stat").read_bytes().rpartition(b")")[2].split()
                    yield int(entry.name), int(fields[1]), int(fields[2])


def _memory(pid: int) -> int:
    """Bytes of anonymous and shared memory of one process."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text("utf-8", "replace").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(("RssAnon:", "RssShmem:")))
