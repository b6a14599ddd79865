"""The rules of a sweep in their order, and what of their outcomes is written now.

Rule: what ends by itself comes first, then people's hands, then what CI shows; nothing is decided twice in one sweep.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ftc.core.handing_over import agent_never_came
from ftc.core.model import Dashboard
from ftc.core.pull_ending import pull_ended
from ftc.core.sweep_closing import (
    as_the_state_says,
    came_back,
    closed_by_hand,
    gone_silent,
    proven,
    reopened_by_hand,
)
from ftc.core.sweep_expiry import lease_taken_over, out_of_quarantine, unmuted
from ftc.core.sweeping import Outcome, Rule, Told

RULES: tuple[Rule, ...] = (
    unmuted,
    out_of_quarantine,
    lease_taken_over,
    agent_never_came,
    closed_by_hand,
    reopened_by_hand,
    came_back,
    proven,
    gone_silent,
    pull_ended,
    as_the_state_says,
)

SPARE = timedelta(days=4, hours=12)
"""On top of half a window: a scan with nothing new is recorded once half a window has passed, and by then two scans of
a schedule of three days may be late. With the default window that makes 8 days."""

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What is written now, by issue number, and which issues wait for the next sweep under the comment brake."""

    now: tuple[tuple[int, Outcome], ...]
    later: tuple[int, ...]


def within_brake(outcomes: Iterable[tuple[int, Outcome]], *, max_comments: int) -> Chosen:
    """As many as the brake on comments allows: closings last, and of them those that are silent longest first."""

    def order(item: tuple[int, Outcome]) -> tuple[bool, datetime, int]:
        number, outcome = item
        closes = any(telling.what in (Told.CLOSING, Told.UNPROVEN) for telling in outcome.told)
        return (closes, (outcome.flake.last_seen or _NEVER) if closes else _NEVER, number)

    now: list[tuple[int, Outcome]] = []
    later: list[int] = []
    left = max_comments
    for number, outcome in sorted(outcomes, key=order):
        if len(outcome.told) > left:
            later.append(number)
            continue
        left -= len(outcome.told)
        now.append((number, outcome))
    return Chosen(now=tuple(now), later=tuple(sorted(later)))


def dead_scans(dashboard: Dashboard, *, now: datetime, window: timedelta) -> str:
    """A warning when no scan has been recorded for so long that scans must be failing; empty while all is well."""
    if not dashboard.scans:
        return "no scan was ever recorded; without scans nothing is found and nothing is closed"
    age = now - max(item.at for item in dashboard.scans)
    if age <= window / 2 + SPARE:
        return ""
    return (
        f"the last recorded scan is {age.days} days old: look at the scheduled runs of the workflow; GitHub switches "
        "schedules off after 60 days without activity in the repository"
    )
