"""The gates of a task: which commands measure tests, coverage, lint and types, and what they say of one worktree.

The rule it keeps: what a tool writes goes to a folder of its own and never into the worktree, and a tool that is not
there makes its gate "not available", with the reason, which is no pass.
"""

import json
import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ftc.agent.task_walls import Walls
from ftc.core.errors import CommandFailed
from ftc.core.task_file import COMMANDS, QualityGates
from ftc.core.task_judging import GateName, Measured, Suite
from ftc.ingest import task_output
from ftc.ingest.task_output import Output

GATE_SECONDS = 900.0
"""For one command; half of the time a task is meant to take."""
TAIL_CHARS = 6_000
"""Of a failing command's output, for the model and the trace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command of a gate; ``read`` turns its output into what is measured."""

    gate: GateName
    argv: tuple[str, ...]
    read: Callable[[Output], object]
    instead: tuple[str, ...] = ()
    """What is run when the first word of ``argv`` is not installed, without what it would have measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """The commands of an ecosystem in the order in which they run, and the gates for which there are none."""

    steps: tuple[Step, ...]
    missing: tuple[tuple[GateName, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """Measures worktrees from within walls."""

    walls: Walls
    seconds: float = GATE_SECONDS

    def measure(self, folder: Path, commands: Commands) -> Measured:
        """Run every command in a worktree, those first that only read: what tests leave behind comes too late then."""
        self.walls.freshen()
        found = Measured(problems=commands.missing)
        for step in sorted(commands.steps, key=lambda step: step.gate in (GateName.TESTS, GateName.COVERAGE)):
            found = self._measured(found, step, folder)
        return found

    def _measured(self, so_far: Measured, step: Step, folder: Path) -> Measured:
        argv, problem = step.argv, ""
        if not self.walls.has(argv[0], folder):
            problem = f"{argv[0]} is not installed"
            argv = step.instead if step.instead and self.walls.has(step.instead[0], folder) else ()
        if not argv:
            return replace(so_far, problems=(*so_far.problems, (step.gate, problem)))
        output, ended = self._output(argv, folder)
        value = step.read(output) if not ended else None
        # Told without the home, which is gone by then: whoever repeats it writes where they stand.
        told = shlex.join(argv).replace(f"{self.walls.home}{os.sep}", "")
        so_far = replace(so_far, commands=(*so_far.commands, told))
        if value is None:
            said = ended or f"`{shlex.join(argv)}` ended with {output.code} and said nothing that can be read"
            so_far = replace(so_far, problems=(*so_far.problems, (step.gate, said)))
        elif step.gate == GateName.TESTS:
            assert isinstance(value, Suite)
            so_far = replace(so_far, tests=value)
        elif step.gate == GateName.COVERAGE:
            assert isinstance(value, float)
            so_far = replace(so_far, coverage=value)
        else:
            assert isinstance(value, tuple)
            lint = step.gate == GateName.LINT
            so_far = replace(so_far, lint=value) if lint else replace(so_far, types=value)
        if output.code or ended:
            so_far = replace(so_far, output=f"{so_far.output}$ {shlex.join(argv)}\n{output.text[-TAIL_CHARS:]}\n")
        return so_far

    def _output(self, argv: Sequence[str], folder: Path) -> tuple[Output, str]:
        """What a command says, and why it did not end by itself; empty when it did."""
        try:
            done = self.walls.run(argv, cwd=folder, env=self._env(), timeout=self.seconds)
        except CommandFailed as error:
            return Output(code=127, text=""), str(error)
        text = done.out if done.code == 0 and argv[:2] == ("coverage", "json") else f"{done.err}\n{done.out}"
        ended = f"`{shlex.join(argv)}` did not end within {self.seconds:.0f} s" if done.timed_out else ""
        return Output(code=done.code, text=text), ended

    def _env(self) -> dict[str, str]:
        """Settings by which nothing is written beside the sources."""
        home = self.walls.home
        return {
            "COVERAGE_FILE": str(home / "coverage.data"),
            "MYPY_CACHE_DIR": str(home / "mypy"),
            "NO_COLOR": "1",
            "PYTEST_ADDOPTS": "-p no:cacheprovider",
            "PYTHONDONTWRITEBYTECODE": "1",
            "RUFF_CACHE_DIR": str(home / "ruff"),
            "RUFF_OUTPUT_FORMAT": "concise",
        }


def commands_for(folder: Path, gates: QualityGates, *, home: Path) -> Commands:
    """The commands for the repository in a folder: those of its ecosystem, single ones replaced by the task's."""
    found = _detected(folder, home=home)
    given = dict(gates.commands)
    steps = {step.gate: step for step in found.steps}
    measured = (GateName.TESTS, GateName.COVERAGE, GateName.LINT, GateName.TYPES)
    for name, gate in zip(COMMANDS, measured, strict=True):
        if name in given:
            steps[gate] = _given(gate, given[name])
    missing = {gate: reason for gate, reason in found.missing if gate not in steps}
    if "test" in given and "coverage" not in given and GateName.COVERAGE in steps:
        # The detected report would read what the replaced command no longer writes.
        del steps[GateName.COVERAGE]
        missing[GateName.COVERAGE] = "the task replaces the test command and gives none for coverage"
    ordered = tuple(steps[gate] for gate in GateName if gate in steps)
    return Commands(steps=ordered, missing=tuple(missing.items()))


def _given(gate: GateName, line: str) -> Step:
    argv = tuple(shlex.split(line))
    readers: Mapping[GateName, Callable[[Output], object]] = {
        GateName.TESTS: _reader_of(argv),
        GateName.COVERAGE: task_output.coverage_percent,
        GateName.LINT: task_output.findings,
        GateName.TYPES: task_output.findings,
    }
    return Step(gate=gate, argv=argv, read=readers[gate])


def _reader_of(argv: Sequence[str]) -> Callable[[Output], object]:
    if "pytest" in argv:
        return task_output.pytest_tests
    return task_output.go_tests if argv[:2] == ("go", "test") and "-json" in argv else task_output.other_tests


def _detected(folder: Path, *, home: Path) -> Commands:
    """By what lies in the root of the repository; Python where nothing else is said."""
    if (folder / "go.mod").is_file():
        return _go(home)
    if (folder / "package.json").is_file():
        return _node(folder)
    return _python()


def _python() -> Commands:
    return Commands(
        steps=(
            Step(
                gate=GateName.TESTS,
                argv=("coverage", "run", "-m", "pytest", "-q"),
                instead=("pytest", "-q"),
                read=task_output.pytest_tests,
            ),
            Step(gate=GateName.COVERAGE, argv=("coverage", "json", "-q", "-o", "-"), read=task_output.coverage_json),
            Step(gate=GateName.LINT, argv=("ruff", "check"), read=task_output.findings),
            Step(gate=GateName.TYPES, argv=("mypy", "--ignore-missing-imports", "."), read=task_output.findings),
        )
    )


def _go(home: Path) -> Commands:
    profile = home / "cover.out"
    return Commands(
        steps=(
            Step(
                gate=GateName.TESTS,
                argv=("go", "test", "-json", "-cover", f"-coverprofile={profile}", "./..."),
                read=task_output.go_tests,
            ),
            Step(
                gate=GateName.COVERAGE,
                argv=("go", "tool", "cover", f"-func={profile}"),
                read=task_output.coverage_percent,
            ),
            Step(gate=GateName.LINT, argv=("go", "vet", "./..."), read=task_output.findings),
            Step(gate=GateName.TYPES, argv=("go", "build", "-o", os.devnull, "./..."), read=task_output.findings),
        )
    )


def _node(folder: Path) -> Commands:
    """The scripts that package.json has; npm runs nothing else."""
    try:
        scripts = json.loads((folder / "package.json").read_text("utf-8")).get("scripts", {})
    except (OSError, ValueError, AttributeError, RecursionError):
        scripts = {}
    readers: Mapping[str, tuple[GateName, Callable[[Output], object]]] = {
        "test": (GateName.TESTS, task_output.other_tests),
        "coverage": (GateName.COVERAGE, task_output.coverage_percent),
        "lint": (GateName.LINT, task_output.findings),
        "typecheck": (GateName.TYPES, task_output.findings),
    }
    has = {name: isinstance(scripts, dict) and isinstance(scripts.get(name), str) for name in readers}
    argv = {name: ("npm", "test") if name == "test" else ("npm", "run", "--silent", name) for name in readers}
    return Commands(
        steps=tuple(Step(gate=gate, argv=argv[name], read=read) for name, (gate, read) in readers.items() if has[name]),
        missing=tuple(
            (gate, f"package.json has no script {name}") for name, (gate, _) in readers.items() if not has[name]
        ),
    )
