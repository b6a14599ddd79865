"""A repository's own template for pull requests: where it lies, and the issue's number in it.

The rule it keeps: the template is the repository's word and stays as it is, below our text. Only a place that it keeps
for the issue's number gets it, and hidden marks of ours are never taken over from it.
"""

import re
from collections.abc import Iterable

from ftc.core.markdown import JOINT, strip_control

MAX_CHARS = 15_000
"""Of a template; a longer one is no form that a person fills in, and is left out."""
FOLDERS = (".github/", "", "docs/")
"""Where GitHub looks: https://docs.github.com/communities/using-templates-to-encourage-useful-issues-and-pull-requests"""
_NAME = "pull_request_template"
_ENDINGS = ("md", "txt", "")

_PLACE = re.compile(
    r"\b(?P<word>close[sd]?|fix(?:e[sd])?|resolve[sd]?)(?P<gap>:?[ \t]+)"
    r"#(?:(?:x{2,}|n{2,}|\?+|_+|0+\b|<[\w -]{1,30}>|\[[\w -]{1,30}\]|\{[\w -]{1,30}\}"
    r"|(?:issue|ticket)[-_ ]?(?:number|no|id)\b)(?=[\s,.;)|]|$)|(?=[ \t]*$))",
    re.IGNORECASE | re.MULTILINE,
)
"""A closing word with a place for a number: ``Issue Number: close #xxx`` of TiDB's repositories, ``Fixes #``."""
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_OURS = re.compile(r"<!--(?= flaky-test-cleaner:)")


def template_path(paths: Iterable[str]) -> str:
    """The one file that GitHub would take, case aside; empty where there is none."""
    found = {path.lower(): path for path in sorted(paths, reverse=True)}
    wanted = (f"{folder}{_NAME}{'.' if ending else ''}{ending}" for folder in FOLDERS for ending in _ENDINGS)
    return next((found[name] for name in wanted if name in found), "")


def filled_template(text: str, *, number: int) -> str:
    """The template with the issue's number in the first place kept for one; empty for one that is too long."""
    text = _OURS.sub(lambda match: match[0] + JOINT, strip_control(text).strip())
    if len(text) > MAX_CHARS:
        return ""
    hidden = [(match.start(), match.end()) for match in _COMMENT.finditer(text)]
    for match in _PLACE.finditer(text):
        if not any(start <= match.start() < end for start, end in hidden):
            return f"{text[: match.start()]}{match['word']}{match['gap']}#{number}{text[match.end() :]}"
    return text
