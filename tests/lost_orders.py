"""What has to hold of every order whose job died before it handed the task on: the sweep alone names it again.

The rule it keeps: neither the event nor its job comes again; what a death leaves is told by killing at each request.
"""

from collections.abc import Callable

import pytest

from ftc.core.marks import marked
from ftc.core.orders import Order, document
from ftc.jobs.sweep import sweep
from ftc.simulator.world import Comment
from tests.scans import Killed, is_write, killing
from tests.threads import BOT, Page


def swept(page: Page) -> tuple[Order, ...]:
    with page.simulator.activate():
        return sweep(page.context()).tasks


def bot_says(page: Page, text: str, purpose: str) -> None:
    """A comment of the bot, as a fix run writes it."""
    world, body = page.simulator.world, marked(text, purpose)
    made = Comment(id=world.next_id(), author=BOT, body=body, created_at=page.now, updated_at=page.now)
    page.issue.comments.append(made)


def named_once_however_the_answer_dies(
    page: Page, *, late: Callable[[Page], Page], taken: Callable[[Page, str], None]
) -> None:
    """The order is on the page; ``late`` waits until it counts as lost, ``taken`` writes what a run says of it."""
    calm = page.copy()
    calm.simulator.requests.clear()
    [wanted] = calm.respond(minutes=0).tasks
    for entry in [item for item in calm.simulator.requests if is_write(item)]:
        for before in (True, False):
            victim, hook = page.copy(), killing(entry.number, before=before)
            simulator = victim.simulator
            simulator.requests.clear()
            simulator.on_request, simulator.after_request = (hook, None) if before else (None, hook)
            with pytest.raises(Killed):
                victim.respond(minutes=0)
            simulator.on_request = simulator.after_request = None
            [task] = swept(late(victim))
            where = f"killed {'before' if before else 'after'} {entry.method} {entry.path}"
            assert document(task) == document(wanted), where
            taken(victim, task.id)
            assert swept(victim.wait(minutes=5)) == (), where


def named_by_the_next_however_a_sweep_dies(page: Page, task: Order) -> None:
    """The task counts as lost already."""
    calm = page.copy()
    calm.simulator.requests.clear()
    swept(calm)
    for entry in calm.simulator.requests:
        victim = page.copy()
        victim.simulator.requests.clear()
        victim.simulator.after_request = killing(entry.number, before=False)
        with pytest.raises(Killed):
            swept(victim)
        victim.simulator.after_request = None
        assert swept(victim.wait(minutes=5)) == (task,), f"killed after {entry.method} {entry.path}"
