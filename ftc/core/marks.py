"""The hidden mark in the first line of what the bot says, by which it finds its own comment again.

Rule: a mark is believed only in a comment that the bot wrote; anybody can type one. What a comment is for is a short
word and an id, never text of somebody else.
"""

import re

from ftc.core.errors import FtcError

_PURPOSE = re.compile(r"[a-z-]{1,30}(?::[A-Za-z0-9._-]{1,60})?", re.ASCII)
_MARK = re.compile(rf"<!-- flaky-test-cleaner:say ({_PURPOSE.pattern}) -->[ \t]*(?:\r?\n|$)", re.ASCII)


def marked(body: str, purpose: str) -> str:
    """The body under its mark; ``purpose`` is a word such as ``analysis``, with an id where there are several."""
    if not _PURPOSE.fullmatch(purpose):
        raise FtcError(f"{purpose!r} is no purpose of a comment")
    return f"<!-- flaky-test-cleaner:say {purpose} -->\n{body.strip()}\n"


def purpose_of(body: str) -> str:
    """What a comment of the bot is for; empty for one without a mark in its first line."""
    match = _MARK.match(body)
    return match[1] if match else ""


UNENDED = "<!-- flaky-test-cleaner:run unended -->"
"""Stands in the comment on a fix run until the run has its outcome; by then it uses up the approval it came from."""


def is_unended(body: str) -> bool:
    """Whether this comment of the bot is about a run that goes on or goes again."""
    return any(line.strip() == UNENDED for line in body.splitlines()[:3])


def unmarked(body: str) -> str:
    """The comment without its mark."""
    match = _MARK.match(body)
    return body[match.end() :] if match else body


_TASK = r"(?P<task>[0-9]{1,12}-[a-z0-9-]{1,40})"
_ORDER = re.compile(rf"<!-- flaky-test-cleaner:ordered {_TASK} (?P<digest>[0-9a-f]{{64}}) -->", re.ASCII)


def order_mark(task: str, digest: str) -> str:
    """The hidden mark in an answer that ordered a task: its name, and a SHA-256 of what was ordered."""
    mark = f"<!-- flaky-test-cleaner:ordered {task} {digest} -->"
    if not _ORDER.fullmatch(mark):
        raise FtcError(f"{task!r} with the digest {digest!r} is no order of a task")
    return mark


def order_of(body: str) -> tuple[str, str]:
    """Task and digest of a comment of the bot that ordered one; empty texts for any other.

    The mark stands where the text begins; further down an answer may quote anybody.
    """
    match = _ORDER.match(unmarked(body)) if purpose_of(body) else None
    return (match["task"], match["digest"]) if match else ("", "")


AGENT_PROOF = "agent-proof:"
"""Start of the purpose of the comment that orders the proof of a pull request of GitHub's agent; its head follows."""


def agent_head(body: str) -> str:
    """The head whose proof a comment of the bot orders by itself; empty for any other comment."""
    purpose = purpose_of(body)
    return purpose.removeprefix(AGENT_PROOF) if purpose.startswith(AGENT_PROOF) else ""


PROOF = "proof"
"""Purpose of the one comment on a pull request that was to be proven; a later report replaces the earlier one."""
_PROVEN = re.compile(rf"<!-- flaky-test-cleaner:proven {_TASK}(?: (?P<head>[0-9a-f]{{40,64}}))? -->", re.ASCII)


def proven_mark(task: str, head: str = "") -> str:
    """The hidden mark in the report on a pull request: the order that it answers, and the head that was looked at."""
    mark = f"<!-- flaky-test-cleaner:proven {task}{f' {head}' if head else ''} -->"
    if not _PROVEN.fullmatch(mark):
        raise FtcError(f"{task!r} is no name of a task")
    return mark


def proven_of(body: str) -> str:
    """The order that a report of the bot answers; empty for any other comment."""
    match = _PROVEN.match(unmarked(body)) if purpose_of(body) == PROOF else None
    return match["task"] if match else ""


def proven_head(body: str) -> str:
    """The head that a report of the bot is about; empty where nothing was looked at, and for any other comment."""
    match = _PROVEN.match(unmarked(body)) if purpose_of(body) == PROOF else None
    return (match["head"] or "") if match else ""
