"""What the bot says about adopting an issue that a person wrote: the question, and the answer to the command.

The rule it keeps: the command is printed so that nobody can give it by quoting us.
"""

from collections.abc import Sequence
from datetime import datetime

from ftc.core.adoption import Clue
from ftc.core.commands import Name, spelled
from ftc.core.model import Flake
from ftc.render.environment import Markdown, render

NAME_CHARS = 500
"""Of a test's name in a comment; the command takes no longer one either."""


def question_text(flake: Flake, clues: Sequence[Clue], *, until: datetime, language: str = "en") -> str:
    """The question whether an issue is about this test, with what makes us ask and what happens without an answer."""
    return render(
        "adopt_question.md.j2",
        {
            "flake": flake,
            "newest": flake.occurrences[0] if flake.occurrences else None,
            "clues": [clue.value for clue in clues],
            "until": until.date(),
            "command": Markdown(spelled(Name.ADOPT, str(flake.test)[:NAME_CHARS])),
        },
        language=language,
    )


def answer_text(outcome: str, *, asked: str, tests: Sequence[str] = (), number: int = 0, language: str = "en") -> str:
    """The one answer to the command; ``outcome`` is a word of ``jobs.adopt.Outcome``."""
    values = {"outcome": outcome, "asked": asked[:NAME_CHARS], "tests": tests, "number": number}
    return render("adopt_answer.md.j2", values, language=language)
