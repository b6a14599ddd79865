"""Who helps with answering: the other parts of the program, each fitted to the seam that ``desk`` describes.

Rule: one line for each; nothing is decided here.
"""

from ftc.core.effects import Effect
from ftc.core.model import Flake
from ftc.core.quarantine import standing_quarantine
from ftc.jobs.analyze import analyze
from ftc.jobs.context import Context
from ftc.jobs.converse import converse
from ftc.jobs.desk import Partners


def everybody() -> Partners:
    """All who are there."""
    return Partners(analyse=_analysed, converse=converse, standing_quarantine=standing_quarantine)


def _analysed(ctx: Context, flake: Flake, number: int) -> tuple[Effect, ...]:
    return analyze(ctx, flake, number=number)
