"""Which files and lines one test executes, by the coverage tool of its ecosystem.

The rule it keeps: it is a help and no evidence, for who looks for a fix and for what is broken to try a new test. A
tool that is missing, slow or says nonsense leaves it empty, with a note; only paths that git knows are believed, since
the report was written beside hostile code.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
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
LINES = 20_000
"""Lines of one file."""
TOLD = 2_000_000
"""Lines that are looked at in one report, those that it tells again included."""
TOOLS = {
    "go": "`go test -coverprofile`",
    "pytest": "coverage.py, where the tests have it",
    "jest": "`jest --coverage`",
    "vitest": "`vitest --coverage`, where the tests have its provider",
}
"""What tells the files of one test, by runner; the others have nothing that does so for one test at little cost."""
_PROFILE_LINE = re.compile(r"(\S+):(\d{1,6})\.\d+,(\d{1,6})\.\d+ \d+ (\d+)")
_MODULE = re.compile(r"^module\s+\"?([^\s\"]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """Commands, where they run (relative to the tree), and how the report that they leave is read."""

    commands: tuple[Words, ...]
    folder: str
    report: Path
    read: Callable[[str], Iterable[tuple[str, Iterable[int]]]]
    """Paths relative to ``folder``, or absolute ones, of what was executed, and lines of it."""


def covered_files(bench: Bench, tree: Tree, *, files: Sequence[str], seconds: float) -> tuple[tuple[str, ...], str]:
    """Files of the repository that the bench's test executes, sorted, and a note when they cannot be told.

    ``files`` are the paths of the base; each command may take ``seconds``.
    """
    found, note = covered_lines(bench, tree, files=files, seconds=seconds)
    return tuple(sorted(found))[:COVERED], note


def covered_lines(
    bench: Bench, tree: Tree, *, files: Sequence[str], seconds: float
) -> tuple[Mapping[str, frozenset[int]], str]:
    """The same, with the lines (from 1) of each file."""
    way = _way(bench, tree)
    if way is None:
        return {}, f"coverage: there is no way for {bench.recipe.name} to tell what one test executes"
    way.report.parent.mkdir(parents=True, exist_ok=True)
    remove_tree(way.report)
    for argv in way.commands:
        try:
            bench.run(list(argv), cwd=tree.root / way.folder, env=_variables(bench), timeout=seconds)
        except CommandFailed as error:
            return {}, f"coverage: {error}"
    known, root = frozenset(files), str(tree.root.resolve())
    report = way.read(read_plain(way.report).decode("utf-8", "replace"))
    told = ((_relative(path, way.folder, root), lines) for path, lines in report)
    found = gathered((path, lines) for path, lines in told if path in known)
    return found, "" if found else f"coverage: `{' '.join(way.commands[0][:4])} …` told of no file"


def gathered(told: Iterable[tuple[str, Iterable[int]]]) -> dict[str, frozenset[int]]:
    """What was told of each path, piece by piece; its first ``LINES`` lines, and of all paths ``TOLD`` in all."""
    found: dict[str, set[int]] = {}
    left = TOLD
    for path, lines in told:
        mine = found.setdefault(path, set())
        for line in islice(lines, min(LINES, left)):
            left -= 1
            if len(mine) == LINES:
                break
            mine.add(line)
    return {path: frozenset(mine) for path, mine in found.items()}


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

    def read(profile: str) -> Iterator[tuple[str, Iterable[int]]]:
        for line in profile.splitlines():
            match = _PROFILE_LINE.fullmatch(line)
            if match and match[4] != "0" and match[1].startswith(f"{module}/"):
                yield match[1].removeprefix(f"{module}/"), range(int(match[2]), int(match[3]) + 1)

    return _Way(commands=((*argv, where),), folder=bench.home or ".", report=report, read=read)


def _python(run: Words, *, where: str, data: Path, report: Path) -> _Way:
    tool = ("python", "-m", "coverage")
    commands = (
        (*tool, "run", f"--data-file={data}", "--source=.", *run[1:]),
        (*tool, "json", "-q", f"--data-file={data}", "-o", str(report)),
    )

    def read(text: str) -> Iterator[tuple[str, Iterable[int]]]:
        for path, said in _members(_loaded(text), "files"):
            lines = said.get("executed_lines") if isinstance(said, dict) else None
            if isinstance(lines, list) and lines:
                yield path, (line for line in lines if isinstance(line, int))

    return _Way(commands=commands, folder=where, report=report, read=read)


_NODE = {
    "jest": ("--coverage", "--coverageReporters=json", "--coverageDirectory"),
    "vitest": (
        "--coverage.enabled",
        "--coverage.reporter=json",
        "--coverage.reportOnFailure",  # else a test that fails leaves none
        "--coverage.reportsDirectory",
    ),
}
"""What they are told, up to the folder of the report, which vitest empties first."""


def _node(run: Words, extra: Words, *, where: str, folder: Path) -> _Way:
    def read(text: str) -> Iterator[tuple[str, Iterable[int]]]:
        for path, said in _loaded(text).items():
            counts = dict(_members(said, "s")) if isinstance(said, dict) else {}
            ran = [place for name, place in _members(said, "statementMap") if counts.get(name)] if counts else []
            if ran:
                yield path, (line for place in ran for line in _statement(place))

    commands = ((*run, *extra, str(folder)),)
    return _Way(commands=commands, folder=where, report=folder / "coverage-final.json", read=read)


def _statement(place: Any) -> Iterable[int]:
    """The lines of one statement of Istanbul's map."""
    try:
        first, last = int(place["start"]["line"]), int(place["end"]["line"])
    except (KeyError, TypeError, ValueError):
        return ()
    return range(first, last + 1) if 0 < first <= last < first + LINES else ()


def _loaded(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _members(found: dict[str, Any], name: str) -> Iterator[tuple[str, Any]]:
    inside = found.get(name)
    yield from inside.items() if isinstance(inside, dict) else ()
