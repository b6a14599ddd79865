"""A flake's history: new sightings folded in, exposure counted, and the failure rate with its interval.

The rule it keeps: folding the same sightings again, or in another order, changes nothing.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ftc.core.binomial import interval
from ftc.core.merging import canonical, merge_flakes
from ftc.core.model import DayRuns, Flake, Signature
from ftc.core.observe import Observed, Sighting
from ftc.core.runs import Runs
from ftc.core.signature_rules import InForce, routes


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How often a test fails: failed attempts of the observed ones, with the limits of a 95 % interval."""

    failures: int
    runs: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """Failures per run; 0 without runs."""
        return self.failures / self.runs if self.runs else 0.0


def fold(flakes: Sequence[Flake], observed: Observed, rules: Sequence[InForce] = ()) -> tuple[Flake, ...]:
    """The flakes with every sighting folded in, in their order, then tests never seen before by key.

    Where two flakes share a key, the sighting goes to the first of them. A way of failing that was split off its test's
    issue has a flake of its own, which gets it; people's rules come after that (``core.signature_rules``).
    """
    to = routes(observed, flakes, rules)
    by_key: dict[str, list[Sighting]] = {}
    for sighting in observed.sightings:
        by_key.setdefault(to.key(sighting), []).append(sighting)
    known = tuple(_with_sightings(flake, by_key.pop(flake.key, ())) for flake in flakes)
    fresh = (
        _with_sightings(
            Flake(key=key, repo=observed.repo, test=seen[0].failure.test, framework=seen[0].failure.framework), seen
        )
        for key, seen in sorted(by_key.items())
    )
    return (*known, *fresh)


def _with_sightings(flake: Flake, sightings: Sequence[Sighting]) -> Flake:
    """The flake with the sightings; what they say of sealed days counts only where the day can still tell."""
    if not sightings:
        return flake
    return canonical(
        replace(
            flake,
            occurrences=(*flake.occurrences, *(item.occurrence for item in sightings)),
            signatures=(*flake.signatures, *map(_signature, sightings)),
        )
    )


def _signature(sighting: Sighting) -> Signature:
    failure, occurrence = sighting.failure, sighting.occurrence
    return Signature(
        fingerprint=failure.fingerprint,
        text=failure.signature,
        kind=failure.kind,
        message=failure.message,
        excerpt=failure.excerpt,
        excerpt_url=occurrence.url,
        excerpt_at=occurrence.created,
        locations=failure.locations,
    )


def joined(lead: Flake, other: Flake) -> Flake:
    """Two histories of one test as one: both their evidence, the lead's standing."""
    return replace(
        merge_flakes(lead, other),
        status=lead.status,
        issue=lead.issue,
        verdict=lead.verdict,
        framework=lead.framework,
        duplicate_of=lead.duplicate_of,
        owners=lead.owners,
        revision=lead.revision,
        parent=lead.parent,
    )


def exposed(flake: Flake, runs: Runs) -> Flake:
    """The flake with the exposure of the window's days: attempts of its workflows that ran to an end.

    Days are recomputed whole and merged by maximum, since the window's first day is seen in part only.
    """
    counts: Counter[tuple[str, date]] = Counter()
    for source, workflow in {(item.source, item.workflow) for item in flake.occurrences}:
        counts.update({(source, day): runs_ for day, runs_ in runs.per_day.get((source, workflow), {}).items()})
    # Earlier attempts of a re-run are not listed any more; that this test failed in them shows that they ran.
    for (source, run, attempt), day in {item.key[:3]: item.day for item in flake.occurrences}.items():
        listed = runs.by_run.get((source, run), ())
        counts[source, day] += bool(listed) and all(item.run.attempt != attempt for item in listed)
    counted = (DayRuns(source=source, day=day, runs=count) for (source, day), count in counts.items() if count)
    return replace(flake, exposure=_by_maximum((*flake.exposure, *counted)))


def _by_maximum(entries: Iterable[DayRuns]) -> tuple[DayRuns, ...]:
    best: dict[tuple[str, date], DayRuns] = {}
    for entry in sorted(entries):
        best[entry.source, entry.day] = entry
    return tuple(sorted(best.values()))


def failure_rate(flake: Flake) -> Rate:
    """The share of observed attempts that failed, with its Clopper-Pearson interval (``core.binomial``)."""
    days = {(item.source, item.day) for item in flake.exposure}
    failed = {item.key[:3] for item in flake.occurrences if (item.source, item.day) in days}
    sealed = sum(item.count for item in flake.sealed if (item.source, item.day) in days)
    runs = sum(item.runs for item in flake.exposure)
    # Sealed days count jobs, of which one run can have several.
    failures = min(len(failed) + sealed, runs)
    low, high = interval(failures, runs) if runs else (0.0, 1.0)
    return Rate(failures=failures, runs=runs, low=low, high=high)
