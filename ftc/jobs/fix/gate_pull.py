"""A pull request that is to be proven: which flake it is to mend, and its change as the one candidate.

The rule it keeps: head and base are frozen as full shas before anything is read of them, and nothing of it is run. It
goes to a hosted machine, whatever runner somebody wished for.
"""

from dataclasses import replace

from ftc.agent.kept import kept_at
from ftc.agent.pull_patch import PullPatch, pull_patch
from ftc.agent.workspace import mirror
from ftc.clients.pull_payloads import Proposed
from ftc.core.closing_words import linked_by, meant_by
from ftc.core.errors import CommandFailed
from ftc.core.fix import Candidate
from ftc.core.gating import Base, Claimed, Facts, signatures_of
from ftc.core.marks import PROOF, proven_of
from ftc.core.model import Flake
from ftc.core.orders import answers_too
from ftc.core.runner_choice import DEFAULT
from ftc.jobs.context import Context
from ftc.jobs.desk import Desk
from ftc.jobs.fix.gate_agent import ordered_agent_proof, ordered_by_itself
from ftc.jobs.fix.gate_orders import ordered_verify
from ftc.jobs.fix.gate_passages import TITLE_CHARS
from ftc.jobs.thread import Thread, said_by_us


def look_at_pull(desk: Desk, thread: Thread, facts: Facts) -> Facts:
    """What the page of a pull request says."""
    ctx, order = desk.ctx, facts.order
    pull = ctx.write.proposal(order.issue)
    if pull is None:
        problem = f"{order.issue} is no pull request; order this on the one that is to be proven."
        return replace(facts, proposed=Claimed(problem=problem))
    flake, lost = _flake_of(desk, pull, facts)
    own = ordered_by_itself(desk, thread, order)
    found = (
        ordered_agent_proof(desk, own, flake, pull=pull) if own else ordered_verify(desk, thread, flake, order=order)
    )
    return replace(
        facts,
        is_open=pull.is_open,
        flake=flake,
        lost=lost,
        approval=found.approval,
        flaw=found.flaw,
        title=ctx.sanitizer.clean(pull.title)[:TITLE_CHARS],
        fingerprints=signatures_of((flake,)) if flake else (),
        base=Base(branch=pull.base_branch),
        proposed=replace(_proposed(ctx, pull), reported=_reported(ctx, thread, task=order.id)),
        runner=DEFAULT,
    )


def _proposed(ctx: Context, pull: Proposed) -> Claimed:
    own = pull.head_repo.lower() == ctx.write.repo.lower()
    fork = "" if own else pull.head_repo
    return Claimed(number=pull.number, head_sha=pull.head_sha, fork=fork, author=pull.author)


def _reported(ctx: Context, thread: Thread, *, task: str) -> bool:
    """Whether a sweep named an order again whose report was still to come."""
    said = said_by_us(ctx, thread).get(PROOF)
    return said is not None and answers_too(proven_of(said.body), task)


def _flake_of(desk: Desk, pull: Proposed, facts: Facts) -> tuple[Flake | None, str]:
    """The flake it is to mend: the one that the order names, that it closes, or the only one that it links to."""
    repo, text, known = desk.ctx.write.repo, f"{pull.title}\n{pull.body}", desk.snapshot.by_number
    named = [number for number, flake in known.items() if facts.order.key and flake.key == facts.order.key]
    asked = linked_by(facts.order.instruction, repo=repo)
    for numbers in (named, asked, meant_by(text, repo=repo, known=known)):
        found = [known[number] for number in numbers if number in known]
        if len(found) == 1:
            return found[0], ""
        if found:
            shown = ", ".join(str(flake.issue.issue) for flake in found if flake.issue)
            return None, f"it names the issues {shown}, and one is proven at a time"
    return None, "it names no issue of a flaky test"


def patched(ctx: Context, facts: Facts) -> tuple[Facts, Candidate | None]:
    """With the commit where it left its base, and its change; without, with the reason in words."""
    proposed = facts.proposed
    if proposed.problem:
        return facts, None
    tip = ctx.write.branch_head(facts.base.branch)
    sha = ctx.write.merge_base(tip, proposed.head_sha) if tip else ""
    if not sha:
        problem = f"It has no commit in common with `{facts.base.branch}`. Rebase it, and order this again."
        return replace(facts, base=replace(facts.base, problem=problem)), None
    facts = replace(facts, base=replace(facts.base, sha=sha))
    try:
        found = _read(ctx, facts)
    except CommandFailed as error:
        problem = f"The change cannot be read: {ctx.sanitizer.clean(str(error))}."
        return replace(facts, proposed=replace(proposed, problem=problem)), None
    return replace(facts, proposed=replace(proposed, paths=found.paths)), _candidate(facts, found)


def _read(ctx: Context, facts: Facts) -> PullPatch:
    with mirror(f"{ctx.server_url}/{ctx.write.repo}.git", ctx.read_token, kept_at(ctx.config)) as copy:
        proposed = facts.proposed
        return pull_patch(copy, base=facts.base.sha, head=proposed.head_sha, number=proposed.number)


def _candidate(facts: Facts, found: PullPatch) -> Candidate:
    return Candidate(number=1, patch=found.patch, hypothesis="", summary=facts.title, by=facts.proposed.author)
