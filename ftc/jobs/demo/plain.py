"""Markdown of the bot as lines of a terminal.

The rule it keeps: what is folded away on the page is left out here, too; the words themselves are never changed.
"""

import re
from html import unescape
from textwrap import wrap

WIDTH = 110
"""Columns; a terminal that shows the demo's headings has them."""

_HIDDEN = re.compile(r"<!--.*?-->|<details>.*?</details>", re.DOTALL)
_LINK = re.compile(r"\[([^\]]+)\]\([^)\s]+\)")
_MARKUP = re.compile(r"</?code>|\*\*|`|^#+ |^\s*1\. (?=\S)", re.MULTILINE)


def plain(markdown: str) -> list[str]:
    """The visible lines, wrapped, without empty ones."""
    text = _HIDDEN.sub("", markdown.replace("\r\n", "\n"))
    text = unescape(_MARKUP.sub("", _LINK.sub(r"\1", text)))
    paragraphs = [line.strip() for line in text.split("\n") if line.strip()]
    return [line for paragraph in paragraphs for line in wrap(paragraph, WIDTH, subsequent_indent="  ")]
