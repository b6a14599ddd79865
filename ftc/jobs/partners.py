"""Who helps with answering: the other parts of the program, each fitted to the seam that ``desk`` describes.

Rule: one line for each; nothing is decided here.
"""

from ftc.clients.payloads import Comment
from ftc.core.model import Flake
from ftc.core.quarantine import standing_quarantine
from ftc.jobs.context import Context
from ftc.jobs.converse import Conversation, converse
from ftc.jobs.desk import Partners
from ftc.jobs.snapshot import Snapshot


def everybody(_ctx: Context, _snapshot: Snapshot) -> Partners:
    """All who are there; ``_snapshot`` knows what the week has cost, for a model."""
    return Partners(converse=_conversed, standing_quarantine=standing_quarantine)


def _conversed(
    ctx: Context, flake: Flake, number: int, comments: tuple[Comment, ...], comment: Comment
) -> Conversation:
    return converse(ctx, flake, number=number, comments=comments, comment=comment)
