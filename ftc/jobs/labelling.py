"""Labels that something is about to bear, made where they are not there yet.

The rule it keeps: a label that exists stays as people made it look; one that another process makes meanwhile is there.
"""

from collections.abc import Mapping
from contextlib import suppress

from ftc.clients.github import GitHub
from ftc.core.errors import AlreadyExists
from ftc.core.labels import Label


def ensure_labels(github: GitHub, looks: Mapping[str, Label]) -> None:
    """Make the labels that the repository lacks; ``looks`` by their full names, with the prefix."""
    there = {name.lower() for name in github.label_names()}
    for full, look in looks.items():
        if full.lower() not in there:
            with suppress(AlreadyExists):
                github.create_label(name=full, color=look.color, description=look.description)
