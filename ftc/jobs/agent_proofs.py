"""Ordering the proof of a pull request of GitHub's agent, where the issue was handed over and the approval stands.

The rule it keeps: the comment on the pull request is the order, the issue's state with its head comes after it, and the
task is named last; whoever dies in between is repaired by the next look, or by the sweep that misses the report.
"""

from ftc.agent.github_agent import assigned
from ftc.clients.payloads import Comment
from ftc.clients.pull_payloads import Proposed
from ftc.core.agent_pulls import AgentPull, is_due, may_be_proven, noted
from ftc.core.closing_words import meant_by
from ftc.core.decision import reply
from ftc.core.effects import Say
from ftc.core.errors import Forbidden
from ftc.core.marks import AGENT_PROOF, agent_head, proven_head
from ftc.core.model import AuditEntry, Flake
from ftc.core.progress import RunRecord
from ftc.jobs.agent_orders import comment_order, is_agents
from ftc.jobs.apply import perform
from ftc.jobs.desk import Desk
from ftc.jobs.managed import trusted
from ftc.jobs.reminding import orders_waiting
from ftc.jobs.seat import Seat, save
from ftc.jobs.thread import Thread
from ftc.jobs.thread_effects import comments
from ftc.render.answer import answer
from ftc.render.environment import SHORT_SHA


def order_proof(at: Seat) -> None:
    """Order the proof that is due, if one is; to be called once it is known that the approval stands.

    It costs one request while the issue is awaited and a pull request of the agent is open for it, and none else.
    """
    ctx, flake = at.desk.ctx, at.flake
    run = may_be_proven(flake) if flake else None
    if flake is None or run is None or not at.is_open or not at.desk.house.fixes:
        return
    pull = _pull_of(at.desk, at.thread)
    if pull is None or not is_due(run, _as_agents(pull), now=ctx.now):
        return
    here = comments(at.desk.session, pull.number)
    if any(agent_head(item.body) != pull.head_sha for item in orders_waiting(ctx, here)):
        return  # another proof of it is under way, and may be of this very head
    _order(at, flake, run, pull, here=here)


def _order(at: Seat, flake: Flake, run: RunRecord, pull: Proposed, *, here: tuple[Comment, ...]) -> None:
    """Comment, state, task; a head that was proven for somebody else is only noted."""
    ctx, head = at.desk.ctx, pull.head_sha
    proven = any(proven_head(item.body) == head for item in here if trusted(ctx, item.author))
    action, entry = f"ordered the proof of pull request {pull.number}", None
    if not proven:
        said = reply("agent_proof", issue=at.number, head=head[:SHORT_SHA])
        text = answer(said, run_url=ctx.run_url, prefix=at.desk.house.prefix, language=ctx.config.language)
        perform(at.desk.session, [Say(number=pull.number, purpose=AGENT_PROOF + head, body=text)])
        entry = AuditEntry(at=ctx.now, actor=ctx.login, action=action, result=head[:SHORT_SHA], url=ctx.run_url)
    at.flake = noted(flake, run, head, entry=entry)
    save(at)
    ours = (item for item in comments(at.desk.session, pull.number) if trusted(ctx, item.author))
    order = next((item for item in ours if agent_head(item.body) == head), None)
    if order is not None and not proven:
        at.desk.tasks.append(comment_order(ctx, order))


def _pull_of(desk: Desk, thread: Thread) -> Proposed | None:
    """The newest open pull request of the agent that is to mend this issue, and no other, from this repository."""
    ctx, known = desk.ctx, desk.snapshot.by_number
    repo, number = ctx.write.repo, thread.issue.number
    mentions = (event.mention for event in thread.events if event.mention is not None)
    numbers = [
        item.number
        for item in mentions
        if item.is_pull and item.is_open and item.repo.lower() == repo.lower() and assigned([item.author])
        if meant_by(item.text, repo=repo, known=known) == (number,)
    ]
    try:
        pull = ctx.write.proposal(max(numbers)) if numbers else None
    except Forbidden as error:
        ctx.say(f"issue {number}: pull request {max(numbers)} of GitHub's agent may not be looked at: {error}")
        return None
    return pull if pull is not None and is_agents(pull, repo=repo) and pull.is_open else None


def _as_agents(pull: Proposed) -> AgentPull:
    return AgentPull(
        head_sha=pull.head_sha,
        title=pull.title,
        draft=pull.draft,
        review_requested=pull.review_requested,
        updated=pull.updated,
    )
