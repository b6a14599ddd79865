"""Chained exceptions, warnings, skips and expected failures."""

import warnings

import pytest


def parse(text):
    try:
        return int(text)
    except ValueError as exc:
        raise KeyError(f"no number in {text!r}") from exc


def test_chained():
    parse("seven")


def test_warns():
    warnings.warn("this API fails soon: FAILED", DeprecationWarning, stacklevel=1)


@pytest.mark.skip(reason="FAILED elsewhere")
def test_skipped():
    assert 0


@pytest.mark.xfail(reason="known")
def test_expected():
    assert 0


def test_multiline():
    assert "first line\nsecond line\n" == "first line\nother line\n", "texts differ"
