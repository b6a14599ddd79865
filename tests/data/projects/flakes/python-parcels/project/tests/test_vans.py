import pytest

from dispatch.parcels import Parcel
from dispatch.vans import TooHeavy, load, vans_needed

MONDAY = """\
P-1044;80
P-1045;50
P-1046;30
P-1046;30
P-1047;20
"""


def test_load_opens_a_van_when_the_next_parcel_does_not_fit():
    big, small, last = Parcel("P-1", 60), Parcel("P-2", 30), Parcel("P-3", 20)
    assert load([big, small, last], capacity=100) == [[big, small], [last]]


def test_too_heavy():
    with pytest.raises(TooHeavy):
        load([Parcel("P-1", 101)], capacity=100)


def test_no_parcels_no_vans():
    assert vans_needed([], capacity=100) == 0


def test_monday_fits_into_two_vans():
    needed = vans_needed(MONDAY.splitlines(), capacity=100)
    assert needed == 2
