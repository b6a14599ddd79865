"""Set-up and tear-down errors, and a cascade from one broken fixture."""

import logging

import pytest


@pytest.fixture(scope="module")
def server():
    raise RuntimeError("server did not start on port 40123")


@pytest.fixture
def leaky():
    yield 1
    raise OSError("could not remove /tmp/pytest-of-runner/pytest-0/data")


def test_first(server):
    assert server


def test_second(server):
    assert server


def test_third(server):
    assert server


def test_teardown_only(leaky):
    logging.getLogger("app").error("error: this is a log line, not a failure")
    assert leaky == 1


def test_call_and_teardown(leaky):
    assert leaky == 2
