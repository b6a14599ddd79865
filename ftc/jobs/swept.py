"""Noting on the dashboard that a sweep has looked at every issue.

The rule it keeps: nothing but the state block changes; what people read there is projected by whoever knows it all.
"""

from dataclasses import replace
from datetime import datetime

from ftc.clients.payloads import Issue
from ftc.core.model import Dashboard
from ftc.core.scan_block import candidates
from ftc.core.state import encode_dashboard, merge_dashboards
from ftc.jobs.issues import Session, stored_block


def note_swept(session: Session, at: datetime, *, gone: frozenset[int]) -> None:
    """Write when the sweep was, the issues it wrote as they now are, and the tombstones it found."""
    if session.dashboard is None:
        return
    session.lines.append(f"note the sweep on the dashboard, issue {session.dashboard.issue}")
    if session.ctx.config.dry_run:
        return
    issue = session.ctx.write.issue(session.dashboard.issue)
    block = stored_block(session.ctx, issue.body, session.dashboard)
    if block is None or block.dashboard is None:
        return  # the next scan recovers it
    body = _with_block(session, issue, _noted(session, block.dashboard, at, gone=gone))
    if body != issue.body:
        session.ctx.write.edit_issue(issue.number, body=body)


def _noted(session: Session, stored: Dashboard, at: datetime, *, gone: frozenset[int]) -> Dashboard:
    entries = {entry.issue: entry for entry in stored.index} | session.index
    entries |= {number: replace(entry, gone=True) for number, entry in entries.items() if number in gone}
    kept = replace(stored, index=())
    ours = replace(
        kept,
        index=tuple(entries.values()),
        swept=max(at, stored.swept or at),
        revision=stored.revision + 1,
        parent=stored.revision,
    )
    return merge_dashboards(kept, ours)


def _with_block(session: Session, issue: Issue, dashboard: Dashboard) -> str:
    """The body with this state in place of the one that was believed."""
    text = issue.body.replace("\r\n", "\n")
    old = next(item for item in candidates(text) if item.whole and item.kind == "dashboard")
    return text[: old.start] + encode_dashboard(dashboard, hmac_key=session.ctx.hmac_key) + text[old.end :]
