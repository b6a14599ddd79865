"""A model whose answers stand in a file, for trying things out without a provider: ``model: script:PATH``.

The rule it keeps: it costs nothing, reaches no network and remembers nothing. Which answer comes next is told by the
dialogue alone, so that a job that was killed and run again gets the answers that it would have got.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ftc.core.dialogue import Assistant, Message, Reply, Tool, ToolCall, Usage
from ftc.core.errors import ModelMisconfigured, ModelUnavailable
from ftc.core.forms import Form
from ftc.core.ledger import Charge, Purpose

PREFIX = "script:"
NAME = "script"
LARGEST = 2_000_000
"""Bytes of the file."""


@dataclass(frozen=True, slots=True)
class Script:
    """Answers by purpose; a ``dialogue.Model``. Open it with ``open_script``."""

    answers: Mapping[str, tuple[Reply, ...]] = field(repr=False)
    name: str = NAME

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
        """The answer that follows those in ``messages``; ``ModelUnavailable`` where the file holds no more."""
        kind = purpose.partition(":")[0]
        keys = (purpose, f"{kind}:{issue}", kind)
        answers = next((self.answers[key] for key in keys if key in self.answers), ())
        number = sum(isinstance(item, Assistant) for item in messages)
        if number >= len(answers):
            raise ModelUnavailable(f"the script holds no answer {number + 1} for {kind} of #{issue}")
        return answers[number]


def open_script(model: str) -> Script:
    """The script that ``script:PATH`` names; ``ModelMisconfigured`` when there is none that can be read.

    The file holds a list of answers for a search for a fix, or an object of such lists by purpose: ``analysis``,
    ``reply``, ``fix``, or ``fix:7`` for issue 7 alone. An answer is a text, or an object with ``text`` and ``calls``,
    each an object with ``name`` and ``arguments``.
    """
    path = Path(model.removeprefix(PREFIX))
    try:
        data = path.read_bytes()
        found = json.loads(data) if len(data) <= LARGEST else None
    except (OSError, ValueError, RecursionError):
        raise ModelMisconfigured(f"`model`: {path} cannot be read, or is no JSON; give the path of a script") from None
    lists = found if isinstance(found, dict) else {Purpose.FIX.value: found}
    try:
        return Script({str(key): _replies(value) for key, value in lists.items()})
    except (KeyError, TypeError, ValueError) as error:
        raise ModelMisconfigured(f"`model`: {path} is no script: {error}; see docs/agents.md") from None


def _replies(value: object) -> tuple[Reply, ...]:
    if not isinstance(value, list):
        raise TypeError("answers must be a list")
    return tuple(_reply(item) for item in value)


def _reply(item: object) -> Reply:
    # One token each way: an answer without any counts as one of unknown price.
    usage = Usage(read=1, written=1)
    if isinstance(item, str):
        return Reply(text=item, usage=usage)
    if not isinstance(item, dict) or not item.keys() <= {"text", "calls"}:
        raise TypeError("an answer must be a text, or an object with `text` and `calls`")
    calls = item.get("calls", [])
    if not isinstance(calls, list):
        raise TypeError("`calls` must be a list")
    return Reply(text=str(item.get("text", "")), tool_calls=tuple(map(_call, calls, range(len(calls)))), usage=usage)


def _call(item: object, number: int) -> ToolCall:
    if not isinstance(item, dict) or not isinstance(item.get("arguments"), dict) or not item.get("name"):
        raise TypeError("a call must be an object with `name` and `arguments`")
    given = item["arguments"]
    return ToolCall(id=f"call{number}", name=str(item["name"]), arguments=given, raw=json.dumps(given))
