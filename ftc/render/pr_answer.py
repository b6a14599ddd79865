"""The one comment on a pull request that says whose fault its failures are.

The rule it keeps: it mentions nobody, and a link to a flake's issue leaves no trace there: an issue about a flake that
many meet would else fill with references.
"""

from ftc.core.pr_answers import MOST_ROWS, Answer
from ftc.render.environment import render

GITHUB = "https://github.com"
REDIRECT = "https://redirect.github.com"
"""GitHub's own host for links that must not be taken for references; Enterprise Server has none."""


def pr_answer(answer: Answer, *, repo: str, site: str, language: str = "en") -> str:
    """The comment without its mark; ``site`` is the address of the GitHub that people see."""
    pages = f"{REDIRECT if site == GITHUB else site}/{repo}/issues/"
    values = {
        "answer": answer,
        "rows": answer.rows[:MOST_ROWS],
        "more": max(0, len(answer.rows) - MOST_ROWS),
        "pages": pages,
    }
    return render("pr_answer.md.j2", values, language=language)
