"""Noting on the dashboard that a sweep has looked at every issue.

The rule it keeps: the dashboard gets the text that every job gives it, with the issues as this sweep leaves them. What
was answered meanwhile is shown as it was read before; the next job that writes here shows it anew.
"""

from dataclasses import replace

from ftc.jobs.apply import save_dashboard
from ftc.jobs.issues import Session
from ftc.jobs.snapshot import Snapshot


def note_swept(session: Session, snapshot: Snapshot) -> None:
    """Write when the sweep was, the issues it wrote as they now are, and the tombstones it found."""
    if session.dashboard is None:
        return
    session.lines.append(f"note the sweep on the dashboard, issue {session.dashboard.issue}")
    if session.ctx.config.dry_run or snapshot.damaged:
        return  # the next scan recovers what is damaged
    known = snapshot.dashboard
    index = tuple(replace(entry, gone=entry.gone or entry.issue in snapshot.gone) for entry in known.index)
    save_dashboard(session, replace(known, index=index, swept=max(session.ctx.now, known.swept or session.ctx.now)))
