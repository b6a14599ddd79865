"""Stock without any types."""


def left(stock, taken):
    """What is left on the shelf."""
    return stock - taken
