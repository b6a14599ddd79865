"""What deciding about one turn needs and gives: the situation on the issue, and the answer with its effects.

Rule: a decision looks at the stored state and never at what an interrupted try may have written already, labels or
open and closed, so that deciding again gives the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise

from ftc.core.approval import Missing, Plan, Valid, Void
from ftc.core.authority import Policy
from ftc.core.commands import Command
from ftc.core.dispatch import Caps
from ftc.core.effects import Effect
from ftc.core.fix_agents import FixAgent
from ftc.core.lifecycle import BEFORE_APPROVAL, allowed, moved
from ftc.core.model import AuditEntry, Flake, Status
from ftc.core.orders import Order
from ftc.core.progress import Quarantine
from ftc.core.turns import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Whether a fix is approved now, the plan that would be carried out, and what is missing for an approval."""

    standing: Valid | Void
    plan: Plan | None
    lacks: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the configuration says, as far as deciding needs it."""

    policy: Policy = field(default_factory=Policy)
    prefix: str = "flaky-test-cleaner"
    threshold: float = 0.75
    runners: tuple[str, ...] = ()
    fixes: bool = False
    """Whether fix runs are installed."""
    caps: Caps = field(default_factory=Caps)
    model: str = ""
    quarantine_max: int = 10
    login: str = ""
    """Who the bot is."""
    repo: str = ""
    """Where the issues are."""
    run_url: str = ""
    agent: FixAgent = FixAgent.BUILTIN
    """Who looks for a fix."""
    has_command: bool = False
    """Whether a program of the user's is configured for that."""
    product_code: bool = False
    """Whether a fix may change planned files beside the allowed paths."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """One turn and everything that deciding about it may look at."""

    turn: Turn
    number: int
    title: str
    body: str
    """Of the issue; hostile, and only ever frozen into a task."""
    now: datetime
    house: House
    flake: Flake | None = None
    """None for an issue that is not managed."""
    others: tuple[Flake, ...] = ()
    """The other managed flakes."""
    is_pull: bool = False
    unreadable: bool = False
    """Whether the issue is managed and its state cannot be read now."""
    consent: Consent | None = None
    """Given where an approval is asked for."""
    quarantine: Quarantine | None = None
    """The quarantine that stands by the commands."""
    earlier: Turn | None = None
    """The newest earlier start by somebody who may: what a restart repeats."""
    changed: bool = False
    """Whether somebody else changed title or body after the order of a task."""
    assigned: bool | None = None
    """Whether GitHub took the person to be assigned."""

    @property
    def command(self) -> Command:
        """The command of the turn."""
        if self.turn.command is None:
            raise AssertionError(f"turn {self.turn.key} is no command")
        return self.turn.command

    @property
    def known(self) -> Flake:
        """The managed flake; callers have asked whether there is one."""
        if self.flake is None:
            raise AssertionError(f"issue {self.number} is not managed")
        return self.flake


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is to be said: a template of ``answers/`` and its values."""

    template: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What follows from one turn."""

    flake: Flake | None = None
    """The state from then on; None where nothing of it changes."""
    reply: Reply | None = None
    text: str = ""
    """An answer in finished Markdown, where another part of the program wrote it."""
    before: tuple[Effect, ...] = ()
    """Writes on other issues, which come before the answer; each must be harmless when it is made twice."""
    is_open: bool | None = None
    """Whether the issue is to be open; None leaves it as it is."""
    completed: bool = False
    quarantined: bool | None = None
    """Whether the issue is to bear the label of a quarantine; None leaves it as it is."""
    task: Order | None = None
    """The task to hand to the fix workflow."""


def reply(template: str, **values: object) -> Reply:
    """A reply, shortly."""
    return Reply(template=template, values=values)


def audited(situation: Situation, flake: Flake, action: str, *, result: str = "") -> Flake:
    """The flake with an entry that says what a person did."""
    return audited_once(situation, flake, action, result=result, at=situation.now)


def audited_once(situation: Situation, flake: Flake, action: str, *, result: str, at: datetime) -> Flake:
    """The same at a time that a second try would give as well: then it is one entry."""
    if any((entry.at, entry.actor, entry.action) == (at, situation.turn.login, action) for entry in flake.audit):
        return flake
    entry = AuditEntry(at=at, actor=situation.turn.login, action=action, result=result, url=situation.house.run_url)
    return replace(flake, audit=(*flake.audit, entry))


def stepped(situation: Situation, flake: Flake, target: Status) -> Flake:
    """The flake moved by the person of the turn; ``TransitionRefused`` when the table lacks the move."""
    return moved(
        flake,
        target,
        at=situation.now,
        actor=situation.turn.login or situation.house.login,
        url=situation.house.run_url,
    )


def approved(situation: Situation, flake: Flake) -> Flake:
    """The flake walked to its approval through every state in between, each move audited; ``TransitionRefused``."""
    onward = dict(pairwise((*BEFORE_APPROVAL, Status.APPROVED_TO_FIX)))
    while flake.status is not Status.APPROVED_TO_FIX:
        straight = allowed(flake.status, Status.APPROVED_TO_FIX)
        target = Status.APPROVED_TO_FIX if straight else onward.get(flake.status, Status.APPROVED_TO_FIX)
        flake = stepped(situation, flake, target)
    return flake
