"""Who helps with answering: the other parts of the program, each fitted to the seam that ``desk`` describes.

Rule: one line for each; nothing is decided here.
"""

from ftc.clients.payloads import Issue
from ftc.core.quarantine import standing_quarantine
from ftc.jobs.adopt import adopt_by_command
from ftc.jobs.analyze import analyze
from ftc.jobs.converse import converse
from ftc.jobs.desk import Partners
from ftc.jobs.issues import Session


def everybody() -> Partners:
    """All who are there."""
    return Partners(analyse=analyze, converse=converse, adopt=_adopted, standing_quarantine=standing_quarantine)


def _adopted(session: Session, issue: Issue, name: str, *, by: str) -> str:
    return adopt_by_command(session, issue, name, by=by).text
