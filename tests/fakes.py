"""What stands in for the outside in tests: a model that says what the test gave it."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from ftc.core.dialogue import Message, Reply, Tool, Usage
from ftc.core.errors import FtcError
from ftc.core.forms import Form
from ftc.core.ledger import Charge

PRICE = 0.01
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


class ScriptedModel:
    """Answers in the order given: a text, a mapping (said as JSON), a ``Reply``, or an error to raise.

    ``asked`` holds the messages of every call. Each answer costs one cent, an error nothing; asking for more answers
    than there are is a mistake of the test or of the code.
    """

    def __init__(self, *answers: str | dict[str, Any] | Reply | FtcError, name: str = "scripted") -> None:
        self.name = name
        self.asked: list[tuple[Message, ...]] = []
        self._answers = list(answers)
        self._charges: list[Charge] = []

    @property
    def charges(self) -> tuple[Charge, ...]:
        return tuple(self._charges)

    @property
    def left(self) -> int:
        """Answers that nobody asked for yet."""
        return len(self._answers)

    def complete(
        self,
        messages: Sequence[Message],
        *,
        purpose: str,
        issue: int,
        form: Form[Any] | None = None,
        tools: Sequence[Tool] = (),
    ) -> Reply:
        self.asked.append(tuple(messages))
        assert self._answers, f"nothing is scripted for {purpose}: {messages[-1].text[:300]}"
        answer = self._answers.pop(0)
        if isinstance(answer, FtcError):
            raise answer
        at = AT + timedelta(microseconds=len(self._charges))
        self._charges.append(Charge(at=at, usd=PRICE, issue=issue, purpose=purpose, model=self.name))
        if isinstance(answer, Reply):
            return answer
        text = json.dumps(answer) if isinstance(answer, dict) else answer
        return Reply(text=text, usage=Usage(read=100, written=10), usd=PRICE)
