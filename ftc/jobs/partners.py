"""Who helps with answering: the other parts of the program, each fitted to the seam that ``desk`` describes.

Rule: one line for each; nothing is decided here.
"""

from ftc.core.quarantine import standing_quarantine
from ftc.jobs.adopt import adoption_answer
from ftc.jobs.analyze import analyze
from ftc.jobs.converse import converse
from ftc.jobs.desk import Partners


def everybody() -> Partners:
    """All who are there."""
    return Partners(analyse=analyze, converse=converse, adopt=adoption_answer, standing_quarantine=standing_quarantine)
