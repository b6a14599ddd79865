from ledger_reports.export import to_csv
from ledger_reports.statements import Statement


def test_one_row_for_each_booking():
    statement = Statement("EUR")
    statement.book("rent", -80000)
    assert to_csv(statement) == "rent,-80000,EUR\n"
