"""Monthly statements as text."""

from dataclasses import dataclass

from ledger_reports.writing import write


@dataclass(frozen=True)
class Line:
    """One booking."""

    text: str
    cents: int


class Statement:
    """The bookings of one month in one currency."""

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.lines: list[Line] = []

    def book(self, text: str, cents: int) -> None:
        """Add one booking."""
        self.lines.append(Line(text, cents))

    def total(self) -> int:
        """The sum of all bookings, in cents."""
        return sum(line.cents for line in self.lines)

    def render(self) -> str:
        """One line for each booking, then the total."""
        rows = [f"{line.text:<12}{write(line.cents, self.currency):>14}" for line in self.lines]
        return "\n".join([*rows, f"{'Total':<12}{write(self.total(), self.currency):>14}"])
