"""On which runner a task runs, with lists as GitHub gives them."""

import pytest

from ftc.core.runner_choice import DEFAULT, Runner, choose_runner


def machine(*labels, online=True, busy=False):
    return Runner(name="m", online=online, busy=busy, labels=frozenset({"self-hosted", *labels}))


CASES = {
    "no wish, no list": ("", (), None, DEFAULT),
    "a wish, and a token that may not list": ("big", ("big",), None, "big"),
    "a wish that somebody took off the list since": ("big", ("small",), [machine("big")], DEFAULT),
    "a wish that was never allowed": ("big", (), None, DEFAULT),
    "a hosted label is on no list": ("ubuntu-24.04", ("ubuntu-24.04",), [machine("big")], "ubuntu-24.04"),
    "everything of that label is off": ("big", ("big", "small"), [machine("big", online=False)], DEFAULT),
    "busy, but it will come": ("big", ("big",), [machine("big", busy=True)], "big"),
    "one of two is on": ("big", ("big",), [machine("big", online=False), machine("big")], "big"),
    "GitHub does not tell labels apart by case": ("Big", ("Big",), [machine("big", online=False)], DEFAULT),
    "no wish, and an idle one": ("", ("big",), [machine("big")], "big"),
    "no wish, and none is idle": ("", ("big",), [machine("big", busy=True)], DEFAULT),
    "no wish, and nobody may list": ("", ("big",), None, DEFAULT),
    "the least loaded": (
        "", ("big", "small"), [machine("big"), machine("big", busy=True), machine("small")], "small"),
    "of equals the first allowed": ("", ("b", "a"), [machine("a"), machine("b")], "b"),
    "idle but not allowed": ("", ("big",), [machine("gpu")], DEFAULT),
    "what is off is not idle": ("", ("big",), [machine("big", online=False)], DEFAULT),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_choice(case):
    wanted, allowed, listed, label = CASES[case]
    assert choose_runner(wanted, allowed, listed) == label
