"""Signed receipts for single payments."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

ROUNDS = 200_000


@dataclass(frozen=True)
class Receipt:
    """One payment, when it was made, and a seal over both."""

    payment: str
    issued: datetime
    seal: str


def issue(payment: str, key: bytes) -> Receipt:
    """Write a receipt that is dated now, to the second."""
    issued = datetime.now(UTC).replace(microsecond=0)
    text = f"{payment}|{issued.isoformat()}"
    return Receipt(payment, issued, _seal(text, key))


def is_genuine(receipt: Receipt, key: bytes) -> bool:
    """Whether the seal belongs to this payment and date."""
    return receipt.seal == _seal(f"{receipt.payment}|{receipt.issued.isoformat()}", key)


def _seal(text: str, key: bytes) -> str:
    return hashlib.pbkdf2_hmac("sha256", text.encode(), key, ROUNDS).hex()
