"""What else is going on that a fix must not collide with: other fixes, open pull requests, money, and busy runners.

The rule it keeps: of two fixes that started at the same moment the one of the lower issue goes first, so that neither
waits for the other.
"""

from collections.abc import Iterator
from datetime import datetime

from ftc.core.closing_words import closed_by
from ftc.core.errors import Forbidden, NotFound
from ftc.core.fix import TaskKind
from ftc.core.gating import Facts, Job, Money, OpenPull, Rival
from ftc.core.groups import group_leads
from ftc.core.ledger import spent
from ftc.core.lifecycle import PULL_OPEN
from ftc.core.model import Flake, Status
from ftc.core.progress import Lease
from ftc.core.runner_choice import choose_runner
from ftc.jobs.context import Context
from ftc.jobs.desk import Desk
from ftc.jobs.managed import trusted


def open_pulls(ctx: Context) -> tuple[OpenPull, ...]:
    """Every open pull request; the name of a branch counts only where who pushed it may write here."""
    own = ctx.write.repo.lower()
    return tuple(
        OpenPull(
            number=item.number,
            branch=item.branch if item.head_repo.lower() == own else "",
            closes=closed_by(f"{item.title}\n{item.body}", repo=ctx.write.repo),
            author=item.author,
            stranger=not (item.by_insider(own) or trusted(ctx, item.author)),
        )
        for item in ctx.write.open_pulls()
    )


def rivals_of(desk: Desk, facts: Facts) -> tuple[Rival, ...]:
    """Living fixes of the same cause that come before this one, lowest issue first."""
    if facts.order.kind is not TaskKind.FIX or facts.flake is None:
        return ()
    snapshot, own = desk.snapshot, facts.order.issue
    leads = group_leads(snapshot.managed, snapshot.watched)
    members = [number for number, lead in leads.items() if lead and lead == leads.get(own) and number != own]
    flakes = snapshot.by_number
    return tuple(_rivals(desk.ctx, facts, [(number, flakes[number]) for number in sorted(members)]))


def _rivals(ctx: Context, facts: Facts, members: list[tuple[int, Flake]]) -> Iterator[Rival]:
    for number, flake in members:
        pull = flake.progress.pull
        if flake.status in PULL_OPEN:
            yield Rival(issue=number, pull=pull.number if pull else 0)
        elif _goes_first(number, flake, facts) and _alive(ctx, flake.progress.lease, facts.job):
            yield Rival(issue=number)


def _goes_first(number: int, flake: Flake, facts: Facts) -> bool:
    """Whether another flake is being fixed since before this one."""
    own = facts.flake.progress.lease if facts.flake else None
    other = flake.progress.lease
    if flake.status is not Status.FIXING or other is None:
        return False
    return own is None or _rank(other.taken, number) < _rank(own.taken, facts.order.issue)


def _rank(taken: datetime, number: int) -> tuple[datetime, int]:
    return taken, number


def _alive(ctx: Context, lease: Lease | None, job: Job) -> bool:
    """Whether the leaseholder's run is not completed; one that GitHub does not know any more is dead.

    Where this token may not ask it counts as alive: the sweep, which may, ends what is dead.
    """
    if lease is None:
        return False
    if lease.run == job.run:
        return True
    try:
        return ctx.write.run(lease.run).status != "completed"
    except NotFound:
        return False
    except Forbidden:
        return True


def money_of(desk: Desk, facts: Facts) -> Money:
    """What was paid in a week, and what the fixes that started before this one have reserved."""
    flakes, now = desk.snapshot.by_number, desk.ctx.now
    bills = desk.snapshot.bills
    running = sum(_goes_first(number, flake, facts) for number, flake in flakes.items() if number != facts.order.issue)
    return Money(
        issue=spent(bills, now=now, issue=facts.order.issue),
        week=spent(bills, now=now),
        reserved=running * desk.ctx.config.budget_fix,
    )


def runner_for(ctx: Context, wanted: str) -> str:
    """The label to run on; runners are listed only where there is a choice."""
    allowed = ctx.config.runners
    return choose_runner(wanted, allowed, ctx.write.runners() if allowed else None)
