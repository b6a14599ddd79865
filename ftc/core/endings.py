"""How a fix run ended, by the documents that its jobs left.

The rule it keeps: what is missing was not done, whoever claims it; the first thing that speaks decides: a refusal, a
publication, a search that gave up, a proof that rejected everything, and last a job that died.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ftc.core.conclusion import Conclusion
from ftc.core.fix import Fix, Publication, Refusal, Refused, Reproduction, Task, TaskKind, Verification

BROKEN = ("failure", "cancelled")
"""Results of a job that had no chance to hand on its document."""


class Ending(StrEnum):
    """What became of a run; the value is the name of its template in ``runs/``."""

    PUBLISHED = "published"
    BRANCH = "branch"
    """The change is pushed, and a person may open the pull request."""
    DUPLICATE = "duplicate"
    """Another pull request is there for it."""
    UNPUBLISHED = "unpublished"
    """A change passed, and publishing it came to nothing."""
    REJECTED = "rejected"
    """Nothing that was proposed passed."""
    GAVE_UP = "gave-up"
    """Nothing was proposed, with the reason."""
    AGAIN = "again"
    """Nothing is wrong with it; it is queued once more."""
    REFUSED = "refused"
    """The gate did not let it run."""
    HANDED_OVER = "handed-over"
    DIED = "died"
    """A job ended without its document."""
    STOPPED = "stopped"
    """A person ended it while it ran."""
    PROVEN = "proven"
    """A pull request was looked at; the report says what was seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """What a run left, as far as it can be read."""

    task: Task | None = None
    refusal: Refusal | None = None
    reproduction: Reproduction | None = None
    fix: Fix | None = None
    verifications: tuple[Verification, ...] = ()
    conclusion: Conclusion | None = None
    """Of the verifications; None without any."""
    publication: Publication | None = None
    damaged: tuple[str, ...] = ()
    """Documents that cannot be read, and why; they count as missing."""
    results: Mapping[str, str] = field(default_factory=dict)
    """GitHub's result of each job, where it is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How it ended, and the words of it."""

    ending: Ending
    reason: str = ""
    """As a job gave it; may quote anybody."""
    job: str = ""
    """Which one died."""
    refused: Refused | None = None
    pull: int = 0
    """The pull request that was opened, or is there already."""
    url: str = ""
    spent: bool = False
    """Whether it was queued again as often as it may be."""


def ended(papers: Papers, *, kind: TaskKind) -> Ended:
    """How the run ended, by its documents alone."""
    if papers.refusal is not None:
        return _refused(papers.refusal)
    if kind is TaskKind.VERIFY:
        return Ended(ending=Ending.PROVEN) if papers.conclusion else _died(papers, kind)
    if papers.publication is not None:
        found = _published(papers, papers.publication)
        # A started task is in no queue: only its order is named again, and that not after it has cost money.
        once = kind is TaskKind.START and found.ending is Ending.AGAIN
        return replace(found, ending=Ending.UNPUBLISHED) if once else found
    if papers.fix is not None and papers.fix.give_up and not papers.fix.candidates:
        return Ended(ending=Ending.GAVE_UP, reason=papers.fix.give_up)
    if papers.conclusion is not None and not papers.conclusion.candidate:
        return Ended(ending=Ending.REJECTED)
    return _died(papers, kind)


def _refused(refusal: Refusal) -> Ended:
    special = {Refused.BUSY: Ending.AGAIN, Refused.HANDED_OVER: Ending.HANDED_OVER}
    ending = special.get(refusal.why, Ending.REFUSED)
    return Ended(ending=ending, reason=refusal.text, refused=refusal.why, pull=refusal.pull)


def _published(papers: Papers, publication: Publication) -> Ended:
    if publication.pull:
        ending = Ending.DUPLICATE if publication.problem else Ending.PUBLISHED
        return Ended(ending=ending, reason=publication.problem, pull=publication.pull, url=publication.url)
    if publication.moved:
        return Ended(ending=Ending.AGAIN, reason=publication.problem)
    if publication.compare_url:
        return Ended(ending=Ending.BRANCH, reason=publication.problem)
    if papers.conclusion is not None and papers.conclusion.candidate:
        return Ended(ending=Ending.UNPUBLISHED, reason=publication.problem)
    if papers.fix is not None and papers.fix.give_up and not papers.fix.candidates:
        return Ended(ending=Ending.GAVE_UP, reason=papers.fix.give_up)
    return Ended(ending=Ending.REJECTED, reason=publication.problem)


def _died(papers: Papers, kind: TaskKind) -> Ended:
    """It is the first job that broke and left nothing: where one leg broke, the others may have given an answer."""
    silent = _silent(papers, kind)
    broken = [name for name in _jobs(kind) if papers.results.get(name) in BROKEN]
    job = next(iter([*(name for name in broken if name in silent), *broken, *silent]), _jobs(kind)[-1])
    return Ended(ending=Ending.DIED, job=job, reason="; ".join(papers.damaged))


def _jobs(kind: TaskKind) -> tuple[str, ...]:
    if kind is TaskKind.VERIFY:
        return ("gate", "reproduce", "verify")
    return ("gate", "reproduce", "generate", "verify", "publish")


def _silent(papers: Papers, kind: TaskKind) -> tuple[str, ...]:
    """The jobs that left nothing, in their order."""
    left = {
        "gate": papers.task,
        "reproduce": papers.reproduction,
        "generate": papers.fix,
        "verify": papers.conclusion,
        "publish": papers.publication,
    }
    return tuple(name for name in _jobs(kind) if left[name] is None)
