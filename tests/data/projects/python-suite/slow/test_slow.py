"""Runs longer than it may."""

import threading
import time


def test_quick():
    assert True


def test_waits_for_event():
    print("waiting for an event that nobody sends")
    threading.Event().wait(30)


def test_after():
    time.sleep(0)
