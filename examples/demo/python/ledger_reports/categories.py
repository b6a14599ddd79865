"""Which categories of spending lead a statement."""

SHOWN = 5


def top_categories(spending: dict[str, int], shown: int = SHOWN) -> list[str]:
    """The categories with the highest spending, highest first."""
    names = set(spending)
    return sorted(names, key=lambda name: -spending[name])[:shown]
