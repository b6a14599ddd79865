"""The nouns of an analysis: what was read, which causes are likely and why, and what to do about them.

The rule it keeps: every reason is tied to evidence, a snippet by its id or a link; an opinion without either is none.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RootCause(StrEnum):
    """Why a test is flaky; the taxonomy of Luo et al. 2014, with what later studies added (spec, section 7)."""

    ASYNC_WAIT = "async-wait"
    CONCURRENCY = "concurrency"
    ORDER_DEPENDENCY = "order-dependency"
    RESOURCE_LEAK = "resource-leak"
    NETWORK = "network"
    TIME = "time"
    IO = "io"
    RANDOMNESS = "randomness"
    FLOATING_POINT = "floating-point"
    UNORDERED = "unordered-collections"
    PLATFORM = "platform"
    TIGHT_TIMEOUT = "tight-timeout"
    PRODUCT_BUG = "product-bug"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why a snippet was read, most telling first."""

    STACK = "stack location"
    TEST = "test definition"
    SUITE = "suite method"
    HELPER = "helper"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """Lines ``first`` to ``last`` (1-based, both included) of one file at one commit; ``text`` is sanitised."""

    id: str
    """``S1`` to ``S6``, in order of worth."""
    path: str
    sha: str
    first: int
    last: int
    text: str
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A commit between the last pass and the first failure that touched what the test uses."""

    sha: str
    title: str
    at: datetime
    paths: tuple[str, ...]
    """Those of the touched files that the analysis looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What could be read of the code at the failing commit; empty, with the problems, when nothing could."""

    sha: str = ""
    """The commit that was read: the failing one, or the head where a merge commit cannot be fetched any more."""
    snippets: tuple[Snippet, ...] = ()
    locatable: bool = False
    """Whether the test's own definition was found."""
    test_path: str = ""
    """File of the test's definition."""
    suspects: tuple[Suspect, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    """One reason for or against a cause: a sentence, tied to a snippet's id or to a link of the evidence."""

    text: str
    snippet: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One possible cause with its share of the probability, which over all causes adds up to 1."""

    root_cause: RootCause
    probability: float
    evidence_for: tuple[Clue, ...] = ()
    evidence_against: tuple[Clue, ...] = ()


class Risk(StrEnum):
    """How much a fix could break."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class FixPlan:
    """What a fix would do: steps, files, and perhaps a sketch of the change."""

    steps: tuple[str, ...]
    planned_files: tuple[str, ...] = ()
    sketch: str = ""
    """A unified diff for people to read; it is never applied."""
    risk: Risk = Risk.LOW
    risk_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """The whole analysis of one flake."""

    causes: tuple[Cause, ...]
    """Likeliest first; never empty."""
    sources: Sources
    plan: FixPlan
    reproduction: tuple[str, ...] = ()
    """Shell commands for the root of the repository."""
    checklist: tuple[str, ...] = ()
    """What a person should check before saying yes."""
    by: str = "rules"
    """``rules``, or the model's name."""
    note: str = ""
    """Why the rules answer instead of a model, when one was asked."""

    @property
    def likeliest(self) -> Cause:
        """The first cause."""
        return self.causes[0]
