"""One run of a test in a fresh process: built once, run through a sandbox, and told apart by what failed.

Rule: the verdict is formed out here, from streams, exit code and report; a report must be a plain file of bounded size
where it is expected, and is removed before each run, so that no run is judged by the report of another.
"""

import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from ftc.clients.load import load
from ftc.clients.shell import Result
from ftc.core.errors import CommandFailed, FtcError
from ftc.core.fingerprint import fingerprint, signature
from ftc.core.fix import Amplifier
from ftc.core.model import Failure, Kind, TestId
from ftc.core.recipe_table import Extra, Recipe, Results
from ftc.core.recipes import Commands, Place, Target, commands
from ftc.core.sanitize import Sanitizer
from ftc.core.stress import Tally
from ftc.ingest.outcomes import FAILED, SKIPPED, Outcomes, Said, outcomes

REPORT_BYTES = 20_000_000
REPORT_FILES = 200
BUILD_SECONDS = 1_800
GRACE_SECONDS = 30
"""Beyond the limit that a runner was told, so that its own time-out, which names the test, comes first."""
TAIL_CHARS = 600


class Sandbox(Protocol):
    """What runs a command; ``ftc.clients.shell.run`` is the one without walls."""

    def __call__(self, argv: list[str], *, cwd: Path, env: Mapping[str, str], timeout: float) -> Result:
        """Run it to its end; a bad exit code is a result."""
        ...


class Ended(StrEnum):
    """How one run ended."""

    PASSED = "passed"
    TARGET = "target"
    """The test failed in a way that is to be fixed."""
    OTHER = "other"
    BROKEN = "broken"
    """It says nothing about the test: nothing was executed, or the test was skipped."""


class CannotRun(FtcError):
    """The tree could not be built, or its runner not be started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What is stressed, and by which means."""

    recipe: Recipe
    test: TestId
    target: Target
    names: frozenset[str]
    """Names of the tests whose failures count as the target."""
    fingerprints: frozenset[str]
    """Signatures that count as the target; without any, every failure of these tests does."""
    run: Sandbox = field(repr=False)
    env: Mapping[str, str] = field(repr=False)
    """The whole environment of builds and runs, beside what the recipe adds."""
    scratch: Path
    """A folder outside of the checkouts that the sandbox may write; the journal must not lie in it."""
    sanitizer: Sanitizer
    home: str = ""
    seconds: int = 600
    """Limit of one run."""
    grace: float = GRACE_SECONDS
    """Seconds beyond that limit until the run is ended from outside."""
    busy: int = 0
    """Processes that make up the load; 0 for two for each processor."""

    def shown(self, amplifier: Amplifier) -> str:
        """The commands for a person, with files where such a person would have them."""
        line = self.commands(amplifier, seed=1, place=Place(home=self.home)).shown()
        return f"{line}  # while {self.busy or 'two per processor'} busy processes run" if _loaded(amplifier) else line

    def commands(self, amplifier: Amplifier, *, seed: int, place: Place) -> Commands:
        """The commands of one run; ``NotRunnable`` for a name that the runner cannot be given."""
        return commands(self.recipe, self.target, amplifier=amplifier, seed=seed, seconds=self.seconds, place=place)

    def place(self, side: str, amplifier: Amplifier) -> Place:
        """Files of one side, in a folder of its own: what is built differs only between amplifiers that say so."""
        extra = self.recipe.amplifiers.get(amplifier, Extra())
        folder = self.scratch / side
        built = folder / f"{amplifier if extra.prepare else Amplifier.PLAIN}.build"
        return Place(home=self.home, out=str(built), report=str(folder / "report"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """One of the two checkouts."""

    side: str
    root: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class OneRun:
    """What one run showed."""

    ended: Ended
    others: frozenset[str] = frozenset()
    """Fingerprints of failures that are not the target's."""
    own: frozenset[str] = frozenset()
    """Those of them in which the test itself failed, in another way."""
    failed: bool = False
    """Whether the test itself failed in any way, or the run as a whole; false where only its neighbours did."""
    executed: frozenset[str] = frozenset()
    complete: bool = True
    seconds: float = 0.0
    problem: str = ""
    """Why it says nothing, or what failed in it that is not the target."""
    excerpt: str = ""


def tally(runs: Iterable[OneRun]) -> Tally:
    """Counts of the runs that say something, and how many say nothing."""
    started = tuple(runs)
    telling = [run for run in started if run.ended is not Ended.BROKEN]
    return Tally(
        runs=len(telling),
        target=sum(run.ended is Ended.TARGET for run in telling),
        other=sum(run.failed and run.ended is not Ended.TARGET for run in telling),
        silent=len(started) - len(telling),
        others=frozenset(other for run in telling for other in run.others),
    )


def build(bench: Bench, tree: Tree, amplifier: Amplifier) -> None:
    """Prepare a tree for an amplifier; ``CannotRun`` with the end of what the tool said."""
    made = bench.commands(amplifier, seed=1, place=bench.place(tree.side, amplifier))
    for line in made.prepare:
        result = _call(bench, list(line), made, tree, timeout=BUILD_SECONDS)
        if not result.ok:
            reason = "took too long" if result.timed_out else f"ended with {result.code}"
            raise CannotRun(f"{tree.side}: {line[0]} {reason} while building: {_tail(bench, result)}")


def run_once(bench: Bench, tree: Tree, amplifier: Amplifier, *, seed: int) -> OneRun:
    """One fresh process; ``CannotRun`` when its program cannot be started."""
    made = bench.commands(amplifier, seed=seed, place=bench.place(tree.side, amplifier))
    folder = tree.root / made.folder
    for path in _reports(made, folder, tree.root):
        _remove(path)
    with load(bench.busy) if _loaded(amplifier) else nullcontext():
        result = _call(bench, list(made.argv), made, tree, timeout=bench.seconds + bench.grace)
    said = Said(
        code=result.code,
        stdout=result.stdout,
        stderr=result.stderr,
        reports=tuple(filter(None, (read_plain(path) for path in _reports(made, folder, tree.root)))),
        root=str(tree.root),
    )
    found = outcomes(said, results=made.results, test=bench.test, sanitizer=bench.sanitizer)
    return classified(bench, result, found)


def _loaded(amplifier: Amplifier) -> bool:
    return amplifier is Amplifier.LOAD


def _call(bench: Bench, argv: list[str], made: Commands, tree: Tree, *, timeout: float) -> Result:
    (bench.scratch / tree.side).mkdir(parents=True, exist_ok=True)
    try:
        return bench.run(argv, cwd=tree.root / made.folder, env={**bench.env, **made.env}, timeout=timeout)
    except CommandFailed as error:
        raise CannotRun(f"{tree.side}: {error}") from None


def classified(bench: Bench, result: Result, found: Outcomes) -> OneRun:
    """What a run shows; one without a failing test that all the same failed gets a signature of its own."""
    wanted = {_spoken(name) for name in bench.names}
    ran = {item.name: item.outcome for item in found.executed if item.outcome != SKIPPED}
    whole = _signatures_of_run(result, found, ran=bool(ran))
    ours = [item for item in found.failures if _spoken(item.test.name) in wanted]
    # Without a known signature any failure of the test is the one that is looked for.
    hits = [item for item in ours if item.fingerprint in bench.fingerprints or not bench.fingerprints]
    others = {item.fingerprint for item in found.failures if item not in hits} | (whole - bench.fingerprints)
    if hits or whole & bench.fingerprints:
        ended = Ended.TARGET
    elif others or FAILED in ran.values():
        ended = Ended.OTHER
    else:
        ended = Ended.PASSED if wanted & {_spoken(name) for name in ran} else Ended.BROKEN
    own = {outcome for name, outcome in ran.items() if _spoken(name) in wanted}
    return OneRun(
        ended=ended,
        # A test that did not run because something else failed has not passed either.
        failed=ended is Ended.TARGET or (ended is Ended.OTHER and (bool(ours or whole) or not own or FAILED in own)),
        others=frozenset(others),
        own=frozenset(item.fingerprint for item in ours if item not in hits),
        executed=frozenset(ran),
        complete=found.complete and not result.timed_out,
        seconds=round(result.seconds, 3),
        problem=_nothing(bench, result, found) if ended is Ended.BROKEN else _strange(result, found, hits),
        excerpt=hits[0].excerpt if hits else "",
    )


def _strange(result: Result, found: Outcomes, hits: list[Failure]) -> str:
    """What the first failure said that is not looked for, or how a run failed without one; empty when it passed."""
    failure = next((item for item in found.failures if item not in hits), None)
    if failure:
        return f"{failure.test.name}: {' '.join(failure.message.split())}"[:TAIL_CHARS]
    if result.timed_out:
        return "the run took too long"
    return "" if hits or not result.code else f"the run ended with exit code {result.code} and no failing test"


def _spoken(name: str) -> str:
    """A title without the arrows by which reporters join its parts."""
    return " ".join(name.replace(" › ", " ").replace(" > ", " ").split())


def _signatures_of_run(result: Result, found: Outcomes, *, ran: bool) -> set[str]:
    """Of what happens to a run as a whole: its time is up, or it fails although no test of it did."""
    if result.timed_out:
        return {fingerprint(signature("test run timed out", Kind.TIMEOUT), "")}
    if result.code != 0 and not found.failures and (ran or result.code < 0):
        text = f"test run ended with exit code {result.code} and no failing test"
        return {fingerprint(signature(text, Kind.CRASH), "")}
    return set()


def _nothing(bench: Bench, result: Result, found: Outcomes) -> str:
    why = "; ".join(found.problems[:3]) or "the test did not run, or was skipped"
    return f"{why} (exit code {result.code}): {_tail(bench, result)}"


def _tail(bench: Bench, result: Result) -> str:
    text = bench.sanitizer.clean(f"{result.out.rstrip()}\n{result.err.rstrip()}".strip())
    return " ".join(text[-TAIL_CHARS:].split())


def _reports(made: Commands, folder: Path, root: Path) -> Iterator[Path]:
    """The files that hold results; none that a link leads out of the checkout to."""
    if made.results in (Results.GO, Results.LIBTEST):
        return
    if Path(made.report).is_absolute():
        yield Path(made.report)
        return
    inside = root.resolve()
    found = sorted(folder.glob(made.report)) if folder.is_dir() else []
    for path in found[:REPORT_FILES]:
        if path.parent.resolve().is_relative_to(inside):
            yield path


def _remove(path: Path) -> None:
    """Whatever a test has put there; ``CannotRun`` for what is not ours to remove."""
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise CannotRun(f"{path.name}, the report of an earlier run, cannot be removed: {error.strerror}") from None


def read_plain(path: Path) -> bytes:
    """The bytes of a plain file; nothing for a link, a pipe, a folder, or one that is too large."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return b""
    try:
        state = os.fstat(descriptor)
        plain = stat.S_ISREG(state.st_mode) and state.st_size <= REPORT_BYTES
        return os.read(descriptor, REPORT_BYTES) if plain else b""
    finally:
        os.close(descriptor)
