"""Two states of one object become one: nothing that either of them knows is lost.

Rule: merging is commutative and idempotent (up to the order ``canonical`` gives), and associative wherever sealed
days know their keys. A day without keys takes the larger count, which never counts twice but, merged in different
orders, may miss different late arrivals.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from ftc.core.columns import Json
from ftc.core.documents import to_json
from ftc.core.flake_document import verdict_document
from ftc.core.model import AuditEntry, Dashboard, Flake, IndexEntry, IssueRef, LedgerEntry, Occurrence, Signature
from ftc.core.progress import merge_progress, without_sets
from ftc.core.progress_document import progress_document
from ftc.core.sealing import absorb, join_sealed, seal_through

Item = TypeVar("Item")

_NEVER = datetime.min.replace(tzinfo=UTC)


def canonical(flake: Flake) -> Flake:
    """The flake in the order and form that merging gives it: sets without doubles, newest first, horizon obeyed."""
    horizon = flake.horizon
    unique = _joined(flake.occurrences, key=lambda item: item.key, join=join_occurrences)
    kept = [item for item in unique if horizon is None or item.created > horizon]
    sealed = absorb(flake, [item for item in unique if horizon is not None and item.created <= horizon])
    counted = unique if sealed != flake.sealed else kept
    moments = [item.created for item in counted]
    return replace(
        flake,
        occurrences=tuple(sorted(kept, key=lambda item: (item.created, item.key), reverse=True)),
        sealed=sealed,
        exposure=tuple(sorted(_joined(flake.exposure, key=lambda item: (item.source, item.day), join=max))),
        signatures=_newest_first(flake.signatures),
        first_seen=min([*moments, *_present(flake.first_seen)], default=None),
        last_seen=max([*moments, *_present(flake.last_seen)], default=None),
        audit=tuple(sorted(set(flake.audit), key=_audit_order)),
    )


def _audit_order(entry: AuditEntry) -> tuple[datetime, str, str, str, str]:
    return (entry.at, entry.actor, entry.action, entry.result, entry.url)


def add_occurrences(flake: Flake, occurrences: Iterable[Occurrence]) -> Flake:
    """The flake with further occurrences; known ones and those of closed days change no count."""
    return canonical(replace(flake, occurrences=(*flake.occurrences, *occurrences)))


def merge_flakes(a: Flake, b: Flake) -> Flake:
    """Two states of one flake; raises ``ValueError`` for two flakes.

    What is one value, as status and verdict, comes from the later revision; the lower horizon is sealed up first.
    """
    if (a.key, a.test) != (b.key, b.test):
        raise ValueError(f"two flakes: {a.key} and {b.key}")
    horizon = max([*_present(a.horizon), *_present(b.horizon)], default=None)
    a, b = (canonical(seal_through(item, horizon) if horizon else item) for item in (canonical(a), canonical(b)))
    later = max(a, b, key=_seniority)
    earlier = b if later is a else a
    both = replace(
        later,
        issue=_lowest(a.issue, b.issue),
        occurrences=(*a.occurrences, *b.occurrences),
        sealed=join_sealed(a.sealed, b.sealed),
        exposure=(*a.exposure, *b.exposure),
        signatures=(*a.signatures, *b.signatures),
        first_seen=min([*_present(a.first_seen), *_present(b.first_seen)], default=None),
        last_seen=max([*_present(a.last_seen), *_present(b.last_seen)], default=None),
        audit=(*a.audit, *b.audit),
        progress=merge_progress(later.progress, earlier.progress),
        # Named once, when the issue is opened. Two lists can only meet when two issues become one, and then the lead's
        # is kept by whoever joins them; here any fixed choice will do.
        owners=min([item.owners for item in (a, b) if item.owners], default=()),
    )
    return canonical(both)


def _seniority(flake: Flake) -> tuple[int, int, str]:
    """Revision first; between writers of the same one any fixed order will do."""
    single: list[Json] = [flake.status.value, flake.duplicate_of, flake.framework, flake.repo]
    told: list[Json] = [*single, verdict_document(flake.verdict), progress_document(without_sets(flake.progress))]
    return (flake.revision, flake.parent, to_json(told))


def _lowest(*refs: IssueRef | None) -> IssueRef | None:
    """Of two issues for one flake the lower number stays."""
    return min(_present(*refs), key=lambda ref: (ref.issue, ref.repo, ref.comment), default=None)


def join_occurrences(a: Occurrence, b: Occurrence) -> Occurrence:
    """Two reports of one occurrence: the better grade with its proof, and of each other field what is there."""
    best = max(a, b, key=lambda item: (-item.grade.rank, item.proof))
    texts = ("job_id", "workflow", "event", "branch", "sha", "tree", "fingerprint", "kind", "url", "author", "os")
    return replace(
        a,
        created=min(a.created, b.created),
        pull_request=max(_present(a.pull_request, b.pull_request), default=None),
        passed_in_run=a.passed_in_run or b.passed_in_run,
        seconds=max(a.seconds, b.seconds),
        grade=best.grade,
        proof=best.proof,
        **{name: max(getattr(a, name), getattr(b, name)) for name in texts},
    )


def _newest_first(signatures: Iterable[Signature]) -> tuple[Signature, ...]:
    """One entry a fingerprint, the one with the newest excerpt; newest first."""

    def age(item: Signature) -> tuple[datetime, bool, str]:
        return (item.excerpt_at or _NEVER, bool(item.excerpt), repr(item))

    found = _joined(signatures, key=lambda item: item.fingerprint, join=lambda a, b: max(a, b, key=age))
    return tuple(sorted(found, key=lambda item: (item.excerpt_at or _NEVER, item.fingerprint), reverse=True))


def merge_dashboards(a: Dashboard, b: Dashboard) -> Dashboard:
    """Two states of one dashboard: the cursor only advances, the index unites, a tombstone wins."""
    later = max(a, b, key=lambda item: (item.revision, item.parent, item.repo))
    cursor = max([*_present(a.cursor), *_present(b.cursor)], default=None)
    return canonical_dashboard(
        replace(
            later,
            issue=_lowest(a.issue, b.issue),
            cursor=cursor,
            ledger=(*a.ledger, *b.ledger),
            index=(*a.index, *b.index),
            scans=(*a.scans, *b.scans),
            swept=max([*_present(a.swept), *_present(b.swept)], default=None),
        )
    )


def canonical_dashboard(dashboard: Dashboard) -> Dashboard:
    """Without doubles and in order; runs before the cursor need no further look and are forgotten."""
    cursor = dashboard.cursor or _NEVER
    needed = (item for item in dashboard.ledger if item.created >= cursor)
    ledger = _joined(needed, key=lambda item: (item.source, item.run, item.attempt), join=_join_ledger)
    index = _joined(dashboard.index, key=lambda item: item.issue, join=_join_index)
    return replace(
        dashboard,
        ledger=tuple(sorted(ledger, key=_ledger_order, reverse=True)),
        index=tuple(sorted(index, key=lambda item: item.issue)),
        scans=tuple(sorted(set(dashboard.scans), key=lambda item: (item.at, repr(item)), reverse=True)),
    )


def _ledger_order(entry: LedgerEntry) -> tuple[datetime, str, str, int]:
    return (entry.created, entry.source, entry.run, entry.attempt)


def _join_ledger(a: LedgerEntry, b: LedgerEntry) -> LedgerEntry:
    return max(a, b, key=lambda item: (item.created, item.occurrences, item.conclusion))


def _join_index(a: IndexEntry, b: IndexEntry) -> IndexEntry:
    """Two different digests are none: then the issue is read, which is always safe."""
    digest = a.digest if a.digest == b.digest else ""
    comment = max(a.comment, b.comment)
    return IndexEntry(issue=a.issue, key=max(a.key, b.key), digest=digest, gone=a.gone or b.gone, comment=comment)


def merge_watch(a: Iterable[Flake], b: Iterable[Flake]) -> tuple[Flake, ...]:
    """Two states of one watch page, in the order of the keys."""
    found = _joined([*map(canonical, a), *map(canonical, b)], key=lambda item: item.key, join=merge_flakes)
    return tuple(sorted(found, key=lambda item: item.key))


def _joined(
    items: Iterable[Item], *, key: Callable[[Item], Hashable], join: Callable[[Item, Item], Item]
) -> tuple[Item, ...]:
    found: dict[Hashable, Item] = {}
    for item in items:
        name = key(item)
        found[name] = join(found[name], item) if name in found and found[name] != item else item
    return tuple(found.values())


def _present(*values: Item | None) -> list[Item]:
    return [value for value in values if value is not None]
