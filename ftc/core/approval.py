"""An approval to fix: what it is bound to, what must be known before one counts, and whether one stands now.

Rule: derived each time from the timeline and the comments, never remembered. What cannot be shown to be a person's
approval of exactly this plan is none.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ftc.core.authority import Actor, Policy, Reason, Refused, Role, Signal, authorised
from ftc.core.commands import Command, Name
from ftc.core.model import FailureClass, Flake, Grade, TestId

SCOPE_VERSION = 1
"""Goes into the hash: with another meaning of its parts, old approvals must not match by chance."""
LEAST_OCCURRENCES = 2
"""One failure alone may have been anything (spec, section 8)."""
PROVES = (Grade.A_PLUS, Grade.A)
"""Grades that saw the same code fail and pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a person approves: the class of the cause, the tests, where changes may fall, and the files planned."""

    root_cause: str
    tests: tuple[TestId, ...]
    allowed_paths: tuple[str, ...] = ()
    planned_files: tuple[str, ...] = ()

    @property
    def scope(self) -> str:
        """The hash an approval is bound to: the same for the same sets in any order, another for any other plan."""
        tests = sorted({(test.ecosystem, test.suite, test.name) for test in self.tests})
        parts = [
            SCOPE_VERSION,
            self.root_cause,
            tests,
            sorted(set(self.allowed_paths)),
            sorted(set(self.planned_files)),
        ]
        # JSON in ASCII: it keeps the parts apart, and a lone surrogate in a test name does not break it.
        return hashlib.sha256(json.dumps(parts).encode("ascii")).hexdigest()


class Missing(StrEnum):
    """What an approval still lacks."""

    CONFIDENCE = "confidence"
    OCCURRENCES = "occurrences"
    LOCATION = "location"


def missing(flake: Flake, *, threshold: float, locatable: bool) -> tuple[Missing, ...]:
    """What must be known before an approval counts, in the order to say it; ``force`` sets all of it aside.

    ``threshold`` is a probability. ``locatable`` is whether the test's definition was found at the failing commit.
    """
    proven = any(item.grade in PROVES for item in flake.occurrences)
    proven = proven or bool(flake.verdict and flake.verdict.grade in PROVES)
    # The confidence is that of the class; written so that one which is no number is too low.
    verdict = flake.verdict
    sure = bool(verdict and verdict.failure_class is FailureClass.FLAKY_TEST and verdict.confidence >= threshold)
    lacks = {
        Missing.CONFIDENCE: not sure,
        Missing.OCCURRENCES: flake.total < LEAST_OCCURRENCES and not proven,
        Missing.LOCATION: not locatable,
    }
    return tuple(item for item, lacking in lacks.items() if lacking)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A command in a comment, or the approving label being put on: what may be an approval or take one back."""

    id: int
    """Of the comment, or of the timeline event."""
    at: datetime
    """When it was created."""
    actor: Actor
    command: Command
    signal: Signal = Signal.COMMENT
    edited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelGone:
    """The approving label was taken off."""

    at: datetime
    login: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A plan that people could read from ``at`` on: in a text of the bot that nobody else has edited since."""

    at: datetime
    scope: str


class Flaw(StrEnum):
    """Why an approval does not count now, beside the reasons for which its author may not give one."""

    NO_PLAN = "no-plan"
    """When it was given there was no plan to approve."""
    OTHER_PLAN = "other-plan"
    """What was approved is not what would be done now."""
    WITHDRAWN = "withdrawn"
    SPENT = "spent"
    """A fix has already been tried on it."""
    LACKING = "lacking"
    """Something of ``missing`` is, and the approval does not force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Valid:
    """The approval that stands: the newest sound one."""

    wish: Wish
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Void:
    """No approval stands; ``flaws`` says why for each one that was given, newest first."""

    flaws: tuple[tuple[Wish, Flaw | Reason], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What the issue says: everything from which an approval is derived, each part in any order."""

    wishes: tuple[Wish, ...]
    labels_gone: tuple[LabelGone, ...] = ()
    shown: tuple[Shown, ...] = ()
    spent: datetime | None = None
    """When the last try began, by the bot's own comment; earlier approvals are used up."""

    def scope_at(self, moment: datetime) -> str:
        """Scope of the plan that could be read then; empty when there was none."""
        seen = [item for item in self.shown if item.at < moment]
        return max(seen, key=lambda item: item.at).scope if seen else ""


APPROVING = (Name.AI_FIX, Name.RETRY)
WITHDRAWING = (Name.STOP, Name.WONTFIX)


def standing(record: Record, plan: Plan, *, policy: Policy, lacks: Sequence[Missing] = ()) -> Valid | Void:
    """The approval of exactly this plan that stands now; ``lacks`` is what ``missing`` says today."""
    given = [wish for wish in record.wishes if wish.command.name in APPROVING]
    flaws: list[tuple[Wish, Flaw | Reason]] = []
    for wish in sorted(given, key=lambda item: (item.at, item.id), reverse=True):
        flaw = _flaw(wish, record, scope=plan.scope, policy=policy, lacks=lacks)
        if flaw is None:
            return Valid(wish=wish, scope=plan.scope)
        flaws.append((wish, flaw))
    return Void(flaws=tuple(flaws))


def _flaw(wish: Wish, record: Record, *, scope: str, policy: Policy, lacks: Sequence[Missing]) -> Flaw | Reason | None:
    """The first reason why this wish is no approval now; who may come first, so that strangers learn nothing else."""
    said = authorised(wish.command, wish.actor, policy=policy, signal=wish.signal, edited=wish.edited)
    if isinstance(said, Refused):
        return said.reason
    seen = record.scope_at(wish.at)
    checks = {
        Flaw.SPENT: record.spent is not None and wish.at <= record.spent,
        Flaw.WITHDRAWN: _withdrawn(wish, record, policy),
        Flaw.NO_PLAN: not seen,
        Flaw.OTHER_PLAN: seen != scope,
        Flaw.LACKING: bool(lacks) and not wish.command.force,
    }
    return next((flaw for flaw, found in checks.items() if found), None)


def _withdrawn(wish: Wish, record: Record, policy: Policy) -> bool:
    """Whether a later word took it back.

    Anybody who can take the label off takes the approval back, by whichever way it was given: a needless question is
    cheaper than an unwanted fix. Where the bot takes it off, only the label's own approval ends. An edited ``stop``
    still stops.
    """
    for gone in record.labels_gone:
        if gone.at >= wish.at and (gone.login.lower() not in policy.own or wish.signal is Signal.LABEL):
            return True
    return any(
        not isinstance(authorised(other.command, other.actor, policy=policy, signal=other.signal), Refused)
        for other in record.wishes
        if other.command.name in WITHDRAWING and _after(other, wish)
    )


def _after(later: Wish, wish: Wish) -> bool:
    """Whether the one may have come after the other: within a second only ids of the same kind tell."""
    if later.signal is wish.signal:
        return (later.at, later.id) > (wish.at, wish.id)
    return later.at >= wish.at


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A text that may enter a fix: a comment, or the title and body of an adopted issue."""

    author: Actor
    created: datetime
    edited: datetime | None = None
    """Time of the last edit, by whomever."""


TRUSTED = Role.WRITE
"""The weakest role whose words reach the model that writes code."""


def enters_fix(passage: Passage, approved: datetime) -> bool:
    """Whether a text may be read by the fix: its author may write, and it says what it said when it was approved.

    A text of the moment of the approval does not precede it: GitHub's times are whole seconds.
    """
    last = max(passage.created, passage.edited or passage.created)
    return passage.author.is_person and passage.author.role.reaches(TRUSTED) and last < approved
