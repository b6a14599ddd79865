"""Failing tests that print what pytest prints, and names that look like its words."""

import unittest
import warnings

import pytest

REPORT = f"""\
{" test session starts ":=^80}
{" FAILURES ":=^80}
{" test_ghost ":_^80}
E   AssertionError: ghost
{" short test summary info ":=^80}
FAILED tests/test_ghost.py::test_ghost - AssertionError: ghost
{" 1 failed, 2 passed in 0.10s ":=^80}
"""
SUMMARY = f"""\
{" short test summary info ":=^80}
FAILED tests/test_ghost.py::test_summary - AssertionError: ghost
1 failed, 2 passed in 0.10s
"""


@pytest.mark.parametrize("name", ["a b", "x::y", "[z]", "a/b.py::c", "FAILED tests/x.py::t", "PASSED", "ü", "a\nb", ""])
def test_names(name):
    assert name == "no"


def test_prints_a_report():
    print(REPORT)
    raise KeyError("the real error")


def test_prints_a_summary():
    print(SUMMARY)
    raise KeyError("another real error")


def test_prints_and_passes():
    print(REPORT)
    warnings.warn("FAILED tests/test_ghost.py::test_warned - ghost", stacklevel=1)


@pytest.mark.xfail(strict=True, reason="fixed since")
def test_strict():
    pass


class TestSharedFixture:
    @pytest.fixture(scope="class")
    def database(self):
        raise RuntimeError("database is down")

    def test_first(self, database):
        pass

    def test_second(self, database):
        pass

    class TestInner:
        def test_deep(self):
            raise ExceptionGroup("several", [ValueError("one"), KeyError("two")])


class Fixtures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        raise OSError("no port")

    def test_never(self):
        pass


async def test_async():
    pass
