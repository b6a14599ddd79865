"""What a scan does about issues that are there: groups are linked, new failures told, states saved.

The rule it keeps: a comment comes before the state that remembers it, so that a job that dies in between finds its
comment and says nothing twice. Everything but the comment is silent.
"""

from collections.abc import Sequence
from dataclasses import replace

from ftc.core.config import Mode
from ftc.core.effects import LinkGroups, SaveFlake, TellFailures
from ftc.core.groups import group_leads, shared
from ftc.core.judged import Judged, Judgement, Scan
from ftc.core.model import Flake
from ftc.core.notices import due_notices


def kept_up(found: Judgement, scan: Scan, *, comments: int) -> tuple[TellFailures | SaveFlake, ...]:
    """The writes about managed issues; at most so many of them are comments, the others come with the next scan."""
    leads = _grouped(found)
    flakes = [item.flake for item in leads]
    due = due_notices(flakes, now=scan.now, days=scan.thresholds.notice_days, closed=scan.closed)
    told = {} if scan.mode == Mode.OBSERVE else {item.flake.key: item for item in due[: max(0, comments)]}
    effects: list[TellFailures | SaveFlake] = []
    for item in leads:
        if item.flake.issue is None:
            continue
        number, news = item.flake.issue.issue, told.get(item.flake.key)
        if news:
            effects.append(TellFailures(number=number, due=news))
        if news or item.changed:
            effects.append(SaveFlake(number=number, flake=news.told(scan.now) if news else item.flake))
    return tuple(effects)


def links(found: Judgement, new: Sequence[Flake]) -> tuple[LinkGroups, ...]:
    """Groups with members that get their numbers in this scan are linked once they have them."""
    if not shared(new, [item.flake for item in found.leads]):
        return ()
    filed = {flake.key for flake in new}
    return (LinkGroups(watched=tuple(item.flake for item in found.watch if item.flake.key not in filed)),)


def _grouped(found: Judgement) -> tuple[Judged, ...]:
    """The managed flakes, each with the lead of its group."""
    of = group_leads([item.flake for item in found.leads], [item.flake for item in found.watch])

    def linked(item: Judged) -> Judged:
        lead = of.get(item.flake.issue.issue, 0) if item.flake.issue else 0
        if item.flake.progress.lead == lead:
            return item
        return replace(item, flake=replace(item.flake, progress=replace(item.flake.progress, lead=lead)), changed=True)

    return tuple(map(linked, found.leads))
