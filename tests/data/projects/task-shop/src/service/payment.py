"""Payments of a small shop."""


def charge(amount: int, balance: int) -> int:
    """The balance after a payment; amounts are in cents."""
    if amount <= 0:
        raise ValueError("amount must be positive")
    if amount > balance:
        raise ValueError("balance is too low")
    return balance - amount


def refund(amount: int, paid: int) -> int:
    """What is left paid after a refund."""
    if amount > paid:
        raise ValueError("refund exceeds the payment")
    return paid - amount
