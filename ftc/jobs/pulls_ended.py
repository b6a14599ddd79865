"""A pull request that ended before anybody looked, on an issue where a person asks for another fix.

The rule it keeps: what ended is written down before the person is answered, so that the answer is about what is.
"""

from collections.abc import Sequence

from ftc.core.effects import SetLabels
from ftc.core.pull_ending import own_pull, pull_ended, wants_fix
from ftc.core.sweeping import Facts, swept
from ftc.core.turns import Turn
from ftc.jobs.answering import refused_here
from ftc.jobs.apply import perform
from ftc.jobs.managed import Managed
from ftc.jobs.returns import manner_of
from ftc.jobs.seat import Seat
from ftc.jobs.sweep_effects import effects_of
from ftc.jobs.sweep_facts import pull_of


def look_at_pull(at: Seat, turns: Sequence[Turn]) -> None:
    """Move the state where the bot's pull request of this issue has ended, if somebody who may asks for another fix.

    One request, and none where nobody does: the sweep looks by itself.
    """
    ctx, flake = at.desk.ctx, at.flake
    if flake is None or not own_pull(flake):
        return
    if not any(wants_fix(turn) and refused_here(at, turn) is None for turn in turns):
        return
    item = Managed(flake=flake, issue=at.thread.issue)
    found = pull_of(ctx, flake, number=at.number)
    facts = Facts(is_open=at.is_open, labels=tuple(at.labels), pull=found, insisted=True)
    outcome = swept(flake, facts, manner_of(ctx), rules=(pull_ended,))
    if outcome.flake == flake:
        return
    effects = effects_of(ctx, item, facts, outcome)
    perform(at.desk.session, effects)
    for change in (effect for effect in effects if isinstance(effect, SetLabels)):
        at.labels = (at.labels | set(change.add)) - set(change.remove)
    at.flake = at.desk.session.flakes.get(at.number, outcome.flake)
