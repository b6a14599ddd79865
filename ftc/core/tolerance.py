"""Whether the failures of a finished test step are exactly those that quarantine tolerates.

The rule it keeps: yes needs a complete account of what ran, in which every failing test is on the list. A report that
could not be read, a build that broke, or a test that took others down with it leaves the step as red as it was.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from ftc.core.model import Extraction, Failure, Kind, Outcome, TestId
from ftc.core.quarantine import Entry, InForce, Lapse

LONGEST_NAME = 1_000
"""Characters at which the extraction cuts a name; from there on two tests may look like one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """What was decided about one step: failures with the entries that tolerate them, the others, and doubts."""

    tolerated: tuple[tuple[Failure, Entry], ...] = ()
    failed: tuple[tuple[Failure, Lapse | None], ...] = ()
    """Failures that count; with them, why an entry for the test does not help any more."""
    doubts: tuple[str, ...] = ()
    """Why the account of what ran cannot be trusted to be whole."""

    @property
    def passes(self) -> bool:
        """Whether the step may count as passed."""
        return bool(self.tolerated) and not self.failed and not self.doubts


def judged(extractions: Sequence[Extraction], listed: InForce, *, harmless: Collection[str]) -> Tolerance:
    """The decision about a failed step; ``harmless`` are reasons of exclusions that hide no failing test."""
    failures = _lasting(extractions)
    entries = {entry.test: entry for entry in listed.entries}
    lapsed = {entry.test: why for entry, why in listed.lapsed}
    failed = tuple((item, lapsed.get(item.test)) for item in failures if item.test not in entries)
    blurred = [item.test for item in failures if _blurred(item.test)]
    doubts = [doubt for view in extractions for doubt in _doubts(view, harmless)]
    doubts += [
        f"{item.test} ended the whole process, so other tests may not have run" for item in map(_ends, failures) if item
    ]
    doubts += [f"{test} is a name that was redacted or cut, which several tests may share" for test in blurred]
    if not failures:
        doubts.append("the reports name no failing test, so something else failed the step")
    return Tolerance(
        tolerated=tuple((item, entries[item.test]) for item in failures if item.test in entries),
        failed=failed,
        doubts=tuple(dict.fromkeys(doubts)),
    )


def _lasting(extractions: Iterable[Extraction]) -> tuple[Failure, ...]:
    """Each failing test once, without those that passed on a retry."""
    found: dict[TestId, Failure] = {}
    for view in extractions:
        for item in view.failures:
            if not item.flaky_in_run:
                known = found.setdefault(item.test, item)
                found[item.test] = item if _ends(item) else known
    return tuple(found.values())


_UNTOLD = {
    Outcome.BUILD_FAILURE: "a build failed, so its tests did not run",
    Outcome.INFRASTRUCTURE: "the job failed without a failing test",
}


def _doubts(view: Extraction, harmless: Collection[str]) -> list[str]:
    doubts = [f"{view.path}: {problem}" for problem in view.problems]
    if view.outcome in _UNTOLD:
        doubts.append(f"{view.path}: {_UNTOLD[view.outcome]}")
    hiding = [item for item in view.excluded if item.reason not in harmless]
    return doubts + [f"{view.path}: {' '.join(filter(None, (item.suite, item.name, item.reason)))}" for item in hiding]


def _blurred(test: TestId) -> bool:
    return "[redacted:" in str(test) or max(len(test.suite), len(test.name)) >= LONGEST_NAME


def _ends(failure: Failure) -> Failure | None:
    """The failure, if with it the process of its tests ended: a Go panic or time-out, any crash."""
    kind, ecosystem = failure.kind, failure.test.ecosystem
    ended = kind is Kind.CRASH or (ecosystem, kind) in _ENDINGS
    return failure if ended else None


_ENDINGS = {("go", Kind.PANIC), ("go", Kind.TIMEOUT), ("python", Kind.TIMEOUT)}
"""pytest-timeout ends the process by its thread method, and a log does not always say which method it was."""
