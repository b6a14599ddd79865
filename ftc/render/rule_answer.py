"""The one answer to a signature rule in which something is wrong.

The rule it keeps: people read in which line it is, why, and what to write instead; it is said once for each text.
"""

from collections.abc import Sequence

from ftc.core.linear_regex import MAX_CHARS
from ftc.core.rule_block import FIELDS, INFO, MAX_BLOCK, MAX_ITEMS, MIN_TEXT, Mistake
from ftc.render.environment import render

ABOUT_CHARS = 200
"""Of people's own text that is quoted back."""
EXAMPLE = f"```{INFO}\nmatch: connection refused\nnot: database is locked\ntests: TestTransfer\n```"
"""Shown in a longer fence, so that the answer itself holds no rule."""


def rule_answer(mistakes: Sequence[Mistake], *, counts: bool, language: str = "en") -> str:
    """What is wrong; ``counts`` says whether the rule counts all the same."""
    values = {
        "mistakes": [(item.problem.value, item.about[:ABOUT_CHARS], item.line) for item in mistakes],
        "counts": counts,
        "info": INFO,
        "fields": FIELDS,
        "example": EXAMPLE,
        "most_items": MAX_ITEMS,
        "most_chars": MAX_BLOCK,
        "most_regex": MAX_CHARS,
        "least": MIN_TEXT,
    }
    return render("rule_answer.md.j2", values, language=language)
