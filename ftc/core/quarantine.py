"""Which tests CI may fail without turning red, derived from what authorised people said, and never for good.

The rule it keeps: whatever is doubtful is not in quarantine. An edited, quoted or machine-made command counts for
nothing, every entry expires, and the list has a cap that a new entry cannot use to push an older one out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ftc.core.approval import Wish
from ftc.core.authority import Policy, Refused, authorised
from ftc.core.command_table import MAX_DAYS
from ftc.core.commands import Name
from ftc.core.model import TestId
from ftc.core.progress import Quarantine

ENDING = (Name.UNQUARANTINE, Name.STOP, Name.WONTFIX)
"""What takes a quarantine back; an ending counts although it was edited, since a red job is the safe mistake."""
LONGEST = timedelta(days=MAX_DAYS)
"""An entry that would expire later than this counts for nothing: it is a deletion, and belongs into the code."""


def standing_quarantine(wishes: Sequence[Wish], *, policy: Policy, now: datetime) -> Quarantine | None:
    """The quarantine that stands at ``now``: the newest sound command, unless it was taken back or has expired.

    ``wishes`` are the commands in the comments of one issue, in any order. A shorter one given later shortens.
    """
    given = [wish for wish in wishes if wish.command.name is Name.QUARANTINE and _sound(wish, policy, now)]
    newest = max(given, key=_order, default=None)
    if newest is None or any(_takes_back(wish, newest, policy) for wish in wishes):
        return None
    until = newest.at + timedelta(days=newest.command.days)
    return Quarantine(until=until, by=newest.actor.login, comment=newest.id) if now < until else None


def _sound(wish: Wish, policy: Policy, now: datetime) -> bool:
    said = authorised(wish.command, wish.actor, policy=policy, signal=wish.signal, edited=wish.edited)
    return not isinstance(said, Refused) and wish.at <= now


def _takes_back(wish: Wish, given: Wish, policy: Policy) -> bool:
    if wish.command.name not in ENDING or _order(wish) <= _order(given):
        return False
    return not isinstance(authorised(wish.command, wish.actor, policy=policy, signal=wish.signal), Refused)


def _order(wish: Wish) -> tuple[datetime, int]:
    """GitHub's times are whole seconds; within one, the ids of comments tell which came first."""
    return (wish.at, wish.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One test that may fail until a moment; ``issue`` and ``url`` are 0 and empty where a reviewed file names none."""

    test: TestId
    framework: str = ""
    until: datetime
    issue: int = 0
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineList:
    """Every entry of one repository, in the order in which they were given; ``generated`` is when it was derived."""

    repo: str
    generated: datetime
    entries: tuple[Entry, ...] = ()


class Lapse(StrEnum):
    """Why an entry of a list does not count now."""

    EXPIRED = "expired"
    TOO_LONG = "expires too late"
    OVER_CAP = "over the cap"


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """What of a list counts now, and what does not, with the reason."""

    entries: tuple[Entry, ...]
    lapsed: tuple[tuple[Entry, Lapse], ...] = ()


def in_force(entries: Iterable[Entry], *, now: datetime, most: int) -> InForce:
    """The entries that count at ``now``, at most ``most`` of them; whoever reads a list asks this first.

    Over the cap the earlier ones stay: a new command must not turn a job red that relies on an older one.
    """
    kept: list[Entry] = []
    lapsed: list[tuple[Entry, Lapse]] = []
    for entry in entries:
        why = _lapse(entry, now=now, room=most - len(kept))
        if why is None:
            kept.append(entry)
        else:
            lapsed.append((entry, why))
    return InForce(entries=tuple(kept), lapsed=tuple(lapsed))


def _lapse(entry: Entry, *, now: datetime, room: int) -> Lapse | None:
    if entry.until <= now:
        return Lapse.EXPIRED
    if entry.until > now + LONGEST:
        return Lapse.TOO_LONG
    return None if room > 0 else Lapse.OVER_CAP
