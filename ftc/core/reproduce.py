"""Commands that run one test again, as a maintainer would type them; test names are quoted, whatever they hold."""

import re
import shlex
from collections.abc import Callable, Sequence
from posixpath import dirname

from ftc.core.model import Kind, Location, TestId

REPEATS = 100
"""Runs suggested to a person: a flake of 3 % shows itself in 95 of 100 such series."""


def reproduction(test: TestId, *, kind: Kind, locations: Sequence[Location]) -> tuple[str, ...]:
    """Shell commands for the root of the repository, most useful first; none for an ecosystem not known yet.

    None either for a suite that a program would take for a flag: a forged log may name one ``-exec=<program>``.
    """
    write = None if test.suite.startswith("-") else COMMANDS.get(test.ecosystem)
    return write(test, kind, locations) if write else ()


def _go(test: TestId, kind: Kind, locations: Sequence[Location]) -> tuple[str, ...]:
    """From the package's own folder, where one is known: a repository may hold its modules in sub-folders."""
    pattern = "/".join(f"^{re.escape(part)}$" for part in test.name.split("/"))
    folder = next((dirname(place.path) or "." for place in locations if place.path.endswith("_test.go")), "")
    enter = f"cd {shlex.quote(folder)} && " if folder not in ("", ".") else ""
    package = "." if folder else shlex.quote(test.suite or "./...")
    run = f"-run {shlex.quote(pattern)} -count={REPEATS} -failfast"
    plain, race = f"{enter}go test {package} {run}", f"{enter}go test -race {package} {run}"
    return (race, f"{race} -cpu=1,2") if kind is Kind.DATA_RACE else (plain, race)


def _python(test: TestId, _kind: Kind, locations: Sequence[Location]) -> tuple[str, ...]:
    """The test alone, then its whole file with other hash seeds, which shows order dependence.

    From the folder that the suite's path starts in, where a location shows that this is not the root.
    """
    ends = (place.path.removesuffix(test.suite) for place in locations if place.path.endswith(f"/{test.suite}"))
    folder = next(ends, "") if test.suite else ""
    enter = f"cd {shlex.quote(folder.removesuffix('/'))} && " if folder else ""
    each = f"{enter}for i in $(seq {REPEATS}); do"
    alone = shlex.quote(f"{test.suite}::{test.name}")
    return (
        f"{each} python -m pytest -q -x {alone} || break; done",
        f"{each} PYTHONHASHSEED=$i python -m pytest -q -x {shlex.quote(test.suite)} || break; done",
    )


COMMANDS: dict[str, Callable[[TestId, Kind, Sequence[Location]], tuple[str, ...]]] = {"go": _go, "python": _python}
