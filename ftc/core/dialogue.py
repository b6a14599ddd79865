"""The words exchanged with a model: what is said to it, what it may call, what it answers, and what that cost.

The rule it keeps: an answer is text and named calls and nothing else; whatever it says is hostile until parsed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ftc.core.forms import Form
from ftc.core.ledger import Charge


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """What the model is, and the rules it works under; the same for every call of a kind, so that it can be cached."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """The task, with everything hostile in it marked as data."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """One call the model asks for; ``arguments`` is empty and ``problem`` says why when they could not be read.

    Providers cut long answers off in the middle of the arguments. Such a call is never carried out in part.
    """

    id: str
    name: str
    arguments: Mapping[str, Any]
    raw: str = ""
    """The arguments as they came, for saying them back to the model."""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assistant:
    """What the model said before, said back to it."""

    text: str
    tool_calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    """What one call of the model gave."""

    call: str
    """Id of the ``ToolCall``."""
    text: str


Message = System | User | Assistant | ToolResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """Something the model may call: its name, what it is for, and the form of its arguments."""

    name: str
    description: str
    form: Form[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one answer, as the provider counted them; both 0 when it did not say."""

    read: int = 0
    written: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer; ``usd`` is what it cost with all attempts at it, by price table, configured prices or the cap."""

    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    usage: Usage = Usage()
    usd: float = 0.0


class Model(Protocol):
    """Something that answers, asking its budget first."""

    @property
    def name(self) -> str:
        """What it is called in analyses and charges."""
        ...

    @property
    def charges(self) -> tuple[Charge, ...]:
        """What was asked of it in this job, also what came to nothing; to be kept in the issues."""
        ...

    def complete(
        self,
        messages: Sequence[Message],
        *,
        purpose: str,
        issue: int,
        form: Form[Any] | None = None,
        tools: Sequence[Tool] = (),
    ) -> Reply:
        """One answer. Raises ``BudgetExceeded`` before anything is sent, ``ModelFailed`` when none came.

        ``form`` is asked for where the provider can promise it; whether the answer keeps to it is for the caller
        to read.
        """
        ...
