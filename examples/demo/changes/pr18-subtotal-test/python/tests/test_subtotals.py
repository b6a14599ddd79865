from ledger_reports.statements import Statement
from ledger_reports.subtotals import credits


def test_credits():
    statement = Statement("EUR")
    statement.book("rent", -80000)
    statement.book("salary", 250000)
    assert credits(statement) == 250000
