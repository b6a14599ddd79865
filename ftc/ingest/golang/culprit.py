"""Which test a crash belongs to: the test that testing declared, the one on the stack, or the one that ran.

A test that merely ran at the same time is a bystander; where nothing points to one test, none is named.
"""

from dataclasses import dataclass

from ftc.ingest.golang.binary import BinaryRun
from ftc.ingest.golang.crash import Crash, leaves
from ftc.ingest.golang.stack import TestFunction

TEST_MAIN = "TestMain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blame:
    """Names of the tests that a crash belongs to, and of those that it only interrupted."""

    culprits: tuple[str, ...] = ()
    bystanders: tuple[str, ...] = ()


def blame(crash: Crash, run: BinaryRun, *, expected: str = "") -> Blame:
    """Who is to blame for ``crash``; ``expected`` is the top-level test that a runner named for this process."""
    if crash.timed_out and crash.running:
        return _longest(crash)
    running = open_leaves(run)
    culprit = _single(crash, run, running) or expected
    others = tuple(name for name in running if name != culprit and not culprit.startswith(name + "/"))
    return Blame(culprits=(culprit,) if culprit else (), bystanders=others)


def open_leaves(run: BinaryRun) -> list[str]:
    """Tests that ran when the log or the binary ended, without those that waited for a sub-test."""
    parents = {name[:i] for name in run.open for i, char in enumerate(name) if char == "/"}
    return [name for name in run.open if name not in parents]


def _longest(crash: Crash) -> Blame:
    """The test that ran longest used up the time; equally long ones cannot be told apart."""
    running = leaves(crash.running)
    most = max(entry.seconds for entry in running)
    culprits = tuple(entry.name for entry in running if entry.seconds == most)
    return Blame(culprits=culprits, bystanders=tuple(entry.name for entry in running if entry.seconds < most))


def _single(crash: Crash, run: BinaryRun, running: list[str]) -> str:
    if crash.late_for:
        return crash.late_for
    if crash.after_tests:
        return TEST_MAIN
    if crash.repanicked and crash.current:
        return _declared(crash, run)
    function = crash.test()
    if function is not None:
        return named(function, [*running, *run.failed_names], current=crash.current)
    return running[0] if len(running) == 1 else ""


def _declared(crash: Crash, run: BinaryRun) -> str:
    """The test that testing declared before it let the panic go on; with ``-json`` its parent comes last."""
    below = crash.current + "/"
    declared = [item.name for item in run.failed if item.line < crash.line and item.name.startswith(below)]
    return declared[-1] if declared else crash.current


def named(function: TestFunction, names: list[str], *, current: str) -> str:
    """Full name of the test that runs ``function``; a suite method alone when its suite was never named."""
    fits = [name for name in names if _runs(name, function)]
    if current in fits:
        return current
    return max(fits, key=lambda name: name.count("/")) if fits else function.name


def _runs(name: str, function: TestFunction) -> bool:
    parts = name.split("/")
    if function.receiver:
        return len(parts) > 1 and parts[1] == function.name
    return parts[0] == function.name
