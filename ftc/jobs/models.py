"""The model of a job, with the week's spending as the issues tell it.

The rule it keeps: a model that is configured and cannot be asked stops no job. It fails whenever it is asked, the rules
answer in its place, and what to set or to install is said once.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from ftc.clients.llm import open_model
from ftc.core.dialogue import Message, Model, Reply, Tool
from ftc.core.errors import ModelMisconfigured
from ftc.core.forms import Form
from ftc.core.ledger import Charge
from ftc.jobs.context import Context


def model_of(ctx: Context, bills: Iterable[Charge]) -> Model | None:
    """The configured model, None where there is none; ``bills`` are all that are known of (``Snapshot.bills``).

    In a dry run, too: what it says is part of what would be written, and it is paid for.
    """
    try:
        return open_model(ctx.config, key=ctx.model_key, sanitizer=ctx.sanitizer, now=ctx.now, charges=bills)
    except ModelMisconfigured as error:
        ctx.say(f"the rules answer alone: {error}")
        return Unusable(name=ctx.config.model, error=error)


class Unusable:
    """A model that cannot be asked; a ``dialogue.Model``."""

    def __init__(self, *, name: str, error: ModelMisconfigured) -> None:
        self.name = name
        self._error = error

    @property
    def charges(self) -> tuple[Charge, ...]:
        """None, ever."""
        return ()

    def complete(
        self,
        messages: Sequence[Message],
        *,
        purpose: str,
        issue: int,
        form: Form[Any] | None = None,
        tools: Sequence[Tool] = (),
    ) -> Reply:
        """Raises what is wrong."""
        raise self._error
