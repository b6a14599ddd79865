"""Sums over parts of a statement."""

from ledger_reports.statements import Statement


def credits(statement: Statement) -> int:
    """The sum of all bookings above zero, in cents."""
    return sum(line.cents for line in statement.lines if line.cents > 0)
