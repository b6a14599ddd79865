"""What a sweep decides about one issue: the rules in their order, and what they share.

Rule: every decision follows from state, facts and clock alone, so that a sweep that died and ran again decides the
same. A state that no rule touches stays as it is, to the byte.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from ftc.core.exposure import Held
from ftc.core.lifecycle import AFTER_MERGE, OPEN, moved
from ftc.core.model import Flake, Status
from ftc.core.progress import PullRef
from ftc.core.returning import questions


class Who(StrEnum):
    """Whose hand closed or opened an issue."""

    OURS = "ours"
    PERSON = "person"
    OTHER = "other"
    """Another bot; it decides nothing here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """The newest closing or reopening of an issue."""

    closed: bool
    at: datetime
    login: str
    who: Who
    url: str = ""
    not_planned: bool = False
    fix: PullRef | None = None
    """The merged pull request, or with number 0 the bare commit, that closed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of an issue beside its state."""

    is_open: bool
    labels: tuple[str, ...] = ()
    held: Held = field(default_factory=Held)
    hand: Hand | None = None
    """None where nobody ever closed it, or nobody asked."""
    ended: str | None = None
    """Page of the run that holds the lease, once GitHub calls that run completed; empty when the run is gone."""
    contains: Mapping[str, bool] = field(default_factory=dict)
    """Whether a commit that was tested contains the fix."""
    pull: PullRef | None = None
    """The bot's pull request as GitHub shows it; None where nobody asked, or it cannot be seen."""
    delivered: bool | None = None
    """Whether a pull request of GitHub's coding agent that speaks of the issue is open, or was merged since it was
    handed over; None where nobody asked."""
    insisted: bool = False
    """Whether a person has just asked for another fix, so that a pull request closed a moment ago stays closed."""


class Ask(StrEnum):
    """A question to GitHub that costs a request; most issues need none."""

    HAND = "hand"
    RUN = "run"
    TREES = "trees"


LEASED = (Status.FIXING, Status.PR_UPDATING)
"""States that are true only while a run works."""
CLOSED = (Status.VERIFIED, Status.CLOSED_SILENT, Status.CLOSED_WONTFIX, Status.DUPLICATE)


def asks(flake: Flake, *, is_open: bool, closed_lately: bool = False) -> tuple[Ask, ...]:
    """What must be asked about an issue before it can be decided about.

    ``closed_lately``: since the last sweep. An issue whose pull request was declined may be closed by another one.
    """
    if is_open:
        surprising = flake.status in (*CLOSED, *AFTER_MERGE)
    else:
        surprising = flake.status in OPEN or (flake.status is Status.CLOSED_WONTFIX and closed_lately)
    wanted = {
        Ask.RUN: flake.status in LEASED and flake.progress.lease is not None,
        Ask.HAND: surprising,
        Ask.TREES: bool(questions(flake)),
    }
    return tuple(ask for ask, needed in wanted.items() if needed)


class Told(StrEnum):
    """What a comment of the sweep is about; the word of its mark and the name of its template."""

    CLOSING = "closing"
    UNPROVEN = "unproven"
    VERIFIED = "verified"
    RETURNED = "returned"
    QUARANTINE_OVER = "quarantine-over"
    PULL_CLOSED = "pull-closed"
    LEASE_LOST = "lease-lost"
    AGENT_SILENT = "agent-silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One comment to write: what about, the id that makes it one of its kind, and the values of its template."""

    what: Told
    id: str
    values: Mapping[str, object]

    @property
    def purpose(self) -> str:
        """By which the comment is found again."""
        return f"{self.what}:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a sweep decides: the moment, the configuration, and whose name the audit trail gets."""

    now: datetime
    actor: str
    own: frozenset[str] = frozenset()
    """Every login the bot has or had."""
    run_url: str = ""
    close_silent: bool = True
    retry_declined: bool = False
    """Whether a pull request that was closed unmerged is a failed try instead of a no (``on-pr-closed``)."""
    prefix: str = "flaky-test-cleaner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """An issue as it should be: state, open or closed, comments, and labels beside those that the state projects."""

    flake: Flake
    is_open: bool
    completed: bool = False
    """With which reason it is closed."""
    told: tuple[Telling, ...] = ()
    labels_on: tuple[str, ...] = ()
    """Names without the prefix."""
    labels_off: tuple[str, ...] = ()

    def telling(self, what: Told, name: str, **values: object) -> "Outcome":
        """With one more comment; none while people have muted the issue."""
        if self.flake.progress.muted_until is not None:
            return self
        return replace(self, told=(*self.told, Telling(what=what, id=name, values=values)))


Rule = Callable[[Outcome, Facts, Manner], Outcome]
"""One rule: it gives the outcome back as it is where it does not apply."""


def swept(flake: Flake, facts: Facts, manner: Manner, *, rules: tuple[Rule, ...]) -> Outcome:
    """The issue after every rule, each of which sees what those before it decided."""
    outcome = Outcome(flake=flake, is_open=facts.is_open)
    for rule in rules:
        outcome = rule(outcome, facts, manner)
    return outcome


def went(outcome: Outcome, target: Status, manner: Manner, *, actor: str = "", url: str = "") -> Outcome:
    """The outcome with its flake moved, by the bot unless a person is named."""
    flake = moved(outcome.flake, target, at=manner.now, actor=actor or manner.actor, url=url or manner.run_url)
    return replace(outcome, flake=flake)


def stamp(moment: datetime) -> str:
    """A moment as part of a comment's mark."""
    return moment.strftime("%Y%m%dT%H%M%S")
