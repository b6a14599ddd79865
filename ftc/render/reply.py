"""The bot's reply to a comment: a model's words, or what the rules can tell, or both.

The rule it keeps: a model's words are printed as plain text, paragraph by paragraph, so that they can mention, link,
command or hide nothing; the links beside them are ours.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ftc.core.answers import ReplyFacts
from ftc.core.commands import Name, spelled
from ftc.core.exhibits import Exhibit
from ftc.core.next_step import words
from ftc.render.environment import Markdown, render

MAX_PARAGRAPHS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What a model said."""

    text: str
    cites: tuple[Exhibit, ...] = ()
    new_cause: str = ""
    old_cause: str = ""
    kept: bool = True
    """Whether the state took its new view over."""
    needs_person: bool = False

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """Its paragraphs; hostile until printed."""
        parts = [part.strip() for part in re.split(r"\n\s*\n", self.text) if part.strip()]
        return tuple(parts[:MAX_PARAGRAPHS])


def reply_text(
    facts: ReplyFacts,
    *,
    window_days: int,
    spoken: Spoken | None = None,
    unanswered: str = "",
    analysis_url: str = "",
    language: str = "en",
) -> str:
    """The comment. ``unanswered`` says why a model that was asked gave no answer; empty when none was asked."""
    needs_person = spoken.needs_person if spoken else facts.needs_person
    text = render(
        "reply.md.j2",
        {
            "facts": facts,
            "spoken": spoken,
            "status": words(facts.flake.status),
            "window_days": window_days,
            "analysis_url": analysis_url,
            # The answer to "what next" has said it already.
            "needs_person": needs_person and facts.step is None,
            "unanswered": unanswered,
            **_commands(),
        },
        language=language,
    )
    return re.sub(r"\n{3,}", "\n\n", text)


def _commands() -> dict[str, Markdown]:
    named: Sequence[tuple[str, Name]] = (
        ("approve", Name.AI_FIX),
        ("wontfix", Name.WONTFIX),
        ("analyze", Name.ANALYZE),
        ("help", Name.HELP),
    )
    return {word: Markdown(spelled(name, "<why>" if name is Name.WONTFIX else "")) for word, name in named}
