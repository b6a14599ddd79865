"""Which files one test executes, by the coverage tool of its ecosystem; for the context of who looks for a fix.

The rule it keeps: it is a help and no evidence. A tool that is missing, slow or says nonsense leaves the list empty,
with a note; only paths that git knows at the base are believed, since the report was written beside hostile code.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from posixpath import join, normpath
from typing import Any

from ftc.agent.locking import remove_tree
from ftc.agent.stress_run import Bench, Tree, read_plain
from ftc.core.errors import CommandFailed
from ftc.core.fix import Amplifier
from ftc.core.recipe_table import Words

COVERED = 200
"""Files named; a test that runs through more says little by it."""
PYTEST = ("python", "-m", "pytest")
TOOLS = {
    "go": "`go test -coverprofile`",
    "pytest": "coverage.py, where the tests have it",
    "jest": "`jest --coverage`",
    "vitest": "`vitest --coverage`, where the tests have its provider",
}
"""What tells the files of one test, by runner; the others have nothing that does so for one test at little cost."""
_PROFILE_LINE = re.compile(r"(\S+):\d+\.\d+,\d+\.\d+ \d+ (\d+)")
_MODULE = re.compile(r"^module\s+\"?([^\s\"]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """Commands, where they run (relative to the tree), and how the report that they leave is read."""

    commands: tuple[Words, ...]
    folder: str
    report: Path
    read: Callable[[str], Iterable[str]]
    """Paths relative to ``folder``, or absolute ones, of what was executed."""


def covered_files(bench: Bench, tree: Tree, *, files: Sequence[str], seconds: float) -> tuple[tuple[str, ...], str]:
    """Files of the repository that the bench's test executes, sorted, and a note when they cannot be told.

    ``files`` are the paths of the base; each command may take ``seconds``.
    """
    way = _way(bench, tree)
    if way is None:
        return (), f"coverage: there is no way for {bench.recipe.name} to tell what one test executes"
    way.report.parent.mkdir(parents=True, exist_ok=True)
    remove_tree(way.report)
    for argv in way.commands:
        try:
            bench.run(list(argv), cwd=tree.root / way.folder, env=_variables(bench), timeout=seconds)
        except CommandFailed as error:
            return (), f"coverage: {error}"
    known, root = frozenset(files), str(tree.root.resolve())
    found = {_relative(path, way.folder, root) for path in way.read(read_plain(way.report).decode("utf-8", "replace"))}
    covered = tuple(sorted(found & known))[:COVERED]
    return covered, "" if covered else f"coverage: `{' '.join(way.commands[0][:4])} …` told of no file"


def _variables(bench: Bench) -> Mapping[str, str]:
    return {**bench.env, **{name: value for name, value in bench.recipe.env if "{" not in value}}


def _relative(path: str, folder: str, root: str) -> str:
    """The path from the root of the repository; what lies outside becomes no path that git knows."""
    inside = path.removeprefix(f"{root}/")
    return normpath(inside if inside != path else join(folder, path))


def _way(bench: Bench, tree: Tree) -> _Way | None:
    """The way for a recipe as it is in the table; a configured command is not taken apart."""
    if bench.recipe.name not in TOOLS:
        return None
    folder = (bench.scratch / tree.side).resolve()
    made = bench.commands(Amplifier.PLAIN, seed=1, place=bench.place(tree.side, Amplifier.PLAIN))
    if bench.recipe.name == "go" and bench.recipe.prepare:
        return _go(bench, tree, report=folder / "cover.out")
    if made.run[: len(PYTEST)] == PYTEST:
        return _python(made.run, where=made.folder, data=folder / "cover.data", report=folder / "cover.json")
    extra = _NODE.get(bench.recipe.name)
    if extra is not None and bench.recipe.name in made.run[:3]:
        return _node(made.run, extra, where=made.folder, folder=folder / "coverage")
    return None


def _go(bench: Bench, tree: Tree, *, report: Path) -> _Way:
    target = bench.target
    argv = ("go", "test", "-count=1", f"-run={target.pattern}", "-coverpkg=./...", f"-coverprofile={report}")
    where = f"./{target.folder}" if target.folder != "." else "."
    text = read_plain(tree.root / bench.home / "go.mod").decode("utf-8", "replace")
    module = found[1] if (found := _MODULE.search(text)) else ""

    def read(profile: str) -> Iterator[str]:
        for line in profile.splitlines():
            match = _PROFILE_LINE.fullmatch(line)
            if match and match[2] != "0" and match[1].startswith(f"{module}/"):
                yield match[1].removeprefix(f"{module}/")

    return _Way(commands=((*argv, where),), folder=bench.home or ".", report=report, read=read)


def _python(run: Words, *, where: str, data: Path, report: Path) -> _Way:
    tool = ("python", "-m", "coverage")
    commands = (
        (*tool, "run", f"--data-file={data}", "--source=.", *run[1:]),
        (*tool, "json", "-q", f"--data-file={data}", "-o", str(report)),
    )

    def read(text: str) -> Iterator[str]:
        for path, said in _members(_loaded(text), "files"):
            if isinstance(said, dict) and said.get("executed_lines"):
                yield path

    return _Way(commands=commands, folder=where, report=report, read=read)


_NODE = {
    "jest": ("--coverage", "--coverageReporters=json-summary", "--coverageDirectory"),
    "vitest": (
        "--coverage.enabled",
        "--coverage.reporter=json-summary",
        "--coverage.reportOnFailure",  # else a test that fails leaves none
        "--coverage.reportsDirectory",
    ),
}
"""What they are told, up to the folder of the report, which vitest empties first."""


def _node(run: Words, extra: Words, *, where: str, folder: Path) -> _Way:
    def read(text: str) -> Iterator[str]:
        for path, said in _loaded(text).items():
            lines = said.get("lines") if isinstance(said, dict) else None
            if path != "total" and isinstance(lines, dict) and lines.get("covered"):
                yield path

    return _Way(
        commands=((*run, *extra, str(folder)),), folder=where, report=folder / "coverage-summary.json", read=read
    )


def _loaded(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _members(found: dict[str, Any], name: str) -> Iterator[tuple[str, Any]]:
    inside = found.get(name)
    yield from inside.items() if isinstance(inside, dict) else ()
