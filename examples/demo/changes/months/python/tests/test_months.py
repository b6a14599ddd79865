from ledger_reports.months import title


def test_title():
    assert title(2026, 3) == "March 2026"
