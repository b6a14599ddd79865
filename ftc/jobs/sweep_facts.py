"""What a sweep must know of an issue beside its state, asked only where the state calls for it.

The rule it keeps: everything is asked before anything is written; an issue whose questions could not be put, since the
budget is spent or GitHub refuses, is left for the next sweep.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from ftc.agent.github_agent import assigned
from ftc.clients.upkeep_api import Handled
from ftc.core.errors import BudgetExceeded, Forbidden, NotFound
from ftc.core.exposure import Held
from ftc.core.handing_over import overdue
from ftc.core.labels import prefixed
from ftc.core.model import Flake
from ftc.core.progress import PullRef
from ftc.core.pull_ending import own_pull, pulls_to_ask
from ftc.core.returning import questions
from ftc.core.sweeping import Ask, Facts, Hand, Who, asks
from ftc.jobs.context import Context
from ftc.jobs.managed import Managed, trusted
from ftc.jobs.snapshot import Snapshot

CLOSED_BY_MERGE = 60.0
"""Seconds between a merge and the closing it causes; GitHub needs a few."""


@dataclass(slots=True, kw_only=True)
class Compared:
    """Which commits contain which fix, each pair asked once in a job."""

    ctx: Context
    known: dict[tuple[str, str], bool] = field(default_factory=dict)

    def of(self, flake: Flake) -> Mapping[str, bool]:
        """For the commits that the flake's newest failures tested: whether they hold its fix."""
        answers: dict[str, bool] = {}
        for fix, sha in questions(flake):
            if (fix, sha) not in self.known:
                self.known[fix, sha] = self.ctx.read.contains(fix, sha)
            answers[sha] = self.known[fix, sha]
        return answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One issue and what is known of it."""

    item: Managed
    facts: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """The issues that can be decided about, by number, and of the others why not."""

    known: Mapping[int, Case]
    unanswered: Mapping[int, str]

    def joined(self, other: "Cases") -> "Cases":
        """These and those, by number."""
        known = dict(sorted({**self.known, **other.known}.items()))
        return Cases(known=known, unanswered={**self.unanswered, **other.unanswered})


def cases_of(ctx: Context, issues: Iterable[Managed], snapshot: Snapshot) -> Cases:
    """Ask about these issues; when the budget is spent, those that need nothing asked are still answered."""
    known: dict[int, Case] = {}
    unanswered: dict[int, str] = {}
    compared = Compared(ctx=ctx)
    managed = [(item.issue.number, item.flake) for item in snapshot.issues]
    pulls = pulls_to_ask(managed, most=ctx.config.fix_max_pulls, now=ctx.now)
    for item in issues:
        try:
            facts = _facts(ctx, item, compared, swept=snapshot.dashboard.swept)
            if item.issue.number in pulls:
                facts = replace(facts, pull=pull_of(ctx, item.flake, number=item.issue.number))
            known[item.issue.number] = Case(item=item, facts=facts)
        except (BudgetExceeded, Forbidden) as error:
            unanswered[item.issue.number] = str(error)
    return Cases(known=known, unanswered=unanswered)


def _facts(ctx: Context, item: Managed, compared: Compared, *, swept: datetime | None) -> Facts:
    issue, flake = item.issue, item.flake
    lately = issue.closed is not None and (swept is None or issue.closed >= swept)
    wanted = asks(flake, is_open=issue.is_open, closed_lately=lately)
    known = Facts(is_open=issue.is_open, labels=issue.labels, held=_held(ctx, item))
    if Ask.RUN in wanted:
        known = replace(known, ended=_ended(ctx, flake))
    run = overdue(flake, now=ctx.now) if issue.is_open else None
    if run is not None:
        pulls = ctx.write.pulls_on(issue.number, merged_since=run.created)
        known = replace(known, delivered=assigned(login for _, login in pulls))
    if Ask.HAND in wanted:
        known = replace(known, hand=_hand(ctx, item))
    if Ask.TREES in wanted:
        known = replace(known, contains=compared.of(flake))
    return known


def pull_of(ctx: Context, flake: Flake, *, number: int) -> PullRef | None:
    """The bot's pull request for the flake of this issue as GitHub now shows it, by whatever the token may read."""
    pull = own_pull(flake)
    if not pull:
        return None
    try:
        return ctx.write.pull(pull)
    except Forbidden:
        return ctx.write.pull_as_mentioned(pull, on=number)


def _held(ctx: Context, item: Managed) -> Held:
    wanted = prefixed("keep-open", prefix=ctx.config.label_prefix).lower()
    return Held(
        keep_open=any(label.lower() == wanted for label in item.issue.labels),
        assigned=bool(item.issue.assignees),
        milestone=item.issue.milestone,
    )


def _ended(ctx: Context, flake: Flake) -> str | None:
    """The page of the leaseholder's run once it is completed; empty when it was deleted, None while it works."""
    lease = flake.progress.lease
    if lease is None:
        return None
    try:
        run = ctx.write.attempt(lease.run, lease.attempt)
    except NotFound:
        return ""
    return run.url if run.status == "completed" else None


def _hand(ctx: Context, item: Managed) -> Hand | None:
    handled = ctx.write.handled(item.issue.number)
    if handled is None:
        return None
    event = handled.event
    closed = event.kind == "closed"
    return Hand(
        closed=closed,
        at=event.at,
        login=event.actor,
        who=_who(ctx, event.actor, event.actor_type),
        url=item.issue.url,
        not_planned=item.issue.not_planned,
        fix=_fix(ctx, handled, item.issue.url) if closed else None,
    )


def _who(ctx: Context, login: str, kind: str) -> Who:
    if trusted(ctx, login):
        return Who.OURS
    return Who.OTHER if kind == "Bot" else Who.PERSON


def _fix(ctx: Context, handled: Handled, url: str) -> PullRef | None:
    """What closed the issue: the commit's pull request, one merged at that moment, or the commit alone.

    GitHub names the commit only where its message closes the issue, and for a pull request's own words often nothing.
    A token that may not read pull requests leaves what the timeline says; for the merge commit then stands what the
    base branch was when the issue was closed.
    """
    event = handled.event
    near = min((number for number, seconds in handled.merged.items() if seconds <= CLOSED_BY_MERGE), default=0)
    with suppress(Forbidden):
        found = ctx.write.pull_of(event.commit) if event.commit else None
        found = found or (ctx.write.merged_pull(near) if near else None)
        if found is not None or not event.commit:
            return found
    if not near and not event.commit:
        return None
    sha = event.commit or ctx.write.head_at(ctx.base_branch, event.at)
    page = f"{url.partition('/issues/')[0]}/pull/{near}" if near else ""
    return PullRef(number=near, url=page, by_person=True, merged=event.at, merge_sha=sha)
