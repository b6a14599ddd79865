"""What a test runner must be told to leave out the tests in quarantine, as text for a POSIX shell.

The rule it keeps: names come from logs and are hostile. Each is quoted for the shell, escaped for the runner's own
pattern language, and never the beginning of a word, so that none is a flag; one that cannot be said exactly is left
out of the arguments, with a note, and its test simply runs.
"""

import re
import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ftc.core import nextest
from ftc.core.model import TestId
from ftc.core.quarantine import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """``lines``: each is what follows the runner's name in one run, and all of them together run every other test.

    ``notes`` say in words what the runner cannot be told exactly.
    """

    lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One runner: how it is started, whose tests it runs, and how it is told; ``write`` gets at least one test."""

    command: str
    ecosystems: frozenset[str]
    frameworks: frozenset[str] = frozenset()
    """Where tests say which framework they belong to, the ones that count."""
    write: Callable[[Sequence[TestId]], Arguments]


def arguments(entries: Iterable[Entry], *, framework: str) -> Arguments:
    """The arguments for the entries of this framework, a name of ``DIALECTS``; no lines when there are none."""
    dialect = DIALECTS[framework]
    tests = sorted({entry.test for entry in entries if _speaks(dialect, entry)})
    return dialect.write(tests) if tests else Arguments()


def _speaks(dialect: Dialect, entry: Entry) -> bool:
    if entry.test.ecosystem not in dialect.ecosystems:
        return False
    return not entry.framework or entry.framework in dialect.frameworks or entry.framework in _UNTOLD


_UNTOLD = frozenset({"junit"})
"""A report that does not say which framework wrote it."""
_IMPORT_PATH = re.compile(r"(?!-)[\w.~-]+(?:/[\w.~-]+)*")


def _go(tests: Sequence[TestId]) -> Arguments:
    """A run for each package with quarantined tests, and one for all others: ``-skip`` does not know of packages.

    A pattern is matched element by element between slashes, and ``|`` separates whole patterns (``go help testflag``,
    Go 1.20). The pattern of a test also skips its sub-tests.
    """
    sound = [test for test in tests if _IMPORT_PATH.fullmatch(test.suite) and "..." not in test.suite]
    notes = [f"{test} is left out: its package is no import path" for test in tests if test not in sound]
    packages = sorted({test.suite for test in sound})
    if not packages:
        return Arguments(notes=tuple(notes))
    others = " ".join(f"-e {shlex.quote(package)}" for package in packages)
    lines = [f"$(go list ./... | grep -vxF {others})"]
    for package in packages:
        names = [test.name for test in sound if test.suite == package]
        pattern = "|".join("/".join(f"^{_escaped(part)}$" for part in name.split("/")) for name in names)
        lines.append(f"{shlex.quote(f'-skip={pattern}')} {shlex.quote(package)}")
    return Arguments(lines=tuple(lines), notes=tuple(notes))


_SPECIAL = re.compile(r"[\\^$.|?*+()\[\]{}/]")


def _escaped(text: str) -> str:
    """The text as a regular expression that both RE2 and JavaScript read; nothing is escaped that need not be."""
    return _SPECIAL.sub(lambda match: "\\" + match[0], text)


def _pytest(tests: Sequence[TestId]) -> Arguments:
    """``--deselect`` takes the beginning of an id; only one with parameters ends in a bracket that nothing follows."""
    words = [shlex.quote(f"--deselect={test.suite}::{test.name}") for test in tests]
    loose = [test for test in tests if not test.name.endswith("]")]
    notes = [f"every test whose id begins with {test.suite}::{test.name} is left out as well" for test in loose]
    return Arguments(lines=(" ".join(words),), notes=tuple(notes))


def _by_title(tests: Sequence[TestId], note: str) -> Arguments:
    """A pattern for whole titles: describe blocks and test, joined by blanks, as both runners compare them."""
    titles = sorted({_title(test.name) for test in tests})
    pattern = f"^(?!\\s*(?:{'|'.join(titles)})$)"
    return Arguments(lines=(shlex.quote(f"--testNamePattern={pattern}"),), notes=(note,))


_ARROW = re.compile(r" [›>] ")


def _title(name: str) -> str:
    """A pattern for a title; the arrows that reporters put between its parts may also be words of it."""
    return "(?: [›>] | )".join(_escaped(part) for part in _ARROW.split(name))


def _jest(tests: Sequence[TestId]) -> Arguments:
    return _by_title(tests, "jest compares titles without regard to case, and in every file")


def _vitest(tests: Sequence[TestId]) -> Arguments:
    return _by_title(tests, "vitest compares titles in every file")


def _cargo(tests: Sequence[TestId]) -> Arguments:
    """``--exact`` makes ``--skip`` compare whole names; it does the same to names of tests given beside it."""
    names = sorted({test.name for test in tests})
    words = ["--", "--exact", *(shlex.quote(f"--skip={name}") for name in names)]
    note = "libtest compares names in every crate, and names given beside these become exact, too"
    return Arguments(lines=(" ".join(words),), notes=(note,))


def _nextest(tests: Sequence[TestId]) -> Arguments:
    """One filterset: every test but these, each in its own binary where known."""
    parts = " | ".join(f"({nextest.in_binary(test)})" if test.suite else nextest.anywhere(test) for test in tests)
    binaries = sorted({test.suite for test in tests if test.suite})
    notes = [f"nextest ends with an error, and runs nothing, where no test binary is {item}" for item in binaries]
    return Arguments(lines=(shlex.quote(f"--filterset=not ({parts})"),), notes=tuple(notes))


_JAVA_CLASS = re.compile(r"[^\W\d][\w$]*(?:\.[^\W\d][\w$]*)*")
_JAVA_METHOD = re.compile(r"[^\W\d][\w$]*")


def _surefire(tests: Sequence[TestId]) -> Arguments:
    """``!Class#method``: surefire has no words for single parameters, so all of a method are left out."""
    methods = {test: re.split(r"[\[({]", test.name, maxsplit=1)[0].strip() for test in tests}
    sound = {
        test: name
        for test, name in methods.items()
        if _JAVA_CLASS.fullmatch(test.suite) and _JAVA_METHOD.fullmatch(name)
    }
    notes = [f"{test} is left out: surefire cannot be told its name" for test in tests if test not in sound]
    notes += [
        f"all parameters of {test.suite}#{name} are left out" for test, name in sound.items() if name != test.name
    ]
    if not sound:
        return Arguments(notes=tuple(notes))
    excluded = ",".join(sorted({f"!{test.suite}#{name}" for test, name in sound.items()}))
    return Arguments(
        lines=(f"{shlex.quote(f'-Dtest={excluded}')} -Dsurefire.failIfNoSpecifiedTests=false",), notes=tuple(notes)
    )


_NODE = frozenset({"javascript", "node", "junit"})
_VITEST = _NODE | {"vitest"}
_RUST = frozenset({"rust", "junit"})
_JVM = frozenset({"jvm", "java", "junit"})
DIALECTS: dict[str, Dialect] = {
    "go": Dialect(
        command="go test", ecosystems=frozenset({"go"}), frameworks=frozenset({"go-test", "testify"}), write=_go
    ),
    "pytest": Dialect(
        command="python -m pytest", ecosystems=frozenset({"python"}), frameworks=frozenset({"pytest"}), write=_pytest
    ),
    "jest": Dialect(command="npx jest", ecosystems=_NODE, frameworks=frozenset({"jest"}), write=_jest),
    "vitest": Dialect(command="npx vitest run", ecosystems=_VITEST, frameworks=frozenset({"vitest"}), write=_vitest),
    "cargo": Dialect(
        command="cargo test", ecosystems=_RUST, frameworks=frozenset({"cargo-test", "cargo", "libtest"}), write=_cargo
    ),
    "nextest": Dialect(
        command="cargo nextest run",
        ecosystems=_RUST,
        frameworks=frozenset({"nextest", "cargo-nextest"}),
        write=_nextest,
    ),
    "surefire": Dialect(
        command="mvn test", ecosystems=_JVM, frameworks=frozenset({"surefire", "failsafe", "junit5"}), write=_surefire
    ),
}
"""The runners that can be told; Gradle cannot leave out a test from its command line."""
