"""What a parser of one ecosystem is: it is fed lines of a log, keeps bounded memory, and says what it found.

The driver (``ingest.extract``) cleans lines, feeds every parser, and turns raw findings into publishable
``Failure`` values: sanitised, located in the repository, fingerprinted. Parsers never do that themselves.
"""

from dataclasses import dataclass
from typing import Protocol

from ftc.core.model import Exclusion, Frame, Kind, TestId


@dataclass(slots=True)
class Line:
    """One cleaned line: no timestamp, ANSI, BOM or line end; cut to a bounded length; invalid UTF-8 replaced.

    Nobody changes one; it is not frozen because one is made for each line of a log, and freezing quadruples its price.
    """

    number: int
    """1-based number in the file."""
    text: str
    step: str = ""
    """Name of the step or log group, where the log has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawFailure:
    """A failed test as its framework prints it; text is still hostile and unsanitised."""

    test: TestId
    framework: str
    kind: Kind
    message: str
    """The framework's message, free of decoration; several lines allowed."""
    line: int
    """Where the failure is declared (``--- FAIL``, ``panic:``), 1-based."""
    frames: tuple[Frame, ...] = ()
    """Stack frames as printed, most relevant first."""
    folder: str = ""
    """Absolute path of the folder that relative paths of frames start from; empty for the root of the repository."""
    lines: tuple[str, ...] = ()
    """Lines for the excerpt, in log order."""
    key_lines: tuple[str, ...] = ()
    """The few lines that say most; the excerpt begins with them."""
    flaky_in_run: bool = False
    """The same test failed and later passed within this file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Everything one parser found in one file."""

    failures: tuple[RawFailure, ...] = ()
    excluded: tuple[Exclusion, ...] = ()
    build_failures: tuple[str, ...] = ()
    """Compile, vet, collection and set-up errors, one line each."""
    problems: tuple[str, ...] = ()
    """What the parser could not read; for people."""


class Parser(Protocol):
    """One parse of one file by one ecosystem; created anew for each file."""

    ecosystem: str

    def feed(self, line: Line, /) -> None:
        """Take the next line; must be cheap for lines that mean nothing to this ecosystem."""
        ...

    def finish(self) -> Findings:
        """Say what was found; called once, also after a log that breaks off."""
        ...
