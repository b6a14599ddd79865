"""The comment about new failures.

The rule it keeps: it is found again by its mark, and says the same however often it is written.
"""

from ftc.core.effects import Say, TellFailures
from ftc.jobs.issues import Session
from ftc.jobs.thread_effects import say
from ftc.render.notice import notice_text


def tell_failures(session: Session, effect: TellFailures) -> None:
    """Write it, or edit the one that a job wrote which died before it could save the state."""
    text = notice_text(effect.due, language=session.ctx.config.language)
    say(session, Say(number=effect.number, purpose=effect.due.purpose, body=text))
