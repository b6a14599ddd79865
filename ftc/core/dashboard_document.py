"""The dashboard as a JSON document of the current schema, and back.

Rule: the dashboard stores what no issue can tell; everything else it shows is projected from the issues.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from ftc.core.columns import Json, pack_table, unpack_table
from ftc.core.documents import (
    EPOCH,
    Document,
    members,
    moment_json,
    ref_json,
    split_moment,
    text,
    to_moment,
    to_ref,
    whole,
)
from ftc.core.model import Dashboard, IndexEntry, LedgerEntry, ScanRecord


def dashboard_document(dashboard: Dashboard) -> Document:
    """Cursor and index before the ledger, which a lost end only makes more expensive.

    What came later than the first schema is a member only where there is something to say.
    """
    adopted: list[Json] = [[item.issue, item.comment] for item in dashboard.index if item.comment]
    return {
        "repo": dashboard.repo,
        "issue": ref_json(dashboard.issue),
        "cursor": moment_json(dashboard.cursor),
        "revision": [dashboard.revision, dashboard.parent],
        "index": pack_table(
            [(str(item.issue), item.key, item.digest, "1" if item.gone else "0") for item in dashboard.index]
        ),
        "ledger": pack_table([_ledger_row(item) for item in dashboard.ledger]),
        "scans": pack_table([_scan_row(item) for item in dashboard.scans]),
        **({"adopted": adopted} if adopted else {}),
        **({"swept": moment_json(dashboard.swept)} if dashboard.swept else {}),
    }


def _ledger_row(item: LedgerEntry) -> tuple[str, ...]:
    seconds, fraction = split_moment(item.created)
    ids = (item.source, item.run, str(item.attempt), item.conclusion)
    return (*ids, str(seconds), str(fraction), str(item.occurrences))


def _scan_row(item: ScanRecord) -> tuple[str, ...]:
    numbers = (item.runs, item.failed_jobs, item.failures, item.filed, item.waiting, item.infra, item.requests)
    seconds, fraction = split_moment(item.at)
    return (str(seconds), str(fraction), *map(str, numbers), item.note, item.why, item.url)


def _to_ledger(row: tuple[str, ...]) -> LedgerEntry:
    source, run, attempt, conclusion, seconds, fraction, count = row
    created = EPOCH + timedelta(seconds=int(seconds), microseconds=int(fraction))
    return LedgerEntry(
        source=source, run=run, attempt=int(attempt), conclusion=conclusion, created=created, occurrences=int(count)
    )


def _to_scan(row: tuple[str, ...]) -> ScanRecord:
    seconds, fraction, runs, jobs, failures, filed, waiting, infra, requests, note, why, url = row
    at = EPOCH + timedelta(seconds=int(seconds), microseconds=int(fraction))
    return ScanRecord(
        at=at, runs=int(runs), failed_jobs=int(jobs), failures=int(failures),
        filed=int(filed), waiting=int(waiting), infra=int(infra), requests=int(requests), note=note,
        why=why, url=url,
    )  # fmt: skip


_DASHBOARD_READERS: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "repo": lambda value: {"repo": text(value)},
    "issue": lambda value: {"issue": to_ref(value)},
    "cursor": lambda value: {"cursor": to_moment(value)},
    "revision": lambda value: {"revision": whole(value[0]), "parent": whole(value[1])},
    "index": lambda value: {
        "index": tuple(
            IndexEntry(issue=int(issue), key=key, digest=digest, gone=gone == "1")
            for issue, key, digest, gone in unpack_table(value)
        )
    },
    "ledger": lambda value: {"ledger": tuple(map(_to_ledger, unpack_table(value)))},
    "scans": lambda value: {"scans": tuple(map(_to_scan, unpack_table(value)))},
    "adopted": lambda value: {"adopted": {whole(issue): whole(comment) for issue, comment in value}},
    "swept": lambda value: {"swept": to_moment(value)},
}
_REQUIRED = tuple(name for name in _DASHBOARD_READERS if name not in ("adopted", "swept"))


def to_dashboard(document: Document) -> Dashboard:
    """The dashboard of a whole document."""
    found = members(document, _DASHBOARD_READERS, required=_REQUIRED)
    adopted = found.pop("adopted", {})
    index = tuple(replace(entry, comment=adopted.get(entry.issue, 0)) for entry in found.pop("index"))
    return Dashboard(**found, index=index)
