"""Ordering the proof of a pull request of GitHub's agent, where the issue was handed over and the approval stands.

The rule it keeps: the comment on the pull request is the order, the issue's state with its head comes after it, and the
task is named last; whoever dies in between is repaired by the next look, or by the sweep that misses the report.
"""

from ftc.agent.github_agent import assigned
from ftc.clients.payloads import Comment
from ftc.clients.pull_payloads import Proposed
from ftc.core.agent_pulls import AgentPull, is_finished, may_be_proven, noted
from ftc.core.authority import Allowed, authorised
from ftc.core.closing_words import closed_by, meant_by
from ftc.core.commands import Name
from ftc.core.decision import reply
from ftc.core.effects import Say
from ftc.core.errors import Forbidden
from ftc.core.marks import AGENT_PROOF, agent_head, proven_head, proven_of, purpose_of
from ftc.core.model import AuditEntry, Flake
from ftc.core.orders import answers_too
from ftc.core.progress import RunRecord
from ftc.jobs.agent_orders import comment_order, is_agents
from ftc.jobs.apply import perform
from ftc.jobs.consents import surely_edited
from ftc.jobs.context import Context
from ftc.jobs.desk import Desk
from ftc.jobs.managed import trusted
from ftc.jobs.reminding import orders_waiting
from ftc.jobs.seat import Seat, save
from ftc.jobs.strangers import FRESH
from ftc.jobs.thread import Thread, of_comment
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
    number = _pull_of(at.desk, at.thread)
    try:
        pull = ctx.write.proposal(number) if number else None
        if pull is not None and pull.head_sha not in run.proofs and _is_finished(ctx, pull):
            _order(at, flake, run, pull)
    except Forbidden as error:
        ctx.say(
            f"issue {at.number}: pull request {number} of GitHub's agent could not be read or commented on: {error}"
        )


def _is_finished(ctx: Context, pull: Proposed) -> bool:
    """Whether it is the agent's and handed to people."""
    now = AgentPull(title=pull.title, draft=pull.draft, updated=pull.updated, review_requested=pull.review_requested)
    return pull.is_open and is_agents(pull, repo=ctx.write.repo) and is_finished(now, now=ctx.now)


def _order(at: Seat, flake: Flake, run: RunRecord, pull: Proposed) -> None:
    """Comment, state, task; a head that was proven for somebody else is only noted."""
    ctx, head = at.desk.ctx, pull.head_sha
    here = comments(at.desk.session, pull.number)
    own = tuple(item for item in here if trusted(ctx, item.author))
    given = next((item for item in own if agent_head(item.body) == head), None)
    proven = any(proven_head(item.body) == head for item in own)
    if not proven and (_is_ended(ctx, given, own) if given else not ctx.config.max_comments):
        return
    if any(agent_head(item.body) != head for item in orders_waiting(ctx, here)) or _is_asked(at, here):
        return  # another proof of it is under way or about to be, and may be of this very head
    entry = None
    if not proven:
        at.desk.unasked.extend(() if given else (pull.number,))
        said = reply("agent_proof", issue=at.number, head=head[:SHORT_SHA])
        text = answer(said, run_url=ctx.run_url, prefix=at.desk.house.prefix, language=ctx.config.language)
        perform(at.desk.session, [Say(number=pull.number, purpose=AGENT_PROOF + head, body=text)])
        action, short = f"ordered the proof of pull request {pull.number}", head[:SHORT_SHA]
        entry = AuditEntry(at=ctx.now, actor=ctx.login, action=action, result=short, url=ctx.run_url)
    at.flake = noted(flake, run, head, at=ctx.now, entry=entry)
    save(at)
    ours = (item for item in comments(at.desk.session, pull.number) if trusted(ctx, item.author))
    order = next((item for item in ours if agent_head(item.body) == head), None)
    if order is not None and not proven:
        at.desk.tasks.append(comment_order(ctx, order))


def _is_ended(ctx: Context, order: Comment, own: tuple[Comment, ...]) -> bool:
    """Whether such an order came to nothing: its head is given once, also where the issue was handed over again."""
    task = comment_order(ctx, order).id
    return any(answers_too(proven_of(item.body), task) for item in own)


def _is_asked(at: Seat, here: tuple[Comment, ...]) -> bool:
    """Whether somebody who may has asked for a proof and has no answer yet, with which it comes.

    A no to somebody who may not is given without words after a few, so that it is not waited for.
    """
    desk, now = at.desk, at.desk.ctx.now
    done = {purpose_of(item.body) for item in here if trusted(desk.ctx, item.author)}
    for turn in filter(None, (of_comment(desk.ctx, item) for item in here)):
        command = turn.command
        if command is None or command.name is not Name.VERIFY or turn.purpose in done or turn.at <= now - FRESH:
            continue
        edited = surely_edited(desk.ctx, turn, here)
        actor = desk.people.actor(turn, None)
        if isinstance(authorised(command, actor, policy=desk.house.policy, edited=edited), Allowed):
            return True
    return False


def _pull_of(desk: Desk, thread: Thread) -> int:
    """The open pull request of the agent that is to mend this issue, and no other; 0 where there is none.

    One that closes it is preferred to one that only links to it, and then the newest.
    """
    repo, known = desk.ctx.write.repo, desk.snapshot.by_number
    mentions = (event.mention for event in thread.events if event.mention is not None)
    number = thread.issue.number
    found = (
        (number in closed_by(item.text, repo=repo), item.number)
        for item in mentions
        if item.is_pull and item.is_open and item.repo.lower() == repo.lower() and assigned([item.author])
        if meant_by(item.text, repo=repo, known=known) == (number,)
    )
    return max(found, default=(False, 0))[1]
