"""Statements as comma-separated values."""

import csv
import io

from ledger_reports.statements import Statement


def to_csv(statement: Statement) -> str:
    """One row for each booking: text, cents, currency."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerows((line.text, line.cents, statement.currency) for line in statement.lines)
    return out.getvalue()


def header() -> str:
    """The names of the columns, as the first row."""
    return "text,cents,currency\n"
