"""Commands that run one test again, as a maintainer would type them; test names are quoted, whatever they hold."""

import re
import shlex
from collections.abc import Callable

from ftc.core.model import Kind, TestId

REPEATS = 100
"""Runs suggested to a person: a flake of 3 % shows itself in 95 of 100 such series."""


def reproduction(test: TestId, kind: Kind) -> tuple[str, ...]:
    """Shell commands for a test, most useful first; none for an ecosystem that is not known yet."""
    return COMMANDS.get(test.ecosystem, _nothing)(test, kind)


def _go(test: TestId, kind: Kind) -> tuple[str, ...]:
    pattern = "/".join(f"^{re.escape(part)}$" for part in test.name.split("/"))
    race = " -race" if kind is Kind.DATA_RACE else ""
    package = shlex.quote(test.suite or "./...")
    base = f"go test{race} {package} -run {shlex.quote(pattern)}"
    stress = f"{base} -count={REPEATS} -failfast"
    return (stress, stress + " -cpu=1,2") if race else (stress, f"{base} -race -count={REPEATS} -failfast")


def _python(test: TestId, _kind: Kind) -> tuple[str, ...]:
    target, whole_file = shlex.quote(f"{test.suite}::{test.name}"), shlex.quote(test.suite)
    return (
        f"for i in $(seq {REPEATS}); do python -m pytest -q -x {target} || break; done",
        f"for i in $(seq {REPEATS}); do PYTHONHASHSEED=$i python -m pytest -q -x {whole_file} || break; done",
    )


def _nothing(_test: TestId, _kind: Kind) -> tuple[str, ...]:
    return ()


COMMANDS: dict[str, Callable[[TestId, Kind], tuple[str, ...]]] = {"go": _go, "python": _python}
