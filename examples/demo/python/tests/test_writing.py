import pytest

from ledger_reports import writing


def test_unknown_currency_is_named():
    with pytest.raises(LookupError, match="no format for XXX"):
        writing.write(1, "XXX")


def test_register_adds_a_currency():
    writing.register("CHF", lambda cents: f"CHF {cents / 100:.2f}")
    assert "CHF" in writing.known()


@pytest.mark.parametrize(
    ("currency", "expected"),
    [("EUR", "12.00 €"), ("SEK", "12.00 kr"), ("CHF", "CHF 12.00")],
)
def test_write(currency, expected):
    assert writing.write(1200, currency) == expected
