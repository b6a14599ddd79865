"""Which test a text written by people names: exactly, nearly, or only something that sounds like it.

Rule: names match whole, component by component, as frameworks put them together; a part of a word is no name.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from ftc.core.model import TestId

MIN_WORDS = 3
"""Words from which a test's name in prose (``renders an empty list``) is a name and not a turn of phrase."""

_TOKEN = re.compile(r"[^\s`'\"“”‘’«»<>|,;()*!?\\{}]+")
_RECEIVER = re.compile(r"\(\*?(\w{1,200})\)(?=\.)")
_PARTS = re.compile(r"[/.#:\[\]]+")
_TESTISH = re.compile(r"Test[A-Z0-9_]|Benchmark[A-Z]|Fuzz[A-Z]|test_?\w|(?:\w+Test|\w+Tests|\w+Suite)$")
_FILE = frozenset({"go", "py", "js", "ts", "tsx", "jsx", "rs", "java", "kt", "cc", "cpp", "rb", "cs", "log"})
_FOLDERS = re.compile(r"[a-z0-9_.-]+(?:/[a-z0-9_.-]+)+[/:]?", re.ASCII)
"""A path of folders or of a package; ``CI/CD`` is none."""
_WORD = re.compile(r"tests?|testing|tested|tests?uite|testdata|testing\w*", re.IGNORECASE)


class Relation(StrEnum):
    """What a name has to do with a test's, closest first."""

    EXACT = "exact"
    CHILD = "child"
    PARENT = "parent"
    OTHER_PARENT = "other-parent"
    SPELLING = "spelling"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """The closest a text comes to naming a test, and the other tests it names."""

    relation: Relation | None
    others: frozenset[str]


def mention(text: str, test: TestId) -> Mention:
    """How the text names the test, judged word by word; the words of an address are none."""
    relations = {Relation.EXACT} if _in_prose(text, test) else set()
    others: set[str] = set()
    for token in _TOKEN.findall(_RECEIVER.sub(r"\1", text)):
        parts = parts_of(token)
        if "://" in token or not parts:
            continue
        relation = _relation(parts, test)
        if relation:
            relations.add(relation)
        elif name := _test_name(parts):
            others.add(name)
    return Mention(relation=next((item for item in Relation if item in relations), None), others=frozenset(others))


def parts_of(token: str) -> tuple[str, ...]:
    """The components of a name or path, without the punctuation of the sentence around it."""
    return tuple(part for part in _PARTS.split(token.strip("_-.:=→~")) if part)


def _relation(parts: tuple[str, ...], test: TestId) -> Relation | None:
    """What a name has to do with the test's: exact, near in one of four ways, or nothing."""
    name = parts_of(test.name)
    ours = (*parts_of(test.suite), *name)
    least = _least(name)
    if len(parts) >= least and _ends(ours, parts):
        return Relation.EXACT
    if any(_ends(ours, parts[:count]) for count in range(least, min(len(parts), len(ours) + 1))):
        return Relation.CHILD
    if any(_ends(ours[:-cut], parts) and _TESTISH.match(parts[-1]) for cut in range(1, len(name))):
        return Relation.PARENT
    if least <= len(name) and len(parts) > least and parts[-least:] == name[-least:]:
        before, said = parts[: -least - 1], parts[-least - 1]
        same = _same_suite(said, name, least) and (not before or _ends(ours[: -least - 1], before))
        return Relation.EXACT if same else Relation.OTHER_PARENT
    lower = tuple(part.lower() for part in parts)
    if len(parts) >= least and _ends(tuple(part.lower() for part in ours), lower) and not _WORD.fullmatch(lower[-1]):
        return Relation.SPELLING
    return None


def _ends(ours: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    return bool(parts) and ours[-len(parts) :] == parts


def _least(name: tuple[str, ...]) -> int:
    """How many last components are a name of their own: from the last one that looks like a test's.

    A sub-test's name alone (``case_1``) is none. A name of no such form must be told in full with what is around it.
    """
    for count in range(1, len(name) + 1):
        if re.match(r"[Tt]est[A-Z0-9_]", name[-count]):
            return count
    whole = "".join(name)
    distinct = len(whole) >= 12 and re.search(r"[a-z][A-Z]|_", whole)
    return len(name) if distinct else len(name) + 1


def _same_suite(said: str, name: tuple[str, ...], least: int) -> bool:
    """Whether a receiver type (``clientTestSuite``) names the suite that runs it (``TestClientTestSuite``)."""
    suite = name[-least - 1] if len(name) > least else ""
    return bool(suite) and said.lower().removeprefix("test") == suite.lower().removeprefix("test")


def _test_name(parts: tuple[str, ...]) -> str:
    """The test that a token names, if it looks like one; what stands before a file's ending is no test."""
    after = max((place + 1 for place, part in enumerate(parts) if part in _FILE), default=0)
    rest = parts[after:]
    named = [part for part in rest if _TESTISH.match(part) and not _WORD.fullmatch(part)]
    return named[-1] if named else ""


def _in_prose(text: str, test: TestId) -> bool:
    """Whether a name of several words stands in the text, whole."""
    words = test.name.split()
    if len(words) < MIN_WORDS:
        return False
    return bool(re.search(r"(?<!\w)" + r"\s+".join(map(re.escape, words)) + r"(?!\w)", text))


def elsewhere(text: str, test: TestId) -> bool:
    """Whether the text names folders or packages, and none that the test lies in."""
    ours = parts_of(test.suite)
    paths = [parts_of(token) for token in _TOKEN.findall(text) if _FOLDERS.fullmatch(token)]
    places = [
        parts for parts in paths if len(parts) > 1 and not any(re.match(r"[Tt]est[A-Z_]", part) for part in parts)
    ]
    spans = {ours[start:end] for start in range(len(ours)) for end in range(start + 1, len(ours) + 1)}
    return bool(places) and not any(parts in spans for parts in places)
