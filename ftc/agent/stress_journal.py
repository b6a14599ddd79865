"""The file that a stress run goes on from after it was killed: one line for each finished batch.

Rule: counts are only ever the sum of the lines; a line that was cut off by the end of the process is no line, and a
file that was begun for something else is begun anew.
"""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from ftc.agent.stress_run import Bench, Ended, OneRun
from ftc.core.fix import Amplifier

FORM = "2"
"""Of the lines; a file in another one was begun by another version, and is begun anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Runs of one side under one amplifier; ``number`` counts them there, from 0."""

    side: str
    amplifier: Amplifier
    number: int
    runs: tuple[OneRun, ...]


class Journal:
    """The batches so far; ``add`` has a batch on disk before it returns."""

    def __init__(self, path: Path, *, owner: str) -> None:
        self._path = path
        self._sets: dict[str, frozenset[str]] = {}
        self.batches: list[Batch] = []
        lines = list(_lines(path))
        if lines and lines[0] == {"owner": owner}:
            for line in lines[1:]:
                self._take(line)
            # What was cut off must not become the beginning of the next line.
            _write(path, lines)
        else:
            _write(path, [{"owner": owner}])

    def _take(self, line: dict[str, Any]) -> None:
        if "names" in line:
            names = frozenset(str(name) for name in line["names"])
            self._sets[_digest(names)] = names
            return
        self.batches.append(
            Batch(
                side=line["side"],
                amplifier=Amplifier(line["amplifier"]),
                number=line["number"],
                runs=tuple(self._run(item) for item in line["runs"]),
            )
        )

    def _run(self, item: dict[str, Any]) -> OneRun:
        return OneRun(
            ended=Ended(item["ended"]),
            others=frozenset(item["others"]),
            own=frozenset(item["own"]),
            failed=item["failed"],
            executed=self._sets[item["executed"]],
            complete=item["complete"],
            seconds=item["seconds"],
            problem=item["problem"],
            excerpt=item["excerpt"],
        )

    def add(self, *batches: Batch) -> None:
        """Append batches, and the sets of names that no line holds yet, in one write."""
        fresh = {_digest(run.executed): run.executed for batch in batches for run in batch.runs}
        lines: list[dict[str, Any]] = [
            {"names": sorted(names)} for digest, names in fresh.items() if digest not in self._sets
        ]
        lines += [
            {
                "side": batch.side,
                "amplifier": str(batch.amplifier),
                "number": batch.number,
                "runs": [_record(run) for run in batch.runs],
            }
            for batch in batches
        ]
        with self._path.open("a", encoding="utf-8") as file:
            file.write("".join(map(_text, lines)))
            file.flush()
            os.fsync(file.fileno())
        self._sets |= fresh
        self.batches += batches

    def of(self, side: str, amplifier: Amplifier) -> tuple[Batch, ...]:
        """The batches of one side under one amplifier, in order."""
        return tuple(batch for batch in self.batches if (batch.side, batch.amplifier) == (side, amplifier))


def owner_of(bench: Bench, *trees: str) -> str:
    """What a journal belongs to: the test, its runner, its signatures, and the trees by their names or shas."""
    parts = (
        FORM,
        bench.recipe.name,
        *bench.recipe.run,
        bench.target.id,
        *sorted(bench.names),
        *sorted(bench.fingerprints),
    )
    return _digest((*parts, *trees))


def _record(run: OneRun) -> dict[str, Any]:
    return {
        "ended": str(run.ended),
        "others": sorted(run.others),
        "own": sorted(run.own),
        "failed": run.failed,
        "executed": _digest(run.executed),
        "complete": run.complete,
        "seconds": round(run.seconds, 3),
        "problem": run.problem,
        "excerpt": run.excerpt,
    }


def _digest(names: Iterable[str]) -> str:
    return sha256(json.dumps(sorted(names)).encode()).hexdigest()[:16]


def _text(line: dict[str, Any]) -> str:
    return json.dumps(line, separators=(",", ":")) + "\n"


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """The whole lines of the file; reading ends at the first that is none."""
    if not path.is_file():
        return
    for raw in path.read_text(encoding="utf-8").splitlines(keepends=True):
        try:
            line = json.loads(raw)
        except ValueError:
            return
        if not raw.endswith("\n") or not isinstance(line, dict):
            return
        yield line


def _write(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    """The whole file, by a rename, so that a kill leaves the old one or the new."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text("".join(map(_text, lines)), encoding="utf-8")
    fresh.replace(path)
