"""How often one person is told no on one page: a few times a day in words, after that by the receipt alone.

Rule: it is counted by the times of what people did, never by the clock, so that deciding again gives the same. What
somebody may order always has its answer.
"""

from dataclasses import replace
from datetime import timedelta
from itertools import takewhile

from ftc.core.decision import Decision
from ftc.core.turns import Turn, in_order
from ftc.jobs.seat import Seat
from ftc.jobs.thread import answered, turns
from ftc.jobs.thread_effects import comments

NOES = ("refused", "hint", "dashboard_only")
"""Templates that say only that nothing was done."""
MOST_ANSWERS = 3
"""Answers that one account has had on one page within a day, after which a no is not put into words: who has read three
knows, and whoever goes on would have the bot write to everybody who follows the page."""
DAY = timedelta(days=1)


def patient(at: Seat, turn: Turn, decision: Decision) -> Decision:
    """The decision, without its words where they say no and the person of this turn had enough of them."""
    if decision.reply is None or decision.reply.template not in NOES or _had(at, turn) < MOST_ANSWERS:
        return decision
    return replace(decision, reply=None)


def _had(at: Seat, turn: Turn) -> int:
    """Answers to what the same account did on this page in the day before the turn."""
    ctx = at.desk.ctx
    done = answered(ctx, at.thread.with_comments(comments(at.desk.session, at.number)))
    before = takewhile(lambda other: other.key != turn.key, in_order(turns(ctx, at.thread)))
    own = (other for other in before if other.login.lower() == turn.login.lower())
    return sum(other.key in done for other in own if other.at > turn.at - DAY)
