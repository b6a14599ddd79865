"""Ask a model for an answer in a form, and take no other.

The rule it keeps: an answer that does not read is said back once with what is wrong with it; after that there is none.
"""

from collections.abc import Sequence
from typing import TypeVar

from ftc.core.dialogue import Assistant, Message, Model, User
from ftc.core.errors import ModelFailed
from ftc.core.forms import Form, Malformed
from ftc.render.prompt import repair_prompt

T = TypeVar("T")

SAID_BACK = 20_000
"""Characters of a wrong answer that are said back; more of it would cost more than it helps."""


def ask(model: Model, messages: Sequence[Message], form: Form[T], *, purpose: str, issue: int) -> T:
    """What the model answers; ``ModelFailed`` when twice it did not read, ``BudgetExceeded`` when it may not be asked.

    ``purpose`` is a ``ledger.Purpose``, with an id where one job asks several times; ``issue`` pays, 0 for none.
    """
    first = model.complete(messages, purpose=purpose, issue=issue, form=form)
    try:
        return form.read(first.text)
    except Malformed as error:
        again = (*messages, Assistant(text=first.text[:SAID_BACK]), User(text=repair_prompt(str(error))))
    second = model.complete(again, purpose=purpose, issue=issue, form=form)
    try:
        return form.read(second.text)
    except Malformed as error:
        raise ModelFailed(f"the model {model.name} gave no usable answer, twice: {error}") from None
