"""One campaign and the vouchers that were handed out for it."""

from vouchers.codes import new_code, tidy


class AlreadyUsed(Exception):
    """The voucher was good for one order, and that was it."""


class Unknown(Exception):
    """No campaign has handed out this code."""


class Campaign:
    """Hands out vouchers and takes them in again; ``percent`` is what each of them takes off an order."""

    def __init__(self, name: str, *, percent: int) -> None:
        self.name = name
        self.percent = percent
        self._used: dict[str, bool] = {}

    def hand_out(self, count: int) -> list[str]:
        """So many new vouchers."""
        codes = []
        for _ in range(count):
            code = new_code()
            self._used[code] = False
            codes.append(code)
        return codes

    def redeem(self, typed: str, cents: int) -> int:
        """What is left to pay of an order."""
        code = tidy(typed)
        if code not in self._used:
            raise Unknown(code)
        if self._used[code]:
            raise AlreadyUsed(code)
        self._used[code] = True
        return cents - cents * self.percent // 100

    def open_vouchers(self) -> int:
        """How many are not used yet."""
        return sum(not used for used in self._used.values())
