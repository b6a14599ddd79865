"""Flakes that a scan finds back: their issues are opened again together with the state that tells of the failure.

The rule it keeps: what the scan would save of such a flake is saved last and once, so that a scan that died before
finds the same failure new again; what it has no budget for is left to the sweep.
"""

from collections.abc import Iterator
from dataclasses import replace

from ftc.core.config import OnPrClosed
from ftc.core.effects import Effect, SaveFlake
from ftc.core.errors import BudgetExceeded, Forbidden
from ftc.core.sweep_closing import came_back
from ftc.core.sweep_expiry import unmuted
from ftc.core.sweeping import Facts, Manner, swept
from ftc.core.triage import Plan
from ftc.jobs.context import Context
from ftc.jobs.managed import Managed
from ftc.jobs.snapshot import Snapshot
from ftc.jobs.sweep_effects import effects_of
from ftc.jobs.sweep_facts import Compared


def manner_of(ctx: Context) -> Manner:
    """How this job decides about issues that are done."""
    return Manner(
        now=ctx.now,
        actor=ctx.login,
        own=ctx.trusted,
        run_url=ctx.run_url,
        close_silent=ctx.config.close_silent,
        retry_declined=ctx.config.on_pr_closed is OnPrClosed.FIX_FAILED,
        prefix=ctx.config.label_prefix,
    )


def with_returns(ctx: Context, snapshot: Snapshot, plan: Plan) -> Plan:
    """The plan in which a flake that came back is opened again instead of merely saved."""
    issues = {item.issue.number: item for item in snapshot.issues}
    compared, left = Compared(ctx=ctx), ctx.config.max_comments
    effects: list[Effect] = []
    for effect in plan.effects:
        item = issues.get(effect.number) if isinstance(effect, SaveFlake) else None
        if isinstance(effect, SaveFlake) and item is not None and left > 0:
            writes = tuple(_writes(ctx, item, effect, compared))
            left -= len(writes) > 1
            effects += writes
        else:
            effects.append(effect)
    return replace(plan, effects=tuple(effects))


def _writes(ctx: Context, item: Managed, effect: SaveFlake, compared: Compared) -> Iterator[Effect]:
    try:
        contains = compared.of(effect.flake)
    except (BudgetExceeded, Forbidden):
        contains = {}
    facts = Facts(is_open=item.issue.is_open, labels=item.issue.labels, contains=contains)
    outcome = swept(effect.flake, facts, manner_of(ctx), rules=(unmuted, came_back))
    if outcome.flake.status is effect.flake.status:
        yield effect
    else:
        yield from effects_of(ctx, item, facts, outcome)
