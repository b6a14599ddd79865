"""What hides a flake: the kinds of masking, and one finding of one of them."""

from dataclasses import dataclass
from enum import StrEnum


class Masking(StrEnum):
    """Ways in which a change makes a test silent without making it right."""

    SKIP = "skip"
    RETRY = "retry"
    DELETED_TEST = "deleted-test"
    FEWER_ASSERTIONS = "fewer-assertions"
    LOOSENED_ASSERTION = "loosened-assertion"
    SWALLOWED_ERROR = "swallowed-error"
    LONGER_WAIT = "longer-wait"
    """A longer sleep or time-out as the only change."""
    DROPPED_FLAG = "dropped-flag"
    """No race detector, no parallel run or no shuffled order any more."""
    EMPTY_TEST = "empty-test"
    """A new test that claims nothing, or only what holds whatever the code does."""
    FRAGILE_TEST = "fragile-test"
    """A new test that waits for time to pass, or claims how long something took: the next flake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One masking change: where, and the line that shows it (hostile text: a model or a person wrote it)."""

    masking: Masking
    path: str
    line: str
