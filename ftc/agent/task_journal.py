"""What a task remembers while it works: its phase, the trace, and the money.

The rule it keeps: every line is written to the disk at once, so that a task that is killed has said where it was.
"""

from collections.abc import Callable
from pathlib import Path

from ftc.core.sanitize import Sanitizer
from ftc.core.task_report import Phase

LINE_CHARS = 2_000


class TimeUp(Exception):
    """The time or the money of the task is used up; what is done is delivered."""


class Purse:
    """Counts what generators cost, in US dollars."""

    def __init__(self, most: float) -> None:
        """``most`` is the task's limit."""
        self.most = most
        self.spent = 0.0

    @property
    def left(self) -> float:
        """What may still be spent."""
        return max(self.most - self.spent, 0.0)

    def check(self) -> None:
        """Raise ``TimeUp`` when nothing more may be asked for."""
        if self.spent and self.spent >= self.most:
            raise TimeUp(f"the task's {self.most:g} US dollars are spent")

    def pay(self, usd: float | None) -> None:
        """Count a price; an unknown one is all that is left."""
        self.spent = max(self.spent, self.most) if usd is None else self.spent + max(usd, 0.0)


class Journal:
    """The trace of one task in a file of its folder."""

    def __init__(self, file: Path, *, sanitizer: Sanitizer, say: Callable[[str], None]) -> None:
        """Begin the file anew; ``say`` gets each line, too."""
        self.phase = Phase.PREPARE
        self._file = file
        self._sanitizer = sanitizer
        self._say = say
        file.write_text("", encoding="utf-8")

    def enter(self, phase: Phase) -> None:
        """Begin a phase."""
        self.phase = phase
        self.say(f"== {phase}")

    def say(self, text: str) -> None:
        """Note what happened; secrets are taken out."""
        line = self._sanitizer.clean(text)[:LINE_CHARS]
        with self._file.open("a", encoding="utf-8", errors="replace") as file:
            file.write(f"{line}\n")
        self._say(line)

    @property
    def text(self) -> str:
        """Everything so far."""
        return self._file.read_text(encoding="utf-8")
