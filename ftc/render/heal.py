"""What the healing loop says: its issue, the comment about a commit it gave up on, and its pull request.

The rule it keeps: what a gate, a model or a commit said stands in code spans and fences.
"""

from collections.abc import Sequence

from ftc.core.fix import Candidate
from ftc.core.gates import Shown
from ftc.core.healing import Memory, encode
from ftc.render.environment import render

ROWS = 20
"""Commits shown to people; the block remembers more."""
ISSUE_TITLE = "Health of the base branch"


def issue_text(memory: Memory, *, key: bytes | None = None, language: str = "en") -> str:
    """The body of the issue: what was done, and the block that remembers it."""
    text = render("heal/issue.md.j2", {"memory": memory, "shown": ROWS}, language=language)
    return f"{text}\n{encode(memory, key=key)}\n"


def gave_up_text(*, branch: str, sha: str, shown: Shown, why: str, language: str = "en") -> str:
    """The comment about one commit, without its mark."""
    values = {"branch": branch, "sha": sha, "shown": shown, "why": why}
    return render("heal/gave_up.md.j2", values, language=language)


def pull_title(sha: str) -> str:
    """The title of a repair, which is also the first line of its commit."""
    return f"Repair the gates on {sha[:12]}"


def pull_text(  # noqa: PLR0913 - each is a word of the text
    *,
    branch: str,
    sha: str,
    candidate: Candidate,
    gates: tuple[Shown, ...],
    shown: Shown,
    doubts: Sequence[str] = (),
    language: str = "en",
) -> str:
    """The text of the pull request; ``doubts`` are what in it may hide the failure and may mend it."""
    values = {"branch": branch, "sha": sha, "candidate": candidate, "gates": gates, "shown": shown, "doubts": doubts}
    return render("heal/pull.md.j2", values, language=language)
