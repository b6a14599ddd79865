"""On which runner a task runs: the label that was wished for, if the house allows it and somebody there could take it.

The rule it keeps: a label comes from the allow-list of the configuration or is the default; a list of runners can only
take a label away, and one that cannot be had changes nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

DEFAULT = "ubuntu-latest"
"""GitHub's own machine, new for each job; the one runner that every repository has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """One machine of the repository's own, as GitHub lists it; hosted ones and those of the organisation are not."""

    name: str
    online: bool
    busy: bool
    labels: frozenset[str]
    """In lower case: GitHub does not tell them apart by it."""


def choose_runner(wanted: str, allowed: Sequence[str], listed: Iterable[Runner] | None) -> str:
    """The label to run on; ``listed`` is None where the token may not ask.

    A wished label is kept while one of its machines is online, however busy, and also when none is listed: it may be a
    hosted one. Without a wish the least loaded allowed label with an idle machine is taken. Else it is ``DEFAULT``.
    """
    runners = tuple(listed or ())
    if wanted:
        bearing = _bearing(wanted, runners)
        there = not bearing or any(item.online for item in bearing)
        return wanted if wanted in allowed and there else DEFAULT
    loads = [(_load(label, runners), place, label) for place, label in enumerate(allowed)]
    idle = [item for item in loads if item[0] < 1.0]
    return min(idle)[2] if idle else DEFAULT


def _bearing(label: str, runners: Iterable[Runner]) -> tuple[Runner, ...]:
    return tuple(item for item in runners if label.lower() in item.labels)


def _load(label: str, runners: Iterable[Runner]) -> float:
    """Share of the label's online machines that are at work; 1 where there is none."""
    online = [item for item in _bearing(label, runners) if item.online]
    return sum(item.busy for item in online) / len(online) if online else 1.0
