from ledger_reports.export import header


def test_header_names_the_columns():
    assert header() == "text,cents,currency\n"
