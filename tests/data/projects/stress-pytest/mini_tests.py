from pathlib import Path


def count(name):
    file = Path(name)
    number = int(file.read_text()) + 1 if file.exists() else 1
    file.write_text(str(number))
    return number


def test_every_third():
    assert count("mini.count") % 3, "the balance is wrong"


def test_fine():
    pass


def test_skipped():
    return "skip"
