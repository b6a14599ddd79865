"""The dashboard issue and the pages of its watch list.

The rule it keeps: the dashboard stores only its block; every line people read is projected from the issues.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from ftc.core.model import Dashboard, Flake, IssueRef
from ftc.core.overview import Overview
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


def dashboard_body(
    dashboard: Dashboard, shown: Overview, *, previous: str, hmac_key: bytes | None = None, language: str = "en"
) -> str:
    """The whole body of the dashboard issue."""
    visible = render(
        "dashboard.md.j2",
        {"shown": shown, "offenders": shown.offenders[:OFFENDERS_SHOWN], "scans": shown.scans[:SCANS_SHOWN]},
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
