import pytest

from vouchers.codes import new_code, readable, tidy


def test_new_codes_are_readable():
    assert all(readable(new_code()) for _ in range(200))


@pytest.mark.parametrize(("typed", "code"), [("k7q", "K7Q"), ("K7-Q", "K7Q"), (" k 7 q ", "K7Q")])
def test_tidy(typed, code):
    assert tidy(typed) == code


@pytest.mark.parametrize("code", ["K0Q", "KIQ", "K7", "K7QQ"])
def test_unreadable(code):
    assert not readable(code)
