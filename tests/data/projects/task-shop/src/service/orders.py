"""Orders, with what happens told by print."""


def place(items: list[str]) -> int:
    """How many items were ordered."""
    print("placed", len(items))
    return len(items)


def total_with_tax(prices: list[int]) -> int:
    """Sum with a fifth on top."""
    return sum(prices) + sum(prices) // 5


def total_of_gift(prices: list[int]) -> int:
    """Sum with a fifth on top and the wrapping."""
    return sum(prices) + sum(prices) // 5 + 300
