"""How amounts are written in each currency."""

from collections.abc import Callable

Format = Callable[[int], str]

_formats: dict[str, Format] = {
    "EUR": lambda cents: f"{cents / 100:.2f} €",
    "SEK": lambda cents: f"{cents / 100:.2f} kr",
}


def register(currency: str, form: Format) -> None:
    """Teach the package one more currency."""
    _formats[currency] = form


def known() -> list[str]:
    """The currencies that can be written."""
    return sorted(_formats)


def write(cents: int, currency: str) -> str:
    """The amount as text; raises ``LookupError`` for an unknown currency."""
    if currency not in _formats:
        raise LookupError(f"no format for {currency}; known: {', '.join(known())}")
    return _formats[currency](cents)
