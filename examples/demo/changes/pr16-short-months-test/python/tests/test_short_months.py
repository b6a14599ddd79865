from ledger_reports.months import short_title


def test_short_title():
    assert short_title(2026, 9) == "Sep 26"
