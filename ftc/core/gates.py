"""What a gate showed of one commit."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The end of one run of a gate."""

    name: str
    """``fast`` or ``slow``."""
    command: str
    """Empty where none is configured; it passes then."""
    passed: bool
    tail: str
    """The last lines of what it printed, cleaned; hostile text all the same."""
    seconds: float
