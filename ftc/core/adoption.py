"""Whether an issue that a person wrote is about a given test: surely, perhaps (then they are asked), or not.

Rule: names match whole, component by component, never as parts of words; and only the subject of an issue counts, its
title and the sections of its template, since texts mention many tests in passing. A wrong adoption takes somebody's
issue over, a needless question is only a comment: every doubt makes a question.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ftc.core.markdown import strip_control, strip_hidden
from ftc.core.mentions import Mention, Relation, elsewhere, mention, parts_of
from ftc.core.model import TestId

MAX_TITLE, MAX_BODY = 256, 65_536
"""Characters, GitHub's own limits."""


class Certainty(StrEnum):
    """How sure a match is."""

    CONFIDENT = "confident"
    DOUBTFUL = "doubtful"
    NONE = "none"


class Clue(StrEnum):
    """Why a match is as sure as it is."""

    TITLE = "title"
    SECTION = "section"
    SEVERAL = "several"
    """Other tests are its subject, too."""
    AMBIGUOUS = "ambiguous"
    """Another known test goes by this name as well."""
    OTHER_PACKAGE = "other-package"
    PARENT = "parent"
    """It names what the test is part of: its suite, or the test without its case."""
    CHILD = "child"
    """It names a case of the test."""
    OTHER_PARENT = "other-parent"
    """It names a test of this name in something else."""
    SPELLING = "spelling"
    NEGATED = "negated"
    NOT_FLAKY = "not-said-flaky"
    OTHER_WORK = "other-work"
    OTHER_TEST = "other-test"
    BODY = "body"
    IN_PASSING = "in-passing"
    NO_MENTION = "no-mention"
    CLOSED = "closed"
    PULL_REQUEST = "pull-request"
    MANAGED = "managed"
    BY_BOT = "by-bot"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenIssue:
    """An issue as listed, with what decides whether it may be adopted at all."""

    number: int
    title: str
    body: str = ""
    open: bool = True
    pull_request: bool = False
    managed: bool = False
    by_bot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What one issue has to do with one test."""

    issue: int
    certainty: Certainty
    clues: tuple[Clue, ...]


_FLAKY = re.compile(
    r"\b(?:flak(?:y|e|es|ed|iness|ing)|unstable|instab\w+|intermittent\w*|sporadic\w*|occasional\w*|nondetermin\w+"
    r"|non-determin\w+|(?:de-?|un)flake\w*|stabili[sz]e\w*"
    r"|(?:sometimes|randomly|rarely) (?:fail|panic|time|hang|crash)\w*"
    r"|(?:fail|panic|hang|crash)\w* (?:sometimes|randomly|rarely|now and then))",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"\b(?:not|no longer|never|isn't|is not|stopped being|any ?more)\b.{0,20}\b(?:flak|unstable|intermittent)"
    r"|\b(?:flaky|unstable)\b.{0,12}\b(?:no more|any ?more)\b",
    re.IGNORECASE,
)
_WORK = re.compile(
    r"^\W*(?:[\w/ .-]{1,30}:\s*)?(?:refactor|rewrite|rename|remove|delete|add|document|speed up|migrate|split|move|port"
    r"|convert|extend|improve|clean|parallelize|backport|cherry-pick)\w*\b",
    re.IGNORECASE,
)
_HEADING = re.compile(r"^ {0,3}(?:#{1,6}[ \t]{1,8}|\*\*|__)([^\n]{1,80}?)[ \t#:*_]{0,20}$", re.MULTILINE)
_SUBJECT = re.compile(
    r"flaky tests?|which (?:jobs?|tests?) (?:are|is) (?:failing|flaking|flaky)|test name", re.IGNORECASE
)
_FAILED = re.compile(r"^[ \t]{0,16}(?:--- FAIL:|FAILED|✕|\[FAIL\]|FAIL:)[ \t]{1,8}(\S{1,500})", re.MULTILINE)


def match(issue: WrittenIssue, test: TestId, *, known: Sequence[TestId] = ()) -> Match:
    """What the issue has to do with the test; ``known`` are the repository's other tests, for names used twice."""
    shut = {
        Clue.PULL_REQUEST: issue.pull_request,
        Clue.MANAGED: issue.managed,
        Clue.BY_BOT: issue.by_bot,
        Clue.CLOSED: not issue.open,
    }
    excluded = tuple(clue for clue, found in shut.items() if found)
    if excluded:
        return Match(issue=issue.number, certainty=Certainty.NONE, clues=excluded)
    certainty, clues = _judged(issue, test, known)
    return Match(issue=issue.number, certainty=certainty, clues=clues)


_Judgement = tuple[Certainty, tuple[Clue, ...]]


def _judged(issue: WrittenIssue, test: TestId, known: Sequence[TestId]) -> _Judgement:
    title, body = _visible(issue.title[:MAX_TITLE]), _visible(issue.body[:MAX_BODY])
    sections = _subject(body)
    in_title, in_sections = mention(title, test), mention(sections or "", test)
    if in_title.others and not in_title.relation:
        return Certainty.NONE, (Clue.OTHER_TEST,)
    if not in_title.relation and not in_sections.relation:
        return _from_body(title, body, test)
    # Of a title with the suite and sections with the test itself, the sections know better.
    both = [item for item in (in_title, in_sections) if item.relation]
    named = next((item for item in both if item.relation is Relation.EXACT), both[0])
    clue = Clue.TITLE if named is in_title else Clue.SECTION
    if sections is None and not _FLAKY.search(title):
        work = bool(_WORK.match(title)) or named.relation is not Relation.EXACT
        return (Certainty.NONE, (Clue.OTHER_WORK,)) if work else (Certainty.DOUBTFUL, (clue, Clue.NOT_FLAKY))
    doubts = _doubts(named, title=title, sections=sections or "", test=test, known=known)
    return (Certainty.DOUBTFUL if doubts else Certainty.CONFIDENT), (clue, *doubts)


def _doubts(named: Mention, *, title: str, sections: str, test: TestId, known: Sequence[TestId]) -> tuple[Clue, ...]:
    """Everything that makes a question of what would be a match."""
    said = f"{title}\n{sections}"
    doubts = {
        Clue.NEGATED: bool(_NEGATED.search(title)),
        Clue.SEVERAL: bool(named.others),
        Clue.AMBIGUOUS: any(_also(said, other) for other in _namesakes(test, known)),
        Clue.OTHER_PACKAGE: elsewhere(said, test),
    }
    near = () if named.relation in (Relation.EXACT, None) else (Clue(named.relation.value),)
    return (*near, *(doubt for doubt, holds in doubts.items() if holds))


def _namesakes(test: TestId, known: Sequence[TestId]) -> list[TestId]:
    leaf = parts_of(test.name)[-1:]
    return [other for other in known if other != test and parts_of(other.name)[-1:] == leaf]


def _also(said: str, other: TestId) -> bool:
    """Whether the words name this other test just as well, and no package in them rules it out."""
    return mention(said, other).relation is Relation.EXACT and not elsewhere(said, other)


def _from_body(title: str, body: str, test: TestId) -> _Judgement:
    """A title that names no test: a failure line of this one in the body is worth a question, a mention is not."""
    if parts_of(test.name)[-1:] and parts_of(test.name)[-1] not in body:
        return Certainty.NONE, (Clue.NO_MENTION,)
    if mention(body, test).relation is not Relation.EXACT:
        return Certainty.NONE, (Clue.NO_MENTION,)
    failed = any(mention(hit[1], test).relation is Relation.EXACT for hit in _FAILED.finditer(body))
    return (
        (Certainty.DOUBTFUL, (Clue.BODY,)) if failed and _FLAKY.search(title) else (Certainty.NONE, (Clue.IN_PASSING,))
    )


def _visible(text: str) -> str:
    """What a reader sees and the writer said: without hidden text and quotations."""
    lines = strip_control(strip_hidden(text)).split("\n")
    return "\n".join(line for line in lines if not line.lstrip().startswith(">"))


def _subject(body: str) -> str | None:
    """The sections of a flaky test template that name the test; None without such a template."""
    headings = list(_HEADING.finditer(body))
    ends = [*(heading.start() for heading in headings[1:]), len(body)]
    parts = [
        body[heading.end() : end]
        for heading, end in zip(headings, ends, strict=False)  # no heading, one end
        if _SUBJECT.fullmatch(heading[1].strip())
    ]
    return "\n".join(parts) if parts else None
