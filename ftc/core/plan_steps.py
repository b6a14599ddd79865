"""The steps of the plan that people approved, read back from the comment in which they stand.

The rule it keeps: the comment is ours and nobody else edited it, which the caller has asked; what cannot be found there
is no step, and the plan's hidden block alone says what may be changed.
"""

import html
import re

from ftc.core.markdown import JOINT, strip_control

MOST_STEPS = 12
STEP_CHARS = 500
"""As many as the comment shows of one; a longer one is cut there already."""
_FOLDED = re.compile(r"^<details><summary>Plan in full", re.MULTILINE)
_VISIBLE = re.compile(r"^\*\*Plan\*\*", re.MULTILINE)
_STEP = re.compile(r"^1\. (.+)$")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def steps_of(comment: str) -> tuple[str, ...]:
    """The steps in order, as plain text: the whole ones where they are folded, else those on show."""
    text = comment.replace("\r\n", "\n")
    for heading in (_FOLDED, _VISIBLE):
        match = heading.search(text)
        steps = _below(text[match.end() :]) if match else ()
        if steps:
            return steps
    return ()


def _below(text: str) -> tuple[str, ...]:
    """The first numbered list below a heading."""
    found: list[str] = []
    for line in text.split("\n")[1:]:
        match = _STEP.match(line)
        if match:
            found.append(_plain(match[1]))
        elif (found and line.strip()) or line.startswith(("</details>", "**", "Files")):
            break
    return tuple(found[:MOST_STEPS])


def _plain(line: str) -> str:
    """The words without what makes them harmless in Markdown."""
    words = _ESCAPED.sub(r"\1", html.unescape(line).replace(JOINT, ""))
    return strip_control(words).strip()[:STEP_CHARS]
