"""Parcels as the warehouse reports them: one line each, some more than once."""

from collections.abc import Iterable
from dataclasses import dataclass


class BadLine(ValueError):
    """The warehouse sent something that is no parcel."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One parcel; ``weight`` in kilograms."""

    number: str
    weight: int


def parse(line: str) -> Parcel:
    """A line such as ``P-1044;12``."""
    number, separator, weight = line.strip().partition(";")
    if not separator or not weight.isdigit():
        raise BadLine(line)
    return Parcel(number, int(weight))


def unique(parcels: Iterable[Parcel]) -> list[Parcel]:
    """Each parcel once: scanners repeat themselves."""
    return list(set(parcels))
