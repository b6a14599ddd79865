"""What the gate looks at: the page first, the repository only when the page does not object.

The rule it keeps: of the order only issue, turn, kind and wished runner are taken; a fix's approval, plan and texts are
derived from the page, a start's texts are compared with it.
"""

from dataclasses import dataclass, replace

from ftc.agent.context import locate
from ftc.agent.kept import kept_at
from ftc.agent.workspace import mirror
from ftc.core.errors import CommandFailed, NotFound
from ftc.core.fix import Candidate, TaskKind
from ftc.core.gating import Base, Facts, Job, signatures_of, tests_of
from ftc.core.labels import prefixed
from ftc.core.model import Flake
from ftc.core.orders import Order
from ftc.jobs.actors import People, house_of
from ftc.jobs.context import Context
from ftc.jobs.desk import Desk, Partners
from ftc.jobs.fix.gate_orders import Ordered, ordered_fix, ordered_start
from ftc.jobs.fix.gate_passages import passages, words_of
from ftc.jobs.fix.gate_pull import look_at_pull, patched
from ftc.jobs.fix.gate_rivals import money_of, open_pulls, rivals_of, runner_for
from ftc.jobs.issues import Session
from ftc.jobs.managed import Doubtful, believed
from ftc.jobs.snapshot import read_snapshot
from ftc.jobs.thread import Thread, read_thread


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The facts as far as they were gathered, and where to gather the rest."""

    desk: Desk
    facts: Facts
    candidate: Candidate | None = None


def look(ctx: Context, order: Order, *, job: Job) -> Seen:
    """What the page says of an order."""
    desk = _desk(ctx)
    facts = Facts(order=order, job=job, config=ctx.config, repo=ctx.write.repo, source_repo=ctx.read.repo)
    try:
        thread = read_thread(ctx, order.issue)
    except NotFound:
        return Seen(desk=desk, facts=replace(facts, is_open=False))
    facts = replace(facts, is_open=thread.issue.is_open)
    if order.kind is TaskKind.VERIFY:
        return Seen(desk=desk, facts=look_at_pull(desk, thread, facts))
    flake, lost = _flake(desk, thread)
    facts = replace(facts, flake=flake, lost=lost)
    if order.kind is TaskKind.START:
        return Seen(desk=desk, facts=_of_start(desk, thread, facts))
    return Seen(desk=desk, facts=_of_fix(desk, thread, facts, flake) if flake else facts)


def completed(seen: Seen) -> Seen:
    """With what the repository says: base, pull requests, other fixes, money, runners, files of the tests."""
    ctx, facts = seen.desk.ctx, seen.facts
    if facts.order.kind is TaskKind.VERIFY:
        facts, candidate = patched(ctx, facts)
        return replace(seen, facts=_located(ctx, facts, repo=ctx.write.repo), candidate=candidate)
    facts = replace(
        facts,
        base=_base(ctx),
        pulls=open_pulls(ctx),
        rivals=rivals_of(seen.desk, facts),
        money=money_of(seen.desk, facts),
        runner=runner_for(ctx, facts.order.runner),
    )
    return replace(seen, facts=_located(ctx, facts, repo=ctx.read.repo))


def _desk(ctx: Context) -> Desk:
    """A desk at which nobody answers and no model is asked."""
    snapshot = read_snapshot(ctx)
    return Desk(
        ctx=ctx,
        session=Session(ctx=ctx, dashboard=snapshot.dashboard.issue, known=set(snapshot.known)),
        snapshot=snapshot,
        people=People(ctx=ctx),
        house=house_of(ctx),
        partners=Partners(),
    )


def _flake(desk: Desk, thread: Thread) -> tuple[Flake | None, str]:
    """The state in the issue as it was just read, since a list may lag; without one, why it is not believed."""
    managed = prefixed("ai-managed", prefix=desk.ctx.config.label_prefix)
    if thread.issue.is_pull or managed not in thread.issue.labels:
        return None, f"it does not bear the label {managed}"
    found = believed(desk.ctx, thread.issue, desk.snapshot.dashboard)
    return (None, f"it {found.reason}") if isinstance(found, Doubtful) else (found.flake, "")


def _of_fix(desk: Desk, thread: Thread, facts: Facts, flake: Flake) -> Facts:
    found = ordered_fix(desk, thread, flake, task=facts.order.id)
    if found.approval is None:
        return _approved(facts, found)
    title, body = words_of(desk, thread, flake, before=found.approval.at)
    return replace(
        _approved(facts, found),
        title=title,
        body=body,
        passages=passages(desk, thread, flake, before=found.approval.at),
        fingerprints=_fingerprints(desk, flake, found),
    )


def _of_start(desk: Desk, thread: Thread, facts: Facts) -> Facts:
    found = ordered_start(desk, thread, facts.flake, order=facts.order)
    if found.approval is None:
        return _approved(facts, found)
    clean = desk.ctx.sanitizer.clean
    return replace(
        _approved(facts, found),
        title=clean(facts.order.title),
        body=clean(facts.order.body),
        passages=passages(desk, thread, facts.flake, before=found.approval.at),
    )


def _approved(facts: Facts, found: Ordered) -> Facts:
    return replace(facts, approval=found.approval, flaw=found.flaw, plan=found.plan, steps=found.steps)


def _fingerprints(desk: Desk, flake: Flake, found: Ordered) -> tuple[str, ...]:
    """The flake's ways of failing, and those of other tests that the plan is to mend with it."""
    planned = {str(test) for test in found.plan.tests} - {str(flake.test)} if found.plan else set()
    others = [item for item in desk.snapshot.managed if str(item.test) in planned]
    return signatures_of((flake, *others))


def _base(ctx: Context) -> Base:
    """The head of the base branch; where two repositories take part, a commit that both have."""
    branch = ctx.base_branch
    heads = [ctx.write.branch_head(branch)] if branch else []
    if ctx.read.repo.lower() != ctx.write.repo.lower():
        heads += [ctx.read.branch_head(branch)] if branch else []
        heads = [sha for sha in heads if sha and ctx.write.has_commit(sha) and ctx.read.has_commit(sha)]
    sha = next(filter(None, heads), "")
    if sha:
        return Base(branch=branch, sha=sha)
    name = f"`{branch}`" if branch else "a default branch"
    where = " and ".join(dict.fromkeys((ctx.write.repo, ctx.read.repo)))
    problem = f"There is no commit of {name} that is known in {where}. Push the branch, or bring it up to date there."
    return Base(branch=branch, problem=problem)


def _located(ctx: Context, facts: Facts, *, repo: str) -> Facts:
    """With the files in which the tests are defined; what cannot be read is left to the job that runs them."""
    tests = tests_of(facts)
    if not tests or not facts.base.sha or not ctx.server_url:
        return facts
    try:
        with mirror(f"{ctx.server_url}/{repo}.git", ctx.read_token, kept_at(ctx.config)) as copy:
            return replace(facts, test_files=locate(tests, copy, facts.base.sha))
    except CommandFailed as error:
        ctx.say(f"the files of the tests were not looked for: {error}")
        return facts
