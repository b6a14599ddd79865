"""Issues that share a root cause: the same normalised error at the same place in the repository.

The rule it keeps: a group follows from the signatures alone, and a way of failing that too many tests have says
nothing about any of them. The lead is the lowest-numbered issue, open or closed.
"""

from collections.abc import Iterable, Mapping, Sequence

from ftc.core.model import Flake, Status

MOST_TESTS = 5
"""Tests that may share a signature; one seen in more is a helper's or a framework's (spec, section 6)."""


def group_leads(managed: Sequence[Flake], watched: Iterable[Flake] = ()) -> dict[int, int]:
    """The lead's number for every managed issue, by its own; 0 for one that shares its cause with no other.

    Tests on the watch list have no issue to link, but they count towards what too many tests have.
    """
    members = [flake for flake in managed if flake.issue and flake.status != Status.DUPLICATE]
    tests = _tests((*members, *watched))
    lead = {_number(flake): _number(flake) for flake in members}
    for numbers in _sharing(members, tests).values():
        joined = {lead[number] for number in numbers}
        lead |= {number: min(joined) for number, of in lead.items() if of in joined}
    sizes = [*lead.values()]
    return {number: of if sizes.count(of) > 1 else 0 for number, of in lead.items()}


def shared(new: Sequence[Flake], others: Iterable[Flake]) -> bool:
    """Whether any flake of ``new`` fails in a way that another one, new or not, does as well."""
    seen = {mark for flake in others for mark in _keys(flake)}
    for flake in new:
        if seen & set(_keys(flake)):
            return True
        seen.update(_keys(flake))
    return False


def _sharing(members: Iterable[Flake], tests: Mapping[str, set[str]]) -> dict[str, list[int]]:
    """Numbers of the issues that fail in a way, for ways that can be a key."""
    found: dict[str, list[int]] = {}
    for flake in members:
        for mark in _keys(flake):
            if len(tests[mark]) <= MOST_TESTS:
                found.setdefault(mark, []).append(_number(flake))
    return found


def _tests(flakes: Iterable[Flake]) -> dict[str, set[str]]:
    """The tests that fail in each way."""
    found: dict[str, set[str]] = {}
    for flake in flakes:
        for mark in _keys(flake):
            found.setdefault(mark, set()).add(str(flake.test))
    return found


def _keys(flake: Flake) -> tuple[str, ...]:
    """Ways of failing with a place in the repository: an error text alone, as a time-out's, is everybody's."""
    return tuple(item.fingerprint for item in flake.signatures if item.locations)


def _number(flake: Flake) -> int:
    return flake.issue.issue if flake.issue else 0
