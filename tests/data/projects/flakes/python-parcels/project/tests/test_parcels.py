import pytest

from dispatch.parcels import BadLine, Parcel, parse, unique


def test_parse():
    assert parse("P-1044;12\n") == Parcel("P-1044", 12)


@pytest.mark.parametrize("line", ["", "P-1044", "P-1044;", "P-1044;heavy"])
def test_bad_lines(line):
    with pytest.raises(BadLine):
        parse(line)


def test_a_parcel_scanned_twice_is_one():
    assert unique([Parcel("P-1", 3), Parcel("P-1", 3)]) == [Parcel("P-1", 3)]
