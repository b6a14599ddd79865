"""Signature rules that people wrote into issues: what a rule matches, and which issue a failure goes to.

The rule it keeps: the exact key comes first, then rules by the lowest issue number; a rule reaches the test of its
issue and the tests it lists, nothing else. Without rules every failure goes where it always went.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ftc.core.fingerprint import issue_key
from ftc.core.model import Failure, Flake, TestId
from ftc.core.observe import Observed, Sighting

MAX_LINES = 200
"""Of a message and of an excerpt, that a rule is held against; an excerpt has no more."""
MAX_LINE = 500
"""Characters of a line that a rule is held against."""


class Pattern(Protocol):
    """A string or an expression to be found in a line."""

    def end(self, line: str, start: int = 0) -> int:
        """Where the match that ends earliest ends, from this place on; -1 when there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """A string that a line must contain, as it is written, in this very case."""

    value: str

    def end(self, line: str, start: int = 0) -> int:
        """Where it ends for the first time, from this place on; -1 when it is not there."""
        found = line.find(self.value, start)
        return -1 if found < 0 else found + len(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a block says."""

    match: tuple[Pattern, ...] = ()
    """Found one after the other, in this order, on one line or on later ones."""
    exclude: tuple[Pattern, ...] = ()
    """Each of them alone keeps a failure out."""
    tests: tuple[str, ...] = ()
    """Other tests that it reaches, as people write them: ``suite name``, or the name where it is the only one."""
    split: bool = False
    """Whether failures of the issue's own test that do not match belong elsewhere."""

    def matches(self, failure: Failure) -> bool:
        """Whether the failure is what the rule describes."""
        texts = texts_of(failure)
        return bool(self.match) and any(_in_order(self.match, lines) for lines in texts) and not self._excludes(texts)

    def keeps(self, failure: Failure) -> bool:
        """Whether a failure of the issue's own test stays in it."""
        return self.matches(failure) if self.split else not self._excludes(texts_of(failure))

    def _excludes(self, texts: Iterable[Sequence[str]]) -> bool:
        return any(_in_order((pattern,), lines) for lines in texts for pattern in self.exclude)


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """A rule that counts, with the issue it stands in."""

    issue: int
    key: str
    """Of the issue's flake."""
    test: TestId
    rule: Rule
    listed: frozenset[TestId] = frozenset()
    """The tests that it lists, as far as they ever failed."""

    def takes(self, failure: Failure) -> bool:
        """Whether the failure of a test without an issue of its own belongs to this one."""
        return (failure.test == self.test or failure.test in self.listed) and self.rule.matches(failure)


def texts_of(failure: Failure) -> tuple[tuple[str, ...], ...]:
    """What a rule is held against: message, signature and excerpt, in lines with every gap made one blank."""
    texts = (failure.message, failure.signature, failure.excerpt)
    return tuple(
        tuple(" ".join(line[: 2 * MAX_LINE].split())[:MAX_LINE] for line in text.split("\n")[:MAX_LINES])
        for text in texts
    )


def _in_order(patterns: Sequence[Pattern], lines: Iterable[str]) -> bool:
    """Whether all are found one after the other; each as early as it can be, which leaves most for the rest."""
    left = list(patterns)
    for line in lines:
        at = 0
        while left and (end := left[0].end(line, at)) >= 0:
            at = end
            left.pop(0)
        if not left:
            return True
    return not left


def named(entry: str, known: Iterable[TestId]) -> tuple[TestId, ...]:
    """The tests that a name may mean: the one written in full, else all of that name."""
    tests = sorted(set(known))
    return tuple(test for test in tests if str(test) == entry) or tuple(test for test in tests if test.name == entry)


def listed(rule: Rule, known: Iterable[TestId]) -> frozenset[TestId]:
    """The tests that a rule lists and that ever failed; a name that may mean several means none."""
    tests = tuple(known)
    found = (named(entry, tests) for entry in rule.tests)
    return frozenset(meant[0] for meant in found if len(meant) == 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """Where failures go; make it with ``routes``."""

    observed: Observed
    flakes: Mapping[str, Flake]
    rules: tuple[InForce, ...]
    """By issue number."""

    def key(self, sighting: Sighting) -> str:
        """The key of the flake that gets a sighting.

        A way of failing that was split off its test's issue has a flake of its own, which gets it. A failure that a
        rule keeps out of its test's issue, and that no other issue takes, becomes such a flake.
        """
        failure = sighting.failure
        own = issue_key(self.observed.repo, failure.test, failure.fingerprint)
        home = own if own in self.flakes else self.observed.key(sighting)
        if not self.rules or self._counted(home, sighting) or self._is_kept(home, failure):
            return home
        others = (item for item in self.rules if item.key != home)
        taker = next((item.key for item in others if item.takes(failure)), "")
        return taker or (own if self._has_issue(home) else home)

    def _counted(self, key: str, sighting: Sighting) -> bool:
        """What is counted somewhere stays there, whatever people write later."""
        flake = self.flakes.get(key)
        return flake is not None and any(item.key == sighting.occurrence.key for item in flake.occurrences)

    def _is_kept(self, key: str, failure: Failure) -> bool:
        if not self._has_issue(key):
            return False
        own = next((item.rule for item in self.rules if item.key == key), None)
        return own is None or own.keeps(failure)

    def _has_issue(self, key: str) -> bool:
        flake = self.flakes.get(key)
        return flake is not None and flake.issue is not None


def routes(observed: Observed, flakes: Iterable[Flake], rules: Iterable[InForce]) -> Routes:
    """The routes between these flakes; of two with one key the first counts."""
    by_key: dict[str, Flake] = {}
    for flake in flakes:
        by_key.setdefault(flake.key, flake)
    return Routes(observed=observed, flakes=by_key, rules=tuple(sorted(rules, key=lambda item: item.issue)))
