"""What answering needs on every issue of one job: who we are, who people are, what is known, and who helps.

Rule: what other parts of the program do here, analysis, conversation, adoption, is an argument; where it is missing
people are told so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from ftc.clients.payloads import Comment, Issue
from ftc.core.approval import Wish
from ftc.core.authority import Policy
from ftc.core.decision import House
from ftc.core.dialogue import Model
from ftc.core.effects import Effect
from ftc.core.model import Flake
from ftc.core.orders import Order
from ftc.core.progress import Quarantine
from ftc.jobs.actors import People, house_of
from ftc.jobs.context import Context
from ftc.jobs.converse import Conversation
from ftc.jobs.issues import Session
from ftc.jobs.models import model_of
from ftc.jobs.snapshot import Snapshot
from ftc.jobs.thread_effects import comments


class Adopt(Protocol):
    """Makes a person's issue the one for a test, by its name."""

    def __call__(self, session: Session, issue: Issue, name: str, *, by: str) -> str:
        """The answer in finished Markdown."""


class Analyse(Protocol):
    """Looks for the cause of one flake."""

    def __call__(self, ctx: Context, flake: Flake, *, number: int, model: Model | None) -> tuple[Effect, ...]:
        """The comment with the analysis, and the state that knows of it; nothing where none is due."""


class Converse(Protocol):
    """Takes part in a conversation."""

    def __call__(
        self,
        ctx: Context,
        flake: Flake,
        *,
        number: int,
        comments: Sequence[Comment],
        comment: Comment,
        model: Model | None,
    ) -> Conversation:
        """The reply to a comment, or silence, and the flake with what is recorded of it."""


class StandingQuarantine(Protocol):
    """Derives the quarantine that stands from everybody's commands."""

    def __call__(self, wishes: Sequence[Wish], *, policy: Policy, now: datetime) -> Quarantine | None:
        """The quarantine at ``now``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Partners:
    """The other parts of the program that answering calls; each may be missing."""

    analyse: Analyse | None = None
    converse: Converse | None = None
    adopt: Adopt | None = None
    standing_quarantine: StandingQuarantine | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One job's answering."""

    ctx: Context
    session: Session
    snapshot: Snapshot
    people: People
    house: House
    partners: Partners
    model: Model | None = None
    tasks: list[Order] = field(default_factory=list)
    """Ordered by what was answered here."""
    unasked: list[int] = field(default_factory=list)
    """Pull requests below which the bot ordered something in a comment that answers nobody."""

    def others(self, number: int) -> tuple[Flake, ...]:
        """The managed flakes but the one of this issue, as they now stand."""
        found = {flake.issue.issue: flake for flake in self.snapshot.managed if flake.issue} | self.session.flakes
        return tuple(flake for issue, flake in sorted(found.items()) if issue != number)

    def flake(self, number: int) -> Flake | None:
        """The flake of an issue as it now stands; None for one that is not managed."""
        stored = (item.flake for item in self.snapshot.issues if item.issue.number == number)
        return self.session.flakes.get(number) or next(stored, None)

    def dashboard_comments(self) -> tuple[Comment, ...]:
        """What was said on the dashboard, where an approval may have been given."""
        dashboard = self.snapshot.dashboard.issue
        return comments(self.session, dashboard.issue) if dashboard else ()


def open_desk(ctx: Context, snapshot: Snapshot, partners: Partners) -> Desk:
    """A desk with nothing done yet."""
    return Desk(
        ctx=ctx,
        session=Session(ctx=ctx, dashboard=snapshot.dashboard.issue, known=set(snapshot.known)),
        snapshot=snapshot,
        people=People(ctx=ctx),
        house=house_of(ctx),
        partners=partners,
        model=model_of(ctx, snapshot.bills),
    )
