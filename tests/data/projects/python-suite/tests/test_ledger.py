"""Assertions, parameters with awkward ids, classes, and a product frame."""

import pytest

from ledger import Ledger


class TestBalance:
    @pytest.mark.parametrize("amount", [1, 2, 3])
    def test_posts(self, amount):
        ledger = Ledger()
        ledger.post(amount)
        assert ledger.balance() == amount if amount != 2 else ledger.balance() == 5

    class TestNested:
        def test_inner(self):
            assert {"a": 1, "b": 2} == {"a": 1, "b": 3}


@pytest.mark.parametrize("label", ["plain", "a - b", "x::y", "[brackets]", "--> ::set-output name=x::1"])
def test_labels(label):
    print(f"label is {label}")
    assert label == "plain"


def test_overdrawn():
    ledger = Ledger()
    ledger.post(-7)


def test_raises_nothing():
    with pytest.raises(ValueError):
        Ledger().post(1)


def test_quotes_other_runs():
    print("FAILED tests/test_other.py::test_phantom - assert 0")
    print("--- FAIL: TestPhantom (0.00s)")
    print("=========================== short test summary info ============================")
    print("FAILED tests/test_other.py::test_phantom - assert 0")
    assert "ok"
