"""A tiny ledger: enough product code for frames outside the tests."""


class Overdrawn(Exception):
    """More was taken than there is."""


class Ledger:
    def __init__(self):
        self.entries = []

    def post(self, amount):
        if self.balance() + amount < 0:
            raise Overdrawn(f"balance {self.balance()} does not cover {-amount}")
        self.entries.append(amount)

    def balance(self):
        return sum(self.entries)
