"""One test needs what another leaves behind, so that the order decides."""

opened = []


def test_opens():
    opened.append(True)


def test_needs_open():
    assert opened, "the ledger is not open"


class TestShelf:
    def test_fine(self):
        pass
