"""From what a sweep decided about an issue to its writes.

The rule it keeps: comments first, then open or closed and the labels, and the state last, so that a sweep that dies
between two of them decides the same again and finds its comment written.
"""

from collections.abc import Iterator

from ftc.core.effects import EnsureLabel, SaveFlake, Say, SetLabels, SetOpen, ThreadEffect
from ftc.core.labels import BY_NAME, prefixed, relabelled
from ftc.core.lifecycle import PULL_OPEN
from ftc.core.sweeping import Facts, Outcome
from ftc.jobs.context import Context
from ftc.jobs.managed import Managed
from ftc.render.sweep import telling_text

APPROVING = "ai-fix-approved"
"""The label by which people approve; that it stands where the state does not is a wish to be answered, no mistake."""


def effects_of(ctx: Context, item: Managed, facts: Facts, outcome: Outcome) -> tuple[ThreadEffect, ...]:
    """The writes in their order; none for an issue that is as it should be."""
    return tuple(_effects(ctx, item, facts, outcome))


def _effects(ctx: Context, item: Managed, facts: Facts, outcome: Outcome) -> Iterator[ThreadEffect]:
    number, prefix = item.issue.number, ctx.config.label_prefix
    for telling in outcome.told:
        body = telling_text(telling, prefix=prefix, language=ctx.config.language)
        yield Say(number=number, purpose=telling.purpose, body=body)
    if outcome.is_open != facts.is_open:
        yield SetOpen(number=number, is_open=outcome.is_open, completed=outcome.completed)
    yield from _labels(item, facts, outcome, prefix=prefix)
    if outcome.flake != item.flake or item.dirty:
        yield SaveFlake(number=number, flake=outcome.flake)


def _labels(item: Managed, facts: Facts, outcome: Outcome, *, prefix: str) -> Iterator[ThreadEffect]:
    """Labels as the state says, and those that the rules put on and off beside it."""
    found = relabelled(item.issue.number, facts.labels, outcome.flake, prefix)
    borne = {name.lower() for name in facts.labels}
    add = dict.fromkeys(found.add if found else ())
    add |= dict.fromkeys(name for name in _full(outcome.labels_on, prefix) if name.lower() not in borne)
    remove = dict.fromkeys(found.remove if found else ())
    if outcome.flake.status is item.flake.status or item.flake.status in PULL_OPEN:
        remove.pop(prefixed(APPROVING, prefix=prefix), None)
    remove |= dict.fromkeys(name for name in _full(outcome.labels_off, prefix) if name.lower() in borne)
    for name in add:
        looks = BY_NAME[name.removeprefix(f"{prefix}/")]
        yield EnsureLabel(name=name, color=looks.color, description=looks.description)
    if add or remove:
        yield SetLabels(number=item.issue.number, add=tuple(add), remove=tuple(remove))


def _full(names: tuple[str, ...], prefix: str) -> list[str]:
    return [prefixed(name, prefix=prefix) for name in names]
