"""What a rule of the taxonomy is and what it may ask: one flake, its code, its log; and the usual ways to look.

Rule: a rule points at what it saw, a line of a snippet or a link; what it cannot point at it has not seen.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from ftc.core.analysis import Clue, Reason, RootCause, Snippet, Sources
from ftc.core.languages import language_of
from ftc.core.model import Flake, Kind, Signature
from ftc.core.taxonomy.code import Code, blocks, read

SIGNATURES_READ = 5
"""Ways of failing whose log is read, newest first; more would be another test's story."""
LOG_CHARS, LOG_LINE = 20_000, 1_000
"""Characters of log and of one of its lines that are read for each signature."""

_ORDER = (Reason.TEST, Reason.STACK, Reason.SUITE, Reason.HELPER)


class Reads(StrEnum):
    """Where a rule looks."""

    CODE = "code"
    LOG = "log"
    HISTORY = "history"


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """Message and excerpt of one way of failing, with the address of its log."""

    text: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One flake with everything that rules may ask about it."""

    flake: Flake
    language: str
    code: tuple[Code, ...]
    """The test's own code first."""
    logs: tuple[Log, ...]
    """Newest first."""

    @property
    def newest(self) -> Signature | None:
        """The newest way of failing."""
        return self.flake.signatures[0] if self.flake.signatures else None

    @property
    def link(self) -> str:
        """Address of the newest failure."""
        return self.flake.occurrences[0].url if self.flake.occurrences else ""


def case_of(flake: Flake, sources: Sources) -> Case:
    """Everything that rules read, prepared once."""
    paths = [snippet.path for snippet in sources.snippets]
    paths += [place.path for signature in flake.signatures[:SIGNATURES_READ] for place in signature.locations]
    ordered = sorted(sources.snippets, key=lambda item: _ORDER.index(item.reason))
    return Case(
        flake=flake,
        language=language_of(flake.test, paths),
        code=tuple(read(snippet, whole_test=_is_test(snippet, flake)) for snippet in ordered),
        logs=tuple(_log(flake, signature) for signature in flake.signatures[:SIGNATURES_READ]),
    )


def _is_test(snippet: Snippet, flake: Flake) -> bool:
    """Whether a snippet is the test's definition: read as such, or because the stack went through it."""
    name = re.split(r"/|::", flake.test.name.split("[", 1)[0])[-1]
    head = snippet.text.lstrip().split("\n", 1)[0]
    return snippet.reason is Reason.TEST or (snippet.reason is Reason.STACK and len(name) > 3 and name in head)


def _log(flake: Flake, signature: Signature) -> Log:
    seen = next((item.url for item in flake.occurrences if item.fingerprint == signature.fingerprint), "")
    text = f"{signature.message}\n{signature.excerpt}"[:LOG_CHARS]
    lines = "\n".join(line[:LOG_LINE] for line in text.split("\n"))
    return Log(text=lines, link=signature.excerpt_url or seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a rule saw its sign: a line of a snippet, or a link; ``word`` is a number or name for its sentence."""

    snippet: Snippet | None = None
    line: int = 0
    link: str = ""
    word: str = ""


Find = Callable[[Case], Spot | None]
"""What makes a rule speak."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One sign of one cause.

    ``weight`` is in log-odds, below zero for what speaks against the cause. ``sentence`` may name ``{line}`` and
    ``{word}``; the snippet is named beside it. No ``languages`` means all of them.
    """

    id: str
    cause: RootCause
    weight: float
    reads: Reads
    sentence: str
    find: Find
    languages: tuple[str, ...] = ()

    def apply(self, case: Case) -> Clue | None:
        """The reason it gives in this case, if any."""
        if self.languages and case.language not in self.languages:
            return None
        spot = self.find(case)
        if spot is None:
            return None
        text = self.sentence.format(line=spot.line, word=spot.word)
        return Clue(text=text, snippet=spot.snippet.id if spot.snippet else "", link=spot.link)


def at(code: Code, index: int, word: str = "") -> Spot:
    """The spot of a line by its index in the snippet."""
    return Spot(snippet=code.snippet, line=code.snippet.first + index, word=word)


def on_line(pattern: str, *, literal: bool = False, unless: str = "", beside: str = "") -> Find:
    """The first line with this pattern, in a snippet that also has ``beside`` and has ``unless`` nowhere."""
    wanted, absent, needed = re.compile(pattern), re.compile(unless or r"(?!)"), re.compile(beside)

    def find(case: Case) -> Spot | None:
        for code in case.code:
            lines = code.literal if literal else code.bare
            if any(map(absent.search, code.bare)) or not any(map(needed.search, code.bare)):
                continue
            for index, line in enumerate(lines):
                if wanted.search(line):
                    return at(code, index)
        return None

    return find


def followed(first: str, then: str, *, within: int, unless: str = "") -> Find:
    """A line with ``first`` and in one of the next ``within`` lines ``then``, none of them with ``unless``."""
    before, after, absent = re.compile(first), re.compile(then), re.compile(unless or r"(?!)")

    def find(case: Case) -> Spot | None:
        for code in case.code:
            for index, line in enumerate(code.bare):
                rest = code.bare[index + 1 : index + 1 + within]
                if before.search(line) and any(map(after.search, rest)) and not any(map(absent.search, (line, *rest))):
                    return at(code, index)
        return None

    return find


def in_block(opener: str, inside: str, *, unless: str = "") -> Find:
    """A block opened by one pattern that holds a line with another; the spot is the line inside."""
    opens, wanted, absent = re.compile(opener), re.compile(inside), re.compile(unless or r"(?!)")

    def find(case: Case) -> Spot | None:
        for code in case.code:
            for start, end in blocks(code.bare, opens):
                body = range(start + 1, end + 1)
                hit = next((index for index in body if wanted.search(code.bare[index])), None)
                if hit is not None and not any(absent.search(code.bare[index]) for index in (start, *body)):
                    return at(code, hit)
        return None

    return find


def test_lacks(pattern: str) -> Find:
    """The whole definition of the test was read and has this nowhere; the spot is its first line."""
    absent = re.compile(pattern)

    def find(case: Case) -> Spot | None:
        whole = [code for code in case.code if code.whole_test]
        missing = whole and not any(absent.search(line) for code in whole for line in code.bare)
        return at(whole[0], 0) if missing else None

    return find


def in_log(pattern: str) -> Find:
    """The newest log with this pattern."""
    wanted = re.compile(pattern)

    def find(case: Case) -> Spot | None:
        return next((Spot(link=log.link) for log in case.logs if log.link and wanted.search(log.text)), None)

    return find


def failed_as(kind: Kind) -> Find:
    """The newest failure of this kind."""

    def find(case: Case) -> Spot | None:
        hit = next((item for item in case.flake.occurrences if item.kind is kind), None)
        return Spot(link=hit.url) if hit else None

    return find


def any_of(*finds: Find) -> Find:
    """The first of these that sees something."""

    def find(case: Case) -> Spot | None:
        return next((spot for item in finds if (spot := item(case))), None)

    return find
