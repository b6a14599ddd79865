"""Every known and every newly seen flake, judged against the runs of the window.

The rule it keeps: a flake about which nothing new is known comes back as it was stored, to the byte.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from ftc.core.adoption import WrittenIssue
from ftc.core.classify import classify, steadied
from ftc.core.config import Adopt, Mode
from ftc.core.effects import Say
from ftc.core.history import exposed, fold, joined
from ftc.core.ledger import Charge
from ftc.core.model import Attempt, Dashboard, EvidenceItem, Flake, Grade, Status, Verdict
from ftc.core.observe import Observed, Reason, is_ignored, observe
from ftc.core.owners import Ownership
from ftc.core.progress import RuleSeen
from ftc.core.rules import regraded
from ftc.core.runs import Runs, index
from ftc.core.signature_rules import InForce
from ftc.core.thresholds import Thresholds
from ftc.core.unrelated import Touched, unknown_changes, unrelated

SETTLED = (Status.VERIFIED, Status.CLOSED_SILENT, Status.CLOSED_WONTFIX, Status.DUPLICATE)
"""States in which nobody waits for the number of passing runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opined:
    """A model's opinion about an undecided failure, none where it gave none, and what asking for it has cost now."""

    item: EvidenceItem | None = None
    charges: tuple[Charge, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """Everything a scan knows when it decides."""

    repo: str
    """Repository of the code."""
    now: datetime
    dashboard: Dashboard
    attempts: tuple[Attempt, ...]
    """Every attempt of the window, those in ``read`` included."""
    read: tuple[Attempt, ...]
    """The attempts whose jobs were read now."""
    cursor: datetime
    """Runs created before this moment need no further look; it stays behind what the budget left unread."""
    managed: tuple[Flake, ...] = ()
    """Flakes of the managed issues, each with its issue."""
    watched: tuple[Flake, ...] = ()
    closed: frozenset[int] = frozenset()
    """Managed issues that are not open."""
    gone: frozenset[int] = frozenset()
    """Issues found deleted, moved or without the managed label: tombstones from now on."""
    touched: Touched = field(default_factory=dict)
    looked_up: bool = True
    """Whether ``questions`` were put; a scan that read nothing new spends no requests on them and gives no grade B."""
    thresholds: Thresholds = field(default_factory=Thresholds)
    base_branches: tuple[str, ...] = ("main",)
    prefix: str = "flaky-test-cleaner"
    mode: Mode = Mode.FILE
    ignored: tuple[str, ...] = ()
    """Globs over ``suite name`` of tests that are never reported."""
    by_signature: bool = False
    """Whether each way in which a test fails gets an issue of its own."""
    opinions: Mapping[str, Opined] = field(default_factory=dict)
    """By key, of failures that the rules left undecided."""
    ownership: Ownership = field(default_factory=Ownership)
    """Whom a new issue mentions."""
    rules: tuple[InForce, ...] = ()
    """Signature rules of people that count."""
    rules_seen: Mapping[int, RuleSeen | None] = field(default_factory=dict)
    """By issue: what is to be remembered of its rule, where that is new; None where it has none any more."""
    answers: tuple[Say, ...] = ()
    """To mistakes in such rules."""
    may_create: bool = True
    """False when issues may exist that were not seen."""
    adopt: Adopt = Adopt.AUTO
    written: tuple[WrittenIssue, ...] | None = None
    """Open issues that people wrote; None when nobody needed them, or they could not be listed."""
    actor: str = "flaky-test-cleaner"
    run_url: str = ""
    requests: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One flake after the scan beside what was stored."""

    flake: Flake
    changed: bool
    verdict: Verdict
    """The verdict of this scan; the stored one is kept with a flake that did not change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """All flakes of a scan: those with an issue, duplicates of them, and the watch list."""

    leads: tuple[Judged, ...]
    watch: tuple[Judged, ...]
    duplicates: tuple[Flake, ...]
    """Managed issues to be closed in favour of a lead with the same key."""
    taken: frozenset[str]
    """Keys that have or had an issue, and so get none."""
    observed: Observed


def judge(scan: Scan) -> Judgement:
    """Fold what was read into what is stored, and judge every flake anew."""
    live = [flake for flake in scan.managed if flake.issue and flake.issue.issue not in scan.gone]
    stored, duplicates = _leads(live)
    tombs = _tombstones(scan) - stored.keys()
    dropped = tombs | {flake.key for flake in scan.watched if is_ignored(flake.test, scan.ignored)}
    watched = {flake.key: flake for flake in scan.watched if flake.key not in dropped}
    observed = seen(scan)
    observed = observed.without(Reason.TOMBSTONE, unwanted=lambda item: observed.key(item) in tombs)
    runs = _runs(scan)
    folded = fold((*_merged(scan, stored, live), *_waiting(scan, watched, stored)), observed, scan.rules)
    judged = [_judged(flake, scan, runs, stored=stored.get(flake.key) or watched.get(flake.key)) for flake in folded]
    return Judgement(
        leads=tuple(item for item in judged if item.flake.issue),
        watch=tuple(item for item in judged if not item.flake.issue),
        duplicates=duplicates,
        taken=frozenset({*(flake.key for flake in scan.managed), *(entry.key for entry in scan.dashboard.index)}),
        observed=observed,
    )


def seen(scan: Scan) -> Observed:
    """What the jobs that were read say, as the configuration wants it counted."""
    return observe(
        scan.read,
        repo=scan.repo,
        thresholds=scan.thresholds,
        ignored=scan.ignored,
        by_signature=scan.by_signature,
    )


def questions(scan: Scan) -> tuple[int, ...]:
    """Pull requests whose changed paths decide a grade B; worth a request each before judging."""
    observed = seen(scan)
    runs = _runs(scan)
    numbers: set[int] = set()
    for flake in fold((*scan.managed, *scan.watched), observed, scan.rules):
        if any(item.grade.rank <= Grade.B.rank for item in flake.occurrences):
            continue
        case = unrelated(flake, runs, touched=scan.touched, thresholds=scan.thresholds)
        if case is not None and case.enough:
            numbers.update(unknown_changes(case.occurrences, scan.touched))
    return tuple(sorted(numbers))


def _runs(scan: Scan) -> Runs:
    return index(scan.attempts, flakes=(*scan.managed, *scan.watched), base_branches=scan.base_branches)


def _tombstones(scan: Scan) -> set[str]:
    return {entry.key for entry in scan.dashboard.index if entry.gone or entry.issue in scan.gone}


def _leads(live: list[Flake]) -> tuple[dict[str, Flake], tuple[Flake, ...]]:
    """The lowest-numbered issue for each key as it is stored, and the others that are not closed for it yet."""
    leads: dict[str, Flake] = {}
    others: list[Flake] = []
    for flake in sorted(live, key=_number):
        if flake.status == Status.DUPLICATE:
            continue
        if leads.setdefault(flake.key, flake) is not flake:
            others.append(flake)
    return leads, tuple(others)


def _number(flake: Flake) -> int:
    return flake.issue.issue if flake.issue else 0


def _merged(scan: Scan, stored: Mapping[str, Flake], live: list[Flake]) -> tuple[Flake, ...]:
    """The leads with what duplicates and left-over watch entries of their key know."""
    found = dict(stored)
    for other in (*live, *scan.watched):
        lead = found.get(other.key)
        if lead is not None and other is not stored[other.key] and other.status != Status.DUPLICATE:
            found[other.key] = joined(lead, other)
    return tuple(found.values())


def _waiting(scan: Scan, watched: Mapping[str, Flake], stored: Mapping[str, Flake]) -> tuple[Flake, ...]:
    """The watch list without what has an issue; an entry that two scans wrote twice is one."""
    found: dict[str, Flake] = {}
    for flake in scan.watched:
        if flake.key in watched and flake.key not in stored:
            found[flake.key] = joined(found[flake.key], flake) if flake.key in found else flake
    return tuple(found.values())


def _judged(flake: Flake, scan: Scan, runs: Runs, *, stored: Flake | None) -> Judged:
    fresh = regraded(flake, runs, touched=scan.touched, thresholds=scan.thresholds, looked_up=scan.looked_up)
    fresh = exposed(fresh, runs)
    opined = scan.opinions.get(flake.key, Opined())
    if opined.charges:
        fresh = replace(fresh, progress=fresh.progress.charged(opined.charges))
    if fresh.issue is not None and fresh.issue.issue in scan.rules_seen:
        fresh = replace(fresh, progress=replace(fresh.progress, rule=scan.rules_seen[fresh.issue.issue]))
    verdict = classify(fresh, runs, touched=scan.touched, thresholds=scan.thresholds, opinion=opined.item)
    if stored is not None:
        verdict = steadied(stored.verdict, verdict)
    fresh = replace(fresh, verdict=verdict)
    if stored is not None and not _news(stored, fresh) and not _exposure_due(stored, fresh, scan):
        return Judged(flake=stored, changed=False, verdict=verdict)
    return Judged(flake=fresh, changed=True, verdict=verdict)


def _news(stored: Flake, fresh: Flake) -> bool:
    """Whether anything but passing runs was learnt."""
    if stored.verdict is None or fresh.verdict is None or _decision(stored.verdict) != _decision(fresh.verdict):
        return True
    return replace(fresh, exposure=stored.exposure, verdict=stored.verdict) != stored


def _decision(verdict: Verdict) -> tuple[str, str, str]:
    return (verdict.failure_class, verdict.grade, verdict.suspect)


def _exposure_due(stored: Flake, fresh: Flake, scan: Scan) -> bool:
    """Whether passing runs must be saved now, since they leave the window soon.

    Waiting until a day is in the older half makes one edit of several; the watch list needs no exact rate.
    """
    # An issue whose pull request was declined stays open for as long as it fails, and needs runs to be closed.
    declined = stored.status is Status.CLOSED_WONTFIX and stored.progress.pull is not None
    if stored.issue is None or (stored.status in SETTLED and not declined):
        return False
    old_half = (scan.now - scan.thresholds.window / 2).date()
    return any(entry.day <= old_half for entry in set(fresh.exposure) - set(stored.exposure))
