"""How many requests scans make against the fewest that could do the same work; run by ``make bench``.

The fewest: one to learn who we are, a page for each hundred issues, comments and runs, for each failed run its jobs
and its artifacts, for each failed job its log (an answer and a download), and the writes that were made. What is read
again before each write, so that nobody's words are lost, is what lies above that.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from scans import is_write, run_scan  # noqa: E402

from ftc.simulator.simulator import Simulator  # noqa: E402 - found through the lines above
from tests.scenarios import busy  # noqa: E402

PAGE = 100
WORST_RATIO = 1.6
"""A scan may ask for so many times the fewest before this benchmark fails."""


@dataclass(frozen=True)
class Measured:
    """The requests of one scan."""

    title: str
    made: int
    fewest: int

    @property
    def ratio(self) -> float:
        return self.made / self.fewest

    def __str__(self) -> str:
        return f"{self.title:44} {self.made:5} requests, fewest {self.fewest:5}, ratio {self.ratio:.2f}"


def measured(world: Simulator, title: str) -> Measured:
    """Scan, and count what was asked for beside what had to be."""
    before = counts(world)
    world.requests.clear()
    run_scan(world, repo=busy.REPO, token=busy.TOKEN, now=busy.NOW, request_budget=5000)
    entries = world.requests
    runs = sum(entry.path.endswith("/jobs") for entry in entries)
    logs = len({entry.path for entry in entries if entry.path.endswith("/logs")})
    fixed = 1 + sum(-(-max(count, 1) // PAGE) for count in before) - (before[1] == 0)
    fewest = fixed + 2 * runs + 2 * logs + sum(map(is_write, entries))
    return Measured(title=title, made=len(entries), fewest=fewest)


def counts(world: Simulator) -> tuple[int, int, int]:
    """Issues, comments of the dashboard, and runs, as they are listed."""
    repository = world.world.repository(busy.REPO)
    assert repository is not None
    comments = sum(len(issue.comments) for issue in repository.issues.values())
    return len(repository.issues), comments, len(repository.runs)


def story(name: str, text: str) -> list[Measured]:
    """A first scan, one in which the brakes let more through, and a quiet one."""
    world = Simulator.load(text)
    found = [measured(world, f"{name}: first scan")]
    while True:
        again = measured(world, f"{name}: scan with news")
        if not any(map(is_write, world.requests)):
            return [*found[:2], Measured(title=f"{name}: quiet scan", made=again.made, fewest=again.fewest)]
        found.append(again)


def main() -> int:
    """Print every scan; 1 when one asks for far more than it must."""
    every = [
        *story("40 flakes at once", busy.backlog()),
        *story("a breakage", busy.breakage()),
        *story("300 runs a day for a week", busy.steady()),
    ]
    for one in every:
        print(one)
    return int(any(one.ratio > WORST_RATIO for one in every))


if __name__ == "__main__":
    sys.exit(main())
