"""Ordering the proof of a pull request of GitHub's agent, where the issue was handed over and the approval stands.

The rule it keeps: the comment on the pull request is the order, the issue's state with its head comes after it, and the
task is named last; whoever dies in between is repaired by the next look, or by the sweep that misses the report.
"""

from dataclasses import dataclass, replace

from ftc.agent.github_agent import assigned
from ftc.clients.mention_payloads import Mention
from ftc.clients.payloads import Comment
from ftc.core.agent_pulls import AgentPull, is_finished, may_be_proven, noted
from ftc.core.closing_words import meant_by
from ftc.core.decision import reply
from ftc.core.effects import Say
from ftc.core.errors import Forbidden
from ftc.core.marks import AGENT_PROOF, agent_head, proven_head
from ftc.core.model import AuditEntry, Flake
from ftc.core.progress import RunRecord
from ftc.jobs.agent_orders import comment_order, is_agents
from ftc.jobs.apply import perform
from ftc.jobs.context import Context
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
    head = _finished_head(ctx, pull) if pull else ""
    if pull is None or not head or head in run.proofs:
        return
    here = comments(at.desk.session, pull.number)
    if any(agent_head(item.body) != head for item in orders_waiting(ctx, here)):
        return  # another proof of it is under way, and may be of this very head
    _order(at, flake, run, Asked(pull=pull.number, head=head), here=here)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be proven."""

    pull: int
    head: str


def _order(at: Seat, flake: Flake, run: RunRecord, asked: Asked, *, here: tuple[Comment, ...]) -> None:
    """Comment, state, task; a head that was proven for somebody else is only noted."""
    ctx, head = at.desk.ctx, asked.head
    proven = any(proven_head(item.body) == head for item in here if trusted(ctx, item.author))
    entry = None
    if not proven:
        said = reply("agent_proof", issue=at.number, head=head[:SHORT_SHA])
        text = answer(said, run_url=ctx.run_url, prefix=at.desk.house.prefix, language=ctx.config.language)
        perform(at.desk.session, [Say(number=asked.pull, purpose=AGENT_PROOF + head, body=text)])
        action, short = f"ordered the proof of pull request {asked.pull}", head[:SHORT_SHA]
        entry = AuditEntry(at=ctx.now, actor=ctx.login, action=action, result=short, url=ctx.run_url)
    at.flake = noted(flake, run, head, at=ctx.now, entry=entry)
    save(at)
    ours = (item for item in comments(at.desk.session, asked.pull) if trusted(ctx, item.author))
    order = next((item for item in ours if agent_head(item.body) == head), None)
    if order is not None and not proven:
        at.desk.tasks.append(comment_order(ctx, order))


def _pull_of(desk: Desk, thread: Thread) -> Mention | None:
    """The newest open pull request of the agent that is to mend this issue, and no other."""
    repo, known = desk.ctx.write.repo, desk.snapshot.by_number
    mentions = (event.mention for event in thread.events if event.mention is not None)
    found = [
        item
        for item in mentions
        if item.is_pull and item.is_open and item.repo.lower() == repo.lower() and assigned([item.author])
        if meant_by(f"{item.title}\n{item.body}", repo=repo, known=known) == (thread.issue.number,)
    ]
    return max(found, key=lambda item: item.number, default=None)


def _finished_head(ctx: Context, pull: Mention) -> str:
    """The head that is finished; empty while the agent is at work, or as far as this token may see."""
    now = AgentPull(title=pull.title, draft=pull.draft, updated=pull.updated or ctx.now)
    finished = is_finished(now, now=ctx.now)
    if finished is not None:
        return ctx.write.pull_head(pull.number) if finished else ""
    try:
        found = ctx.write.proposal(pull.number)
    except Forbidden as error:
        ctx.say(f"who is to review pull request {pull.number} may not be asked, so that it has to rest first: {error}")
        return ""
    if found is None or not found.is_open or not is_agents(found, repo=ctx.write.repo):
        return ""
    return found.head_sha if is_finished(replace(now, review_requested=found.review_requested), now=ctx.now) else ""
