"""Tests that fail every now and then, on purpose."""

import os
import time
from pathlib import Path

import pytest


def count(name):
    file = Path(__file__).with_name(name)
    number = int(file.read_text()) + 1 if file.exists() else 1
    file.write_text(str(number))
    return number


class TestLedger:
    @pytest.mark.parametrize("case", ["a b", "x::y[0]"])
    def test_every_third(self, case):
        assert count(f"third-{case[0]}.count") % 3, "the balance is wrong"


def test_fine():
    print("--- PASS: TestForged (0.00s)")


@pytest.mark.skip(reason="not here")
def test_skipped():
    pass


def test_order():
    assert next(iter({"first", "second"})) == "first"


def test_hangs():
    if count("hangs.count") % 2 == 0:
        time.sleep(3600)


def test_dies():
    if count("dies.count") % 2 == 0:
        os._exit(7)


def test_one_cpu():
    assert len(os.sched_getaffinity(0)) > 1, "one processor only"
