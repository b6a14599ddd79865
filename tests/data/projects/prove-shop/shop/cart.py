from pathlib import Path


class Locked(Exception):
    pass


def lock(place: Path) -> None:
    """Whoever finds the lock of somebody else takes it away and fails."""
    if place.exists():
        place.unlink()
        raise Locked("the cart is locked")
    place.touch()


def total(prices):
    return sum(prices)
