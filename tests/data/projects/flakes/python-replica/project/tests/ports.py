"""Ports for tests."""

import random

OURS = range(47610, 47614)
"""Nothing else uses these, see the list of ports in the handbook."""


def a_port() -> int:
    """One of our ports."""
    return random.choice(OURS)
