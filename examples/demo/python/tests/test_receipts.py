from datetime import UTC, datetime

from ledger_reports.receipts import Receipt, is_genuine, issue

KEY = b"only for tests"


class TestReceipt:
    def test_is_dated_now(self):
        receipt = issue("rent 800.00", KEY)
        assert receipt.issued == datetime.now(UTC).replace(microsecond=0)

    def test_seal_is_checked(self):
        receipt = issue("rent 800.00", KEY)
        assert is_genuine(receipt, KEY)
        assert not is_genuine(Receipt("rent 1.00", receipt.issued, receipt.seal), KEY)
