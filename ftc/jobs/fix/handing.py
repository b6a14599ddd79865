"""Giving an issue to GitHub's coding agent when a run ends with that, also for the second time.

The rule it keeps: the agent begins when it is assigned, not while it is; run again, it is not assigned a second time.
"""

from ftc.agent.github_agent import Hands, assigned, hand_over, let_go
from ftc.clients.payloads import Issue
from ftc.core.handing_over import earlier_handed_over
from ftc.core.model import Flake
from ftc.core.settling import record_of
from ftc.jobs.context import Context


def given(ctx: Context, issue: Issue, flake: Flake, *, task: str, hands: Hands) -> str:
    """Assign the agent for this task; empty when it took the issue, else why not.

    One that is assigned since an earlier try is unassigned first. Where people assigned it themselves it is at work.
    """
    if assigned(issue.assignees):
        if not earlier_handed_over(flake, task) or _assigned_for(ctx, issue.number, flake, task=task):
            return ""
        if problem := let_go(issue.number, hands.unassign):
            return problem
    return hand_over(issue.number, hands.assign)


def _assigned_for(ctx: Context, number: int, flake: Flake, *, task: str) -> bool:
    """Whether it was assigned since the task was ordered: by a job that died over it, or by people."""
    record = record_of(flake, task)
    events = (event for event in ctx.write.timeline(number) if event.kind == "assigned" and assigned([event.assignee]))
    return record is not None and any(event.at >= record.created for event in events)
