"""Dies with the interpreter."""

import ctypes
import os


def test_before():
    assert True


def test_segfault():
    ctypes.string_at(0)


def test_exit():
    os._exit(3)


def test_also_fails():
    assert 1 == 2
