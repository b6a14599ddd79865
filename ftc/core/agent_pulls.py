"""The pull request of GitHub's coding agent whose proof nobody has to ask for: which head of it, and when.

The rule it keeps: one proof for each head, so many heads for each time that an issue was handed over, and none of a
change at which the agent is still at work.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ftc.core.fix import TaskKind
from ftc.core.handing_over import awaited
from ftc.core.model import AuditEntry, Flake
from ftc.core.orders import Order, branch_name, task_id
from ftc.core.progress import RunRecord

MOST_PROOFS = 2
"""Heads that are proven unasked for each issue that was handed over: the first, and one after a review. A proof takes
hours of machines; who lets the agent push on and on says which of it is worth them."""
QUIET = timedelta(hours=6)
"""Without any activity before a draft for which nobody is asked to review counts as finished: the agent works in a job
of GitHub Actions, and none lasts longer."""
AT_WORK = "[WIP]"
"""How the title begins until the agent has finished its first work. It asks for a review then, and leaves the draft a
draft: only a person makes it ready (https://github.com/copilot-coding-agent/user-feedback/issues/68)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPull:
    """An open pull request of the agent, as it is now."""

    title: str
    draft: bool
    updated: datetime
    """The last thing that happened to it: a push, a comment, another title."""
    review_requested: bool


def is_finished(pull: AgentPull, *, now: datetime) -> bool:
    """Whether the agent has handed its work to people.

    Such a request is gone once it was answered, so that a change is not taken for finished while it is reworked.
    """
    if not pull.draft:
        return True
    if pull.title.lstrip().upper().startswith(AT_WORK):
        return False
    return pull.review_requested or now - pull.updated >= QUIET


def may_be_proven(flake: Flake) -> RunRecord | None:
    """The run that handed the issue over, while a proof may still follow from it."""
    run = awaited(flake)
    return run if run is not None and len(run.proofs) < MOST_PROOFS else None


def noted(flake: Flake, run: RunRecord, head: str, *, at: datetime, entry: AuditEntry | None = None) -> Flake:
    """The flake that knows of this head's proof; with an entry where it was ordered here."""
    known = replace(run, proofs=(*run.proofs, head), updated=max(run.updated, at))  # of two, the later record stands
    audit = (*flake.audit, entry) if entry else flake.audit
    return replace(flake, progress=flake.progress.with_run(known), audit=audit)


def proof_order(*, repo: str, pull: int, comment: int, at: datetime, by: str) -> Order:
    """The order that a comment of the bot on a pull request gives; the comment's id names it, as a person's would."""
    name = task_id(pull, str(comment))
    return Order(
        id=name,
        kind=TaskKind.VERIFY,
        repo=repo,
        issue=pull,
        title="",
        body="",
        instruction="",
        by=by,
        ordered=at,
        turn=str(comment),
        branch=branch_name(pull, name),
    )
