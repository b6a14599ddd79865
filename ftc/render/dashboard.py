"""The dashboard issue and the pages of its watch list.

The rule it keeps: the dashboard stores only its block; every line people read is projected from the issues.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from ftc.core.commands import Name, help_text, spelled
from ftc.core.model import Dashboard, Flake, IssueRef
from ftc.core.overview import Due, Offender, Overview
from ftc.core.state import (
    WATCH_PAGES,
    compact_dashboard,
    compact_watch,
    encode_dashboard,
    encode_watch_page,
)
from ftc.core.task_totals import AIM_CONFLICTS, AIM_FIRST_TRY, AIM_MINUTES
from ftc.render.environment import Markdown, block, render
from ftc.render.issue import BODY_LIMIT, VERDICT_WORDS
from ftc.render.mermaid import pie_chart, trend_chart
from ftc.render.region import outside, splice

TITLE = "Flaky tests: dashboard"
BLOCK_ROOM = 36_000
"""Characters left for the state: the index of 400 issues takes 15,000, and the ledger of a busy week most of the rest.
What the ledger has no room for is read again, so that its place is worth more than the tail of a list."""
ROWS = (50, 30, 20, 10, 5)
"""Rows of each list, the most that leave that room; people work from the top, and the rest is counted."""
COSTLIEST = 5
"""Tests that are listed for the CI time they cost, however rarely they fail."""
WATCHED_SHOWN = 40
SCANS_SHOWN = 10
_NEVER = datetime.min.replace(tzinfo=UTC)


def dashboard_body(
    dashboard: Dashboard, shown: Overview, *, previous: str, hmac_key: bytes | None = None, language: str = "en"
) -> str:
    """The whole body of the dashboard issue."""
    room = BODY_LIMIT - len(outside(previous))
    visible = ""
    for rows in ROWS:
        visible = _text(shown, rows=rows, language=language)
        if len(visible) <= room - BLOCK_ROOM:
            break
    kept = compact_dashboard(dashboard, max_chars=room - len(visible))
    return splice(previous, visible + "\n" + encode_dashboard(kept, hmac_key=hmac_key))


def _text(shown: Overview, *, rows: int, language: str) -> str:
    """What people read; ``rows`` bounds every list whose length nobody else bounds."""
    values = {
        "shown": shown,
        "rows": rows,
        "due": [(item, _command(item)) for item in shown.due[:rows]],
        "offenders": _offenders(shown, rows),
        "several": Markdown(spelled(Name.AI_FIX, "#1 #2")),
        "scans": shown.health.scans[:SCANS_SHOWN],
        "aims": {"minutes": AIM_MINUTES, "conflicts": AIM_CONFLICTS, "first_try": AIM_FIRST_TRY},
        "trend": _chart(trend_chart(shown.trend)),
        "classes": _chart(pie_chart((VERDICT_WORDS[kind], count) for kind, count in shown.classes)),
        "commands": [(Markdown(line.usage), line.text) for line in help_text()],
    }
    return render("dashboard.md.j2", values, language=language)


def _offenders(shown: Overview, rows: int) -> tuple[Offender, ...]:
    """The most frequent ones, the last places given to those that cost most where these are not among them."""
    costly = sorted((item for item in shown.offenders if item.seconds), key=lambda item: -item.seconds)[:COSTLIEST]
    extra = [item for item in costly if item not in shown.offenders[:rows]]
    listed = [*shown.offenders[: rows - len(extra)], *extra]
    return tuple(item for item in shown.offenders if item in listed)


def _chart(text: str) -> Markdown:
    return block(text, "mermaid") if text else Markdown()


def _command(due: Due) -> Markdown:
    """What to comment on the issue; nothing where a comment does not help."""
    return Markdown(spelled(due.step.command) if due.step.command else "")


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
