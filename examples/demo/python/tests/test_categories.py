from ledger_reports.categories import top_categories


def test_highest_first():
    assert top_categories({"food": 300, "rent": 800, "fun": 120}) == ["rent", "food", "fun"]


def test_rent_is_always_shown():
    spending = {"food": 300, "fun": 300, "health": 300, "rent": 300, "travel": 300, "water": 300}
    assert "rent" in top_categories(spending)


def test_at_most_five():
    assert len(top_categories({str(number): number for number in range(9)})) == 5
