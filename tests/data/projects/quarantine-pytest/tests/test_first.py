import pytest


@pytest.mark.parametrize("name", ["plain", "with blank", "a/b::c", "[z]", "[z] and more", "it's $HOME", "-x"])
def test_cases(name):
    assert name


class TestLedger:
    def test_put(self):
        pass

    def test_get(self):
        pass


def test_put():
    pass


def test_putting():
    pass
