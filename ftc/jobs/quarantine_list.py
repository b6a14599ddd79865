"""The quarantine list, derived from the commands in the issues, or read from a file that people review.

The rule it keeps: a label only says where to look. What counts is an unedited command by somebody who may give it,
under an issue whose state is believed; nothing is taken from the state about quarantine itself.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from ftc.core.approval import Wish
from ftc.core.commands import Name
from ftc.core.labels import prefixed
from ftc.core.model import TestId
from ftc.core.progress import Quarantine
from ftc.core.quarantine import ENDING, Entry, QuarantineList, standing_quarantine
from ftc.core.quarantine_document import ListUnreadable, from_json
from ftc.jobs.actors import People, house_of
from ftc.jobs.consents import wish_of
from ftc.jobs.context import Context
from ftc.jobs.managed import Managed
from ftc.jobs.snapshot import read_snapshot
from ftc.jobs.thread import of_comment

TELLING = (Name.QUARANTINE, *ENDING)


def derived_list(ctx: Context) -> QuarantineList:
    """Every quarantine that stands now, in the order in which they were given; a closed issue has none."""
    label = prefixed("quarantined", prefix=ctx.config.label_prefix).lower()
    policy, people = house_of(ctx).policy, People(ctx=ctx)
    found: list[tuple[Quarantine, Managed]] = []
    for item in read_snapshot(ctx).issues:
        if item.issue.is_open and label in (name.lower() for name in item.issue.labels):
            wishes = tuple(_wishes(ctx, people, item))
            quarantine = standing_quarantine(wishes, policy=policy, now=ctx.now)
            found += [(quarantine, item)] if quarantine else []
    found.sort(key=lambda pair: pair[0].comment)
    entries: dict[TestId, Entry] = {}
    for quarantine, item in found:  # with an issue for each signature, a test may have several
        entries.setdefault(item.flake.test, _entry(item, quarantine))
    return QuarantineList(repo=ctx.read.repo, generated=ctx.now, entries=tuple(entries.values()))


def _entry(item: Managed, quarantine: Quarantine) -> Entry:
    flake = item.flake
    return Entry(
        test=flake.test,
        framework=flake.framework,
        until=quarantine.until,
        issue=item.issue.number,
        url=item.issue.url,
    )


def _wishes(ctx: Context, people: People, item: Managed) -> Iterator[Wish]:
    """The commands about quarantine on one issue; nobody's role is asked for another comment."""
    said = ctx.write.comments(item.issue.number)
    for comment in said:
        turn = of_comment(ctx, comment)
        if turn and turn.command and turn.command.name in TELLING:
            yield wish_of(ctx, people, turn, item.flake, said=said)


def reviewed_list(path: Path, *, repo: str) -> QuarantineList:
    """The list in a file; raises ``ListUnreadable``, also when it was written for another repository."""
    try:
        found = from_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ListUnreadable(f"the quarantine list {path} cannot be read: {error}") from None
    except ListUnreadable as error:
        raise ListUnreadable(f"{path}: {error}") from None
    if repo and found.repo.lower() != repo.lower():
        raise ListUnreadable(f"{path} is a list for {found.repo}, not for {repo}")
    return found


def lasting(entry: Entry, now: datetime) -> str:
    """How long an entry still lasts, in words."""
    days, seconds = divmod(int((entry.until - now).total_seconds()), 86_400)
    return f"{days} days" if days else f"{seconds // 3600} hours"
