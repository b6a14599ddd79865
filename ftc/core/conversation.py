"""What a person's comment asks or tells us, and what the rules can answer from the state of the flake alone.

The rule it keeps: silence is the normal answer. Only what a person wrote in their own words counts, neither quotes nor
code; a question put to somebody else is theirs, and what no rule recognises gets no reply unless it is put to us.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ftc.core.analysis import RootCause
from ftc.core.markdown import strip_control, strip_hidden
from ftc.core.talk import ASKS, CAUSE_WORDS, INTENT_WORDS, SUBJECT, THANKS

MAX_COMMENT = 20_000
"""Characters of a comment that are read; a log pasted in full is no conversation."""
MAX_SENTENCE = 400
"""Characters of a sentence that are understood; patterns over more would cost time, and nobody asks at such length."""
MAX_LINKS = 5
MAX_LOGIN = 39
TOLD = "told a cause"
"""The audit entry of a cause that a person named, which is its result; one of them is thanked for on an issue."""


class Intent(StrEnum):
    """What a question asks, in the order in which answers are given."""

    MY_PULL = "my-pull"
    FIXED = "fixed"
    RATE = "rate"
    CAUSE = "cause"
    SINCE = "since"
    REPRODUCE = "reproduce"
    OWNERS = "owners"
    NEXT = "next"


class Source(StrEnum):
    """The CI system that a link leads to."""

    ACTIONS = "actions"
    PROW = "prow"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLink:
    """A link to one run of the repository that is read; what the link does not say is empty or 0."""

    url: str
    source: Source
    run: str
    attempt: int = 0
    job: str = ""
    """Id of the job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A comment as we understand it."""

    text: str
    """Its own words, without quotes, code and anything hidden; hostile."""
    intents: tuple[Intent, ...] = ()
    links: tuple[RunLink, ...] = ()
    causes: tuple[RootCause, ...] = ()
    """Causes that it states, not asks for."""
    pulls: tuple[int, ...] = ()
    """Numbers of pull requests it speaks of."""
    asks: bool = False
    """Whether it holds a question that is not put to somebody else."""
    addressed: bool = False
    """Whether it speaks to us by name."""

    @property
    def is_for_us(self) -> bool:
        """Whether the rules have anything to say to it."""
        return bool(self.intents or self.links or self.causes or self.addressed)

    @property
    def is_for_model(self) -> bool:
        """Whether a model may be asked about it, which costs money: for any question, too, and for causes told."""
        return bool(self.intents or self.causes or self.asks or self.addressed)


def remark(body: str, *, repo: str, login: str) -> Remark:
    """What a comment says; ``repo`` is the repository that is read, ``login`` the bot's own."""
    text = own_words(body)
    prose = _URL.sub(" ", text)
    addressed = _speaks_to(prose, login)
    elsewhere = not addressed and bool(_mentioned(prose))
    questions, statements = _sentences(prose)
    asked = () if elsewhere else _intents(questions, statements, addressed=addressed)
    return Remark(
        text=text,
        intents=asked,
        links=run_links(text, repo=repo),
        causes=_stated(statements),
        pulls=tuple(dict.fromkeys(int(number) for number in _PULL.findall(text)))[:MAX_LINKS],
        asks=bool(questions) and not elsewhere,
        addressed=addressed,
    )


_FENCE = re.compile(r"^[ ]{0,3}(`{3,}|~{3,})[^\n]*\n.*?(?:^[ ]{0,3}\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_QUOTED = re.compile(r"^[ ]{0,3}>.*$", re.MULTILINE)
_INDENTED = re.compile(r"(?:\A|(?<=\n\n))(?:(?: {4}|\t)[^\n]*\n?)+")
_MAILED = re.compile(r"^On .{5,100} wrote:\s*$", re.MULTILINE)
_DETAILS = re.compile(r"<(details|pre|code|blockquote)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_SPAN = re.compile(r"(?<!`)(`{1,2})(?!`)[^\n]{0,400}?(?<!`)\1(?!`)")


def own_words(body: str) -> str:
    """What the writer says: no quotes, code, folded logs, hidden text or lines of a mail program."""
    text = strip_hidden(strip_control(body[:MAX_COMMENT]))
    for pattern in (_FENCE, _DETAILS, _QUOTED, _INDENTED, _MAILED):
        text = pattern.sub("", text)
    return _SPAN.sub(" ", text).strip()


_URL = re.compile(r"https?://[^\s<>()\[\]\"'`]+")
_NAME = re.compile(rf"(?<![\w/@.-])@([A-Za-z0-9](?:[A-Za-z0-9-]{{0,{MAX_LOGIN - 1}}}))(?:\[bot\])?(?![\w/])")
_CALLED = re.compile(
    r"(?:^|\b(?:hey|hi|hello|dear|ok|thanks)\s+)(?:the\s+)?(?:bot|flaky[- ]test[- ]cleaner|ftc)\b[,:!]?", re.IGNORECASE
)
_PULL = re.compile(r"(?:(?<![\w/])#|/pull/|\bPR[ -]?#?)(\d{1,9})\b", re.IGNORECASE)


def _speaks_to(text: str, login: str) -> bool:
    ours = login.lower().removesuffix("[bot]")
    return ours in (name.lower() for name in _NAME.findall(text)) or bool(_CALLED.search(text))


def _mentioned(text: str) -> bool:
    """Whether somebody is spoken to by name; a trailing ``cc @x`` only tells them."""
    told = re.sub(r"\b(?:/?cc|fyi)\b:?[ \t]*(?:@[\w/-]+[ \t,]*)+", " ", text, flags=re.IGNORECASE)
    return bool(_NAME.search(told))


def _sentences(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Questions and statements, in small letters, one line each."""
    questions: list[str] = []
    statements: list[str] = []
    for part in re.split(r"(?<=[.!?…])\s+|\n+", text):
        sentence = " ".join(part.split()).lower().replace("’", "'")[:MAX_SENTENCE]
        if not sentence:
            continue
        asks = sentence.rstrip(").!\"' ").endswith("?") or bool(ASKS.match(sentence))
        (questions if asks else statements).append(sentence)
    return tuple(questions), tuple(statements)


def _intents(questions: Sequence[str], statements: Sequence[str], *, addressed: bool) -> tuple[Intent, ...]:
    """What is asked. In a statement words count only where they are put to us: ``bot, reproduction steps please``."""
    asked = (*questions, *(statements if addressed else ()))
    found = {Intent(name) for name, pattern in INTENT_WORDS.items() for sentence in asked if pattern.search(sentence)}
    return tuple(intent for intent in Intent if intent in found)


def _stated(statements: Iterable[str]) -> tuple[RootCause, ...]:
    """Causes told about this test: a sentence that has both a word for a cause and one that says it is the cause."""
    found = [
        RootCause(cause)
        for sentence in statements
        if SUBJECT.search(sentence)
        for cause, pattern in CAUSE_WORDS.items()
        if pattern.search(sentence)
    ]
    return tuple(dict.fromkeys(found))


def is_thanks(text: str) -> bool:
    """Whether a comment is politeness alone, which is best answered by silence."""
    return bool(THANKS.fullmatch(" ".join(text.lower().split())))


_ACTIONS = re.compile(
    r"https?://[^/\s]+/([\w.-]+/[\w.-]+)/actions/runs/(\d{1,20})(?:/attempts/(\d{1,6}))?(?:/jobs?/(\d{1,20}))?",
    re.ASCII,
)
_PROW = re.compile(
    r"https?://[^/\s]+/(?:view/[^\s#?]*|[^\s#?]*)/(?:pull|pr-logs/pull)/([\w.-]+_[\w.-]+)/\d+/[\w.-]+/(\d{10,25})",
    re.ASCII,
)


def run_links(text: str, *, repo: str) -> tuple[RunLink, ...]:
    """The links to runs of this repository's CI, each once, as people paste them beside "failed again"."""
    found: list[RunLink] = []
    for url in (match.rstrip(".,;:!?") for match in _URL.findall(text)):
        if (match := _ACTIONS.match(url)) and match[1].lower() == repo.lower():
            attempt, job = int(match[3] or 0), match[4] or ""
            found.append(RunLink(url=url, source=Source.ACTIONS, run=match[2], attempt=attempt, job=job))
        elif (match := _PROW.match(url)) and match[1].lower() == repo.lower().replace("/", "_"):
            found.append(RunLink(url=url, source=Source.PROW, run=match[2]))
    unique = {(item.source, item.run, item.attempt, item.job): item for item in reversed(found)}
    return tuple(reversed(unique.values()))[:MAX_LINKS]
