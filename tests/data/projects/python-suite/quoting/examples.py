"""Examples that doctest runs."""


def interest(amount):
    """Interest of a year.

    >>> interest(100)
    4
    """
    return amount * 3 // 100


def rate(text):
    """The rate in a text.

    >>> rate("three")
    3
    """
    return int(text)
