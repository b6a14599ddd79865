"""Which issues a pull request says that it closes, and which it only links to, by its title and text.

The rule it keeps: only what GitHub shows counts. What stands in HTML comments or in code is said to nobody
(https://docs.github.com/issues/tracking-your-work-with-issues/using-issues/linking-a-pull-request-to-an-issue).
"""

import re
from collections.abc import Container, Iterable

from ftc.core.markdown import strip_hidden

MAX_CHARS = 70_000
"""Of a text that is read; GitHub takes 65,536 for a body and 256 for a title."""
_WORD = r"(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)"
_NUMBER = r"(?P<{name}>[1-9][0-9]{{0,8}})(?![0-9A-Za-z_])"
_FENCED = re.compile(r"^[ ]{0,3}(`{3,}|~{3,}).*?(?:^[ ]{0,3}\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_TICKED = re.compile(r"(`{1,4})[^`\n]{1,1000}\1")


def closed_by(text: str, *, repo: str) -> tuple[int, ...]:
    """Numbers of issues of ``repo`` behind a closing word, in the order written, each once."""
    return _numbers(rf"(?<![\w-]){_WORD}:?[ \t]{{1,9}}", text, repo)


def linked_by(text: str, *, repo: str) -> tuple[int, ...]:
    """Numbers of all issues of ``repo`` that a text refers to, closing or not."""
    return _numbers(r"(?<![\w/&-])", text, repo)


def meant_by(text: str, *, repo: str, known: Container[int]) -> tuple[int, ...]:
    """Which of the ``known`` issues a pull request is to mend: those that it closes, else those that it links to."""
    closed = tuple(number for number in closed_by(text, repo=repo) if number in known)
    return closed or tuple(number for number in linked_by(text, repo=repo) if number in known)


def _numbers(before: str, text: str, repo: str) -> tuple[int, ...]:
    seen = _TICKED.sub(" ", _FENCED.sub(" ", strip_hidden(text[:MAX_CHARS])))
    own = re.escape(repo)
    short = rf"(?:{own})?#{_NUMBER.format(name='short')}"
    address = rf"https?://[\w.:-]{{1,200}}/{own}/issues/{_NUMBER.format(name='address')}"
    found = re.finditer(rf"{before}(?:{short}|{address})", seen, re.IGNORECASE | re.ASCII)
    return _once(int(match["short"] or match["address"]) for match in found)


def _once(numbers: Iterable[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(numbers))
