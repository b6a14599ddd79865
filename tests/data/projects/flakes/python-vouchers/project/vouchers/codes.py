"""Codes that people can read out on the phone."""

import random

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without 0 and O, 1 and I, which look alike."""
LENGTH = 3


def new_code() -> str:
    """A code such as ``K7Q``."""
    return "".join(random.choice(LETTERS) for _ in range(LENGTH))


def tidy(typed: str) -> str:
    """What somebody typed, as the code is written: ``k7-q`` is ``K7Q``."""
    return "".join(letter for letter in typed.upper() if letter.isalnum())


def readable(code: str) -> bool:
    """Whether every letter of a code is one that cannot be mistaken."""
    return len(code) == LENGTH and all(letter in LETTERS for letter in code)
