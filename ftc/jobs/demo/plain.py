"""Markdown of the bot as lines of a terminal.

The rule it keeps: what is folded away on the page is left out here, too; the words themselves are never changed.
"""

import re
from html import unescape
from textwrap import wrap

WIDTH = 110
"""Columns; a terminal that shows the demo's headings has them."""

_HIDDEN = re.compile(r"<!--.*?-->|<details>.*?</details>", re.DOTALL)
_FENCED = re.compile(r"^```\w*\n(.*?)\n```$", re.DOTALL | re.MULTILINE)
_FOOTNOTE = re.compile(r" \[\d+\]\([^)\s]+\)")
_LINK = re.compile(r"\[([^\]]+)\]\([^)\s]+\)")
_MARKUP = re.compile(r"</?code>|\*\*|`|^#+ |^\s*1\. (?=\S)", re.MULTILINE)


def plain(markdown: str) -> list[str]:
    """The visible lines, prose wrapped and code as it is, without empty ones."""
    text = _HIDDEN.sub("", markdown.replace("\r\n", "\n"))
    parts = _FENCED.split(text)
    return [line for place, part in enumerate(parts) for line in (_code(part) if place % 2 else _prose(part))]


def _prose(text: str) -> list[str]:
    words = unescape(_MARKUP.sub("", _LINK.sub(r"\1", _FOOTNOTE.sub("", text))))
    return [line for part in words.split("\n") if part.strip() for line in wrap(part, WIDTH, subsequent_indent="  ")]


def _code(text: str) -> list[str]:
    return [f"    {line}" for line in text.split("\n")]
