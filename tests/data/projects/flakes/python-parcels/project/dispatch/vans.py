"""Vans, and what is loaded into which."""

from collections.abc import Iterable

from dispatch.parcels import Parcel, parse, unique


class TooHeavy(ValueError):
    """No van can take this parcel."""


def load(parcels: Iterable[Parcel], *, capacity: int) -> list[list[Parcel]]:
    """The parcels van by van, in the order in which they come; a van is sent off when the next one does not fit."""
    vans: list[list[Parcel]] = []
    room = 0
    for parcel in parcels:
        if parcel.weight > capacity:
            raise TooHeavy(f"{parcel.number}: {parcel.weight} kg")
        if parcel.weight > room:
            vans.append([])
            room = capacity
        vans[-1].append(parcel)
        room -= parcel.weight
    return vans


def vans_needed(lines: Iterable[str], *, capacity: int) -> int:
    """How many vans the parcels of these lines need."""
    return len(load(unique(map(parse, lines)), capacity=capacity))
