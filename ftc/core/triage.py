"""The decision of a scan: from everything known to the writes, in an order that a crash cannot harm.

The rule it keeps: with nothing new there is no effect, and a scan that is cut short and run again ends the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from ftc.core.compaction import compact_dashboard
from ftc.core.effects import (
    Adopt,
    AskAdoption,
    CloseAsDuplicate,
    Effect,
    EnsureLabel,
    OpenDashboard,
    OpenIssue,
    SaveDashboard,
)
from ftc.core.judged import Judged, Judgement, Scan, judge
from ftc.core.keeping import kept_up, links
from ftc.core.labels import BY_NAME, labels, prefixed
from ftc.core.lifecycle import moved
from ftc.core.model import Dashboard, FailureClass, Flake, Grade, IndexEntry, LedgerEntry, ScanRecord, Status, Verdict
from ftc.core.notices import told_at_filing
from ftc.core.observe import LeftOut
from ftc.core.placing import ANSWER_WITHIN, BREAKAGE, Placed, Waiting, place
from ftc.core.progress import Question
from ftc.core.readings import recorded
from ftc.core.thresholds import Thresholds
from ftc.core.watch_pages import pages_to_write

NOTE_CHARS = 300
"""Of the notes kept with a scan's record; the whole of them is in that scan's report."""
SCANS_KEPT = 30
"""Scan records on the dashboard; a quarter of a year at one scan in three days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a scan decided and what it would write, in the order of writing."""

    effects: tuple[Effect, ...]
    judged: tuple[Judged, ...]
    """Every test known, with and without an issue, worst first."""
    waiting: tuple[Waiting, ...]
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]
    record: ScanRecord


def plan(scan: Scan, found: Judgement | None = None) -> Plan:
    """Decide a scan; pure, so that a dry run and a repeated run decide the same. ``found`` is what ``judge`` gave."""
    found = found or judge(scan)
    placed = place(eligible(found, scan), scan, known=[item.flake.test for item in (*found.leads, *found.watch)])
    found = _asked(found, placed, scan)
    opened = tuple(_opening(item.flake, scan) for item in placed.filed)
    adopted = tuple(_adoption(item.flake, number, scan) for item, number in placed.adopted)
    new = (*(effect.flake for effect in opened), *(effect.flake for effect in adopted))
    pages, crowded_out = pages_to_write(scan, found, filed={flake.key for flake in new})
    duplicates = _duplicates(found, scan)
    writes: tuple[Effect, ...] = (
        *opened,
        *adopted,
        *_questions(placed, scan),
        *scan.answers,
        *kept_up(found, scan, comments=scan.thresholds.max_comments - placed.comments - len(scan.answers)),
        *links(found, new),
        *duplicates,
        *pages,
    )
    ledger = _ledger(scan, found, lost=crowded_out)
    fitting = compact_dashboard(replace(scan.dashboard, ledger=ledger, index=_index(scan))).ledger
    notes = (*scan.notes, *placed.notes, *_full(crowded_out, len(ledger) - len(fitting)))
    record = _record(scan, found, filed=len(new), waiting=placed.waiting, note="; ".join(notes)[:NOTE_CHARS])
    dashboard = _dashboard(scan, ledger=fitting, record=record)
    due = bool(writes) or _dashboard_due(scan, dashboard)
    return Plan(
        effects=(
            *_labels_for(new, scan),
            *_first_dashboard(scan),
            *writes,
            *((SaveDashboard(dashboard=dashboard),) if due else ()),
        ),
        judged=_worst_first((*found.leads, *found.watch), scan),
        waiting=placed.waiting,
        left_out=found.observed.left_out,
        notes=notes,
        record=record,
    )


def may_be_filed(flake: Flake, verdict: Verdict, thresholds: Thresholds) -> bool:
    """Whether the grade permits an issue (spec, section 6); the odds only order those that may have one."""
    if verdict.grade == Grade.D:
        return _filed_on_opinion(verdict, thresholds)
    if verdict.failure_class != FailureClass.FLAKY_TEST:
        return False
    if verdict.grade in (Grade.A_PLUS, Grade.A):
        attempts = {item.key[:3] for item in flake.occurrences}
        return len(attempts) + sum(item.count for item in flake.sealed) >= thresholds.occurrences_to_file
    return verdict.grade == Grade.B


def _filed_on_opinion(verdict: Verdict, thresholds: Thresholds) -> bool:
    opined = any(item.rule == "opinion" for item in verdict.evidence)
    undecided = verdict.failure_class == FailureClass.UNKNOWN
    return thresholds.file_on_opinion and opined and undecided and verdict.confidence >= thresholds.opinion_threshold


def eligible(found: Judgement, scan: Scan) -> tuple[Judged, ...]:
    """The flakes that deserve an issue and have none, worst first."""
    candidates = (
        item
        for item in found.watch
        if item.flake.key not in found.taken and may_be_filed(item.flake, item.verdict, scan.thresholds)
    )
    return _worst_first(candidates, scan)


def _worst_first(items: Iterable[Judged], scan: Scan) -> tuple[Judged, ...]:
    """By ``badness``, in which the key makes the order total."""
    since = scan.now - scan.thresholds.window
    return tuple(sorted(items, key=lambda item: badness(item.flake, item.verdict, since=since)))


def badness(flake: Flake, verdict: Verdict, *, since: datetime) -> tuple[int, int, float, str]:
    """What puts the worst flake first when sorted by it: grade, failures since that moment, confidence."""
    recent = sum(seen.created >= since for seen in flake.occurrences)
    return (verdict.grade.rank, -recent, -verdict.confidence, flake.key)


def _opening(flake: Flake, scan: Scan) -> OpenIssue:
    """The flake as its issue opens; its owners are fixed here, so that later texts mention nobody new."""
    owned = _filed(replace(flake, owners=scan.ownership.of(flake)), scan)
    return OpenIssue(flake=owned, labels=labels(owned, scan.prefix))


def _adoption(flake: Flake, number: int, scan: Scan) -> Adopt:
    """The flake as it is adopted; an issue that people wrote has its readers, so nobody is mentioned."""
    filed = _filed(flake, scan)
    return Adopt(number=number, flake=filed, labels=labels(filed, scan.prefix))


def _filed(flake: Flake, scan: Scan) -> Flake:
    told = told_at_filing(flake, scan.now)
    return moved(told, Status.ISSUE_OPEN, at=scan.now, actor=scan.actor, url=scan.run_url)


def _questions(placed: Placed, scan: Scan) -> tuple[AskAdoption, ...]:
    until = scan.now + ANSWER_WITHIN
    return tuple(
        AskAdoption(number=about.issue, flake=item.flake, clues=about.clues, until=until)
        for item, about in placed.asked
    )


def _asked(found: Judgement, placed: Placed, scan: Scan) -> Judgement:
    """The judgement with the questions of this scan noted on the watch list."""
    issues = {item.flake.key: about.issue for item, about in placed.asked}

    def noted(item: Judged) -> Judged:
        if item.flake.key not in issues:
            return item
        question = Question(issue=issues[item.flake.key], at=scan.now)
        progress = replace(item.flake.progress, question=question)
        return replace(item, flake=replace(item.flake, progress=progress), changed=True)

    return replace(found, watch=tuple(map(noted, found.watch)))


def _labels_for(new: tuple[Flake, ...], scan: Scan) -> tuple[EnsureLabel, ...]:
    """The labels this scan puts on something, so that they are created on first use."""
    wanted = {name for flake in new for name in labels(flake, scan.prefix)}
    if scan.dashboard.issue is None:
        wanted.add(prefixed("dashboard", prefix=scan.prefix))
    looks = [(prefixed(name, prefix=scan.prefix), label) for name, label in BY_NAME.items()]
    return tuple(
        EnsureLabel(name=name, color=label.color, description=label.description)
        for name, label in looks
        if name in wanted
    )


def _first_dashboard(scan: Scan) -> tuple[OpenDashboard, ...]:
    if scan.dashboard.issue is not None:
        return ()
    return (OpenDashboard(label=prefixed("dashboard", prefix=scan.prefix)),)


def _duplicates(found: Judgement, scan: Scan) -> tuple[CloseAsDuplicate, ...]:
    """Each duplicate closed with a comment, as many as the comment brake allows; the rest comes next time."""
    leads = {item.flake.key: item.flake.issue for item in found.leads}
    closed: list[CloseAsDuplicate] = []
    for flake in found.duplicates[: scan.thresholds.max_comments]:
        lead = leads[flake.key]
        if lead is None or flake.issue is None:
            continue
        done = moved(flake, Status.DUPLICATE, at=scan.now, actor=scan.actor, url=scan.run_url)
        done = replace(done, duplicate_of=lead.issue)
        closed.append(CloseAsDuplicate(number=flake.issue.issue, of=lead.issue, flake=done))
    return tuple(closed)


def _full(crowded_out: frozenset[str], forgotten: int) -> tuple[str, ...]:
    """What people should know when something did not fit."""
    notes = []
    if crowded_out:
        notes.append(f"the watch list is full: {len(crowded_out)} tests that failed longest ago were taken off it")
    if forgotten:
        notes.append(f"the ledger is full: {forgotten} runs that were read are forgotten and will be read again")
    return tuple(notes)


def _record(scan: Scan, found: Judgement, *, filed: int, waiting: tuple[Waiting, ...], note: str) -> ScanRecord:
    reasons = [item.reason for item in waiting]
    return ScanRecord(
        at=scan.now,
        runs=len(scan.attempts),
        failed_jobs=found.observed.failed_jobs,
        failures=len(found.observed.sightings),
        filed=filed,
        waiting=len(waiting),
        infra=found.observed.infrastructure,
        requests=scan.requests,
        note=note,
        why=BREAKAGE if BREAKAGE in reasons else next(iter(reasons), ""),
        url=scan.run_url,
    )


def _cursor(scan: Scan) -> datetime:
    return max(filter(None, (scan.dashboard.cursor, scan.cursor)))


def _ledger(scan: Scan, found: Judgement, *, lost: frozenset[str]) -> tuple[LedgerEntry, ...]:
    """The runs read, each with the occurrences that are kept of it; those before the cursor are past."""
    left = (*(item.flake for item in (*found.leads, *found.watch)), *found.duplicates)
    ledger = recorded(scan.dashboard.ledger, scan.read, (flake for flake in left if flake.key not in lost))
    return tuple(entry for entry in ledger if entry.created >= _cursor(scan))


def _dashboard(scan: Scan, *, ledger: tuple[LedgerEntry, ...], record: ScanRecord) -> Dashboard:
    old = scan.dashboard
    return replace(
        old,
        cursor=_cursor(scan),
        ledger=ledger,
        index=_index(scan),
        scans=(record, *old.scans)[:SCANS_KEPT],
    )


def _index(scan: Scan) -> tuple[IndexEntry, ...]:
    """Every managed issue ever known; those opened by this very scan are added by whoever opens them."""
    entries = {entry.issue: entry for entry in scan.dashboard.index}
    for flake in scan.managed:
        if flake.issue is not None:
            entries.setdefault(flake.issue.issue, IndexEntry(issue=flake.issue.issue, key=flake.key))
    buried = {number: replace(entry, gone=True) for number, entry in entries.items() if number in scan.gone}
    return tuple(entry for _, entry in sorted((entries | buried).items()))


def _dashboard_due(scan: Scan, new: Dashboard) -> bool:
    """Whether the dashboard must be written although nothing else is; old ledger entries can go another time."""
    old = scan.dashboard
    if old.issue is None or old.cursor is None or new.cursor is None or new.index != old.index:
        return True
    # A cursor that stays behind for long makes every scan list more runs than it needs.
    return not set(new.ledger) <= set(old.ledger) or new.cursor - old.cursor > scan.thresholds.window / 2
