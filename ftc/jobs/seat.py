"""One issue while its turns are answered, and writing down what was decided about one of them.

Rule: other issues first, then the answer, then labels and open or closed, and the state with its cursor last; a job
that died anywhere decides again from the same state and finds its own writes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ftc.core.decision import Decision
from ftc.core.effects import Effect, SaveFlake, Say, SetLabels, SetOpen
from ftc.core.labels import ensured, prefixed, relabelled
from ftc.core.model import Flake
from ftc.core.turns import Turn, past
from ftc.jobs.apply import perform
from ftc.jobs.desk import Desk
from ftc.jobs.thread import Thread
from ftc.render.answer import answer

QUARANTINED = "quarantined"


@dataclass(slots=True, kw_only=True)
class Seat:
    """What the page of one issue says, and what was changed of it so far."""

    desk: Desk
    thread: Thread
    flake: Flake | None
    labels: set[str] = field(default_factory=set)
    is_open: bool = True
    unsaved: bool = False
    """Whether cursors moved without a write."""
    unreadable: bool = False

    @property
    def number(self) -> int:
        """The issue's."""
        return self.thread.issue.number


def seat(desk: Desk, thread: Thread, flake: Flake | None, *, unreadable: bool = False) -> Seat:
    """A seat at an issue as it was read."""
    desk.session.comments.setdefault(thread.issue.number, thread.comments)
    return Seat(
        desk=desk,
        thread=thread,
        flake=flake,
        labels=set(thread.issue.labels),
        is_open=thread.issue.is_open,
        unreadable=unreadable,
    )


def write_down(at: Seat, decision: Decision, *, purpose: str, turn: Turn | None) -> None:
    """Carry out a decision; ``turn`` is what it answers, if that was said here, whose cursor moves then.

    Where nothing but a cursor moved, saving waits for ``leave``.
    """
    flake = decision.flake or at.flake
    if flake is not None and turn is not None:
        flake = replace(flake, progress=replace(flake.progress, cursors=past(flake.progress.cursors, turn)))
    perform(at.desk.session, tuple(_effects(at, decision, flake, purpose=purpose)))
    if decision.task is not None:
        at.desk.tasks.append(decision.task)
    if flake is None or flake == at.flake:
        return
    at.flake, at.unsaved = flake, True
    if decision.reply is not None or decision.flake is not None or decision.text:
        save(at)


def save(at: Seat) -> None:
    """Write the state, cursors included."""
    if at.flake is not None:
        perform(at.desk.session, [SaveFlake(number=at.number, flake=at.flake)])
        at.flake, at.unsaved = at.desk.session.flakes.get(at.number, at.flake), False


def leave(at: Seat) -> None:
    """Save what is not saved yet."""
    if at.unsaved:
        save(at)


def _effects(at: Seat, decision: Decision, flake: Flake | None, *, purpose: str) -> Iterator[Effect]:
    yield from decision.before
    body = decision.text
    if decision.reply is not None:
        ctx, house = at.desk.ctx, at.desk.house
        body = answer(decision.reply, run_url=ctx.run_url, prefix=house.prefix, language=ctx.config.language)
    if body:
        yield Say(number=at.number, purpose=purpose, body=body)
    yield from _labelling(at, decision, flake)
    if decision.is_open is not None and decision.is_open != at.is_open:
        at.is_open = decision.is_open
        yield SetOpen(number=at.number, is_open=decision.is_open, completed=decision.completed)


def _labelling(at: Seat, decision: Decision, flake: Flake | None) -> Iterator[Effect]:
    """Labels as the state says, and that of a quarantine where it began or ended."""
    prefix = at.desk.house.prefix
    projected = relabelled(at.number, at.labels, flake, prefix) if flake else None
    add, remove = (set(projected.add), set(projected.remove)) if projected else (set(), set())
    quarantined = prefixed(QUARANTINED, prefix=prefix)
    if decision.quarantined and quarantined not in at.labels:
        add.add(quarantined)
    if decision.quarantined is False and quarantined in at.labels:
        remove.add(quarantined)
    if add or remove:
        at.labels = (at.labels | add) - remove
        yield from ensured(add, prefix)
        yield SetLabels(number=at.number, add=tuple(sorted(add)), remove=tuple(sorted(remove)))
