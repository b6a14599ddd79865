"""One commit of the base branch, from its verdict to a draft pull request or to the account of giving up.

The rule it keeps: nothing is delivered that was tested against another commit than the newest. What people see is
written before the memory that ends the matter, and each of it is looked for first, so that a loop that died at any
point and is run again leaves one issue, one branch and one pull request.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from ftc.agent.healer import Healer, Repair
from ftc.agent.task_delivery import Request, push_own
from ftc.clients import git_worktree
from ftc.core.errors import CommandFailed, Forbidden, FtcError, NotFound
from ftc.core.fix_limits import Limits
from ftc.core.gates import Shown
from ftc.core.healing import Attempt, Due, Lease, Memory, Outcome, branch_of, concluded, due, leased, proven
from ftc.core.markdown import subject
from ftc.core.patch import Policy
from ftc.jobs.heal_asking import Refused, searched, seeker_of, still_unpaid
from ftc.jobs.heal_records import HEAL
from ftc.jobs.heal_ward import Ward
from ftc.jobs.task_pulls import PullPublisher
from ftc.render.heal import gave_up_text, pull_text, pull_title

WELL, GAVE_UP, PARTIAL = 0, 1, 2
"""Exit codes: healthy or delivered; given up; not finished, so that another run may."""
RESTARTS = 2
"""A base that moves faster than the gates run is looked at again at most so often."""
EVERYTHING = ("**",)


def heal(ward: Ward, sha: str) -> int:
    """Judge one commit and repair it if need be; the exit code. A base that moves meanwhile is begun with anew."""
    for _ in range(1 + RESTARTS):
        code, moved = _once(ward, sha)
        if not moved:
            return code
        ward.ctx.say(f"{ward.branch} moved from {sha[:12]} to {moved[:12]}; nothing of the old one is delivered")
        sha = moved
    ward.ctx.say(f"{ward.branch} moved {1 + RESTARTS} times while its gates ran; the next run begins anew")
    return PARTIAL


def _once(ward: Ward, sha: str) -> tuple[int, str]:
    """The exit code for one commit, or the newer one that took its place before anything could be delivered."""
    known = {Due.HEALTHY: WELL, Due.DELIVERED: WELL, Due.GAVE_UP: GAVE_UP}
    memory = ward.notes.read()
    now = due(_freed(ward, memory), sha, holder=ward.holder, now=ward.ctx.now)
    if now in known:
        ward.ctx.say(f"{sha[:12]}: {now}, as an earlier run has found")
        return known[now], ""
    if why := still_unpaid(ward, sha):
        ward.ctx.say(_nobody(sha, why))
        return PARTIAL, ""
    if now is Due.BUSY or not _take(ward, sha):
        ward.ctx.say(f"{sha[:12]}: another loop is at work on {ward.branch}")
        return PARTIAL, ""
    try:
        return _judged(ward, sha)
    except FtcError:
        # The lease is given back, so that the next run need not wait for its end.
        with suppress(FtcError):
            _write(ward, lambda memory: memory)
        raise


def _judged(ward: Ward, sha: str) -> tuple[int, str]:
    healer = _healer(ward, sha)
    shown = healer.judged()
    if shown is None:
        _write(ward, lambda memory: proven(memory, sha, at=ward.ctx.now))
        return WELL, ""
    memory = ward.notes.read()
    if waits := _open_pull(ward, memory):
        ward.ctx.say(f"pull request {waits} with an earlier repair is open; merge or close it first")
        _write(ward, lambda memory: memory)
        return PARTIAL, ""
    repair = searched(ward, replace(healer, seeker=seeker_of(ward, healer.ground)), shown, memory)
    if isinstance(repair, Refused):
        ward.ctx.say(_nobody(sha, repair.why))
        ward.unpaid.add(sha)
        _write(ward, lambda memory: memory)
        return PARTIAL, ""
    if repair.candidate is None:
        return _given_up(ward, sha, repair), ""
    if (head := ward.head()) != sha:
        attempt = _attempt(ward, sha, repair, Outcome.OVERTAKEN)
        _write(ward, lambda memory: concluded(memory, attempt))
        return PARTIAL, head
    return _delivered(ward, sha, repair, shown), ""


def _nobody(sha: str, why: str) -> str:
    return f"{sha[:12]}: nobody is asked for a repair: {why}"


def _healer(ward: Ward, sha: str) -> Healer:
    """The gates of a commit; who looks for a repair is named only once they failed."""
    config = ward.ctx.config
    if not ward.copy.have(sha):
        raise CommandFailed(f"commit {sha[:40]} cannot be fetched (any more); name another one with --base-sha")
    allowed = EVERYTHING if config.product_code else config.allowed_paths
    return Healer(
        mirror=ward.copy,
        sha=sha,
        branch=ward.branch,
        run=ward.run,
        fast=config.heal_fast,
        slow=config.heal_slow,
        gate_seconds=config.fix_minutes * 60.0,
        policy=Policy(allowed=allowed, product_code=config.product_code),
        sanitizer=ward.ctx.sanitizer,
        seeker=None,
        limits=Limits(
            steps=config.fix_steps,
            usd=config.budget_fix,
            minutes=config.fix_minutes,
            call_usd=config.budget_call,
            candidates=config.fix_candidates,
        ),
        say=ward.ctx.say,
    )


# --- whose turn it is


def _freed(ward: Ward, memory: Memory) -> Memory:
    """Without the lease of a workflow run that has ended."""
    lease = memory.lease
    if lease is None or lease.holder == ward.holder or not lease.holder.startswith("run:"):
        return memory
    _, run, attempt = lease.holder.split(":")
    try:
        ended = ward.ctx.write.attempt(run, int(attempt)).status == "completed"
    except NotFound:
        ended = True
    except Forbidden:  # without the right to read runs its end has to be waited for
        ended = False
    return leased(memory, None) if ended else memory


def _take(ward: Ward, sha: str) -> bool:
    """Take the lease, and see whether it is ours: of two that write at a time the later one has it."""
    if ward.ctx.config.dry_run:
        return True
    lease = Lease(holder=ward.holder, turn=ward.turn, sha=sha, until=ward.ctx.now + _longest(ward))

    def taken(memory: Memory) -> Memory:
        free = due(_freed(ward, memory), sha, holder=ward.holder, now=ward.ctx.now) is Due.LOOK
        return leased(memory, lease) if free else memory

    ward.notes.write(taken)
    return ward.notes.read().lease == lease


def _longest(ward: Ward) -> timedelta:
    """No longer than this can one commit take: three gates, each round's search and gate, and the slow gate."""
    config = ward.ctx.config
    return timedelta(minutes=config.fix_minutes * (4 + 2 * config.fix_candidates) + 10)


def _write(ward: Ward, change: Callable[[Memory], Memory]) -> None:
    """Change what is remembered, and give the lease back."""

    def ended(memory: Memory) -> Memory:
        ours = memory.lease is not None and memory.lease.turn == ward.turn
        changed = change(memory)
        return leased(changed, None) if ours else changed

    ward.notes.write(ended)


# --- the two ends


def _given_up(ward: Ward, sha: str, repair: Repair) -> int:
    """Say it once with the end of the failure, then remember it. Where nobody answered, the next run may try again."""
    ward.ctx.say(f"{sha[:12]}: no repair: {repair.why}")
    if not repair.asked:
        _write(ward, lambda memory: memory)
        return PARTIAL
    language = ward.ctx.config.language
    text = gave_up_text(branch=ward.branch, sha=sha, shown=repair.shown, why=repair.why, language=language)
    ward.notes.comment(f"heal:{sha[:12]}", text)
    attempt = _attempt(ward, sha, repair, Outcome.GAVE_UP)
    _write(ward, lambda memory: concluded(memory, attempt))
    return GAVE_UP


def _attempt(ward: Ward, sha: str, repair: Repair, outcome: Outcome) -> Attempt:
    return Attempt(
        sha=sha,
        at=ward.ctx.now,
        outcome=outcome,
        why=repair.why,
        branch=branch_of(sha) if outcome is Outcome.DELIVERED else "",
        pull=0,
        usd=repair.spent.usd,
    )


def _open_pull(ward: Ward, memory: Memory) -> int:
    """Number of an open pull request with the newest repair of an earlier commit; 0 for none."""
    newest = next((item for item in memory.attempts if item.outcome is Outcome.DELIVERED and item.pull), None)
    pull = ward.ctx.write.pull_of_branch(newest.branch) if newest else None
    return pull.number if pull else 0


def _delivered(ward: Ward, sha: str, repair: Repair, shown: Shown) -> int:
    """Push one commit and open one draft; where GitHub refuses the request, the branch stays and is remembered."""
    assert repair.candidate is not None, "there is something to deliver"
    if ward.ctx.config.dry_run:
        ward.ctx.say(f"dry run: would push {branch_of(sha)} and open a draft pull request:\n{repair.candidate.patch}")
        return WELL
    commit = _commit(ward, sha, repair)
    push_own(ward.copy, commit, branch_of(sha))
    request = Request(
        branch=branch_of(sha),
        head_sha=commit,
        base_branch=ward.branch,
        title=pull_title(sha),
        body=pull_text(
            branch=ward.branch,
            sha=sha,
            candidate=repair.candidate,
            gates=repair.gates,
            shown=shown,
            doubts=repair.doubts,
            language=ward.ctx.config.language,
        ),
        labels=(HEAL.name,),
        draft=True,
    )
    attempt = _attempt(ward, sha, repair, Outcome.DELIVERED)
    publish = PullPublisher(github=ward.ctx.write, prefix=ward.ctx.config.label_prefix)
    try:
        url = publish(request)
    except Forbidden as error:
        ward.ctx.say(f"the branch {request.branch} is pushed, but no pull request could be opened: {error}")
        _write(ward, lambda memory: concluded(memory, attempt))
        return PARTIAL
    ward.ctx.say(f"{sha[:12]}: repaired in {url}")
    opened = replace(attempt, pull=int(url.rpartition("/")[2]))
    _write(ward, lambda memory: concluded(memory, opened))
    return WELL


def _commit(ward: Ward, sha: str, repair: Repair) -> str:
    """The one commit of a repair; the same each time, since its date is that of the commit it mends."""
    assert repair.applied is not None, "it was applied"
    assert repair.candidate is not None, "there is something to commit"
    base = ward.copy.commit(sha)
    message = f"{pull_title(sha)}\n\n{subject(repair.candidate.summary)}\n"
    with ward.copy.worktree(repair.applied.commit) as tree:
        checkout = git_worktree.open_checkout(ward.copy.repository, tree)
        at = base.at if base else ward.ctx.now
        return git_worktree.commit_tree(checkout, repair.applied.tree, parent=sha, message=message, at=at)
