"""A flake's history: new sightings folded in, exposure counted, and the failure rate with its interval.

The rule it keeps: folding the same sightings again, or in another order, changes nothing.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from ftc.core.binomial import interval
from ftc.core.fingerprint import issue_key
from ftc.core.model import DayCount, DayRuns, Flake, Occurrence, Signature
from ftc.core.observe import Observed, Sighting
from ftc.core.runs import Runs, run_id


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


def fold(flakes: Sequence[Flake], observed: Observed) -> tuple[Flake, ...]:
    """The flakes with every sighting folded in, in their order, then tests never seen before by key.

    Where two flakes share a key, the sighting goes to the first of them.
    """
    by_key: dict[str, list[Sighting]] = {}
    for sighting in observed.sightings:
        by_key.setdefault(issue_key(observed.repo, sighting.failure.test), []).append(sighting)
    known = tuple(_with_sightings(flake, by_key.pop(flake.key, ())) for flake in flakes)
    fresh = (
        _with_sightings(
            Flake(key=key, repo=observed.repo, test=seen[0].failure.test, framework=seen[0].failure.framework), seen
        )
        for key, seen in sorted(by_key.items())
    )
    return (*known, *fresh)


def _with_sightings(flake: Flake, sightings: Sequence[Sighting]) -> Flake:
    """The flake with the sightings after its horizon; those before it are sealed and counted already."""
    new = [item for item in sightings if flake.horizon is None or item.occurrence.created > flake.horizon]
    if not new:
        return flake
    moments = [item.occurrence.created for item in new]
    return replace(
        flake,
        occurrences=union(flake.occurrences, (item.occurrence for item in new)),
        signatures=_signatures(flake.signatures, new),
        first_seen=min([*moments, *filter(None, [flake.first_seen])]),
        last_seen=max([*moments, *filter(None, [flake.last_seen])]),
    )


def union(*groups: Iterable[Occurrence]) -> tuple[Occurrence, ...]:
    """The occurrences of all groups as a set by key, newest first; the best grade any copy has earned is kept."""
    found: dict[tuple[str, str, int, str], Occurrence] = {}
    for item in (item for group in groups for item in group):
        known = found.get(item.key)
        if known is None:
            found[item.key] = item
        elif (item.grade.rank, item.proof) < (known.grade.rank, known.proof):
            found[item.key] = replace(known, grade=item.grade, proof=item.proof)
    return tuple(sorted(found.values(), key=lambda item: (item.created, item.key), reverse=True))


def _signatures(known: Iterable[Signature], new: Iterable[Sighting]) -> tuple[Signature, ...]:
    """One entry a fingerprint with its newest excerpt, newest first."""
    found = {item.fingerprint: item for item in known}
    for candidate in map(_signature, new):
        old = found.get(candidate.fingerprint)
        if old is None or _age(candidate) > _age(old):
            found[candidate.fingerprint] = candidate
    return tuple(sorted(found.values(), key=_age, reverse=True))


def _age(signature: Signature) -> tuple[float, str, str]:
    """What orders excerpts; the link decides between jobs of one run, so that the order of reading does not."""
    seconds = signature.excerpt_at.timestamp() if signature.excerpt_at else 0.0
    return (seconds, signature.excerpt_url, signature.fingerprint)


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
    """Two histories of one test as one: the lead's standing, both their evidence."""
    horizon = max(filter(None, (lead.horizon, other.horizon)), default=None)
    signatures = {item.fingerprint: item for item in sorted((*other.signatures, *lead.signatures), key=_age)}
    kept = union(lead.occurrences, other.occurrences)
    return replace(
        lead,
        occurrences=tuple(item for item in kept if horizon is None or item.created > horizon),
        horizon=horizon,
        sealed=_most((*_counts_until(lead, horizon), *_counts_until(other, horizon))),
        exposure=_by_maximum((*lead.exposure, *other.exposure)),
        signatures=tuple(sorted(signatures.values(), key=_age, reverse=True)),
        first_seen=min(filter(None, (lead.first_seen, other.first_seen)), default=None),
        last_seen=max(filter(None, (lead.last_seen, other.last_seen)), default=None),
    )


def _counts_until(flake: Flake, horizon: datetime | None) -> tuple[DayCount, ...]:
    """What the flake knows of the time up to a horizon that may lie after its own, day by day."""
    old = [item for item in flake.occurrences if horizon is not None and item.created <= horizon]
    counts = Counter((item.source, item.day, item.fingerprint) for item in old)
    for item in flake.sealed:
        counts[item.source, item.day, item.fingerprint] += item.count
    return tuple(
        DayCount(source=source, day=day, fingerprint=fingerprint, count=count)
        for (source, day, fingerprint), count in counts.items()
    )


def _most(counts: Iterable[DayCount]) -> tuple[DayCount, ...]:
    best = {(item.source, item.day, item.fingerprint): item for item in sorted(counts)}
    return tuple(sorted(best.values()))


def exposed(flake: Flake, runs: Runs) -> Flake:
    """The flake with the exposure of the window's days: attempts of its workflows that ran to an end.

    Days are recomputed whole and merged by maximum, since the window's first day is seen in part only.
    """
    workflows = {(item.source, item.workflow) for item in flake.occurrences}
    attempts: dict[tuple[str, str, int], date] = {
        (*run_id(item), item.run.attempt): item.run.created.date()
        for workflow in workflows
        for item in runs.by_workflow.get(workflow, ())
    }
    # Earlier attempts of a re-run are not listed any more; that this test failed in them shows that they ran.
    attempts |= {item.key[:3]: item.day for item in flake.occurrences if item.key[:2] in runs.by_run}
    counts: dict[tuple[str, date], int] = {}
    for (source, _, _), day in attempts.items():
        counts[source, day] = counts.get((source, day), 0) + 1
    counted = (DayRuns(source=source, day=day, runs=count) for (source, day), count in counts.items())
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
