"""The dashboard issue and the pages of its watch list.

The rule it keeps: the dashboard stores only its block; every line people read is projected from the issues.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ftc.core.model import Dashboard, Flake, IssueRef, Status
from ftc.core.state import (
    WATCH_PAGES,
    compact_dashboard,
    compact_watch,
    encode_dashboard,
    encode_watch_page,
)
from ftc.render.environment import render
from ftc.render.issue import BODY_LIMIT
from ftc.render.region import outside, splice

TITLE = "Flaky tests: dashboard"
OFFENDERS_SHOWN = 20
WATCHED_SHOWN = 40
SCANS_SHOWN = 10
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardView:
    """What the dashboard shows beside its own state."""

    managed: Sequence[Flake]
    watched: int
    waiting: Sequence[Flake]
    """Flakes with enough evidence that wait for a place, worst first."""
    breakage: int
    """Tests that began to fail at once, when the brake for that was pulled."""
    notes: Sequence[str]
    now: datetime
    window_days: int
    reason: str = ""
    """Why they wait."""


def dashboard_body(
    dashboard: Dashboard, view: DashboardView, *, previous: str, hmac_key: bytes | None = None, language: str = "en"
) -> str:
    """The whole body of the dashboard issue."""
    counts = Counter(flake.status for flake in view.managed)
    visible = render(
        "dashboard.md.j2",
        {
            "repo": dashboard.repo,
            "states": [{"name": status.value, "count": counts[status]} for status in Status if counts[status]],
            "watched": view.watched,
            "waiting": view.waiting,
            "breakage": view.breakage,
            "reason": view.reason,
            "offenders": _offenders(view),
            "window": view.window_days,
            "notes": view.notes,
            "scans": dashboard.scans[:SCANS_SHOWN],
        },
        language=language,
    )
    kept = compact_dashboard(dashboard, max_chars=BODY_LIMIT - len(visible) - len(outside(previous)))
    return splice(previous, visible + "\n" + encode_dashboard(kept, hmac_key=hmac_key))


def watch_page_body(
    page: int,
    flakes: tuple[Flake, ...],
    *,
    where: IssueRef | None,
    hmac_key: bytes | None = None,
    language: str = "en",
) -> str:
    """The whole text of one comment of the watch list; entries not seen for longest go when there are too many."""
    kept = compact_watch(flakes, max_chars=BODY_LIMIT - len(_watch_table(page, flakes, language)))
    return (
        _watch_table(page, kept, language) + "\n" + encode_watch_page(page, kept, where=where, hmac_key=hmac_key) + "\n"
    )


def _watch_table(page: int, flakes: Sequence[Flake], language: str) -> str:
    newest = sorted(flakes, key=lambda flake: (flake.last_seen or _NEVER, flake.key), reverse=True)
    hidden = max(len(newest) - WATCHED_SHOWN, 0)
    values = {"page": page, "pages": WATCH_PAGES, "rows": newest[:WATCHED_SHOWN], "hidden": hidden}
    return render("watch.md.j2", values, language=language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offender:
    """A managed issue with its failures inside the window."""

    issue: int
    test: str
    recent: int
    status: str


def _offenders(view: DashboardView) -> tuple[Offender, ...]:
    """Issues by failures inside the window, most first."""
    since = view.now - timedelta(days=view.window_days)
    rows = (
        Offender(
            issue=flake.issue.issue,
            test=str(flake.test),
            recent=sum(item.created >= since for item in flake.occurrences),
            status=flake.status.value,
        )
        for flake in view.managed
        if flake.issue is not None
    )
    return tuple(sorted((row for row in rows if row.recent), key=lambda row: (-row.recent, row.issue)))[
        :OFFENDERS_SHOWN
    ]
