"""What has been said and done about a flake since its issue was opened: cursors, analysis, runs, pull request, people.

The rule it keeps: nothing here grants power. Approvals, force and quarantine are derived anew from timeline and
comments whenever they are used (spec, section 3); what stands here is for reading, and for not doing a thing twice.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ftc.core.ledger import MAX_CHARGES, Charge
from ftc.core.proof_refs import ProofRef, proofs_of

MAX_RUNS = 10
"""Run records kept; a flake that needed more tries than this is a case for people."""
MAX_LINKS = 200
"""Links remembered as shown. Run ids rise, so that of more the oldest are forgotten, which nobody shows again."""


class RunStatus(StrEnum):
    """How far a started run has come."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursors:
    """The newest comment and timeline event that were handled; GitHub's ids only rise."""

    comment: int = 0
    event: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """The analysis as the state knows it; its words stand in the comment."""

    at: datetime
    root_cause: str
    """Class of the taxonomy, as ``async-wait``."""
    confidence: float
    occurrences: int
    """How many there were when it was made, by which it is known to be stale."""
    comment: int = 0
    sha: str = ""
    """The commit whose code was looked at; empty when none could be fetched."""
    by: str = "rules"
    """``rules``, or the model's name."""
    locatable: bool = False
    """Whether the test's definition was found at that commit."""
    planned_files: tuple[str, ...] = ()
    allowed_paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The workflow run that works on the flake now; alive exactly while GitHub says that it is not completed."""

    run: str
    attempt: int
    nonce: str
    taken: datetime


class Fate(StrEnum):
    """What became of a pull request, in the order in which one can follow another."""

    DECLINED = "declined"
    """Closed without being merged."""
    MERGED = "merged"
    HELD = "held"
    """As many runs passed after it as its proof needs."""
    RETURNED = "returned"
    """The test failed again in code that contains it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One started run, from the wish to its end (spec, section 3)."""

    id: str
    """Task id, unique within the issue."""
    command: str
    status: RunStatus
    created: datetime
    updated: datetime
    started: datetime | None = None
    finished: datetime | None = None
    runner: str = ""
    branch: str = ""
    base_sha: str = ""
    merge_sha: str = ""
    pull: int = 0
    files_changed: int = 0
    tests: str = ""
    """What was run, in words: ``40 of 40 passed``."""
    excerpt: str = ""
    error: str = ""
    cost: float = 0.0
    """US dollars."""
    url: str = ""
    tried: int = 0
    """Candidates that were judged; all of an issue share one error probability, so that they are counted."""
    verdict: str = ""
    """What the proof came to, a ``core.stress`` word; empty when nothing was measured."""
    fate: Fate | None = None
    """What became of its pull request, as far as is known; the next run's takes the place of ``Progress.pull``."""
    fated: datetime | None = None
    """When that was merged, or closed without."""
    proofs: tuple[str, ...] = ()
    """Of a run that handed the issue to GitHub's agent: heads of its pull request that need no proof any more, since
    one was ordered; oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """When a comment last told of new failures, and every link to CI that a comment has shown, in sorted order."""

    at: datetime | None = None
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantine:
    """A quarantine as it is shown; the list that CI obeys is derived from the commands."""

    until: datetime
    by: str
    comment: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """That people were asked whether their issue is about this test; once for each test, never again."""

    issue: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSeen:
    """The signature rule of people as it was last read; asked about and answered once for each text."""

    digest: str
    ok: bool
    """Whether it counts."""
    editor: str = ""
    """Who wrote it; empty where that did not matter or is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRef:
    """The pull request that is to fix the flake, the bot's or a person's."""

    number: int
    url: str
    branch: str = ""
    head_sha: str = ""
    by_person: bool = False
    opened: datetime | None = None
    closed: datetime | None = None
    merged: datetime | None = None
    merge_sha: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Everything of the above; the default is an issue about which nothing has happened yet."""

    cursors: Cursors = Cursors()
    assessment: Assessment | None = None
    asked: datetime | None = None
    """When people were asked for a decision."""
    lease: Lease | None = None
    runs: tuple[RunRecord, ...] = ()
    """Newest first."""
    notice: Notice = Notice()
    muted_until: datetime | None = None
    silent_since: datetime | None = None
    """Newest failure that was known when the issue was closed for silence; a newer one is a return."""
    quarantine: Quarantine | None = None
    pull: PullRef | None = None
    runner: str = ""
    """Label of the runner that a person chose for the next task."""
    lead: int = 0
    """Lowest-numbered issue of the root-cause group; 0 outside one."""
    question: Question | None = None
    """Of a test that was not filed yet: the question on a person's issue that perhaps is about it."""
    charges: tuple[Charge, ...] = ()
    """What models cost for analyses and replies, newest first; what runs cost stands in their records."""
    rule: RuleSeen | None = None
    """Of an issue in which people wrote a signature rule."""
    proofs: tuple[ProofRef, ...] = ()
    """Of pull requests, newest first."""

    def tried(self, *, beside: str = "") -> int:
        """Candidates that were judged for the issue, those of the task ``beside`` left out."""
        runs = sum(run.tried for run in self.runs if run.id != beside)
        return runs + sum(proof.task != beside for proof in self.proofs)

    def with_proof(self, task: str, *, at: datetime) -> "Progress":
        """With this proof counted, once however often it is told."""
        return replace(self, proofs=proofs_of((*self.proofs, ProofRef(at=at, task=task))))

    def bills(self, *, issue: int) -> tuple[Charge, ...]:
        """Everything paid for the issue of this number, runs included; a week's budget is counted from it."""
        ran = (Charge(at=run.updated, usd=run.cost, issue=issue, purpose=run.id, model="") for run in self.runs)
        return (*self.charges, *(bill for bill in ran if bill.usd))

    def charged(self, charges: Iterable[Charge]) -> "Progress":
        """With these charges; one that is known already changes nothing."""
        return replace(self, charges=_charges((*self.charges, *charges)))

    def noticed(self, links: Iterable[str], *, at: datetime | None = None) -> "Progress":
        """With these links remembered as shown; ``at`` is given when a comment about new failures showed them."""
        told = Notice(at=at or self.notice.at, links=_links((*self.notice.links, *links)))
        return replace(self, notice=told)

    def with_run(self, run: RunRecord) -> "Progress":
        """With this record, in place of an older one of the same id."""
        others = tuple(item for item in self.runs if item.id != run.id)
        return replace(self, runs=_newest((run, *others)))

    def fated(self, fate: Fate) -> "Progress":
        """With this said of the run whose pull request is the current one; a person's has no run.

        The record stays as old as it was, since its cost counts for the week in which it was updated.
        """
        pull = self.pull
        if pull is None or not pull.number:
            return self
        at = pull.merged or pull.closed
        told = (replace(run, fate=fate, fated=at) if run.pull == pull.number else run for run in self.runs)
        return replace(self, runs=tuple(told))


NOTHING_YET = Progress()


def merge_progress(later: Progress, earlier: Progress) -> Progress:
    """Two states of one flake's progress: cursors only advance, runs and links unite; the rest is the later one's."""
    runs: dict[str, RunRecord] = {}
    for item in (*earlier.runs, *later.runs):
        known = runs.get(item.id)
        runs[item.id] = item if known is None else max(known, item, key=_progressed)
    told = [at for at in (later.notice.at, earlier.notice.at) if at]
    return replace(
        later,
        cursors=Cursors(
            comment=max(later.cursors.comment, earlier.cursors.comment),
            event=max(later.cursors.event, earlier.cursors.event),
        ),
        runs=_newest(runs.values()),
        notice=Notice(at=max(told, default=None), links=_links((*later.notice.links, *earlier.notice.links))),
        question=min((item for item in (later.question, earlier.question) if item), key=_asking, default=None),
        charges=_charges((*later.charges, *earlier.charges)),
        proofs=proofs_of((*later.proofs, *earlier.proofs)),
    )


def without_sets(progress: Progress) -> Progress:
    """The values of which merging takes one state's, without those that it unites."""
    return replace(progress, cursors=Cursors(), runs=(), notice=Notice(), charges=(), question=None, proofs=())


def _asking(question: Question) -> tuple[datetime, int]:
    """The first question is the one that counts."""
    return (question.at, question.issue)


def _links(links: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(links)))[-MAX_LINKS:]


def _charges(charges: Iterable[Charge]) -> tuple[Charge, ...]:
    return tuple(sorted(set(charges), reverse=True))[:MAX_CHARGES]


def _progressed(run: RunRecord) -> tuple[datetime, int, str, str]:
    """The record that knows more is the one updated last, then the one with the later fate; the rest makes it total."""
    fate = 0 if run.fate is None else 1 + [*Fate].index(run.fate)
    return (run.updated, fate, run.status.value, repr(run))


def _newest(runs: Iterable[RunRecord]) -> tuple[RunRecord, ...]:
    return tuple(sorted(runs, key=lambda item: (item.created, item.id), reverse=True))[:MAX_RUNS]
