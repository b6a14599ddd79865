"""What a pull request of GitHub's agent, and the bot's own orders on it, say by themselves.

The rule it keeps: nothing here costs a request, and nothing of it allows a proof.
"""

from ftc.agent.github_agent import assigned
from ftc.clients.payloads import Comment
from ftc.clients.pull_payloads import Proposed
from ftc.core.agent_pulls import proof_order
from ftc.core.closing_words import meant_by
from ftc.core.handing_over import awaited
from ftc.core.orders import Order
from ftc.jobs.context import Context
from ftc.jobs.desk import Desk
from ftc.jobs.thread import Thread


def comment_order(ctx: Context, comment: Comment) -> Order:
    """The order that such a comment gives."""
    return proof_order(
        repo=ctx.write.repo, pull=comment.issue, comment=comment.id, at=comment.created, by=comment.author
    )


def is_agents(pull: Proposed, *, repo: str) -> bool:
    """Whether it is the agent's, from a branch of this repository: on forks it does not work."""
    return assigned([pull.author]) and pull.head_repo.lower() == repo.lower()


def awaiting(desk: Desk, thread: Thread) -> int:
    """The issue that was handed over and waits for what this pull request of the agent brings; 0 where none does."""
    issue = thread.issue
    if not (issue.is_pull and issue.is_open and assigned([issue.author])):
        return 0
    text = f"{issue.title}\n{issue.body}"
    found = meant_by(text, repo=desk.ctx.write.repo, known=desk.snapshot.by_number)
    flake = desk.flake(found[0]) if len(found) == 1 else None
    return found[0] if flake is not None and awaited(flake) is not None else 0
