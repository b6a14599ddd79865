"""What the state of an issue is once its fix run has ended: record, money, pull request, lease and status.

The rule it keeps: a state that this run does not hold any more is somebody else's, and only the money is put down;
money is counted once, however often a run is settled.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from ftc.core.endings import BROKEN, Ended, Ending, Papers
from ftc.core.fix import TaskKind
from ftc.core.lifecycle import moved
from ftc.core.model import AuditEntry, Flake, Status
from ftc.core.progress import PullRef, RunRecord, RunStatus
from ftc.core.requeue import may_go_again
from ftc.core.tally_words import in_words

MAX_WORDS = 300
"""Characters of a reason that the state keeps; the comment has the whole of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """Whose hand settles a run: the moment, the name for the audit trail, and the workflow run."""

    now: datetime
    actor: str
    run: str
    """Id of the workflow run; empty outside of one."""
    run_url: str = ""


def record_of(flake: Flake, task: str) -> RunRecord | None:
    """The record of a task."""
    return next((run for run in flake.progress.runs if run.id == task), None)


def holds(flake: Flake, papers: Papers, *, task: str, run: str) -> bool:
    """Whether the flake is this run's to settle: it works on it under its own lease, or it is an ordered task's.

    Where the gate died before it wrote the task down, the lease is known by the workflow run.
    """
    record, lease = record_of(flake, task), flake.progress.lease
    if record is None or record.status not in (RunStatus.QUEUED, RunStatus.RUNNING):
        return False
    if record.command == TaskKind.START.value:
        return True
    if flake.status is not Status.FIXING or lease is None:
        return False
    return lease.nonce == papers.task.nonce if papers.task else bool(run) and lease.run == run


def was_stopped(flake: Flake, task: str) -> bool:
    """Whether a person ended the task."""
    record = record_of(flake, task)
    return record is not None and record.status is RunStatus.STOPPED


def final(flake: Flake, end: Ended, *, task: str) -> Ended:
    """The ending for this flake: an order that was queued again too often ends here."""
    record = record_of(flake, task)
    if end.ending is not Ending.AGAIN or (record is not None and may_go_again(flake, record)):
        return end
    return replace(end, ending=Ending.REFUSED if end.refused else Ending.UNPUBLISHED, spent=True)


def settled(flake: Flake, end: Ended, papers: Papers, *, task: str, hand: Hand) -> Flake:
    """The flake after its run: record, pull request, lease and status; ``end`` is what ``final`` gave."""
    record = record_of(flake, task)
    if record is None:
        raise AssertionError(f"the flake knows no task {task}")
    run = _recorded(record, end, papers, hand=hand)
    progress = flake.progress.with_run(run)
    if record.command == TaskKind.START.value:
        return _audited(replace(flake, progress=progress), end, run, hand=hand)
    pull = _pull(papers, hand=hand) if end.ending is Ending.PUBLISHED else progress.pull
    progress = replace(progress, lease=None, pull=pull)
    target = _TARGETS.get(end.ending, Status.FIX_FAILED)
    told = _audited(replace(flake, progress=progress), end, run, hand=hand)
    return moved(told, target, at=hand.now, actor=hand.actor, url=hand.run_url)


_TARGETS = {
    Ending.PUBLISHED: Status.PR_OPEN,
    Ending.AGAIN: Status.APPROVED_TO_FIX,
    # Approved, with nothing queued: somebody else is at work, whose pull request closes the issue.
    Ending.HANDED_OVER: Status.APPROVED_TO_FIX,
}


def charged(flake: Flake, papers: Papers, *, task: str, hand: Hand) -> Flake:
    """A stopped run's money put down, once however often it is settled."""
    record = record_of(flake, task)
    cost = usd(papers)
    if record is None or record.cost >= cost:
        return flake
    return replace(flake, progress=flake.progress.with_run(replace(record, cost=cost, updated=hand.now)))


def _recorded(record: RunRecord, end: Ended, papers: Papers, *, hand: Hand) -> RunRecord:
    again = end.ending is Ending.AGAIN
    done = end.ending in (Ending.PUBLISHED, Ending.HANDED_OVER)
    task, said, publication = papers.task, papers.conclusion, papers.publication
    return replace(
        record,
        status=RunStatus.QUEUED if again else RunStatus.SUCCEEDED if done else RunStatus.FAILED,
        updated=hand.now,
        started=None if again else record.started or (task.created if task else hand.now),
        finished=None if again else hand.now,
        runner=(task.runner if task else "") or record.runner,
        branch=(publication.branch if publication else "") or (task.branch if task else "") or record.branch,
        base_sha=(task.base_sha if task else "") or record.base_sha,
        pull=end.pull if end.ending is Ending.PUBLISHED else 0,
        files_changed=len(said.judged.files) if said and said.judged else 0,
        tests=in_words(said.proof.before, said.proof.after) if said and said.proof else "",
        excerpt=_short(papers.reproduction.excerpt if papers.reproduction else ""),
        error="" if done or again else _short(error_of(end)),
        cost=record.cost + usd(papers),
        url=hand.run_url or record.url,
        tried=record.tried + tried(papers),
        verdict=said.proof.verdict.value if said and said.proof else "",
    )


def error_of(end: Ended) -> str:
    """Why it came to nothing, in one line."""
    if end.ending is Ending.DIED:
        return f"job {end.job} ended without a result" + (f": {end.reason}" if end.reason else "")
    return f"{end.refused or end.ending}" + (f": {end.reason}" if end.reason else "")


def usd(papers: Papers) -> float:
    """What the run cost; all that it was allowed to where the job that paid left no bill."""
    if papers.fix is not None:
        return papers.fix.usd
    task = papers.task
    if task is None or task.kind is TaskKind.VERIFY or papers.refusal is not None:
        return 0.0
    result = papers.results.get("generate")
    paid = result in ("success", *BROKEN) if papers.results else papers.reproduction is not None
    return task.quota.usd if paid else 0.0


def tried(papers: Papers) -> int:
    """Candidates that were judged, by the highest number: what was skipped may have been looked at elsewhere.

    Only those of documents that count: each takes a share of the one error probability of the issue for ever.
    """
    said = papers.conclusion
    return max((said.candidate, *(item.candidate for item in said.rejected))) if said else 0


def _pull(papers: Papers, *, hand: Hand) -> PullRef | None:
    found = papers.publication
    if found is None:
        return None
    return PullRef(number=found.pull, url=found.url, branch=found.branch, head_sha=found.head_sha, opened=hand.now)


def _audited(flake: Flake, end: Ended, run: RunRecord, *, hand: Hand) -> Flake:
    result = run.error or "; ".join(
        part for part in (f"pull request {run.pull}" if run.pull else "", run.verdict) if part
    )
    entry = AuditEntry(
        at=hand.now, actor=hand.actor, action=f"run {run.id}: {end.ending}", result=result, url=hand.run_url
    )
    return replace(flake, audit=(*flake.audit, entry))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_WORDS else f"{line[: MAX_WORDS - 1]}…"
