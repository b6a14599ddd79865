"""signatures"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit as ``git log`` tells it; ``paths`` are those of the asked-for files that it touched."""

    sha: str
    title: str
    at: datetime
    """Commit date, aware UTC."""
    parents: tuple[str, ...]
    paths: tuple[str, ...] = ()
