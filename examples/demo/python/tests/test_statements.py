import pytest

from ledger_reports.statements import Statement


@pytest.fixture
def march():
    statement = Statement("EUR")
    statement.book("rent", -80000)
    statement.book("salary", 250000)
    return statement


def test_total(march):
    assert march.total() == 170000


def test_render_ends_with_the_total(march):
    assert march.render().splitlines()[-1] == "Total            1700.00 €"


def test_empty_statement_has_a_total():
    assert Statement("SEK").render() == "Total              0.00 kr"
