"""Which runs must be read, and the ledger of those that were.

The rule it keeps: a run counts as read only while the occurrences it left are still there; what a lost write took
away is read again.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ftc.core.model import Attempt, Flake, LedgerEntry, Run
from ftc.core.observe import FAILED

AttemptId = tuple[str, str, int]
"""Source, run and attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """The ledger beside what is really stored; build it with ``readings``."""

    entries: Mapping[AttemptId, LedgerEntry]
    found: Mapping[AttemptId, int]
    """Occurrences in issues and watch list."""
    horizon: datetime | None
    """Up to here some occurrences are sealed into counters and cannot be counted by run."""

    def wanted(self, run: Run) -> bool:
        """Whether a listed run, known by its newest attempt, must be read."""
        earlier = (self._lacks((run.source, run.id, number)) for number in range(1, run.attempt))
        if any(earlier):
            return True
        newest = (run.source, run.id, run.attempt)
        return run.conclusion in FAILED and (self._lacks(newest) or self.entries[newest].conclusion != run.conclusion)

    def _lacks(self, attempt: AttemptId) -> bool:
        entry = self.entries.get(attempt)
        if entry is None:
            return True
        countable = self.horizon is None or entry.created > self.horizon
        return countable and self.found.get(attempt, 0) < entry.occurrences


def readings(ledger: Iterable[LedgerEntry], flakes: Iterable[Flake]) -> Readings:
    """The ledger checked against the flakes of all managed issues and the watch list."""
    stored = tuple(flakes)
    return Readings(
        entries={(entry.source, entry.run, entry.attempt): entry for entry in ledger},
        found=_counted(stored),
        horizon=max((flake.horizon for flake in stored if flake.horizon), default=None),
    )


def _counted(flakes: Iterable[Flake]) -> Counter[AttemptId]:
    """Occurrences by attempt; a test that has two issues is counted once."""
    distinct = {(flake.key, item.key) for flake in flakes for item in flake.occurrences}
    return Counter(key[:3] for _, key in distinct)


def recorded(
    ledger: Iterable[LedgerEntry], read: Iterable[Attempt], flakes: Iterable[Flake]
) -> tuple[LedgerEntry, ...]:
    """The ledger with the attempts just read, each with the occurrences it leaves, newest run first."""
    counted = _counted(flakes)
    entries = {(entry.source, entry.run, entry.attempt): entry for entry in ledger}
    for run in (attempt.run for attempt in read):
        key = (run.source, run.id, run.attempt)
        entries[key] = LedgerEntry(
            source=run.source,
            run=run.id,
            attempt=run.attempt,
            conclusion=run.conclusion,
            created=run.created,
            occurrences=counted[key],
        )
    return tuple(sorted(entries.values(), key=lambda entry: (entry.created, entry.run, entry.attempt), reverse=True))
