"""What the healing loop remembers between its runs, as a hidden block, and what a commit is due for by it.

The rule it keeps: a commit gets one verdict. What was verified, delivered or given up is never tried again, and while
somebody else's lease is alive nothing is tried at all. A block that is not whole and unchanged is not believed. Money
is put down before it is spent, at the most that it can be, and corrected afterwards.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ftc.core.documents import from_json, to_json
from ftc.core.errors import StateUnreadable
from ftc.core.ledger import WEEK, Charge
from ftc.core.records import RecordUnreadable, from_text, to_text
from ftc.core.sealed_block import lone_block, seal

SCHEMA = "heal-memory/2"
MARK = "flaky-test-cleaner:heal"
MOST_ATTEMPTS = 50
"""Commits that are remembered; the base branch has moved on long before the fiftieth."""
MOST_BILLS = 60
"""Bills that are remembered one by one: more than eight commits that fail each day of a week."""
MOST_CHARS = 600
"""Of a reason; the comment has the rest."""


class Outcome(StrEnum):
    """What became of a commit whose gates failed."""

    DELIVERED = "delivered"
    GAVE_UP = "gave-up"
    OVERTAKEN = "overtaken"
    """A repair was found, and the branch had moved on: it is remembered for what it cost."""


class Due(StrEnum):
    """What is to be done about a commit."""

    LOOK = "look"
    """Nobody has judged it yet."""
    BUSY = "busy"
    """Another loop is at work."""
    HEALTHY = "healthy"
    DELIVERED = "delivered"
    GAVE_UP = "gave-up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Who is at work on which commit, and until when that is believed."""

    holder: str
    """``run:<id>``, or ``host:<name>`` away from GitHub Actions; the same holder run again goes on."""
    turn: str
    """Tells two starts of one holder apart."""
    sha: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One commit whose gates failed, and what came of it."""

    sha: str
    at: datetime
    outcome: Outcome
    why: str
    """Of giving up; hostile text."""
    branch: str
    pull: int
    """0 where none could be opened; the branch is there then."""
    usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """All that is remembered for one base branch."""

    branch: str
    lease: Lease | None = None
    verified: str = ""
    """The last commit that passed both gates."""
    verified_at: datetime | None = None
    attempts: tuple[Attempt, ...] = ()
    """Newest first."""
    bills: tuple[Charge, ...] = ()
    """What searches for a repair have cost, newest first, each by its ``purpose``; one that is under way, or died,
    counts as the most that it may cost."""

    def of(self, sha: str) -> Attempt | None:
        """What became of a commit, if its gates failed."""
        return next((item for item in self.attempts if item.sha == sha), None)


def due(memory: Memory, sha: str, *, holder: str, now: datetime) -> Due:
    """What a commit is due for."""
    if memory.verified == sha:
        return Due.HEALTHY
    known = memory.of(sha)
    if known is not None and known.outcome is not Outcome.OVERTAKEN:
        return Due.DELIVERED if known.outcome is Outcome.DELIVERED else Due.GAVE_UP
    lease = memory.lease
    return Due.BUSY if lease is not None and lease.holder != holder and lease.until > now else Due.LOOK


def leased(memory: Memory, lease: Lease | None) -> Memory:
    """With another lease, or with none."""
    return replace(memory, lease=lease)


def proven(memory: Memory, sha: str, *, at: datetime) -> Memory:
    """With a commit that passed both gates."""
    return replace(memory, verified=sha, verified_at=at)


def concluded(memory: Memory, attempt: Attempt) -> Memory:
    """With one more commit that failed, in the place of what was said of it before."""
    short = replace(attempt, why=attempt.why[:MOST_CHARS])
    rest = (item for item in memory.attempts if item.sha != attempt.sha)
    return replace(memory, attempts=(short, *rest)[:MOST_ATTEMPTS])


def billed(memory: Memory, charge: Charge) -> Memory:
    """With what one search costs, in the place of what was said of it before; one that cost nothing leaves no bill.

    Of more than are remembered the oldest are put into one, as far as they are of the week that counts.
    """
    rest = tuple(item for item in memory.bills if item.purpose != charge.purpose)
    bills = (charge, *rest) if charge.usd > 0 else rest
    kept, over = bills[:MOST_BILLS], bills[MOST_BILLS:]
    late = sum(item.usd for item in over if item.at > charge.at - WEEK)
    if late:
        kept = (*kept[:-1], replace(kept[-1], usd=kept[-1].usd + late))
    return replace(memory, bills=kept)


def encode(memory: Memory, *, key: bytes | None = None) -> str:
    """The hidden block; one line of ASCII in which nothing can end an HTML comment, with its checksum."""
    line = to_json(json.loads(to_text(memory, schema=SCHEMA)))
    return f"<!-- {MARK}\n{line}\n{seal(MARK, line, key=key)}"


def decode(body: str, *, key: bytes | None = None) -> Memory:
    """The memory in an issue's text; ``StateUnreadable`` unless there is exactly one block, whole and unchanged."""
    document = lone_block(body, MARK, key=key).document
    try:
        return from_text(Memory, json.dumps(from_json(document)), schema=SCHEMA)
    except RecordUnreadable as error:
        raise StateUnreadable(f"the heal block cannot be read: {error}") from None


TAIL_LINES = 200
"""Of a failure: what its end says is what a person reads first."""
LINE_CHARS = 240
"""200 such lines and the words around them still fit into one comment."""


def tail(text: str) -> str:
    """The last lines of a gate's output, each cut to a length that people read."""
    lines = [line if len(line) <= LINE_CHARS else f"{line[: LINE_CHARS - 1]}…" for line in text.rstrip().splitlines()]
    return "\n".join(lines[-TAIL_LINES:])


def branch_of(sha: str) -> str:
    """The branch of the repair of one commit."""
    return f"ai/heal/{sha[:12]}"
