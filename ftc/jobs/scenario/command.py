"""``ftc scenario run``: play every scenario file of a folder, and say which did not end as it expects.

The rule it keeps: 0 all passed, 1 some failed, 2 a file or the call is wrong; a scenario for people is skipped aloud.
"""

import argparse
import importlib.util
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from ftc.core.errors import UsageError
from ftc.jobs.scenario.file import Scenario, read_scenario
from ftc.jobs.scenario.play import Failed, play
from ftc.jobs.scenario.result import Result, Status, as_json, as_line, as_markdown

EXIT_FAILED = 1
EXIT_BAD_FILE = 2
SUFFIXES = (".yaml", ".yml")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    actions = parser.add_subparsers(dest="action", metavar="run", required=True, title="actions")
    run_parser = actions.add_parser(
        "run",
        help="play scenario files",
        description="Plays scenario files (docs/scenario-files.md). Exit code 0: all passed, 1: some failed, 2: bad "
        "usage or a bad file.",
    )
    run_parser.add_argument("--dir", required=True, metavar="DIR", help="folder of the scenario files (*.yaml)")
    run_parser.add_argument("--json-out", metavar="FILE", help="write the results as JSON to FILE")
    run_parser.add_argument("--md-out", metavar="FILE", help="write the results as a Markdown table to FILE")
    run_parser.add_argument("names", nargs="*", metavar="NAME", help="play only these, by name or by file name")


def run(args: argparse.Namespace) -> int:
    """Play the chosen scenarios one after another; raises ``UsageError`` when there is nothing to play."""
    _require_simulator()
    results: list[Result] = []
    for source in _chosen(_sources(Path(args.dir)), args.names):
        result = played(source)
        print(as_line(result), flush=True)
        results.append(result)
    _write(args.json_out, json.dumps(as_json(results), indent=2, ensure_ascii=False) + "\n")
    _write(args.md_out, as_markdown(results))
    return _exit_code(results)


def played(source: Scenario | Result) -> Result:
    """One scenario from an empty world to its result; a file that could not be read is its own result."""
    if isinstance(source, Result):
        return source
    if source.manual:
        return _result(source, Status.SKIPPED, message=f"for a person to play: {source.why}")
    started = time.perf_counter()
    status, message = Status.PASSED, ""
    try:
        play(source)
    except Failed as failure:
        status, message = Status.FAILED, str(failure)
    except UsageError as error:
        status, message = Status.ERROR, f"{source.path.name}: {error}"
    return _result(source, status, message=message, seconds=time.perf_counter() - started)


def _result(source: Scenario, status: Status, *, message: str = "", seconds: float = 0.0) -> Result:
    return Result(
        name=source.name, file=source.path.name, why=source.why, status=status, seconds=seconds, message=message
    )


def _require_simulator() -> None:
    missing = [name for name in ("responses", "graphql") if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(f"scenarios need the development packages; missing here: {', '.join(missing)} (make setup)")


def _sources(folder: Path) -> list[Scenario | Result]:
    """Every scenario of the folder in the order of the file names; what cannot be read is a result already."""
    if not folder.is_dir():
        raise UsageError(f"--dir: {folder} is no folder")
    paths = sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES and path.is_file())
    if not paths:
        raise UsageError(f"--dir: there is no scenario file (*.yaml) in {folder}")
    sources: list[Scenario | Result] = []
    for path in paths:
        try:
            sources.append(read_scenario(path))
        except UsageError as error:
            sources.append(Result(name=path.stem, file=path.name, status=Status.ERROR, message=str(error)))
    return [*_unambiguous(sources)]


def _unambiguous(sources: Sequence[Scenario | Result]) -> Iterator[Scenario | Result]:
    """A name used twice would hide one of the two in every report."""
    owners: dict[str, str] = {}
    for source in sources:
        file = source.path.name if isinstance(source, Scenario) else source.file
        first = owners.setdefault(source.name, file)
        if first == file or isinstance(source, Result):
            yield source
        else:
            message = f"{file}: name: {source.name!r} is the name of {first} already"
            yield Result(name=source.name, file=file, status=Status.ERROR, message=message)


def _chosen(sources: Sequence[Scenario | Result], names: Sequence[str]) -> list[Scenario | Result]:
    known = {source: _names(source) for source in sources}
    unknown = [name for name in names if not any(name in own for own in known.values())]
    if unknown:
        every = ", ".join(sorted(source.name for source in sources))
        raise UsageError(f"no scenario is called {', '.join(unknown)}; there are: {every}")
    return [source for source, own in known.items() if not names or own & set(names)]


def _names(source: Scenario | Result) -> set[str]:
    file = source.path.name if isinstance(source, Scenario) else source.file
    return {source.name, file, file.rpartition(".")[0]}


def _write(target: str | None, text: str) -> None:
    if target is None:
        return
    try:
        Path(target).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error}") from error


def _exit_code(results: Sequence[Result]) -> int:
    states = {result.status for result in results}
    if Status.ERROR in states:
        return EXIT_BAD_FILE
    return EXIT_FAILED if Status.FAILED in states else 0
